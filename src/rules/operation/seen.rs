//! What the rules about operations ask of a revision.

use std::collections::BTreeSet;
use std::path::Path;

use crate::diagnostic::{Changes, Step as Way};
use crate::facts::{Examined, Facts, SentStatement};
use crate::operation::model::{EnumType, TableName, TypeExpr, TypeKind};
use crate::operation::{ConditionKind, Operation, Step};
use crate::rules::{RevisionFacts, lost, wording};
use crate::source::{Location, Span, printable};
use crate::sql::{Command, Name};

impl<'a> RevisionFacts<'a> {
    /// A place in the revision's file.
    pub(super) fn place(&self, span: Span) -> Location {
        Location::new(&self.revision.source, span)
    }

    /// The steps of `upgrade()`.
    pub(super) fn up(&self) -> impl Iterator<Item = &'a Step> + Clone {
        self.operations.upgrade.steps.iter()
    }

    /// The steps of `downgrade()`.
    pub(super) fn down(&self) -> impl Iterator<Item = &'a Step> + Clone {
        self.operations.downgrade.steps.iter()
    }

    /// Whether `upgrade()` makes this table, or a revision before it that has not run anywhere
    /// either, so that nobody uses it yet and nothing is in it.
    pub(super) fn makes(&self, table: &TableName) -> bool {
        created(self.up()).contains(table) || self.creates(table) || self.is_made_before(table)
    }

    /// Whether a statement of `upgrade()` makes this table.
    fn creates(&self, table: &TableName) -> bool {
        let mut commands = self.sql.statements.iter().map(|sent| &sent.statement.command);
        commands.any(|command| match command {
            Command::CreateTable(create) => is_table(&create.table, table),
            Command::CreateTableAs { table: made, .. } => is_table(made, table),
            _ => false,
        })
    }

    /// The statements of `upgrade()` on PostgreSQL, each with its step.
    pub(super) fn statements(&self) -> impl Iterator<Item = (&'a Step, &'a SentStatement)> {
        let step = |sent| self.operations.upgrade.steps.get(self.sql.text_of(sent)?.step);
        self.sql.statements.iter().filter_map(move |sent| Some((step(sent)?, sent)))
    }

    /// A statement as it is sent.
    pub(super) fn text(&self, sent: &SentStatement) -> &'a str {
        let span = sent.statement.span;
        self.sql.text_of(sent).and_then(|text| text.text.get(span.start..span.end)).unwrap_or_default()
    }

    fn is_made_before(&self, table: &TableName) -> bool {
        // Without a choice of revisions, each of them may have run long ago.
        let Examined::Only { ids, .. } = &self.facts.examined else { return false };
        if ids.len() < 2 {
            return false;
        }
        let before = self.facts.graph.ancestors(&[&self.revision.id]);
        let before = before.into_iter().filter(|id| *id != self.revision.id && ids.contains(*id));
        let mut made = before.filter_map(|id| self.facts.operations_of(id));
        made.any(|operations| created(operations.upgrade.steps.iter()).contains(table))
    }

    /// The line of a place, as evidence.
    pub(super) fn line(&self, span: Span) -> usize {
        self.place(span).start().line
    }
}

/// The tables that these steps make.
pub(super) fn created<'s>(steps: impl Iterator<Item = &'s Step>) -> BTreeSet<TableName> {
    let mut tables = BTreeSet::new();
    for step in steps {
        match &step.operation {
            Operation::CreateTable(create) => {
                tables.insert(create.table.clone());
            }
            Operation::RenameTable(rename) if tables.contains(&rename.table) => {
                tables.insert(TableName { name: rename.new_name.clone(), ..rename.table.clone() });
            }
            _ => {}
        }
    }
    tables
}

/// Whether the words stand anywhere in the text, in capitals or not: cheaper than to parse it.
pub(super) fn mentions(text: &str, words: &str) -> bool {
    text.as_bytes().windows(words.len()).any(|window| window.eq_ignore_ascii_case(words.as_bytes()))
}

/// Whether a name in SQL is that table's.
fn is_table(name: &Name, table: &TableName) -> bool {
    name.name == table.name && name.schema == table.schema
}

/// The enum that a column of the type needs on PostgreSQL, and where it stands.
pub(super) fn enum_of(written: &TypeExpr) -> Option<(&EnumType, Span)> {
    let on = written.on("postgresql");
    match &on.kind {
        TypeKind::Enum(found) if found.native => Some((found, on.span)),
        TypeKind::Array { item, .. } => enum_of(item),
        _ => None,
    }
}

/// Whether the step can run on PostgreSQL, by the databases that are known and by its own conditions.
pub(super) fn on_postgresql(facts: &Facts, step: &Step) -> bool {
    let is_ruled_out = step.conditions.iter().any(|condition| match &condition.kind {
        ConditionKind::Dialect { names, is } => names.iter().any(|name| name == "postgresql") != *is,
        _ => false,
    });
    !is_ruled_out && facts.may_be_postgresql()
}

/// Whether the first is still part of the transaction when the second runs: an autocommit block
/// ends the transaction before it, and each of its own statements.
pub(super) fn is_one_transaction(first: &Step, second: &Step) -> bool {
    std::ptr::eq(first, second)
        || (!first.in_autocommit && !second.in_autocommit && first.autocommit_blocks == second.autocommit_blocks)
}

/// Models that env.py does not import, as evidence: autogenerate cannot see them.
pub(super) fn unseen_models(facts: &Facts) -> Vec<String> {
    let shown = |file: &Path| wording::path(facts.project.shown(file));
    let unseen = facts.models.iter().flat_map(|models| &models.unseen);
    let lines = unseen.map(|file| {
        format!("{} makes tables, and env.py imports it neither itself nor by what it imports", shown(file))
    });
    let gone = facts.lost_imports.iter().map(|import| {
        let (importer, model) = (shown(&import.importer), shown(&import.model));
        match &import.commit {
            Some(commit) => format!("{importer} imported {model} until commit {}", lost::commit(commit)),
            None => format!("{importer} imports {model} in what is committed, and no more in the working tree"),
        }
    });
    let mut evidence = wording::fold(lines.collect());
    evidence.extend(wording::fold(gone.collect()));
    evidence
}

/// The step that shows how it is done safely.
pub(super) fn explained(rule: &str, why: &str) -> Way {
    Way::new(format!("alembic-doctor explain {rule}"), why, Changes::Nothing)
}

/// A table in a sentence.
pub(super) fn table(table: &TableName) -> String {
    printable(&table.to_string())
}

/// What a step does in a few words, fit for a sentence.
pub(super) fn said(operation: &Operation) -> String {
    printable(&operation.summary())
}

/// Whether the step changes rows, as far as can be told without reading SQL.
pub(super) fn writes_rows(operation: &Operation) -> bool {
    use crate::operation::model::Verb;
    match operation {
        Operation::BulkInsert(_) => true,
        Operation::Data(data) => data.verb != Verb::Select,
        Operation::Sql(sql) => ["INSERT", "UPDATE", "DELETE"].contains(&first_word(&sql.text).as_str()),
        _ => false,
    }
}

/// The first word of an SQL text, in capitals; comments before it are passed over.
pub(super) fn first_word(sql: &str) -> String {
    let lines = sql.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("--"));
    let first = lines.into_iter().next().unwrap_or_default();
    first.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_uppercase()
}

/// Whether the step changes the schema.
pub(super) fn changes_schema(operation: &Operation) -> bool {
    match operation {
        Operation::Sql(sql) => ["CREATE", "ALTER", "DROP", "TRUNCATE"].contains(&first_word(&sql.text).as_str()),
        Operation::BulkInsert(_) | Operation::Data(_) | Operation::Raise { .. } | Operation::Opaque { .. } => false,
        _ => true,
    }
}
