//! How two operations get along.

use super::judge::Meeting;
use super::side::Operation;
use super::thing::Thing;
use super::value;
use crate::operation::model::Operation as What;

/// How two operations get along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Neither order works.
    Conflict,
    /// What is left, or whether it works at all, depends on the order.
    OrderDependent,
    /// It cannot be known.
    Unknown,
    /// Both do the same.
    Identical,
    /// Either order works, and leaves the same.
    Independent,
}

impl Verdict {
    /// All of them, the worst first.
    pub const ALL: [Self; 5] =
        [Self::Conflict, Self::OrderDependent, Self::Unknown, Self::Identical, Self::Independent];

    /// In kebab-case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::OrderDependent => "order-dependent",
            Self::Unknown => "unknown",
            Self::Identical => "identical",
            Self::Independent => "independent",
        }
    }
}

/// A verdict and its reason.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) why: String,
    /// Both make the same under two names: the thing is there twice.
    pub(super) twice: bool,
    /// They do not meet at all.
    pub(super) is_nothing: bool,
}

pub(super) fn of(a: &Operation, b: &Operation, meeting: &Meeting, dialect: &str) -> Judged {
    let judged = |verdict, why: String| Judged { verdict, why, twice: false, is_nothing: false };
    let (first, second) = (!meeting.first_fails.is_empty(), !meeting.second_fails.is_empty());
    let meets = first || second || !meeting.differs.is_empty() || !meeting.unknown.is_empty();
    if meets && let Some(doubt) = a.doubt.as_ref().or(b.doubt.as_ref()) {
        let revision = if a.doubt.is_some() { &a.revision } else { &b.revision };
        return judged(Verdict::Unknown, format!("what {revision} does is not certain: {doubt}"));
    }
    let same = is_same(a, b);
    match (first, second) {
        (true, true) if same => {
            return judged(Verdict::Identical, "both do the same: the one that runs second fails".to_owned());
        }
        (true, true) => {
            let thing = meeting.second_fails.first().map(ToString::to_string).unwrap_or_default();
            return judged(Verdict::Conflict, format!("whichever runs second fails, because of {thing}"));
        }
        (false, false) => {}
        (first_fails, _) => {
            let (failing, other) = if first_fails { (a, b) } else { (b, a) };
            let why = format!("{} fails when {} has run before it", failing.revision, other.revision);
            let verdict = if same { Verdict::Identical } else { Verdict::OrderDependent };
            let why = if same { format!("both do the same, but {why}") } else { why };
            return judged(verdict, why);
        }
    }
    if let Some(thing) = meeting.differs.first() {
        let why = match thing {
            Thing::Labels(_) => format!("{thing} is that in which they were added"),
            _ => format!("the one that runs last decides {thing}"),
        };
        return judged(Verdict::OrderDependent, why);
    }
    if let Some(reason) = meeting.unknown.first() {
        return judged(Verdict::Unknown, reason.clone());
    }
    if let Some(what) = made_twice(a, b) {
        let cost = if dialect == "sqlite" { "it is there twice" } else { "it is there twice, and each costs writes" };
        return Judged { twice: true, ..judged(Verdict::Identical, format!("both make the same {what}: {cost}")) };
    }
    if same {
        return judged(Verdict::Identical, "both do the same, and doing it twice changes nothing".to_owned());
    }
    let why = "either order works, and leaves the same".to_owned();
    Judged { is_nothing: true, ..judged(Verdict::Independent, why) }
}

/// Whether both do the same; rows are never known to be.
fn is_same(a: &Operation, b: &Operation) -> bool {
    let is_data = |operation: &Operation| {
        matches!(
            operation.step.operation,
            What::BulkInsert(_) | What::Data(_) | What::Opaque { .. } | What::Raise { .. }
        )
    };
    let is_unnamed = matches!(&a.step.operation, What::AddConstraint(add) if add.constraint.name.is_none());
    !is_data(a) && !is_data(b) && !is_unnamed && a.value.is_like(&b.value) == Some(true)
}

/// An index or a constraint that is the same under another name.
fn made_twice(a: &Operation, b: &Operation) -> Option<&'static str> {
    match (&a.step.operation, &b.step.operation) {
        (What::CreateIndex(one), What::CreateIndex(two)) => {
            let alike = value::of_index(&one.table, &one.index, &a.source);
            let is_alike = alike.is_like(&value::of_index(&two.table, &two.index, &b.source)) == Some(true);
            (is_alike && one.index.name != two.index.name).then_some("index")
        }
        (What::AddConstraint(one), What::AddConstraint(two)) => {
            let alike = value::of_constraint(&one.table, &one.constraint, &a.source);
            let is_alike = alike.is_like(&value::of_constraint(&two.table, &two.constraint, &b.source)) == Some(true);
            let is_other = one.constraint.name != two.constraint.name || one.constraint.name.is_none();
            (is_alike && is_other).then_some("constraint")
        }
        _ => None,
    }
}
