//! Relative targets of `alembic upgrade`: `+2`, `ae10+1`, `label@+1`
//! (RevisionMap._parse_upgrade_target).

use fixedbitset::FixedBitSet;

use super::Graph;
use super::identifier::Place;
use super::links::Node;
use super::refusal::Refusal;

/// `branch@word+steps`, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Relative<'a> {
    pub(super) branch: Option<&'a str>,
    pub(super) word: Option<&'a str>,
    /// Sign and digits as written.
    pub(super) written: &'a str,
    pub(super) steps: i64,
}

/// What a walk does that runs out of revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overrun {
    /// It leads nowhere: upgrade and downgrade.
    Refused,
    /// It stays at the last revision: history.
    Stays,
}

/// `Relative revision -2 didn't produce 2 migrations`
pub(super) fn ran_out(written: &str, count: usize) -> Refusal {
    Refusal::message(
        format!("Relative revision {written} didn't produce {count} migrations"),
        "there are not that many revisions in that direction",
    )
}

/// Reads a relative target as Alembic's pattern `(?:(.+?)@)?(\w+)?((?:\+|-)\d+)` does: from the
/// beginning, and whatever follows the digits is ignored.
pub(super) fn parse(target: &str) -> Option<Relative<'_>> {
    let line_end = target.find('\n').unwrap_or(target.len());
    let ats = target.match_indices('@').map(|(at, _)| at).filter(|at| *at > 0 && *at <= line_end);
    ats.filter_map(|at| target.split_at_checked(at))
        .find_map(|(branch, rest)| signed(rest.strip_prefix('@')?, Some(branch)))
        .or_else(|| signed(target, None))
}

fn signed<'a>(text: &'a str, branch: Option<&'a str>) -> Option<Relative<'a>> {
    let sign_at = text.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    let (word, rest) = text.split_at_checked(sign_at)?;
    let digits = rest.strip_prefix(['+', '-'])?;
    let digits_end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let digits = digits.get(..digits_end).filter(|digits| !digits.is_empty())?;
    let written = rest.get(..=digits_end)?;
    let count = digits.parse().unwrap_or(i64::MAX);
    let steps = if written.starts_with('-') { -count } else { count };
    Some(Relative { branch, word: Some(word).filter(|word| !word.is_empty()), written, steps })
}

impl Relative<'_> {
    /// How many steps, in either direction.
    pub(super) fn count(&self) -> usize {
        usize::try_from(self.steps.unsigned_abs()).unwrap_or(usize::MAX)
    }
}

impl Graph {
    /// The revision that a relative target means for these rows.
    pub(super) fn relative_target(
        &self,
        rows: &[String],
        target: &Relative<'_>,
        overrun: Overrun,
    ) -> Result<Node, Refusal> {
        let Relative { branch, word, written, steps } = *target;
        let count = target.count();
        let place = match word {
            None if steps <= 0 => {
                let reason = "an upgrade goes up: its relative target is a sign + and a number above zero";
                return Err(ran_out(&steps.to_string(), count).because(reason));
            }
            None => self.walk_up(self.start(rows, branch)?, count, branch, overrun)?,
            Some(word) if steps > 0 => {
                let start = self.node_named(word)?.map_or(Place::Base, Place::Revision);
                self.walk_up(start, count, branch, overrun)?
            }
            Some(word) => {
                let start = branch.map_or_else(|| word.to_owned(), |branch| format!("{branch}@{word}"));
                self.walk_down_from(&start, count, overrun)?
            }
        };
        match (place, word) {
            (Place::Revision(node), _) => Ok(node),
            (_, None) => Err(ran_out(written, count)),
            (_, Some(word)) => Err(Refusal::crash(
                "AssertionError",
                format!("{written} from '{word}' leads out of the graph, and Alembic crashes instead of saying so"),
            )),
        }
    }

    /// Where `+N` starts.
    fn start(&self, rows: &[String], branch: Option<&str>) -> Result<Place, Refusal> {
        let ambiguous = |starts: &[String]| {
            Refusal::message(
                "Ambiguous upgrade from multiple current revisions",
                format!("the database is at {}", starts.join(", ")),
            )
        };
        let Some(branch) = branch else {
            return match rows {
                [] => Ok(Place::Base),
                [row] => Ok(self.node_named(row)?.map_or(Place::Base, Place::Revision)),
                _ => Err(ambiguous(rows)),
            };
        };
        let current = self.nodes_of_rows(rows)?;
        let mut starts = self.in_lineage(current.clone(), branch)?;
        if starts.is_empty() {
            let below = self.links.ancestors(current).ones().map(Node::new).collect();
            starts = self.tips(&self.in_lineage(below, branch)?);
        }
        match starts.as_slice() {
            [] => Ok(Place::Base),
            [start] => Ok(Place::Revision(*start)),
            _ => Err(ambiguous(&self.names(&starts))),
        }
    }

    /// Those of `nodes` that are no parent of another.
    fn tips(&self, nodes: &[Node]) -> Vec<Node> {
        let mut parents = FixedBitSet::with_capacity(self.links.len());
        parents.extend(nodes.iter().flat_map(|node| self.links.parents(*node)).map(Node::index));
        nodes.iter().copied().filter(|node| !parents.contains(node.index())).collect()
    }

    /// RevisionMap._walk upwards: to children, on the branch if there is one; from nothing to
    /// the bases.
    pub(super) fn walk_up(
        &self,
        from: Place,
        steps: usize,
        branch: Option<&str>,
        overrun: Overrun,
    ) -> Result<Place, Refusal> {
        let mut place = from;
        for _ in 0..steps.min(self.links.len().saturating_add(1)) {
            let mut next = match place {
                Place::Base => self.base_nodes(),
                Place::Revision(node) => self.links.kids(node).collect(),
                Place::Nowhere => return Ok(place),
            };
            if let Some(branch) = branch {
                next = self.in_lineage(next, branch)?;
            }
            place = match next.as_slice() {
                [] if overrun == Overrun::Stays => return Ok(place),
                [] => Place::Nowhere,
                [next] => Place::Revision(*next),
                _ => return Err(self.ambiguous_walk(&next)),
            };
        }
        Ok(place)
    }

    /// Down from what an identifier names. From nothing (`base`) Alembic starts again at the heads.
    pub(super) fn walk_down_from(&self, start: &str, steps: usize, overrun: Overrun) -> Result<Place, Refusal> {
        if let Some(node) = self.node_named(start)? {
            return self.walk_down(Place::Revision(node), steps, overrun);
        }
        let Some(left) = steps.checked_sub(1) else { return Ok(Place::Nowhere) };
        match self.head_nodes(false).as_slice() {
            [] => self.walk_down(Place::Base, left, overrun),
            [head] => self.walk_down(Place::Revision(*head), left, overrun),
            heads => Err(self.ambiguous_walk(heads)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_read_from_the_beginning_and_the_rest_is_ignored() {
        let parts = |target| parse(target).map(|it| (it.branch, it.word, it.written, it.steps));
        assert_eq!(parts("+1junk"), Some((None, None, "+1", 1)));
        assert_eq!(parts("web@+2"), Some((Some("web"), None, "+2", 2)));
        assert_eq!(parts("web@ae10-3"), Some((Some("web"), Some("ae10"), "-3", -3)));
        assert_eq!(parts("team-2024@head"), Some((None, Some("team"), "-2024", -2024)));
        assert_eq!(parts("team-2024@+1"), Some((Some("team-2024"), None, "+1", 1)));
        for absolute in ["head", "ae10", "a-b", "@+1", " +1", "web@head", "+", ""] {
            assert_eq!(parts(absolute), None, "{absolute}");
        }
    }
}
