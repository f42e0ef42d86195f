//! `reparented-revision`

use std::collections::BTreeSet;

use crate::database::MOST_TABLES;
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Before, FilePast, Past};
use crate::graph::Graph;
use crate::operation::{self, Body, Operation};
use crate::revision::{Field, Revision};
use crate::rules::lost::commit;
use crate::rules::rewrite::rewrite;
use crate::rules::{Check, Rule, StampFacts, gaps, wording};
use crate::source::SourceFile;

use super::remedy;
use crate::rules::future::reparented;

pub(super) const RULE: Rule = Rule {
    name: "reparented-revision",
    summary: "A revision that a database or the base already has was moved behind another one, which never runs there",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/reparented-revision.md"),
    check: Check::MemoryOrStamp(reparented, check),
};

/// A revision that was moved, and what came to lie below it.
struct Moved<'a> {
    now: &'a Revision,
    file: &'a FilePast,
    before: &'a Before,
    /// In the order in which they would run.
    skipped: Vec<Skipped<'a>>,
}

struct Skipped<'a> {
    revision: &'a Revision,
    /// A table that it creates and that this database does not have.
    lacking: Option<String>,
}

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    moved(seen).iter().map(|moved| finding(seen, moved)).collect()
}

/// Whether git tells of a revision that came to lie below an applied one, or rules it out that
/// `inserted` did: it came before `row`, or with it.
pub(super) fn is_settled(seen: &StampFacts<'_>, inserted: &str, row: &str) -> bool {
    let past = &seen.facts.past;
    let came_in_order = match (past.of(inserted), past.of(row)) {
        (Some(inserted), Some(row)) => !row.is_first && inserted.age >= row.age,
        _ => false,
    };
    let told = || moved(seen).iter().any(|moved| moved.skipped.iter().any(|skipped| skipped.revision.id == inserted));
    came_in_order || told()
}

/// Whether this rule says of a revision that it never ran, and why.
pub(super) fn explains(seen: &StampFacts<'_>, id: &str) -> bool {
    moved(seen).iter().any(|moved| moved.skipped.iter().any(|skipped| skipped.revision.id == id))
}

fn moved<'a>(seen: &StampFacts<'a>) -> Vec<Moved<'a>> {
    let facts = seen.facts;
    let graph = &facts.graph;
    if !gaps::alembic_loads(facts) || !graph.cycles().is_empty() {
        return Vec::new();
    }
    let rows: Vec<&str> = seen.stamp.rows.iter().map(String::as_str).filter(|row| graph.get(row).is_some()).collect();
    let applied = graph.ancestors(&rows);
    let reparented: Vec<(&Revision, &FilePast, &Before)> = graph
        .revisions()
        .iter()
        .filter(|revision| applied.contains(revision.id.as_str()))
        .filter_map(|revision| {
            let file = facts.past.of(&revision.id)?;
            Some((revision, file, file.before.as_deref()?))
        })
        .filter(|(_, _, before)| before.header.contains(&Field::DownRevision))
        .collect();
    if reparented.is_empty() {
        return Vec::new();
    }
    // The graph as it was when each of them came.
    let mut revisions = graph.revisions().to_vec();
    for (now, _, before) in &reparented {
        for revision in revisions.iter_mut().filter(|revision| revision.id == now.id) {
            *revision = before.revision.clone();
        }
    }
    let then = Graph::new(revisions);
    let gained = |id: &str| -> BTreeSet<&'a str> {
        let known = then.ancestors(&[id]);
        graph.ancestors(&[id]).into_iter().filter(|id| !known.contains(id)).collect()
    };
    let mut found = Vec::new();
    for (now, file, before) in &reparented {
        let mut below = gained(&now.id);
        // What came below another one that was moved is told there.
        let lower = graph.ancestors(&[now.id.as_str()]);
        for (other, ..) in
            reparented.iter().filter(|(other, ..)| other.id != now.id && lower.contains(other.id.as_str()))
        {
            let told = gained(&other.id);
            below.retain(|id| !told.contains(id) && *id != other.id);
        }
        below.retain(|id| facts.past.came_after(id, file));
        let order = graph.history().into_iter().rev().filter(|id| below.contains(id));
        let skipped = skipped(seen, order.filter_map(|id| graph.get(id)).collect());
        if !skipped.is_empty() {
            found.push(Moved { now, file, before, skipped });
        }
    }
    found
}

/// Those that may not have run, by the tables that they create; none if a table shows that they have.
fn skipped<'a>(seen: &StampFacts<'a>, below: Vec<&'a Revision>) -> Vec<Skipped<'a>> {
    let names = &seen.look.table_names;
    let mut skipped = Vec::new();
    for revision in below {
        let created = created(&revision.source);
        let may_be_gone = |table: &String| later(seen, revision).any(|body| may_remove(body, table));
        let created: Vec<&String> = created.iter().filter(|table| !may_be_gone(table)).collect();
        let lacking = created.iter().find(|table| !names.contains(table));
        if !created.is_empty() && lacking.is_none() {
            return Vec::new();
        }
        let lacking = lacking.filter(|_| names.len() < MOST_TABLES).map(|table| (*table).clone());
        skipped.push(Skipped { revision, lacking });
    }
    skipped
}

/// The tables that `upgrade()` creates in any case.
fn created(source: &SourceFile) -> Vec<String> {
    let steps = operation::read(source).upgrade.steps.into_iter().filter(|step| step.conditions.is_empty());
    steps
        .filter_map(|step| match step.operation {
            Operation::CreateTable(create) => Some(create.table.name),
            _ => None,
        })
        .collect()
}

/// What the applied revisions after this one do.
fn later<'a>(seen: &StampFacts<'a>, revision: &Revision) -> impl Iterator<Item = &'a Body> {
    let facts = seen.facts;
    let rows: Vec<&str> = seen.stamp.rows.iter().map(String::as_str).collect();
    let applied = facts.graph.ancestors(&rows);
    let later = facts.graph.descendants(&[revision.id.as_str()]).into_iter().filter(move |id| applied.contains(id));
    later.filter_map(|id| Some(&facts.operations_of(id)?.upgrade))
}

/// Whether this could take the table away, or give it another name.
fn may_remove(body: &Body, table: &str) -> bool {
    body.steps.iter().any(|step| match &step.operation {
        Operation::DropTable(drop) => drop.table.name == table,
        Operation::RenameTable(rename) => rename.table.name == table,
        Operation::Sql(sql) => sql.text.contains(table),
        Operation::Opaque { .. } => true,
        _ => false,
    })
}

fn finding(seen: &StampFacts<'_>, moved: &Moved<'_>) -> Finding {
    let (now, before) = (moved.now, moved.before);
    let ids: Vec<&str> = moved.skipped.iter().map(|skipped| skipped.revision.id.as_str()).collect();
    let (id, skipped) = (wording::id(&now.id), wording::ids(&ids));
    let change = before.reparented.last();
    let is_certain = moved.skipped.iter().any(|skipped| skipped.lacking.is_some());
    let never = if is_certain { "has never run here" } else { "may never have run here" };
    let (old, new) = (parents(&before.revision), parents(now));
    let mut finding =
        Finding::new(format!("{skipped} {never}: {id}, which this database has, was moved from {old} to {new}"))
            .at(now.location(Field::DownRevision))
            .revision(&now.id)
            .evidence(remedy::rows_line(seen))
            .evidence(format!("{id} continued {old} when it came, in commit {}", commit(&moved.file.came)));
    finding = finding.evidence(match change.and_then(|change| change.commit.as_ref()) {
        Some(by) => format!("it was moved to {new} in commit {}", commit(by)),
        None => format!("it was moved to {new} in the working tree, in no commit yet"),
    });
    let mut lines = Vec::new();
    for skipped in &moved.skipped {
        let came = seen.facts.past.of(&skipped.revision.id);
        let came =
            came.map_or_else(|| "in no commit yet".to_owned(), |file| format!("in commit {}", commit(&file.came)));
        lines.push(format!("came later: {}, {came}", wording::revision(skipped.revision)));
        if let Some(table) = &skipped.lacking {
            let (id, table) = (wording::id(&skipped.revision.id), wording::id(table));
            lines.push(format!("{id} creates the table {table}, which this database does not have"));
        }
    }
    finding.evidence.extend(wording::fold(lines));
    finding =
        finding.evidence("Alembic takes everything before a row as done: `upgrade`, `check` and `current` stay silent");
    if !is_certain {
        let doubt = "not known: whether this database had it before it was moved; one that came later has run both";
        finding = finding.evidence(doubt).at_most(doubt_severity(seen, moved));
    }
    if let Past::Heard { is_shallow: true, .. } = seen.facts.past {
        finding = finding.evidence("this clone is shallow: older commits are hidden");
    }
    if let Some(by) = change.and_then(|change| change.commit.as_ref())
        && let Some(file) = wording::shell(&now.source.path().display().to_string())
    {
        finding =
            finding.next(format!("git show {} -- {file}", by.short()), "shows how it was moved", Changes::Nothing);
    }
    finding.next.extend(look(seen, moved));
    finding.or.extend(move_the_other(seen, moved));
    finding.or.extend(again(seen, &skipped));
    finding
        .do_not("`stamp` or `downgrade` to make it run: what lies between would be undone, or taken as done")
        .do_not("move the revision back alone: the two would be two heads")
}

/// A row that is the moved revision itself may well be from before. Once something that came after the
/// move has run here, the database may be younger than all of it.
fn doubt_severity(seen: &StampFacts<'_>, moved: &Moved<'_>) -> Severity {
    let moved_at = moved.before.reparented.last().map_or(0, |change| change.age);
    let graph = &seen.facts.graph;
    let rows: Vec<&str> = seen.stamp.rows.iter().map(String::as_str).collect();
    let applied = graph.ancestors(&rows);
    let later = graph.descendants(&[moved.now.id.as_str()]).into_iter().filter(|id| applied.contains(id));
    let came_after_the_move =
        later.filter_map(|id| seen.facts.past.of(id)).any(|file| file.age < moved_at && file.age < moved.file.age);
    if came_after_the_move { Severity::Info } else { Severity::Warning }
}

fn parents(revision: &Revision) -> String {
    if revision.down_revision.is_empty() { "nothing".to_owned() } else { wording::ids(&revision.down_revision) }
}

/// What they would do, to be compared with the schema.
fn look(seen: &StampFacts<'_>, moved: &Moved<'_>) -> Option<Step> {
    let (first, last) = chain(moved)?;
    let range = match first.down_revision.as_slice() {
        [] => last.id.clone(),
        [parent] => format!("{parent}:{}", last.id),
        _ => return None,
    };
    let range = wording::shell(&range)?;
    Some(Step::new(
        seen.facts.project.command(&format!("upgrade {range} --sql")),
        "prints what they would do, and runs nothing: look whether the schema has it, and decide which way to go",
        Changes::Nothing,
    ))
}

/// The first and the last of what lies between, if it is one line.
fn chain<'a>(moved: &Moved<'a>) -> Option<(&'a Revision, &'a Revision)> {
    let line: Vec<&Revision> = moved.skipped.iter().map(|skipped| skipped.revision).collect();
    let follows = |pair: &[&Revision]| match pair {
        [first, second] => second.down_revision == [first.id.clone()],
        _ => false,
    };
    line.windows(2).all(follows).then_some(())?;
    Some((line.first()?, line.last()?))
}

/// The moved one goes back, and the others behind the end of its line.
fn move_the_other(seen: &StampFacts<'_>, moved: &Moved<'_>) -> Option<Vec<Step>> {
    let (first, last) = chain(moved)?;
    let [old] = moved.before.revision.down_revision.as_slice() else { return None };
    let [below] = first.down_revision.as_slice() else { return None };
    let graph = &seen.facts.graph;
    if moved.now.down_revision != [last.id.clone()] || old != below {
        return None;
    }
    let heads = graph.heads();
    let [head] = heads.as_slice() else { return None };
    // Another line in between would be moved along.
    let is_a_line = moved.skipped.iter().all(|skipped| graph.children(&skipped.revision.id).len() == 1);
    let why = "puts it back to where it was when it was applied; only while no other database has run them in the \
               new order: there they would run again";
    let back = rewrite(moved.now, Field::DownRevision, &last.id, old, why).filter(|_| is_a_line)?;
    let behind = rewrite(first, Field::DownRevision, old, head, "puts what never ran behind the end, so that it runs")?;
    Some(vec![back, behind])
}

/// A new revision does the work again, where it is missing.
fn again(seen: &StampFacts<'_>, skipped: &str) -> Option<Vec<Step>> {
    let heads = seen.facts.graph.heads();
    let [_] = heads.as_slice() else { return None };
    let message = wording::shell(&format!("catch up with {skipped}"))?;
    Some(vec![Step::new(
        seen.facts.project.command(&format!("revision -m {message}")),
        "writes an empty revision: put into it what they do, each step only where it is missing; right for every \
         database, those that have run them too",
        Changes::Files,
    )])
}
