//! `enum-value-in-transaction`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::facts::{Facts, SentStatement, VersionSource};
use crate::operation::model::{Column, Constant, TypeExpr};
use crate::operation::{Operation, Operations, Step};
use crate::project::env::Fact;
use crate::rules::{Check, RevisionFacts, Rule, wording};
use crate::source::{Location, printable};
use crate::sql::{Action, Command, Name, ObjectKind};

pub(super) const RULE: Rule = Rule {
    name: "enum-value-in-transaction",
    summary: "A value is added to an enum and used in the same transaction, which PostgreSQL refuses",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/enum-value-in-transaction.md"),
    check: Check::Revision(check),
};

/// `ALTER TYPE … ADD VALUE` in the transaction of the migration.
struct Added<'s> {
    sent: &'s SentStatement,
    r#type: &'s str,
    value: &'s str,
    /// Tables with a column of the type.
    users: Vec<String>,
    /// Where the same transaction made the type before.
    made: Option<Location>,
}

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (step, sent) in seen.statements().filter(|(step, _)| !step.in_autocommit) {
        let Command::AddEnumValue { name, value, .. } = &sent.statement.command else { continue };
        let users = tables_with(seen, &name.name);
        let added = Added { sent, r#type: &name.name, value, users, made: made(seen, step, sent, name) };
        if is_too_old(seen.facts) {
            found.push(too_old(seen, &added));
            continue;
        }
        if added.made.is_some() && is_taken_for_new_types(seen.facts) == Some(true) {
            continue;
        }
        let later = seen.statements().skip_while(|(_, other)| !std::ptr::eq(*other, sent)).skip(1);
        let mut later = later.filter(|(other, _)| seen::is_one_transaction(step, other));
        match later.find(|(_, other)| uses(seen.text(other), &other.statement.command, &added)) {
            Some((_, other)) => {
                let is_certain = !added.users.is_empty() || seen.text(other).contains(&added.cast());
                found.push(used_here(seen, &added, &seen.place(other.span), is_certain));
            }
            None => {
                let inserted = inserted(seen, step, &added);
                let here = inserted.map(|place| used_here(seen, &added, &place, !added.users.is_empty()));
                found.extend(here.or_else(|| used_later(seen, &added)));
            }
        }
    }
    found
}

impl Added<'_> {
    /// The value as SQL writes it.
    fn literal(&self) -> String {
        format!("'{}'", self.value.replace('\'', "''"))
    }

    fn cast(&self) -> String {
        format!("{}::{}", self.literal(), self.r#type)
    }
}

/// Where the transaction that adds a value made the type itself.
fn made(seen: &RevisionFacts<'_>, step: &Step, sent: &SentStatement, r#type: &Name) -> Option<Location> {
    let before = seen.statements().take_while(|(_, other)| !std::ptr::eq(*other, sent));
    let mut before = before.filter(|(other, _)| seen::is_one_transaction(other, step));
    let (_, making) = before.find(
        |(_, other)| matches!(&other.statement.command, Command::CreateType { name, .. } if name.name == r#type.name),
    )?;
    Some(seen.place(making.span))
}

/// Whether the server takes a new value of a type that the same transaction made: since version 17
/// (measured on 15 to 18). Nothing if the version is not known.
fn is_taken_for_new_types(facts: &Facts) -> Option<bool> {
    let version = facts.postgres_version();
    (version.source != VersionSource::Assumed).then_some(version.major >= 17)
}

/// Whether a statement uses the value: it holds the word, and is about a table that has a column
/// of the type, as far as such tables are known.
fn uses(text: &str, command: &Command, added: &Added<'_>) -> bool {
    if !text.contains(&added.literal()) || !evaluates(text, command) {
        return false;
    }
    let is_user = |table: &Name| added.users.is_empty() || added.users.contains(&table.name);
    let is_about = match command {
        Command::Write(write) => is_user(&write.table),
        Command::AlterTable(alter) => alter.actions.iter().all(|action| match action {
            Action::AddColumn { column, .. } => column.data_type == added.r#type,
            _ => is_user(&alter.table),
        }),
        Command::CreateTable(create) => create.columns.iter().any(|column| column.data_type == added.r#type),
        Command::CreateIndex(create) => is_user(&create.table),
        Command::Select(query) | Command::CreateView { query, .. } | Command::CreateTableAs { query, .. } => {
            query.reads.iter().any(is_user)
        }
        Command::Do => added.users.is_empty() || added.users.iter().any(|table| seen::mentions(text, table)),
        _ => false,
    };
    is_about || text.contains(&added.cast())
}

/// Where `op.bulk_insert` gives the value to rows, later in the same transaction.
fn inserted(seen: &RevisionFacts<'_>, step: &Step, added: &Added<'_>) -> Option<Location> {
    let later = seen.up().skip_while(|other| !std::ptr::eq(*other, step)).skip(1);
    let mut later = later.filter(|other| seen::is_one_transaction(step, other));
    let is_value = |value: &Constant| matches!(value, Constant::Str(text) if text == added.value);
    let using = later.find(|other| match &other.operation {
        Operation::BulkInsert(insert) => {
            let mut values = insert.rows.iter().flatten().flatten();
            let is_user = added.users.is_empty() || added.users.contains(&insert.table.name);
            is_user && values.any(|setting| is_value(&setting.value))
        }
        _ => false,
    })?;
    Some(seen.place(using.span))
}

/// Whether PostgreSQL works out the literals of a statement when it runs.
fn evaluates(text: &str, command: &Command) -> bool {
    match command {
        // Other languages are read when the function is called.
        Command::Create { kind: ObjectKind::Function | ObjectKind::Procedure, .. } => {
            seen::mentions(text, "language sql")
        }
        Command::AddEnumValue { .. }
        | Command::RenameEnumValue { .. }
        | Command::CreateType { .. }
        | Command::Comment { .. }
        | Command::Unknown(_) => false,
        _ => true,
    }
}

fn enum_name(written: &TypeExpr) -> Option<&str> {
    seen::enum_of(written).and_then(|(found, _)| found.name.as_deref())
}

/// The tables in which this revision or one before it makes a column of that enum.
fn tables_with(seen: &RevisionFacts<'_>, r#type: &str) -> Vec<String> {
    let mut tables = Vec::new();
    let is_it = |column: &Column| column.r#type.as_ref().and_then(enum_name) == Some(r#type);
    for id in seen.facts.graph.ancestors(&[&seen.revision.id]) {
        let Some(operations) = seen.facts.operations_of(id) else { continue };
        for step in &operations.upgrade.steps {
            let (table, uses) = match &step.operation {
                Operation::CreateTable(create) => (&create.table, create.columns.iter().any(is_it)),
                Operation::AddColumn(add) => (&add.table, is_it(&add.column)),
                Operation::AlterColumn(alter) => {
                    let is_new = alter.new_type.new_value().and_then(enum_name) == Some(r#type);
                    (&alter.table, is_new || alter.existing_type.as_ref().and_then(enum_name) == Some(r#type))
                }
                _ => continue,
            };
            if uses {
                tables.push(table.name.clone());
            }
        }
    }
    tables
}

fn used_here(seen: &RevisionFacts<'_>, added: &Added<'_>, place: &Location, is_certain: bool) -> Finding {
    let finding = finding(seen, added, place, "this migration");
    // Another column may hold the same word.
    if is_certain { finding } else { finding.at_most(Severity::Warning) }
}

/// A later revision that certainly uses the value, if both run in one transaction.
fn used_later(seen: &RevisionFacts<'_>, added: &Added<'_>) -> Option<Finding> {
    let facts = seen.facts;
    let leaves = |operations: &Operations| operations.upgrade.steps.iter().any(|step| step.in_autocommit);
    let is_one = matches!(facts.project.env.transaction_per_migration, Fact::Known(false) | Fact::Absent);
    if !is_one || leaves(seen.operations) || added.users.is_empty() {
        return None;
    }
    let descendants = facts.graph.descendants(&[&seen.revision.id]);
    let revisions = facts.graph.revisions().iter().zip(&facts.operations).enumerate();
    let is_later = |other: &str| other != seen.revision.id && descendants.contains(other);
    let later: Vec<_> = revisions.filter(|(_, (other, _))| is_later(&other.id)).collect();
    // A block that leaves the transaction may stand in between.
    if later.iter().any(|(_, (_, operations))| leaves(operations)) {
        return None;
    }
    let (other, place) = later.into_iter().find_map(|(position, (other, _))| {
        let sql = facts.sql(position);
        let using = sql.statements.iter().find(|sent| {
            let span = sent.statement.span;
            let text = sql.text_of(sent).and_then(|text| text.text.get(span.start..span.end));
            text.is_some_and(|text| uses(text, &sent.statement.command, added))
        })?;
        Some((other, Location::new(&other.source, using.span)))
    })?;
    let finding = finding(seen, added, &place, &format!("revision {}", wording::id(&other.id)));
    Some(
        finding
            .evidence(
                "an upgrade that runs both has them in one transaction: env.py does not set transaction_per_migration",
            )
            .at_most(Severity::Warning),
    )
}

/// Whether a server that was looked at takes no value in a transaction.
fn is_too_old(facts: &Facts) -> bool {
    let looks = facts.databases.iter().filter_map(|database| database.state.look.as_ref().ok());
    let major = |server: &str| {
        let version = server.strip_prefix("PostgreSQL ")?;
        version.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok()
    };
    looks.filter_map(|look| major(&look.server)).any(|major| major < 12)
}

fn finding(seen: &RevisionFacts<'_>, added: &Added<'_>, used: &Location, by: &str) -> Finding {
    let (r#type, value) = (printable(added.r#type), printable(added.value));
    let mut finding = Finding::new(format!(
        "The value '{value}' of {type} is used by {by} before the transaction that adds it has ended"
    ))
    .at(seen.place(added.sent.span))
    .related(used.clone(), "uses it")
    .evidence(format!("PostgreSQL: unsafe use of new value \"{value}\" of enum type {type}"))
    .evidence(format!("added in line {}, used at {}", seen.line(added.sent.span), wording::place(used)));
    if let Some(made) = &added.made {
        let line = made.start().line;
        finding = finding.evidence(format!(
            "PostgreSQL 16 and older refuse it; 17 and later take it, because line {line} makes {type} in the same transaction"
        ));
        if is_taken_for_new_types(seen.facts).is_none() {
            finding = finding.at_most(Severity::Warning);
        }
    }
    finding
        .next_step(explained(RULE.name, "shows the block that adds the value on its own"))
        .do_not("count on a downgrade to take it back: PostgreSQL cannot remove a value of an enum")
}

fn too_old(seen: &RevisionFacts<'_>, added: &Added<'_>) -> Finding {
    let (r#type, value) = (printable(added.r#type), printable(added.value));
    Finding::new(format!("The value '{value}' is added to {type} inside a transaction, which this server refuses"))
        .at(seen.place(added.sent.span))
        .evidence("PostgreSQL 11 and older: ALTER TYPE ... ADD cannot run inside a transaction block")
        .next_step(explained(RULE.name, "shows the block that adds the value on its own"))
        .do_not("count on a downgrade to take it back: PostgreSQL cannot remove a value of an enum")
}
