//! The `merge` part of the JSON document.

use std::collections::BTreeMap;

use serde::Serialize;

use super::merge::MergePage;
use super::words::{clean_uncut, shown_path};
use crate::merge::{Choice, Comparison, Cure, Guard, Operation, Outlook, Pair, Verdict};

/// A comparison and what came of it.
#[derive(Serialize)]
pub(super) struct MergePart<'a> {
    heads: &'a [String],
    forks: &'a [String],
    sides: Vec<SidePart<'a>>,
    pairs: Vec<PairPart<'a>>,
    /// How many pairs have which verdict.
    verdicts: BTreeMap<&'static str, usize>,
    /// Whether a person has to do or to decide something.
    needs_a_person: bool,
    environments: Vec<EnvironmentPart<'a>>,
    file: FilePart<'a>,
    next: Vec<NextPart>,
}

#[derive(Serialize)]
struct SidePart<'a> {
    head: &'a str,
    revisions: &'a [String],
    operations: Vec<OperationPart<'a>>,
}

#[derive(Serialize)]
struct OperationPart<'a> {
    revision: &'a str,
    path: String,
    line: usize,
    kind: &'static str,
    summary: &'a str,
    opaque: Option<&'a str>,
    doubt: Option<&'a str>,
}

#[derive(Serialize)]
struct PairPart<'a> {
    verdict: &'static str,
    thing: &'a str,
    why: &'a str,
    first: OperationPart<'a>,
    second: OperationPart<'a>,
    first_fails: bool,
    second_fails: bool,
    differs: bool,
    cure: CurePart<'a>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum CurePart<'a> {
    Nothing,
    Code { what: &'a str, upgrade: &'a [String], downgrade: &'a [String] },
    Guards { guards: Vec<GuardPart<'a>> },
    Decide { question: &'a str, options: Vec<OptionPart<'a>>, guards: Vec<GuardPart<'a>> },
}

#[derive(Serialize)]
struct OptionPart<'a> {
    revision: &'a str,
    statements: &'a [String],
}

#[derive(Serialize)]
struct GuardPart<'a> {
    revision: &'a str,
    path: String,
    line: usize,
    end_line: usize,
    after: &'a str,
    test: Option<&'a str>,
    advice: &'a str,
}

#[derive(Serialize)]
struct EnvironmentPart<'a> {
    /// `null` for a new database.
    database: Option<&'a str>,
    /// For each side, by its head: `all`, `part` or `none`; `null` when it is not known.
    applied: Option<BTreeMap<&'a str, &'static str>>,
    /// In order; `null` when it is not known.
    runs: Option<&'a [String]>,
    why_unknown: Option<&'a str>,
}

#[derive(Serialize)]
struct FilePart<'a> {
    path: String,
    revision: &'a str,
    text: &'a str,
    written: bool,
}

#[derive(Serialize)]
struct NextPart {
    command: String,
    why: String,
}

impl<'a> MergePart<'a> {
    pub(super) fn new(shown: &'a MergePage<'a>) -> Self {
        let comparison = shown.comparison;
        let sides = comparison.sides.iter().map(|side| SidePart {
            head: &side.head,
            revisions: &side.revisions,
            operations: side.operations.iter().filter_map(|at| operation(comparison, *at)).collect(),
        });
        let verdicts = Verdict::ALL.map(|verdict| (verdict.as_str(), comparison.with(verdict).count()));
        let next = shown.next.iter().map(|(command, why)| NextPart { command: clean_uncut(command), why: why.clone() });
        Self {
            heads: &comparison.heads,
            forks: &comparison.forks,
            sides: sides.collect(),
            pairs: comparison.pairs.iter().filter_map(|pair| self::pair(comparison, pair)).collect(),
            verdicts: verdicts.into_iter().collect(),
            needs_a_person: comparison.needs_a_person(),
            environments: shown.outlooks.iter().map(|outlook| environment(comparison, outlook)).collect(),
            file: FilePart {
                path: shown_path(shown.path),
                revision: shown.revision,
                text: shown.text,
                written: shown.is_written,
            },
            next: next.collect(),
        }
    }
}

fn operation(comparison: &Comparison, at: usize) -> Option<OperationPart<'_>> {
    let Operation { revision, location, summary, opaque, doubt, step, .. } = comparison.operation(at)?;
    Some(OperationPart {
        revision,
        path: shown_path(location.path()),
        line: location.start().line,
        kind: step.operation.kind(),
        summary,
        opaque: opaque.as_deref(),
        doubt: doubt.as_deref(),
    })
}

fn pair<'a>(comparison: &'a Comparison, pair: &'a Pair) -> Option<PairPart<'a>> {
    let cure = match &pair.cure {
        Cure::Nothing => CurePart::Nothing,
        Cure::Code(code) => CurePart::Code { what: &code.what, upgrade: &code.upgrade, downgrade: &code.downgrade },
        Cure::Guards(guards) => CurePart::Guards { guards: guards.iter().map(guard).collect() },
        Cure::Decide(Choice { question, options, guards }) => CurePart::Decide {
            question,
            options: options.iter().map(|(revision, statements)| OptionPart { revision, statements }).collect(),
            guards: guards.iter().map(guard).collect(),
        },
    };
    Some(PairPart {
        verdict: pair.verdict.as_str(),
        thing: &pair.thing,
        why: &pair.why,
        first: operation(comparison, pair.first)?,
        second: operation(comparison, pair.second)?,
        first_fails: pair.fails.0,
        second_fails: pair.fails.1,
        differs: pair.differs,
        cure,
    })
}

fn guard(guard: &Guard) -> GuardPart<'_> {
    GuardPart {
        revision: &guard.revision,
        path: shown_path(guard.location.path()),
        line: guard.location.start().line,
        end_line: guard.location.end().line,
        after: &guard.after,
        test: guard.test.as_deref(),
        advice: &guard.advice,
    }
}

fn environment<'a>(comparison: &'a Comparison, outlook: &'a Outlook) -> EnvironmentPart<'a> {
    let applied = outlook.sides.as_ref().ok().map(|extents| {
        let sides = comparison.sides.iter().map(|side| side.head.as_str());
        sides.zip(extents.iter().map(|extent| extent.as_str())).collect()
    });
    EnvironmentPart {
        database: outlook.database.as_deref(),
        applied,
        runs: outlook.runs.as_deref().ok(),
        why_unknown: outlook.runs.as_ref().err().map(String::as_str),
    }
}
