//! The rows of the version table while a plan runs: Alembic's bookkeeping
//! (alembic.runtime.migration.HeadMaintainer and RevisionStep). It works on the rows as they are
//! written, not on what they mean, and that is where Alembic can crash on a valid graph.

use fixedbitset::FixedBitSet;

use super::Graph;
use super::links::Node;
use super::refusal::Refusal;

/// What one step writes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Writes {
    pub(super) insert: Vec<String>,
    pub(super) delete: Vec<String>,
    pub(super) update: Vec<(String, String)>,
}

/// The rows, and the table's name for Alembic's sentences.
#[derive(Debug, Clone)]
pub(super) struct VersionRows<'g> {
    graph: &'g Graph,
    table: &'g str,
    /// As stored; a value may be there twice.
    rows: Vec<String>,
}

impl<'g> VersionRows<'g> {
    pub(super) fn new(graph: &'g Graph, rows: &[String], table: &'g str) -> Self {
        Self { graph, table, rows: rows.to_vec() }
    }

    /// The rows in the order of the table.
    pub(super) fn rows(&self) -> &[String] {
        &self.rows
    }

    /// The rows, sorted.
    pub(super) fn into_rows(mut self) -> Vec<String> {
        self.rows.sort_unstable();
        self.rows
    }

    /// The writes of upgrading one revision.
    pub(super) fn upgrade(&mut self, node: Node) -> Result<Writes, Refusal> {
        let name = self.graph.name(node);
        let parents: Vec<Node> = self.graph.links.parents(node).collect();
        let stored: Vec<Node> = parents.iter().copied().filter(|parent| self.holds(*parent)).collect();
        match stored.as_slice() {
            [] => self.insert(name),
            [parent] => self.update(self.graph.name(*parent), name),
            _ => self.merge(&self.merged_rows(&parents, node)?, name),
        }
    }

    /// The parents whose rows a merge replaces. Alembic does not ask whether they are stored.
    fn merged_rows(&self, parents: &[Node], merge: Node) -> Result<Vec<String>, Refusal> {
        let is_parent = |row: &&String| parents.iter().any(|parent| self.graph.name(*parent) == row.as_str());
        let others: Vec<String> = self.rows.iter().filter(|row| !is_parent(row)).cloned().collect();
        let implied = self.ancestors_of_rows(&others);
        let replaced: Vec<Node> = parents.iter().copied().filter(|parent| !implied.contains(parent.index())).collect();
        let not_stored: Vec<Node> = replaced.iter().copied().filter(|parent| !self.holds(*parent)).collect();
        if let Some(missing) = not_stored.first() {
            let (missing, merge) = (self.graph.name(*missing), self.graph.name(merge));
            return Err(Refusal::crash(
                format!("KeyError: '{missing}'"),
                format!(
                    "{merge} joins several rows, and Alembic takes {missing} for one of them; but {missing} has no \
                     row any more, because another parent of {merge} comes after it and has replaced it. \
                     That parent is one too many: without {missing} among the parents and dependencies of {merge} \
                     the upgrade runs"
                ),
            ));
        }
        Ok(self.graph.names(&replaced))
    }

    /// The writes of downgrading one revision.
    pub(super) fn downgrade(&mut self, node: Node) -> Result<Writes, Refusal> {
        let name = self.graph.name(node);
        let parents: Vec<Node> = self.graph.links.parents(node).collect();
        if self.holds(node) {
            let left = self.unmerged_rows(node, &parents);
            return match (left.split_last(), parents.as_slice()) {
                (None, _) => self.delete(name),
                // Alembic asks what is left only for a merge.
                (Some(_), [parent]) => self.update(name, self.graph.name(*parent)),
                (Some((last, others)), _) => {
                    let mut writes = Writes::default();
                    for other in others {
                        writes.add(self.insert(self.graph.name(*other))?);
                    }
                    writes.add(self.update(name, self.graph.name(*last))?);
                    Ok(writes)
                }
            };
        }
        let stored: Vec<Node> = parents.iter().copied().filter(|parent| self.holds(*parent)).collect();
        match (parents.as_slice(), stored.as_slice()) {
            ([parent], _) | (_, [parent]) => self.update(name, self.graph.name(*parent)),
            _ => Err(Refusal::crash(
                "AssertionError: Can't do an UPDATE because downrevision is ambiguous",
                format!("{name} has no row of its own, and Alembic cannot tell which row stands for it"),
            )),
        }
    }

    /// RevisionStep._unmerge_to_revisions: the parents that no other row implies.
    fn unmerged_rows(&self, node: Node, parents: &[Node]) -> Vec<Node> {
        let name = self.graph.name(node);
        let others: Vec<String> = self.rows.iter().filter(|row| *row != name).cloned().collect();
        let implied = if others.is_empty() {
            self.graph.links.ancestors(parents.iter().flat_map(|parent| self.graph.links.parents(*parent)))
        } else {
            self.ancestors_of_rows(&others)
        };
        parents.iter().copied().filter(|parent| !implied.contains(parent.index())).collect()
    }

    /// `DELETE` of all but the last, and `UPDATE` of the last.
    pub(super) fn merge(&mut self, replaced: &[String], to: &str) -> Result<Writes, Refusal> {
        let Some((last, others)) = replaced.split_last() else {
            return Err(Refusal::crash("IndexError: list index out of range", "other rows imply all of them"));
        };
        let mut writes = Writes::default();
        for other in others {
            writes.add(self.delete(other)?);
        }
        writes.add(self.update(last, to)?);
        Ok(writes)
    }

    pub(super) fn insert(&mut self, row: &str) -> Result<Writes, Refusal> {
        if self.holds_text(row) {
            return Err(self.already_stored(row));
        }
        self.rows.push(row.to_owned());
        Ok(Writes { insert: vec![row.to_owned()], ..Writes::default() })
    }

    pub(super) fn delete(&mut self, row: &str) -> Result<Writes, Refusal> {
        self.one_row(row, &format!("when deleting '{row}'"))?;
        self.rows.retain(|stored| stored != row);
        Ok(Writes { delete: vec![row.to_owned()], ..Writes::default() })
    }

    pub(super) fn update(&mut self, from: &str, to: &str) -> Result<Writes, Refusal> {
        if self.holds_text(to) {
            return Err(self.already_stored(to));
        }
        self.one_row(from, &format!("when updating '{from}' to '{to}'"))?;
        self.rows.iter_mut().filter(|stored| *stored == from).for_each(|stored| to.clone_into(stored));
        Ok(Writes { update: vec![(from.to_owned(), to.to_owned())], ..Writes::default() })
    }

    /// Alembic wants each statement to change exactly one row.
    fn one_row(&self, row: &str, doing: &str) -> Result<(), Refusal> {
        match self.rows.iter().filter(|stored| *stored == row).count() {
            1 => Ok(()),
            0 => Err(Refusal::crash(
                format!("KeyError: '{row}'"),
                format!("the version table holds no row '{row}' that could be changed"),
            )),
            found => Err(Refusal::message(
                format!("Online migration expected to match one row {doing} in '{}'; {found} found", self.table),
                format!("the version table holds '{row}' {found} times"),
            )),
        }
    }

    fn already_stored(&self, row: &str) -> Refusal {
        Refusal::crash("AssertionError", format!("'{row}' would be written, but the version table holds it already"))
    }

    pub(super) fn holds_text(&self, row: &str) -> bool {
        self.rows.iter().any(|stored| stored == row)
    }

    fn holds(&self, node: Node) -> bool {
        self.holds_text(self.graph.name(node))
    }

    fn ancestors_of_rows(&self, rows: &[String]) -> FixedBitSet {
        // Planning has refused rows that mean nothing.
        self.graph.links.ancestors(rows.iter().filter_map(|row| self.graph.nodes_named(row).ok()).flatten())
    }
}

impl Writes {
    fn add(&mut self, other: Self) {
        self.insert.extend(other.insert);
        self.delete.extend(other.delete);
        self.update.extend(other.update);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{graph, texts};

    fn up(graph: &Graph, rows: &[&str], id: &str) -> (Writes, Vec<String>) {
        let mut rows = VersionRows::new(graph, &texts(rows), "alembic_version");
        let writes = rows.upgrade(graph.keys.id(id).unwrap()).unwrap();
        (writes, rows.into_rows())
    }

    fn down(graph: &Graph, rows: &[&str], id: &str) -> (Writes, Vec<String>) {
        let mut rows = VersionRows::new(graph, &texts(rows), "alembic_version");
        let writes = rows.downgrade(graph.keys.id(id).unwrap()).unwrap();
        (writes, rows.into_rows())
    }

    fn update(from: &str, to: &str) -> Vec<(String, String)> {
        vec![(from.to_owned(), to.to_owned())]
    }

    #[test]
    fn the_first_child_takes_the_row_over_and_the_second_inserts() {
        let graph = graph(&["r", "r <- a", "r <- b"]);
        assert_eq!(up(&graph, &["r"], "a").0, Writes { update: update("r", "a"), ..Writes::default() });
        assert_eq!(
            up(&graph, &["a"], "b"),
            (Writes { insert: texts(&["b"]), ..Writes::default() }, texts(&["a", "b"]))
        );
    }

    #[test]
    fn a_merge_deletes_all_rows_but_the_last_named() {
        let graph = graph(&["a", "b", "b,a <- m"]);
        let writes = Writes { delete: texts(&["b"]), update: update("a", "m"), ..Writes::default() };
        assert_eq!(up(&graph, &["a", "b"], "m"), (writes, texts(&["m"])));
    }

    #[test]
    fn a_dependency_consumes_the_row_that_it_names() {
        let graph = graph(&["a1", "b1 +a1", "a1 <- a2"]);
        assert_eq!(up(&graph, &["a1"], "b1").1, ["b1"]);
        assert_eq!(up(&graph, &["b1"], "a2").1, ["a2", "b1"]);
    }

    #[test]
    fn a_merge_of_a_parent_that_another_parent_replaced_crashes() {
        let graph = graph(&["a", "b", "b <- c", "a <- d +c +b"]);
        let mut rows = VersionRows::new(&graph, &texts(&["a", "c"]), "alembic_version");
        let error = rows.upgrade(graph.keys.id("d").unwrap()).unwrap_err().for_plan("head");
        assert_eq!(error.alembic, "KeyError: 'b'");
        assert!(error.reason.contains("another parent of d comes after it"), "{}", error.reason);
    }

    #[test]
    fn taking_back_a_merge_restores_what_no_other_row_implies() {
        let graph = graph(&["a", "b", "b,a <- m", "x +b"]);
        let writes = Writes { insert: texts(&["b"]), update: update("m", "a"), ..Writes::default() };
        assert_eq!(down(&graph, &["m"], "m"), (writes, texts(&["a", "b"])));
        assert_eq!(down(&graph, &["m", "x"], "m").1, ["a", "x"]);
        assert_eq!(down(&graph, &["a"], "a"), (Writes { delete: texts(&["a"]), ..Writes::default() }, vec![]));
    }

    #[test]
    fn a_row_stored_twice_stops_alembic_in_its_own_words() {
        let graph = graph(&["a", "a <- b"]);
        let mut rows = VersionRows::new(&graph, &texts(&["a", "a"]), "versions");
        let error = rows.upgrade(graph.keys.id("b").unwrap()).unwrap_err().for_plan("head");
        assert_eq!(
            error.alembic,
            "Online migration expected to match one row when updating 'a' to 'b' in 'versions'; 2 found"
        );
    }
}
