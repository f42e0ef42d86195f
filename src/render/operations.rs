//! What a revision does, a line for each operation.

use super::counted;
use super::style::{BAD, NOTE, PLAIN, STRONG, paint};
use super::words::{Page, clean};
use crate::check::{PlannedOperation, Weight};
use crate::operation::Body;
use crate::revision::Revision;
use crate::sql::{Answer, Lock};

/// A line for each operation, `most` at most.
pub(super) fn lines(page: &mut Page, indent: usize, operations: &[PlannedOperation], most: usize) {
    for operation in operations.iter().take(most) {
        let mut facts = vec![format!("line {}", operation.line)];
        facts.extend(operation.conditions.iter().cloned());
        facts.extend(operation.weight.as_ref().and_then(heaviest));
        let style = if operation.opaque.is_some() { BAD } else { PLAIN };
        page.paragraph(indent, style, &clean(&format!("{} ({})", operation.summary, facts.join("; "))));
    }
    if let Some(more) = operations.len().checked_sub(most).filter(|more| *more > 0) {
        page.paragraph(indent, NOTE, &format!("and {more} more"));
    }
}

/// The strongest lock, if others may wait for it: "ACCESS EXCLUSIVE on t, reads all its rows".
fn heaviest(weight: &Weight) -> Option<String> {
    let lock = weight.strongest().filter(|lock| lock.lock >= Lock::ShareUpdateExclusive)?;
    let work = match (&lock.rewrite, &lock.scan) {
        (Answer::Yes, _) => ", rewrites it",
        (Answer::Unknown(_), _) => ", may rewrite it",
        (Answer::No, Answer::Yes) => ", reads all its rows",
        (Answer::No, Answer::Unknown(_)) => ", may read all its rows",
        (Answer::No, Answer::No) => "",
    };
    Some(format!("{} on {}{work}", lock.lock, lock.on))
}

/// "12 operations, 1 not analysed"
pub(super) fn total(operations: &[&PlannedOperation]) -> String {
    let opaque = operations.iter().filter(|operation| operation.opaque.is_some()).count();
    format!("{}, {opaque} not analysed", counted(operations.len(), "operation"))
}

/// What both functions of a revision do.
pub(super) fn of_revision(page: &mut Page, revision: &Revision, upgrade: &Body, downgrade: &Body) {
    let bodies = [("upgrade()", upgrade), ("downgrade()", downgrade)];
    let listed = bodies.map(|(name, body)| (name, body, crate::check::listed(body, revision)));
    for (name, body, operations) in &listed {
        page.blank();
        page.line(&format!("    {}", paint(STRONG, name)));
        match (body.span, operations.as_slice()) {
            (None, _) => page.paragraph(4, BAD, "is missing: Alembic stops here"),
            (Some(_), []) => page.paragraph(4, NOTE, "does nothing"),
            (Some(_), operations) => lines(page, 4, operations, usize::MAX),
        }
    }
    let all: Vec<&PlannedOperation> = listed.iter().flat_map(|(_, _, operations)| operations).collect();
    page.blank();
    page.line(&format!("    {}", total(&all)));
}
