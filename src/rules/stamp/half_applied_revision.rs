//! `half-applied-revision`

use crate::database::Look;
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Effect, Effects};
use crate::rules::{Check, Rule, StampFacts, wording};
use crate::schema::Part;

use super::{again, objects, remedy};

pub(super) const RULE: Rule = Rule {
    name: "half-applied-revision",
    summary: "The next revision would fail: what it makes is there already, all of it or in part",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/half-applied-revision.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let Some(schema) = seen.schema else { return Vec::new() };
    let Some(pending) = schema.pending.as_ref().filter(|effects| effects.is_begun()) else { return Vec::new() };
    let id = wording::id(&pending.revision);
    let done = pending.effects.iter().filter(|effect| effect.is_done).count();
    let all = pending.effects.len();
    let owners = owners(pending);
    let message = if pending.effects.iter().all(|effect| !effect.is_done || effect.owner.is_some()) {
        let owners = wording::ids(&owners);
        format!("{id} is pending, and makes what {owners} made already: `upgrade` would fail")
    } else if pending.is_complete() {
        format!("{id} is pending, but everything that it makes is there: `upgrade` would fail")
    } else {
        format!("{id} is pending, but {done} of its {all} changes are there: `upgrade` would fail")
    };
    let mut finding = Finding::new(message).revision(&pending.revision).evidence(remedy::rows_line(seen));
    if let Some(first) = pending.effects.first() {
        finding = finding.at(first.made.location.clone());
    }
    finding.evidence.extend(wording::fold(pending.effects.iter().map(line).collect()));
    if pending.unseen > 0 {
        let steps = wording::count(pending.unseen, "step", "steps");
        finding = finding.evidence(format!("not known: {steps} of it that cannot be seen in the catalog"));
    }
    let located = schema.located.as_ref();
    // What cannot be seen may not have been done: most often that is what failed.
    let is_whole = schema.missing.is_empty() && pending.unseen == 0;
    let truth = located.and_then(objects::only_match).filter(|_| is_whole);
    finding = match (truth, located) {
        (Some(rows), Some(located)) => {
            let rows_shown = wording::ids(rows);
            let tally = objects::tally(located);
            let mut finding =
                finding.evidence(format!("the tables are those of {rows_shown}, in all that can be seen: {tally}"));
            let why = format!("records {rows_shown}, which the tables match");
            finding.next = objects::stamp_and_upgrade(seen, rows, located.next.is_some(), &why);
            finding
        }
        _ => decided(seen, finding, pending),
    };
    if !pending.is_complete() || pending.unseen > 0 {
        finding = finding.do_not(format!("run `stamp {id}` as it is: what is not done would never be done"));
    }
    if !owners.is_empty() {
        let owners = wording::ids(&owners);
        finding = finding.do_not(format!("drop what is there: {owners} made it, has run, and goes on to need it"));
    }
    vec![finding.do_not("run `upgrade` again: it stops at the first thing that is there")]
}

/// The applied revisions that have made what this one makes.
fn owners(pending: &Effects) -> Vec<&str> {
    let mut owners: Vec<&str> =
        pending.effects.iter().filter_map(|effect| Some(effect.owner.as_ref()?.revision.as_str())).collect();
    owners.sort_unstable();
    owners.dedup();
    owners
}

fn line(effect: &Effect) -> String {
    let done = if effect.is_done { "done" } else { "not done" };
    let what = if effect.removes { "remove " } else { "" };
    let owner = effect.owner.as_ref().map_or_else(String::new, |owner| format!(", by {}", objects::maker(owner)));
    format!("{done}: {what}{} ({}){owner}", objects::name(&effect.made), wording::place(&effect.made.location))
}

/// A person decides: back, or on.
fn decided(seen: &StampFacts<'_>, finding: Finding, pending: &Effects) -> Finding {
    let mut finding = finding;
    let is_owned = pending.effects.iter().any(|effect| effect.owner.is_some());
    let why = if is_owned {
        "prints all that it does, and runs nothing: what another revision made already needs a test around it in this \
         one's file (or if_not_exists=True), so that it is made once"
    } else {
        "prints all that it does, and runs nothing"
    };
    let shown = objects::show_sql(seen, &pending.revision, why);
    finding.next.push(shown.unwrap_or_else(|| remedy::compare(seen.facts)));
    if let Some(way) = back(seen, pending) {
        finding = finding.or(way);
    }
    if let Some(id) = wording::shell(&pending.revision) {
        finding = finding.or(vec![Step::new(
            seen.facts.project.command(&format!("stamp {id}")),
            "only once everything above that is not done, and what cannot be seen, has been done by hand; assumes that \
             env.py is set to this same database",
            Changes::Database,
        )]);
    }
    finding
}

/// Removes what is there, the last first, and runs the revision anew. `None` where it has removed
/// something that only a backup has, where an applied revision owns what is there, and where it may
/// have changed rows: it would change them twice.
fn back(seen: &StampFacts<'_>, pending: &Effects) -> Option<Vec<Step>> {
    let done: Vec<&Effect> = pending.effects.iter().filter(|effect| effect.is_done).collect();
    let is_lost = done.iter().any(|effect| effect.removes || effect.owner.is_some());
    if is_lost || !again::twice(seen.facts, [pending.revision.as_str()]).is_empty() {
        return None;
    }
    let mut steps = Vec::new();
    for effect in &done {
        let (what, why) = match &effect.made.part {
            None => ("*".to_owned(), "must say 0: rows that somebody has put in since would be lost with the table"),
            Some(Part::Column(name)) => (
                remedy::sql_name(name),
                "must say 0, or count what a default has put there: values that somebody has stored since would be lost \
                 with the column",
            ),
            Some(_) => continue,
        };
        let statement = format!("SELECT count({what}) FROM {}", table(effect));
        steps.push(Step::new(run(seen.look, &statement)?, why, Changes::Nothing));
    }
    for effect in done.iter().rev() {
        steps.push(Step::new(
            run(seen.look, &removal(effect, seen.look)?)?,
            "takes back what was left; assumes that psql or sqlite3 reaches this database, and that it has a backup",
            Changes::Database,
        ));
    }
    let head = remedy::all_heads(seen.facts);
    let command = seen.facts.project.command(&format!("upgrade {head}"));
    let why = "runs the revision from its beginning; assumes that env.py is set to this same database";
    steps.push(Step::new(command, why, Changes::Database));
    Some(steps)
}

fn table(effect: &Effect) -> String {
    let name = &effect.made.table;
    let table = remedy::sql_name(&name.name);
    let schema = effect.schema.as_deref().or(name.schema.as_deref());
    schema.map_or_else(|| table.clone(), |schema| format!("{}.{table}", remedy::sql_name(schema)))
}

/// The statement that takes an effect back.
fn removal(effect: &Effect, look: &Look) -> Option<String> {
    let table = table(effect);
    let schema = effect.schema.as_deref().or(effect.made.table.schema.as_deref());
    let beside = |name: &str| {
        let name = remedy::sql_name(name);
        schema.map_or_else(|| name.clone(), |schema| format!("{}.{name}", remedy::sql_name(schema)))
    };
    match &effect.made.part {
        None => Some(format!("DROP TABLE {table}")),
        Some(Part::Column(name)) => Some(format!("ALTER TABLE {table} DROP COLUMN {}", remedy::sql_name(name))),
        Some(Part::Index(name)) => Some(format!("DROP INDEX {}", beside(name))),
        Some(Part::Constraint(name)) if look.user.is_some() => {
            Some(format!("ALTER TABLE {table} DROP CONSTRAINT {}", remedy::sql_name(name)))
        }
        Some(Part::Constraint(_) | Part::NotNull(_)) => None,
    }
}

/// The command that runs one statement on this database.
fn run(look: &Look, statement: &str) -> Option<String> {
    match &look.user {
        Some(_) => wording::psql(&look.database, None, &[statement]),
        None => wording::shell_words(&["sqlite3", &look.database, statement]),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{commands, findings, relation, revision_with, with_relations};

    fn shop() -> Vec<crate::revision::Revision> {
        vec![
            revision_with("a1b2", &[], "op.create_table('users', sa.Column('id', sa.Integer))"),
            revision_with(
                "b2c3",
                &["a1b2"],
                "op.create_table('orders', sa.Column('id', sa.Integer))\n    op.add_column('users', sa.Column('email', sa.String))",
            ),
        ]
    }

    #[test]
    fn nothing_of_it_there_is_nothing_to_say() {
        let facts = with_relations(shop(), &["a1b2"], vec![relation("users", &["id"])]);
        assert!(findings("half-applied-revision", &facts).is_empty());
        assert_eq!(commands(&findings("database-behind", &facts)[0]), ["alembic upgrade head"]);
    }

    #[test]
    fn a_part_of_it_is_taken_back_or_finished() {
        let facts = with_relations(shop(), &["a1b2"], vec![relation("users", &["id"]), relation("orders", &["id"])]);
        let found = &findings("half-applied-revision", &facts)[0];
        assert_eq!(found.message, "b2c3 is pending, but 1 of its 2 changes are there: `upgrade` would fail");
        assert_eq!(commands(found), ["alembic upgrade a1b2:b2c3 --sql"]);
        let back: Vec<&str> = found.or[0].iter().map(|step| step.command.as_str()).collect();
        assert_eq!(
            back,
            [
                "psql -d app -c 'SELECT count(*) FROM public.orders'",
                "psql -d app -c 'DROP TABLE public.orders'",
                "alembic upgrade head"
            ]
        );
        assert_eq!(commands(&findings("database-behind", &facts)[0]), ["alembic-doctor diagnose"]);
    }

    #[test]
    fn what_an_applied_revision_made_is_not_taken_back() {
        let mail = "op.add_column('users', sa.Column('mail', sa.Text))";
        let revisions = vec![
            revision_with("a1b2", &[], "op.create_table('users', sa.Column('id', sa.Integer))"),
            revision_with("b2c3", &["a1b2"], mail),
            revision_with("c3d4", &["a1b2"], mail),
            revision_with("d4e5", &["c3d4"], "op.create_table('orders', sa.Column('id', sa.Integer))"),
        ];
        let facts = with_relations(revisions, &["b2c3"], vec![relation("users", &["id", "mail"])]);
        let found = &findings("half-applied-revision", &facts)[0];
        assert_eq!(found.message, "c3d4 is pending, and makes what b2c3 made already: `upgrade` would fail");
        assert!(found.evidence.iter().any(|line| line.contains(", by b2c3 (")), "{:?}", found.evidence);
        let printed: Vec<&str> = found.or.iter().flatten().map(|step| step.command.as_str()).collect();
        assert!(!printed.iter().any(|command| command.contains("DROP")), "{printed:?}");
        assert!(found.do_not.iter().any(|line| line.starts_with("drop what is there: b2c3 made it")));
    }

    #[test]
    fn all_of_it_is_recorded() {
        let tables = vec![relation("users", &["id", "email"]), relation("orders", &["id"])];
        let facts = with_relations(shop(), &["a1b2"], tables);
        let found = &findings("half-applied-revision", &facts)[0];
        assert_eq!(found.message, "b2c3 is pending, but everything that it makes is there: `upgrade` would fail");
        assert_eq!(commands(found), ["alembic stamp --purge b2c3"]);
    }

    #[test]
    fn what_the_revision_clears_away_itself_is_no_leftover() {
        let index = "op.create_index('ix', 'orders', ['id'])";
        for (first, is_begun) in [
            ("pass", true),
            ("op.drop_table('orders')", false),
            ("op.execute('DROP TABLE IF EXISTS orders')", false),
            ("if exists('orders'):\n        op.drop_table('orders')", false),
        ] {
            let steps = format!("{first}\n    op.create_table('orders', sa.Column('id', sa.Integer))\n    {index}");
            let revisions = vec![shop().remove(0), revision_with("b2c3", &["a1b2"], &steps)];
            let facts =
                with_relations(revisions, &["a1b2"], vec![relation("users", &["id"]), relation("orders", &["id"])]);
            let found = findings("half-applied-revision", &facts);
            assert_eq!(!found.is_empty(), is_begun, "{first}");
            let counts = found.iter().map(|found| found.message.contains("1 of its 2 changes"));
            assert!(counts.into_iter().all(|is_counted| is_counted), "{found:?}");
        }
    }
}
