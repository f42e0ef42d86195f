//! What `upgrade()` of a revision is as PostgreSQL's SQL, and what that does to tables.
//!
//! Parsed once for all rules. Alembic's own statements (`BEGIN`, the version table) are not in it.

mod knowledge;
mod place;
mod proofs;

use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use rayon::prelude::*;

use super::{Examined, Facts};
use crate::database::{DatabaseUrl, Dialect};
use crate::operation::ddl::{Rendered, Renderer};
use crate::operation::model::{self, Operation};
use crate::operation::{Body, Step};
use crate::revision::Revision;
use crate::source::{SourceFile, Span};
use crate::sql::{self, Command, Context, Effects, Name, Statement};

use knowledge::Knowledge;
use proofs::Proofs;

/// The version that is assumed where nobody says which it is.
pub const ASSUMED_VERSION: u32 = 15;

/// PostgreSQL's major version, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostgresVersion {
    /// The version: 12 or later.
    pub major: u32,
    /// Who says so.
    pub source: VersionSource,
}

/// Who says which version it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionSource {
    /// `--pg-version` or the setting.
    Asked,
    /// The server that was looked at; of several the oldest.
    Server,
    /// Nobody.
    Assumed,
}

/// `upgrade()` of one revision on PostgreSQL.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RevisionSql {
    /// The texts that are sent, in order: one or several for a step.
    pub texts: Vec<SentText>,
    /// Their statements, in order.
    pub statements: Vec<SentStatement>,
    /// The steps whose SQL is not known: index in `upgrade.steps`, and why.
    pub unknown: Vec<(usize, String)>,
    /// The steps that make a column NOT NULL that is proven to be without NULL.
    pub proven: BTreeSet<usize>,
    /// What is known of the tables after it.
    pub after: Context,
}

/// A text as it is sent; may hold several statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentText {
    /// The step: index in `upgrade.steps`.
    pub step: usize,
    /// The SQL, with its comments, without a semicolon at the end.
    pub text: String,
    /// Where the text stands in the file letter by letter: inside a string literal.
    pub literal: Option<Span>,
    /// The whole call.
    pub call: Span,
    /// Whether Alembic writes it, from a directive; else it is the project's own SQL.
    pub is_rendered: bool,
    /// Whether it runs in an autocommit block, outside of the transaction.
    pub in_autocommit: bool,
    /// What is known before it of the tables, columns and indexes that it names.
    pub context: Context,
}

impl SentText {
    /// The place in the file of a part of the text: inside the literal, else the whole call.
    pub fn place(&self, part: Span) -> Span {
        self.literal.map_or(self.call, |literal| part.shifted(literal.start))
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct SentStatement {
    /// Its text: index in [`RevisionSql::texts`].
    pub text: usize,
    /// The statement; its span is a part of the text.
    pub statement: Statement,
    /// Its place in the file: inside a string literal where that is plain, else the call.
    pub span: Span,
    /// What is known before it of the tables, columns and indexes that it names.
    pub context: Context,
    /// What it does to tables.
    pub effects: Effects,
}

impl RevisionSql {
    /// Reads the steps of `body`. `before` holds what is known before it.
    fn new(source: &SourceFile, body: &Body, version: u32, before: Context) -> Self {
        let mut made = Self::default();
        let mut renderer = Renderer::new(model::Dialect::Postgresql, false);
        let mut knowledge = Knowledge::new(before);
        for (index, step) in body.steps.iter().enumerate() {
            knowledge.hear_step(&renderer, step);
            if knowledge.proves(step) {
                made.proven.insert(index);
            }
            match renderer.if_it_runs(step, body) {
                Rendered::Skipped => {}
                Rendered::Unknown(reason) => {
                    made.unknown.push((index, reason));
                    knowledge.hear_unrendered(&step.operation);
                }
                Rendered::Sql(texts) => {
                    for text in texts {
                        made.push(source, (index, step), text, version, &mut knowledge);
                    }
                }
            }
        }
        made.after = knowledge.into_context();
        made
    }

    fn push(
        &mut self,
        source: &SourceFile,
        (index, step): (usize, &Step),
        text: String,
        version: u32,
        knowledge: &mut Knowledge,
    ) {
        let sent = SentText {
            step: index,
            literal: place::literal(source, &step.operation, &text),
            call: step.span,
            is_rendered: !matches!(step.operation, Operation::Sql(_)),
            in_autocommit: step.in_autocommit,
            context: knowledge.about(&text),
            text,
        };
        for statement in sql::statements(&sent.text) {
            let effects = sql::effects(&statement, version, knowledge.context());
            let context =
                knowledge.about(sent.text.get(statement.span.start..statement.span.end).unwrap_or(&sent.text));
            knowledge.hear(&statement.command);
            self.statements.push(SentStatement {
                text: self.texts.len(),
                span: sent.place(statement.span),
                statement,
                context,
                effects,
            });
        }
        self.texts.push(sent);
    }

    /// How much of it could not be looked at, besides what is opaque anyway.
    pub(super) fn unread(&self, body: &Body) -> usize {
        let steps = self.unknown.iter().filter_map(|(step, _)| body.steps.get(*step));
        let without =
            steps.filter(|step| !matches!(step.operation, Operation::Opaque { .. } | Operation::Raise { .. }));
        let is_closed = |command: &Command| matches!(command, Command::Unknown(_) | Command::Do | Command::Call { .. });
        let closed = self.statements.iter().filter(|it| is_closed(&it.statement.command));
        without.count() + closed.count()
    }

    /// The text that a statement stands in; it says which step that is.
    pub fn text_of(&self, statement: &SentStatement) -> Option<&SentText> {
        self.texts.get(statement.text)
    }

    /// The statements of a step.
    pub fn of_step(&self, step: usize) -> impl Iterator<Item = &SentStatement> {
        self.statements.iter().filter(move |it| self.text_of(it).is_some_and(|text| text.step == step))
    }
}

/// The SQL of every revision, read when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct SqlFacts {
    /// In the order of the graph's revisions.
    revisions: Vec<OnceLock<RevisionSql>>,
    proofs: OnceLock<Proofs>,
}

impl SqlFacts {
    pub(super) fn of(revisions: usize) -> Self {
        Self { revisions: (0..revisions).map(|_| OnceLock::new()).collect(), proofs: OnceLock::new() }
    }
}

/// What a revision has that is not run on PostgreSQL, or was not read.
static NOTHING: LazyLock<RevisionSql> = LazyLock::new(RevisionSql::default);

impl Facts {
    /// The version of PostgreSQL whose behaviour is told.
    pub fn postgres_version(&self) -> PostgresVersion {
        if let Some(major) = self.expected.pg_version {
            return PostgresVersion { major, source: VersionSource::Asked };
        }
        let looks = self.databases.iter().filter_map(|database| database.state.look.as_ref().ok());
        let major = |server: &str| {
            let number = server.strip_prefix("PostgreSQL ")?;
            number.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok()
        };
        match looks.filter_map(|look| major(&look.server)).min() {
            Some(major) => PostgresVersion { major: major.max(12), source: VersionSource::Server },
            None => PostgresVersion { major: ASSUMED_VERSION, source: VersionSource::Assumed },
        }
    }

    /// Whether the project can run on PostgreSQL: what is known says so, or nothing is known.
    pub fn may_be_postgresql(&self) -> bool {
        let known = self.known_dialects();
        let is_other = |dialect: &Option<Dialect>| matches!(dialect, Some(dialect) if *dialect != Dialect::PostgreSql);
        known.is_empty() || !known.iter().all(is_other)
    }

    /// Whether it certainly does.
    pub fn is_postgresql(&self) -> bool {
        self.known_dialects().contains(&Some(Dialect::PostgreSql))
    }

    /// The first database that is neither PostgreSQL nor SQLite: nothing is known of its locks.
    pub fn foreign_dialect(&self) -> Option<String> {
        self.known_dialects().into_iter().flatten().find_map(|dialect| match dialect {
            Dialect::Other(name) => Some(name),
            Dialect::PostgreSql | Dialect::Sqlite => None,
        })
    }

    fn known_dialects(&self) -> Vec<Option<Dialect>> {
        let looked_at = self.databases.iter().map(|database| database.state.url.dialect());
        let mut known: Vec<Option<Dialect>> = looked_at.collect();
        if known.is_empty()
            && let Some(url) = &self.project.url
        {
            known.push(DatabaseUrl::new(url.value.as_str()).dialect());
        }
        known
    }

    /// Reads the SQL of the examined revisions, on all cores, so that no rule has to wait for it.
    pub fn read_sql(&self) {
        let revisions = self.graph.revisions();
        (0..revisions.len()).into_par_iter().for_each(|position| {
            if revisions.get(position).is_some_and(|revision| self.examined.includes(&revision.id)) {
                self.sql(position);
            }
        });
    }

    /// The SQL of the graph's revision at `position`. Nothing where the operations were not read, or
    /// where the project does not run on PostgreSQL.
    pub fn sql(&self, position: usize) -> &RevisionSql {
        let known =
            (self.graph.revisions().get(position), self.operations.get(position), self.sql.revisions.get(position));
        let (Some(revision), Some(operations), Some(cell)) = known else { return &NOTHING };
        if !self.may_be_postgresql() {
            return &NOTHING;
        }
        cell.get_or_init(|| {
            let before = self.known_before(&revision.id, &operations.upgrade);
            RevisionSql::new(&revision.source, &operations.upgrade, self.postgres_version().major, before)
        })
    }

    /// The SQL of functions that run one after the other: what one makes, the next one knows.
    pub fn sql_in_turn(&self, bodies: &[(&Revision, Body)]) -> Vec<RevisionSql> {
        let version = self.postgres_version().major;
        let mut before = Context::default();
        let read = bodies.iter().map(|(revision, body)| {
            let proven = self.known_before(&revision.id, body).proven_not_null;
            before.proven_not_null.extend(proven);
            let sql = RevisionSql::new(&revision.source, body, version, std::mem::take(&mut before));
            before.clone_from(&sql.after);
            sql
        });
        read.collect()
    }

    /// What the ancestors of a revision tell about the tables that it finds.
    fn known_before(&self, id: &str, body: &Body) -> Context {
        let mut context = Context::default();
        let asks_for_proof = body.steps.iter().any(proofs::asks_for_proof);
        let is_branch = matches!(self.examined, Examined::Only { .. });
        if !asks_for_proof && !is_branch {
            return context;
        }
        let mut ancestors = self.graph.ancestors(&[id]);
        ancestors.remove(id);
        if is_branch {
            context.created = self.created_by(ancestors.iter().copied().filter(|id| self.examined.includes(id)));
        }
        if asks_for_proof {
            let proofs = self.sql.proofs.get_or_init(|| Proofs::new(&self.graph, &self.operations));
            context.proven_not_null = proofs.of(&ancestors).map(|column| (column, true)).collect();
            context.column_types = proofs.types(&ancestors);
        }
        context
    }

    /// The tables that revisions make which have not run either: nobody uses them yet.
    fn created_by<'i>(&self, ids: impl Iterator<Item = &'i str>) -> BTreeSet<Name> {
        let bodies = ids.filter_map(|id| self.operations_of(id)).map(|operations| &operations.upgrade);
        let tables = bodies.flat_map(|body| &body.steps).filter_map(|step| match &step.operation {
            Operation::CreateTable(create) if !create.if_not_exists => Some(knowledge::name(&create.table)),
            _ => None,
        });
        tables.collect()
    }
}

#[cfg(test)]
mod tests;
