//! What each side does since the sides part.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::Names;
use super::thing::{Leaves, Need, Touch, Value};
use super::touch::{Reader, Touches};
use super::value;
use crate::facts::Facts;
use crate::operation::model::{Condition, ConditionKind, Operation as What, Step};
use crate::schema::{Schema, replay};
use crate::source::{Location, SourceFile, masked_sql};

/// An operation of a revision on one of the sides.
#[derive(Debug)]
pub struct Operation {
    /// The revision.
    pub revision: String,
    /// Where it stands.
    pub location: Location,
    /// What it does, in a few words.
    pub summary: String,
    /// Why it is not known what it does, if it is not.
    pub opaque: Option<String>,
    /// Why it is not certain that it runs, if it is not.
    pub doubt: Option<String>,
    /// The step.
    pub step: Step,
    pub(super) source: Arc<SourceFile>,
    pub(super) value: Value,
}

impl Operation {
    /// `versions/b2.py:12`
    pub fn place(&self) -> String {
        format!("{}:{}", self.location.path().display(), self.location.start().line)
    }
}

/// The operations of revisions, each read once.
pub(super) struct Pool<'f> {
    facts: &'f Facts,
    pub(super) dialect: &'static str,
    pub(super) operations: Vec<Operation>,
    /// Of each revision, as places in `operations`.
    known: BTreeMap<String, Vec<usize>>,
}

impl<'f> Pool<'f> {
    pub(super) fn new(facts: &'f Facts, dialect: &'static str) -> Self {
        Self { facts, dialect, operations: Vec::new(), known: BTreeMap::new() }
    }

    /// The operations of a revision that run on this dialect.
    pub(super) fn of(&mut self, id: &str) -> Vec<usize> {
        if let Some(known) = self.known.get(id) {
            return known.clone();
        }
        let (Some(revision), Some(operations)) = (self.facts.graph.get(id), self.facts.operations_of(id)) else {
            return Vec::new();
        };
        let mut made = Vec::new();
        for step in &operations.upgrade.steps {
            let Some(doubt) = doubt(step, self.dialect) else { continue };
            let opaque = match &step.operation {
                What::Opaque { reason } => Some(reason.clone()),
                _ => None,
            };
            made.push(self.operations.len());
            self.operations.push(Operation {
                revision: id.to_owned(),
                location: Location::new(&revision.source, step.span),
                summary: masked_sql(&step.operation.summary()),
                opaque,
                doubt,
                step: step.clone(),
                source: Arc::clone(&revision.source),
                value: value::of_step(step, &revision.source),
            });
        }
        self.known.insert(id.to_owned(), made.clone());
        made
    }

    /// What is certain after these revisions.
    pub(super) fn schema_after(&self, ids: &BTreeSet<&str>) -> Schema {
        let graph = &self.facts.graph;
        let mut schema = Schema::default();
        for (number, id) in graph.history().into_iter().rev().filter(|id| ids.contains(id)).enumerate() {
            if let (Some(revision), Some(operations)) = (graph.get(id), self.facts.operations_of(id)) {
                replay(&mut schema, number, &operations.upgrade.steps, &revision.source, self.dialect);
            }
        }
        schema
    }

    /// What the operations of a side touch, in order: places in `operations`, and what each touches.
    pub(super) fn side(&mut self, ids: &[String], schema: &Schema) -> Vec<(usize, Touches)> {
        let mut side = Vec::new();
        let mut names = Names::default();
        for id in ids {
            for index in self.of(id) {
                let Some(operation) = self.operations.get(index) else { continue };
                let is_postgresql = self.dialect == "postgresql";
                let mut reader =
                    Reader { is_postgresql, schema, names: std::mem::take(&mut names), source: &operation.source };
                let mut touches = reader.read(&operation.step);
                names = reader.names;
                let asked: Vec<&Condition> = guards(&operation.step.conditions).collect();
                let is_asked = |touch: &&mut Touch| {
                    touch.thing.name().is_some_and(|name| asked.iter().any(|condition| quotes(condition, name)))
                };
                touches.things.iter_mut().filter(is_asked).for_each(soften);
                side.push((index, touches));
            }
        }
        side
    }
}

/// `None` if the step never runs on the dialect; else why it may not run, if that is not certain.
/// A guard that asks for what the step makes leaves no doubt.
#[allow(clippy::option_option, reason = "never, certainly, perhaps")]
fn doubt(step: &Step, dialect: &str) -> Option<Option<String>> {
    let mut doubt = step.database.as_ref().map(|name| format!("it is for the database {name}"));
    for condition in &step.conditions {
        match &condition.kind {
            ConditionKind::Dialect { names, is } => {
                if names.iter().any(|name| name == dialect) != *is {
                    return None;
                }
            }
            ConditionKind::Offline { is: true } => return None,
            ConditionKind::Offline { is: false } => {}
            ConditionKind::Test { .. } if guards(std::slice::from_ref(condition)).next().is_some() => {}
            ConditionKind::Test { .. } | ConditionKind::Loop | ConditionKind::Try | ConditionKind::Except => {
                doubt = doubt.or_else(|| Some(masked_sql(&format!("it runs {}", condition.words()))));
            }
        }
    }
    Some(doubt)
}

/// The tests that ask the database what is there.
fn guards(conditions: &[Condition]) -> impl Iterator<Item = &Condition> {
    const QUESTIONS: [&str; 8] = [
        "has_table(",
        "has_column(",
        "get_table_names(",
        "get_columns(",
        "get_indexes(",
        "get_unique_constraints(",
        "get_foreign_keys(",
        "get_check_constraints(",
    ];
    conditions.iter().filter(|condition| {
        matches!(condition.kind, ConditionKind::Test { .. })
            && QUESTIONS.iter().any(|question| condition.text.contains(question))
    })
}

/// Whether the test speaks of something of that name.
fn quotes(condition: &Condition, name: &str) -> bool {
    ['"', '\''].iter().any(|quote| condition.text.contains(&format!("{quote}{name}{quote}")))
}

/// What a test asks for is not needed: the operation is passed over where it would fail.
fn soften(touch: &mut Touch) {
    touch.need = Need::Nothing;
    if let Leaves::There(value) = &touch.leaves {
        touch.leaves = Leaves::Ensured(value.clone());
    }
}
