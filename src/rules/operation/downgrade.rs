//! The rules about `downgrade()`: `downgrade-missing`, `downgrade-not-inverse`,
//! `downgrade-loses-data`, `downgrade-cannot-restore-data`, `forward-only-downgrade`.
//!
//! They hold a revision to the policy of the settings (`downgrade = "reversible"` or
//! `"forward-only"`) and are silent without one.

use std::collections::BTreeSet;

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::model::Verb;
use crate::operation::{Body, Operation, Step};
use crate::rules::{Check, RevisionFacts, Rule, wording};
use crate::settings::Downgrade;
use crate::source::Span;
use crate::sql::{Command, Write};

pub(super) const MISSING: Rule = Rule {
    name: "downgrade-missing",
    summary: "upgrade() does something and downgrade() does nothing",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/downgrade-missing.md"),
    check: Check::Revision(missing),
};

pub(super) const NOT_INVERSE: Rule = Rule {
    name: "downgrade-not-inverse",
    summary: "downgrade() does not take back what upgrade() made",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/downgrade-not-inverse.md"),
    check: Check::Revision(not_inverse),
};

pub(super) const LOSES_DATA: Rule = Rule {
    name: "downgrade-loses-data",
    summary: "downgrade() drops what was there before upgrade()",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/downgrade-loses-data.md"),
    check: Check::Revision(loses_data),
};

pub(super) const CANNOT_RESTORE: Rule = Rule {
    name: "downgrade-cannot-restore-data",
    summary: "downgrade() brings the schema back, and the rows that upgrade() destroyed stay lost",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/downgrade-cannot-restore-data.md"),
    check: Check::Revision(cannot_restore),
};

pub(super) const FORWARD_ONLY: Rule = Rule {
    name: "forward-only-downgrade",
    summary: "The project only goes forward, and this downgrade() would run",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/forward-only-downgrade.md"),
    check: Check::Revision(forward_only),
};

const REVERSIBLE: &str = "the settings say downgrade = \"reversible\"";

fn is_reversible(seen: &RevisionFacts<'_>) -> bool {
    seen.facts.expected.downgrade == Downgrade::Reversible
}

fn acts(body: &Body) -> bool {
    body.steps.iter().any(|step| changes(&step.operation))
}

/// Whether a step leaves anything behind, as far as is known.
fn changes(operation: &Operation) -> bool {
    match operation {
        Operation::Raise { .. } => false,
        Operation::Data(data) => data.verb != Verb::Select,
        Operation::Sql(sql) => {
            !["SELECT", "SHOW", "SET", "RESET", "BEGIN", "COMMIT"].contains(&seen::first_word(&sql.text).as_str())
        }
        _ => true,
    }
}

fn function(seen: &RevisionFacts<'_>, body: &Body) -> Span {
    body.span.unwrap_or(seen.revision.spans.revision)
}

fn missing(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let (up, down) = (&seen.operations.upgrade, &seen.operations.downgrade);
    if !is_reversible(seen) || !acts(up) || acts(down) {
        return Vec::new();
    }
    let what = match down.steps.first() {
        Some(_) => "`downgrade()` refuses to run",
        None if down.span.is_none() => "There is no `downgrade()`",
        None => "`downgrade()` does nothing",
    };
    let steps = up.steps.iter().map(|step| &step.operation).filter(|operation| changes(operation));
    let steps = steps.map(seen::said).collect();
    let mut finding = Finding::new(format!("{what}, and `upgrade()` cannot be taken back"))
        .at(seen.place(function(seen, down)))
        .evidence(REVERSIBLE);
    finding.evidence.extend(wording::fold(steps));
    vec![
        finding
            .next_step(explained(MISSING.name, "shows what belongs into it"))
            .do_not("downgrade past it: the stamp would move and the schema would stay"),
    ]
}

/// An object that a function makes or drops: its kind and name.
type Object = (&'static str, String);

fn objects<'s>(steps: impl Iterator<Item = &'s Step>, makes: bool) -> BTreeSet<Object> {
    let mut found = BTreeSet::new();
    for step in steps {
        let object = match (&step.operation, makes) {
            (Operation::CreateTable(create), true) => ("table", create.table.to_string()),
            (Operation::DropTable(drop), false) => ("table", drop.table.to_string()),
            (Operation::AddColumn(add), true) => ("column", format!("{}.{}", add.table, add.column.name)),
            (Operation::DropColumn(drop), false) => ("column", format!("{}.{}", drop.table, drop.column)),
            _ => continue,
        };
        found.insert(object);
    }
    found
}

fn table_of(object: &Object) -> &str {
    if object.0 == "column" { object.1.rsplit_once('.').map_or("", |(table, _)| table) } else { &object.1 }
}

fn knows_all(body: &Body) -> bool {
    !body.steps.iter().any(|step| {
        matches!(step.operation, Operation::Opaque { .. } | Operation::Sql(_) | Operation::RenameTable(_))
            || !step.notes.is_empty()
            || matches!(&step.operation, Operation::AlterColumn(alter) if !alter.new_name.is_keep())
    })
}

fn not_inverse(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let (up, down) = (&seen.operations.upgrade, &seen.operations.downgrade);
    if !is_reversible(seen) || !acts(down) || !knows_all(up) || !knows_all(down) {
        return Vec::new();
    }
    let made = objects(up.steps.iter(), true);
    let taken = objects(down.steps.iter(), false);
    let dropped = objects(up.steps.iter(), false);
    let brought = objects(down.steps.iter(), true);
    // A table takes its columns along.
    let goes = |object: &Object| taken.contains(object) || taken.contains(&("table", table_of(object).to_owned()));
    let comes = |object: &Object| brought.contains(object) || brought.contains(&("table", table_of(object).to_owned()));
    let mut evidence = Vec::new();
    evidence.extend(
        made.difference(&dropped)
            .filter(|object| !goes(object))
            .map(|(kind, name)| format!("{kind} {name} is made and not dropped")),
    );
    evidence.extend(
        dropped
            .difference(&made)
            .filter(|object| !comes(object))
            .map(|(kind, name)| format!("{kind} {name} is dropped and not made again")),
    );
    if evidence.is_empty() {
        return Vec::new();
    }
    let count = wording::count(evidence.len(), "object", "objects");
    let mut finding = Finding::new(format!("`downgrade()` leaves {count} other than before"))
        .at(seen.place(function(seen, down)))
        .evidence(REVERSIBLE);
    finding.evidence.extend(wording::fold(evidence));
    vec![
        finding
            .next_step(explained(NOT_INVERSE.name, "shows a function and its inverse"))
            .do_not("rely on going down and up again: what was left behind is in the way"),
    ]
}

fn loses_data(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let (up, down) = (&seen.operations.upgrade, &seen.operations.downgrade);
    if !is_reversible(seen) || !knows_all(up) {
        return Vec::new();
    }
    let made = objects(up.steps.iter(), true);
    let mut found = Vec::new();
    for step in &down.steps {
        let object: Object = match &step.operation {
            Operation::DropTable(drop) => ("table", drop.table.to_string()),
            Operation::DropColumn(drop) => ("column", format!("{}.{}", drop.table, drop.column)),
            _ => continue,
        };
        let is_own = made.contains(&object) || made.contains(&("table", table_of(&object).to_owned()));
        // What `downgrade()` itself put there is no loss.
        let is_passing = objects(down.steps.iter(), true).contains(&object);
        if !is_own && !is_passing {
            let (kind, name) = &object;
            found.push(
                Finding::new(format!("`downgrade()` drops {kind} {name}, which `upgrade()` did not make"))
                    .at(seen.place(step.span))
                    .evidence("its rows were there before this revision, and are lost on the way back")
                    .evidence(REVERSIBLE)
                    .next_step(explained(LOSES_DATA.name, "shows what a way back may drop"))
                    .do_not("run this downgrade on a database whose rows are wanted"),
            );
        }
    }
    found
}

/// Whether a step changes nothing but what `upgrade()` makes: a new table, new columns.
fn only_fills(seen: &RevisionFacts<'_>, position: usize, made: &BTreeSet<Object>) -> bool {
    let is_own = |write: &Write| {
        let table = write.table.to_string();
        let is_new = |column: &String| made.contains(&("column", format!("{table}.{column}")));
        made.contains(&("table", table.clone())) || (!write.sets.is_empty() && write.sets.iter().all(is_new))
    };
    let mut statements = seen.sql.of_step(position).peekable();
    statements.peek().is_some()
        && statements.all(|sent| matches!(&sent.statement.command, Command::Write(write) if is_own(write)))
}

fn cannot_restore(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let (up, down) = (&seen.operations.upgrade, &seen.operations.downgrade);
    if !is_reversible(seen) || !acts(down) || down.steps.iter().any(|step| seen::writes_rows(&step.operation)) {
        return Vec::new();
    }
    let made = objects(up.steps.iter(), true);
    let destroys = |(position, step): &(usize, &Step)| match &step.operation {
        Operation::DropTable(drop) => !made.contains(&("table", drop.table.to_string())),
        Operation::DropColumn(drop) => !made.contains(&("column", format!("{}.{}", drop.table, drop.column))),
        Operation::Sql(sql) => {
            ["UPDATE", "DELETE", "TRUNCATE"].contains(&seen::first_word(&sql.text).as_str())
                && !only_fills(seen, *position, &made)
        }
        _ => false,
    };
    let lost: Vec<&Step> = up.steps.iter().enumerate().filter(destroys).map(|(_, step)| step).collect();
    let Some(first) = lost.first() else { return Vec::new() };
    let listed = lost.iter().map(|step| format!("{} (line {})", seen::said(&step.operation), seen.line(step.span)));
    let mut finding = Finding::new("What `upgrade()` destroys, `downgrade()` cannot bring back")
        .at(seen.place(first.span))
        .evidence(REVERSIBLE);
    finding.evidence.extend(wording::fold(listed.collect()));
    vec![
        finding
            .next_step(explained(CANNOT_RESTORE.name, "shows how to keep what the way back needs"))
            .do_not("count on `alembic downgrade` as a way back here: take a backup"),
    ]
}

fn forward_only(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let down = &seen.operations.downgrade;
    if seen.facts.expected.downgrade != Downgrade::ForwardOnly || !acts(&seen.operations.upgrade) {
        return Vec::new();
    }
    if down.steps.first().is_some_and(|step| matches!(step.operation, Operation::Raise { .. })) {
        return Vec::new();
    }
    let what = if down.steps.is_empty() { "moves the stamp and leaves the schema" } else { "takes this revision back" };
    vec![
        Finding::new(format!("This project only goes forward, and `alembic downgrade` {what} here"))
            .at(seen.place(function(seen, down)))
            .evidence("the settings say downgrade = \"forward-only\"")
            .evidence("a `downgrade()` that raises stops before anything happens")
            .next_step(explained(FORWARD_ONLY.name, "shows the function that refuses"))
            .do_not("leave `pass`: a downgrade then looks as if it had worked"),
    ]
}
