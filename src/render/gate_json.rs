//! The `gate`, `verify` and `wait` parts of the JSON document.

use std::time::Duration;

use serde::Serialize;

use super::plan_json::PlanPart;
use crate::check::gate::{Condition, Gate, Holds, Outlook};

/// The answer to one question.
#[derive(Serialize)]
pub(super) struct GatePart<'a> {
    target: &'a str,
    /// `null` when it is not known.
    passes: Option<bool>,
    conditions: Vec<ConditionPart<'a>>,
    databases: Vec<JudgedPart<'a>>,
}

#[derive(Serialize)]
struct JudgedPart<'a> {
    name: &'a str,
    conditions: Vec<ConditionPart<'a>>,
    /// `null` when the rows are not known.
    plan: Option<PlanPart>,
}

#[derive(Serialize)]
struct ConditionPart<'a> {
    name: &'static str,
    /// `null` when it is not known.
    holds: Option<bool>,
    text: &'a str,
}

impl<'a> GatePart<'a> {
    pub(super) fn new(gate: &'a Gate) -> Self {
        Self {
            target: &gate.target,
            passes: known(gate.answer()),
            conditions: gate.conditions.iter().map(ConditionPart::new).collect(),
            databases: gate
                .databases
                .iter()
                .map(|database| JudgedPart {
                    name: &database.name,
                    conditions: database.conditions.iter().map(ConditionPart::new).collect(),
                    plan: database
                        .plan
                        .as_ref()
                        .zip(database.planned.as_ref())
                        .map(|(plan, planned)| PlanPart::new(std::slice::from_ref(&gate.target), plan, planned)),
                })
                .collect(),
        }
    }
}

impl<'a> ConditionPart<'a> {
    fn new(condition: &'a Condition) -> Self {
        Self { name: condition.name, holds: known(condition.holds), text: &condition.says }
    }
}

fn known(holds: Holds) -> Option<bool> {
    match holds {
        Holds::Yes => Some(true),
        Holds::No => Some(false),
        Holds::Unknown => None,
    }
}

/// How waiting ended.
#[derive(Serialize)]
pub(super) struct WaitPart<'a> {
    target: &'a str,
    reached: bool,
    /// Why not.
    why: Option<&'a str>,
    seconds: u64,
    looks: usize,
}

impl<'a> WaitPart<'a> {
    pub(super) fn new(waited: &'a Waited) -> Self {
        Self {
            target: &waited.target,
            reached: waited.outlook == Outlook::Arrived,
            why: waited.why(),
            seconds: waited.time.as_secs(),
            looks: waited.looks,
        }
    }
}

/// How waiting ended.
#[derive(Debug)]
pub struct Waited {
    /// In Alembic's words.
    pub target: String,
    /// What was seen last.
    pub outlook: Outlook,
    /// How long it took.
    pub time: Duration,
    /// How often was looked.
    pub looks: usize,
}

impl Waited {
    /// Why the target was not reached.
    pub fn why(&self) -> Option<&str> {
        match &self.outlook {
            Outlook::Arrived => None,
            Outlook::NotYet(why) | Outlook::NotSeen(why) | Outlook::Never(why) => Some(why),
        }
    }
}
