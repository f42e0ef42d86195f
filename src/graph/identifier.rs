//! What an identifier on the command line or in a version table means
//! (RevisionMap._revision_for_ident and friends).

use super::Graph;
use super::links::Node;
use super::refusal::Refusal;
use super::relative::Overrun;

/// Why an identifier cannot be resolved: Alembic's sentence, and the true reason that Alembic
/// throws away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{alembic}")]
pub struct ResolveError {
    /// Alembic's own sentence; where Alembic crashes instead, the last line of its traceback.
    pub alembic: String,
    /// The true reason.
    pub reason: String,
    /// Identifiers that may have been meant.
    pub suggestions: Vec<String>,
}

/// What an identifier names before it is looked up (RevisionMap._resolve_revision_number).
enum Named<'a> {
    Nodes(Vec<Node>),
    Text(&'a str),
}

/// What a walk by relative steps ends at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Revision(Node),
    /// Below the bases.
    Base,
    /// Out of the tree.
    Nowhere,
}

/// The branch and the identifier of `branch@identifier`; an empty branch is none.
pub(super) fn split(identifier: &str) -> (Option<&str>, &str) {
    match identifier.split_once('@') {
        Some((branch, rest)) => (Some(branch).filter(|branch| !branch.is_empty()), rest),
        None => (None, identifier),
    }
}

impl Graph {
    /// The branch of `branch@identifier` that names nothing here. Where the identifier is `base`,
    /// Alembic does not look at it, and so takes back everything.
    pub fn unknown_branch<'t>(&self, target: &'t str) -> Option<&'t str> {
        split(target).0.filter(|branch| self.resolve(branch).is_err())
    }

    /// RevisionMap.get_revisions.
    pub(super) fn nodes_named(&self, identifier: &str) -> Result<Vec<Node>, Refusal> {
        let (branch, _) = split(identifier);
        match self.named(identifier)? {
            Named::Nodes(nodes) => {
                self.require_members(&nodes, branch, None)?;
                Ok(nodes)
            }
            Named::Text(text) => match negative_integer(text) {
                // Here even the empty branch of `@-1` counts: no head carries it as a label.
                Some(steps) => self.below_heads(identifier.split_once('@').map(|(branch, _)| branch), steps),
                None => Ok(vec![self.look_up(text, branch)?]),
            },
        }
    }

    /// RevisionMap.get_revision: at most one, `None` for `base`.
    pub(super) fn node_named(&self, identifier: &str) -> Result<Option<Node>, Refusal> {
        let (branch, _) = split(identifier);
        match self.named(identifier)? {
            Named::Nodes(nodes) => match nodes.as_slice() {
                // Only here is the branch of `branch@base` looked at.
                [] => branch.map_or(Ok(None), |branch| self.branch_node(branch).map(|_| None)),
                [node] => self.require_members(&nodes, branch, None).map(|()| Some(*node)),
                _ => Err(Refusal::MultipleHeads { argument: identifier.to_owned(), heads: self.names(&nodes) }),
            },
            Named::Text(text) => self.look_up(text, branch).map(Some),
        }
    }

    /// RevisionMap.filter_for_lineage, by `branch@…` before an identifier.
    pub(super) fn in_lineage(&self, nodes: Vec<Node>, branch: &str) -> Result<Vec<Node>, Refusal> {
        let named = self.named(branch)?;
        if nodes.is_empty() {
            return Ok(nodes);
        }
        let against = self.lineage_against(branch, named)?;
        // `base` names nothing, and nothing filters nothing.
        if against.is_empty() {
            return Ok(nodes);
        }
        let lineage = self.links.lineage(&against);
        Ok(nodes.into_iter().filter(|node| lineage.contains(node.index())).collect())
    }

    /// The same where dependencies count, as they do only for `stamp`.
    pub(super) fn related(&self, nodes: &[Node], identifier: &str) -> Result<Vec<Node>, Refusal> {
        let named = self.named(identifier)?;
        if nodes.is_empty() {
            return Ok(Vec::new());
        }
        let against = self.lineage_against(identifier, named)?;
        let mut related = self.links.ancestors(against.iter().copied());
        related.union_with(&self.links.reach(against.iter().copied(), |node| self.links.all_kids(node)));
        let is_related = |node: &Node| against.is_empty() || related.contains(node.index());
        Ok(nodes.iter().copied().filter(is_related).collect())
    }

    /// What RevisionMap.filter_for_lineage compares with: the branch and the identifier itself.
    fn lineage_against(&self, identifier: &str, named: Named<'_>) -> Result<Vec<Node>, Refusal> {
        let (inner, _) = split(identifier);
        let mut against: Vec<Node> = inner.map(|inner| self.look_up(inner, None)).transpose()?.into_iter().collect();
        match named {
            Named::Nodes(named) => against.extend(named),
            Named::Text(text) => against.push(self.look_up(text, None)?),
        }
        Ok(against)
    }

    fn named<'a>(&self, identifier: &'a str) -> Result<Named<'a>, Refusal> {
        let (branch, rest) = split(identifier);
        match (rest, branch) {
            ("heads", None) => Ok(Named::Nodes(self.head_nodes(true))),
            ("heads", Some(branch)) => Ok(Named::Nodes(self.in_lineage(self.head_nodes(false), branch)?)),
            ("head", _) => {
                let heads = self.head_nodes(false);
                let heads = branch.map_or(Ok(heads.clone()), |branch| self.in_lineage(heads, branch))?;
                if heads.len() > 1 {
                    let argument = branch.map_or_else(|| "head".to_owned(), |branch| format!("{branch}@head"));
                    return Err(Refusal::MultipleHeads { argument, heads: self.names(&heads) });
                }
                Ok(Named::Nodes(heads))
            }
            ("base", _) => Ok(Named::Nodes(Vec::new())),
            _ => Ok(Named::Text(rest)),
        }
    }

    /// RevisionMap._revision_for_ident: an exact id or label, else what starts so.
    pub(super) fn look_up(&self, text: &str, branch: Option<&str>) -> Result<Node, Refusal> {
        let branch_node = branch.map(|branch| self.branch_node(branch)).transpose()?;
        let node = match self.exact(text) {
            Some(node) => node,
            None if text.is_empty() => {
                return Err(Refusal::crash("AssertionError", "the identifier is empty"));
            }
            None => self.completed(text, branch, branch_node)?,
        };
        self.require_members(&[node], branch, Some(text))?;
        Ok(node)
    }

    /// The only key longer than three characters that starts with `text`.
    fn completed(&self, text: &str, branch: Option<&str>, branch_node: Option<Node>) -> Result<Node, Refusal> {
        let starting = |key: &&str| key.starts_with(text);
        let keys: Vec<&str> = self.key_texts().filter(starting).collect();
        let long: Vec<&str> = keys.iter().copied().filter(|key| key.chars().nth(3).is_some()).collect();
        let mut found: Vec<(&str, Node)> =
            long.iter().filter_map(|key| self.exact(key).map(|node| (*key, node))).collect();
        if let (Some(branch), Some(_)) = (branch, branch_node) {
            let on_branch = self.in_lineage(found.iter().map(|(_, node)| *node).collect(), branch)?;
            found.retain(|(_, node)| on_branch.contains(node));
        }
        match found.as_slice() {
            [(_, node)] => Ok(*node),
            [] => Err(Refusal::not_found(text, self.why_none(text, branch, &keys, &long), self.near_misses(text))),
            _ => {
                let keys: Vec<&str> = found.iter().map(|(key, _)| *key).collect();
                let reason = format!("{} revisions or labels start with '{text}': {}", keys.len(), keys.join(", "));
                Err(Refusal::not_found(text, reason, keys))
            }
        }
    }

    fn why_none(&self, text: &str, branch: Option<&str>, keys: &[&str], long: &[&str]) -> String {
        match (branch, long.first(), keys.first()) {
            (Some(branch), Some(found), _) => {
                format!("'{found}' starts with it but is not on the branch of '{branch}'")
            }
            (_, _, Some(short)) => format!(
                "'{short}' starts with it, but Alembic completes only identifiers of more than three characters"
            ),
            _ => format!("no revision or branch label is '{text}' or starts with it"),
        }
    }

    /// RevisionMap._resolve_branch: what stands before `@`.
    pub(super) fn branch_node(&self, branch: &str) -> Result<Node, Refusal> {
        match self.exact(branch) {
            Some(node) => Ok(node),
            None => self.completed(branch, None, None),
        }
    }

    /// Each node must be in the lineage of the branch. The refusal names what was written, or the
    /// node itself.
    fn require_members(&self, nodes: &[Node], branch: Option<&str>, written: Option<&str>) -> Result<(), Refusal> {
        let Some(branch) = branch.filter(|_| !nodes.is_empty()) else { return Ok(()) };
        let lineage = self.links.lineage(&[self.branch_node(branch)?]);
        let Some(stranger) = nodes.iter().find(|node| !lineage.contains(node.index())) else { return Ok(()) };
        let name = self.name(*stranger);
        let reason = format!("'{name}' is not on the branch of '{branch}'");
        Err(Refusal::not_found(written.unwrap_or(name), reason, Vec::new()))
    }

    /// `-N`: from each real head (that carries the label, if there is one) down N revisions.
    fn below_heads(&self, label: Option<&str>, steps: usize) -> Result<Vec<Node>, Refusal> {
        let past_base = || Refusal::crash("AssertionError", format!("{steps} steps down from a head is past the base"));
        let nodes = self.places_below_heads(label, steps)?.into_iter().map(|end| match end {
            Place::Revision(node) => Ok(node),
            Place::Base | Place::Nowhere => Err(past_base()),
        });
        nodes.collect()
    }

    fn places_below_heads(&self, label: Option<&str>, steps: usize) -> Result<Vec<Place>, Refusal> {
        let heads = self.head_nodes(true).into_iter();
        let heads = heads.filter(|head| label.is_none_or(|label| self.labels(self.name(*head)).contains(&label)));
        heads.map(|head| self.walk_down(Place::Revision(head), steps, Overrun::Refused)).collect()
    }

    /// Where the walks of `-N` end; `None` if the identifier is no such thing.
    pub(super) fn steps_below_heads(&self, identifier: &str) -> Option<Result<Vec<Place>, Refusal>> {
        let (label, text) = identifier.split_once('@').map_or((None, identifier), |(label, text)| (Some(label), text));
        negative_integer(text).map(|steps| self.places_below_heads(label, steps))
    }

    /// RevisionMap._walk downwards.
    pub(super) fn walk_down(&self, from: Place, steps: usize, overrun: Overrun) -> Result<Place, Refusal> {
        let mut place = from;
        for _ in 0..steps.min(self.links.len().saturating_add(2)) {
            let written = match place {
                // As written: a parent named twice is two ways to go.
                Place::Revision(node) => self.revision(node).map_or(&[][..], |revision| &revision.down_revision),
                Place::Base if overrun == Overrun::Stays => return Ok(place),
                Place::Base | Place::Nowhere => return Ok(Place::Nowhere),
            };
            let parents: Vec<Node> = written.iter().filter_map(|id| self.keys.id(id)).collect();
            place = match parents.as_slice() {
                [] => Place::Base,
                [parent] => Place::Revision(*parent),
                _ => return Err(self.ambiguous_walk(&parents)),
            };
        }
        Ok(place)
    }

    pub(super) fn ambiguous_walk(&self, choices: &[Node]) -> Refusal {
        Refusal::message("Ambiguous walk", format!("the walk could go on to any of {}", self.names(choices).join(", ")))
    }
}

/// The number of steps when Python's `int()` takes the text for a negative integer.
fn negative_integer(text: &str) -> Option<usize> {
    let digits = text.trim().strip_prefix('-')?;
    let well_formed = digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let steps = digits.replace('_', "").parse().unwrap_or(usize::MAX);
    (well_formed && steps > 0).then_some(steps)
}

#[cfg(test)]
mod tests {
    use crate::graph::testing::graph;

    #[test]
    fn a_key_of_four_characters_can_be_completed_from_one() {
        let graph = graph(&["abcd1234", "abcd1234 <- xyz", "xyz <- beef @web"]);
        assert_eq!(graph.resolve("a").unwrap(), ["abcd1234"]);
        assert_eq!(graph.resolve("b").unwrap(), ["beef"]);
        // The label has only three.
        graph.resolve("w").unwrap_err();
    }

    #[test]
    fn the_true_reason_stands_beside_alembics_sentence() {
        let graph = graph(&["abcd1", "abcd1 <- abcd2", "abcd2 <- xyz @solo", "other"]);
        for (identifier, argument, reason) in [
            ("abcd", "abcd", "2 revisions or labels start with 'abcd': abcd1, abcd2"),
            ("xy", "xy", "'xyz' starts with it, but Alembic completes only identifiers of more than three characters"),
            ("nope", "nope", "no revision or branch label is 'nope' or starts with it"),
            ("solo@other", "other", "'other' is not on the branch of 'solo'"),
            ("nope@head", "nope", "no revision or branch label is 'nope' or starts with it"),
        ] {
            let error = graph.resolve(identifier).unwrap_err();
            assert_eq!(error.alembic, format!("Can't locate revision identified by '{argument}'"));
            assert_eq!(error.reason, reason);
        }
        assert_eq!(graph.resolve("abcd").unwrap_err().suggestions, ["abcd1", "abcd2"]);
        assert_eq!(graph.resolve("ABCD2").unwrap_err().suggestions, ["abcd2", "abcd1"]);
    }

    #[test]
    fn words_and_branches() {
        let graph = graph(&["a1 @alpha", "a1 <- a2", "b1 @beta +a1", "b1 <- b2"]);
        assert_eq!(graph.resolve("heads").unwrap(), ["a2", "b2"]);
        assert_eq!(graph.resolve("alpha@head").unwrap(), ["a2"]);
        assert_eq!(graph.resolve("b1@heads").unwrap(), ["b2"]);
        assert!(graph.resolve("base").unwrap().is_empty());
        assert!(graph.resolve("nope@base").unwrap().is_empty());
        assert_eq!(graph.resolve("head").unwrap_err().suggestions, ["a2", "b2"]);
        assert_eq!(graph.resolve("").unwrap_err().alembic, "AssertionError");
    }

    #[test]
    fn an_empty_graph_has_no_head_and_that_is_no_error() {
        let graph = graph(&[]);
        assert!(graph.resolve("head").unwrap().is_empty());
        assert!(graph.resolve("heads").unwrap().is_empty());
        assert!(graph.history().is_empty());
        assert!(graph.cycles().is_empty());
    }
}
