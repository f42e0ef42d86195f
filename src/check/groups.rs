//! Findings about schemas that are alike: made once, said of all of them.

use crate::diagnostic::{Changes, Finding};
use crate::facts::Group;
use crate::source::printable;

/// How many names are shown.
const MOST_NAMES: usize = 10;

/// Says which schemas a finding is about, and that its commands are needed once for each.
pub(super) fn of_all(mut finding: Finding, group: &Group) -> Finding {
    let mut names: Vec<String> = group.schemas.iter().take(MOST_NAMES).map(|name| printable(name)).collect();
    if group.schemas.len() > MOST_NAMES {
        names.push(format!("{} more", group.schemas.len() - MOST_NAMES));
    }
    let names = names.join(", ");
    finding.evidence.push(match group.schemas.len() {
        1 => format!("in schema {names} of database {}", printable(&group.database)),
        count => format!("the same in {count} schemas of database {}: {names}", printable(&group.database)),
    });
    for step in finding.next.iter_mut().chain(finding.or.iter_mut().flatten()) {
        if step.changes == Changes::Database {
            step.why.push_str("; for each of these schemas, in the way in which env.py is told which one");
        }
    }
    finding
}
