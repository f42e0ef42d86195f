//! Whether a revision may be changed: only while no database can have it.

use crate::check::Released;
use crate::facts::Facts;
use crate::source::printable;

/// Why it may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsafe {
    /// A database has it: a change would take revisions away from under it.
    Held {
        /// The database.
        database: String,
        /// The revision.
        revision: String,
    },
    /// A database that may have it could not be looked at.
    NotSeen {
        /// The database.
        database: String,
    },
    /// No database is known, and whoever deploys may have it.
    Released {
        /// The revision.
        revision: String,
        /// The branch or tag.
        place: String,
    },
    /// No database is known, and git cannot tell either.
    NotKnown {
        /// Why.
        reason: String,
    },
}

impl Unsafe {
    /// Whether `--assume-undeployed` may overrule it: a person can know better than what could not
    /// be seen, and not better than a row in a database.
    pub fn can_be_assumed_away(&self) -> bool {
        !matches!(self, Self::Held { .. })
    }
}

impl std::fmt::Display for Unsafe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Held { database, revision } => write!(f, "database {database} has {revision}"),
            Self::NotSeen { database } => write!(f, "database {database} could not be looked at, and may have it"),
            Self::Released { revision, place } => {
                write!(f, "{revision} is on {place}, and no database is known that could say whether it has run")
            }
            Self::NotKnown { reason } => write!(f, "no database is known, and git cannot tell either: {reason}"),
        }
    }
}

/// Every reason not to change these revisions, a database's word first. `released` is asked only
/// when no database is known.
pub fn judge(facts: &Facts, ids: &[String], released: impl FnOnce() -> Released) -> Vec<Unsafe> {
    let mut reasons = Vec::new();
    for database in &facts.databases {
        let name = || printable(&database.state.name);
        let Some(stamp) = &database.stamp else {
            reasons.push(Unsafe::NotSeen { database: name() });
            continue;
        };
        let rows: Vec<&str> = stamp.rows.iter().filter_map(|row| facts.graph.resolve(row).ok()).flatten().collect();
        let applied = facts.graph.ancestors(&rows);
        if let Some(held) = ids.iter().find(|id| applied.contains(id.as_str())) {
            reasons.push(Unsafe::Held { database: name(), revision: printable(held) });
        } else if stamp.state == crate::facts::StampState::Unreadable || !stamp.missing.is_empty() {
            // A row that this code lacks may come after any of them.
            reasons.push(Unsafe::NotSeen { database: name() });
        }
    }
    if facts.databases.is_empty() {
        match released() {
            Released::No => {}
            Released::Yes(found) => reasons.extend(
                found
                    .iter()
                    .take(1)
                    .map(|(id, place)| Unsafe::Released { revision: printable(id), place: printable(place) }),
            ),
            Released::Unknown { reason } => reasons.push(Unsafe::NotKnown { reason }),
        }
    }
    reasons.sort_by_key(Unsafe::can_be_assumed_away);
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{facts, revision, with_rows};

    fn line() -> Vec<crate::revision::Revision> {
        vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["b"])]
    }

    fn judged(facts: &Facts, id: &str, released: Released) -> Vec<Unsafe> {
        judge(facts, &[id.to_owned()], || released)
    }

    #[test]
    fn a_database_that_has_it_decides_whatever_git_says() {
        let held = judged(&with_rows(line(), &["c"]), "b", Released::No);
        assert!(matches!(held.as_slice(), [Unsafe::Held { .. }]), "{held:?}");
        assert!(!held[0].can_be_assumed_away());
        assert_eq!(judged(&with_rows(line(), &["a"]), "b", Released::Unknown { reason: String::new() }), []);
    }

    #[test]
    fn a_row_that_nobody_knows_may_come_after_it() {
        let reasons = judged(&with_rows(line(), &["gone"]), "b", Released::No);
        assert!(matches!(reasons.as_slice(), [Unsafe::NotSeen { .. }]), "{reasons:?}");
    }

    #[test]
    fn without_a_database_git_is_asked() {
        let facts = facts(line());
        assert_eq!(judged(&facts, "b", Released::No), []);
        let released = Released::Yes(vec![("b".to_owned(), "v1".to_owned())]);
        assert!(matches!(judged(&facts, "b", released).as_slice(), [Unsafe::Released { .. }]));
        let unknown = Released::Unknown { reason: "no git".to_owned() };
        assert!(matches!(judged(&facts, "b", unknown).as_slice(), [Unsafe::NotKnown { .. }]));
    }
}
