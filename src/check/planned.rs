//! What the steps of a plan do, as SQL where that is known.

use super::{Reversible, Weight};
use crate::database::{self, DatabaseUrl};
use crate::facts::{DatabaseFacts, Facts, PostgresVersion, RevisionSql};
use crate::graph::{Direction, Plan};
use crate::operation::ddl::{Rendered, Renderer};
use crate::operation::model::Dialect;
use crate::operation::{Body, Operation, Operations, Step, read_all};
use crate::revision::Revision;
use crate::source::{SourceFile, masked_sql};

/// What a plan does.
#[derive(Debug)]
pub struct Planned {
    /// What the SQL is written for; `None` for a database whose SQL is not known here.
    pub dialect: Option<&'static str>,
    /// The version of PostgreSQL whose locks are told; `None` on other databases.
    pub postgres: Option<PostgresVersion>,
    /// For each step of the plan, in order.
    pub steps: Vec<PlannedStep>,
}

/// What one step does.
#[derive(Debug, Default)]
pub struct PlannedStep {
    /// In order.
    pub operations: Vec<PlannedOperation>,
    /// Whether it can be taken back; `None` unless it is one of an upgrade.
    pub reversible: Option<Reversible>,
}

impl PlannedStep {
    /// What all its operations do to tables; `None` where that is not told.
    pub fn weight(&self) -> Option<Weight> {
        let mut known = self.operations.iter().filter_map(|operation| operation.weight.as_ref()).peekable();
        known.peek().is_some().then(|| Weight::sum(known))
    }
}

/// One operation of a step.
#[derive(Debug)]
pub struct PlannedOperation {
    /// Its kind.
    pub kind: &'static str,
    /// In a few words.
    pub summary: String,
    /// The table that it is about.
    pub table: Option<String>,
    /// Where it stands, from 1.
    pub line: usize,
    /// Its statements; empty where they are not known.
    pub sql: Vec<String>,
    /// Why its statements are not known.
    pub no_sql: Option<String>,
    /// When it runs, if not always.
    pub conditions: Vec<String>,
    /// Why it is not known at all.
    pub opaque: Option<String>,
    /// What it does to tables on PostgreSQL, where its statements are known.
    pub weight: Option<Weight>,
}

impl PlannedOperation {
    /// A step in words, without SQL.
    fn new(step: &Step, source: &SourceFile) -> Self {
        let opaque = match &step.operation {
            Operation::Opaque { reason } => Some(masked_sql(reason)),
            _ => None,
        };
        let mut conditions: Vec<String> =
            step.conditions.iter().map(|condition| masked_sql(&condition.words())).collect();
        if step.in_autocommit {
            conditions.push("outside of the transaction".to_owned());
        }
        conditions.extend(step.database.iter().map(|name| format!("database {name}")));
        Self {
            kind: step.operation.kind(),
            summary: masked_sql(&step.operation.summary()),
            table: step.operation.table().map(ToString::to_string),
            line: source.line_column(step.span.start).line,
            sql: Vec::new(),
            no_sql: None,
            conditions,
            opaque,
            weight: None,
        }
    }
}

/// What the plan's steps do, on this database or else on the dialect of the project's URL.
pub fn planned(facts: &Facts, database: Option<&DatabaseFacts>, plan: &Plan) -> Planned {
    let dialect = dialect(facts, database);
    let revisions: Vec<Option<&Revision>> = plan.steps.iter().map(|step| facts.graph.get(&step.revision)).collect();
    let known: Vec<&Revision> = revisions.iter().copied().flatten().collect();
    let read = if plan.direction == Direction::Stamp { Vec::new() } else { read_all(&known) };
    let body = |operations: &'_ Operations| {
        if plan.direction == Direction::Downgrade { operations.downgrade.clone() } else { operations.upgrade.clone() }
    };
    let bodies: Vec<(&Revision, Body)> = known.iter().copied().zip(read.iter().map(body)).collect();
    let is_postgres = dialect == Some(Dialect::Postgresql);
    let sql = if is_postgres { facts.sql_in_turn(&bodies) } else { Vec::new() };
    let mut renderer = dialect.map(|dialect| Renderer::new(dialect, false));
    let mut at = 0;
    let steps = revisions.into_iter().map(|revision| {
        let (Some(_), Some((revision, body))) = (revision, bodies.get(at)) else { return PlannedStep::default() };
        let operations = match &mut renderer {
            Some(renderer) => rendered(renderer, body, revision, sql.get(at)),
            None => listed(body, revision),
        };
        let reversible = read.get(at).filter(|_| plan.direction == Direction::Upgrade).map(Reversible::of);
        at += 1;
        PlannedStep { operations, reversible }
    });
    let name = |dialect| if dialect == Dialect::Sqlite { "sqlite" } else { "postgresql" };
    let postgres = is_postgres.then(|| facts.postgres_version());
    Planned { dialect: dialect.map(name), postgres, steps: steps.collect() }
}

/// What a body does, without regard to a dialect.
pub fn listed(body: &Body, revision: &Revision) -> Vec<PlannedOperation> {
    body.steps.iter().map(|step| PlannedOperation::new(step, &revision.source)).collect()
}

fn rendered(
    renderer: &mut Renderer,
    body: &Body,
    revision: &Revision,
    sql: Option<&RevisionSql>,
) -> Vec<PlannedOperation> {
    let mut operations = Vec::new();
    for (index, step) in body.steps.iter().enumerate() {
        let mut made = PlannedOperation::new(step, &revision.source);
        // The conditions stand beside it.
        match renderer.if_it_runs(step, body) {
            Rendered::Sql(statements) => {
                made.sql = statements.iter().map(|sql| masked_sql(sql)).collect();
                made.weight = sql.map(|sql| Weight::of(sql.of_step(index)));
            }
            // Meant for another dialect.
            Rendered::Skipped => continue,
            Rendered::Unknown(reason) => made.no_sql = Some(masked_sql(&reason)).filter(|_| made.opaque.is_none()),
        }
        operations.push(made);
    }
    operations
}

/// The dialect of the database, or else of the URL in the configuration; PostgreSQL where there is
/// none.
fn dialect(facts: &Facts, database: Option<&DatabaseFacts>) -> Option<Dialect> {
    let of_database = database.and_then(|database| database.state.url.dialect());
    let configured = || {
        let url = facts.project.url.as_ref().map(|setting| DatabaseUrl::new(&setting.value))?;
        url.dialect().filter(|_| !url.is_placeholder())
    };
    match of_database.or_else(configured) {
        Some(database::Dialect::Sqlite) => Some(Dialect::Sqlite),
        Some(database::Dialect::PostgreSql) | None => Some(Dialect::Postgresql),
        Some(database::Dialect::Other(_)) => None,
    }
}
