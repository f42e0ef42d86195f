//! Why Alembic could not load the graph at all: the first of its checks that fails
//! (RevisionMap._revision_map and Revision.__init__), in its order and words.

use super::Graph;
use super::defects::EdgeKind;
use super::plan::PlanError;
use super::refusal::Refusal;

impl Graph {
    /// The sentence, or the last line of the traceback, with which every command of Alembic that
    /// reads the graph ends; `None` if Alembic loads it.
    pub fn load_refusal(&self) -> Option<PlanError> {
        let refusal =
            self.self_loop().or_else(|| self.label_twice()).or_else(|| self.absent()).or_else(|| self.cycle());
        refusal.map(PlanError::from)
    }

    fn self_loop(&self) -> Option<Refusal> {
        let own = |ids: &[String], id: &String| ids.contains(id);
        self.revisions.iter().find_map(|revision| {
            let id = &revision.id;
            let (kind, field) = match () {
                () if own(&revision.down_revision, id) => ("Self-loop", "down_revision"),
                () if own(&revision.depends_on, id) => ("Dependency self-loop", "depends_on"),
                () => return None,
            };
            let sentence = format!("{kind} is detected in revisions ({id})");
            Some(Refusal::message(sentence, format!("{id} names itself in {field}")))
        })
    }

    /// Which of the two revisions Alembic names first varies from run to run.
    fn label_twice(&self) -> Option<Refusal> {
        let conflict = self.label_conflicts().into_iter().next()?;
        let id = |file: usize| self.revisions.get(file).map_or("", |revision| &revision.id);
        let (label, one, other) = (&conflict.label, id(conflict.revision), id(conflict.other));
        Some(Refusal::message(
            format!("Branch name '{label}' in revision {one} already used by revision {other}"),
            format!("ids and branch labels share one set of names, and '{label}' is in it already"),
        ))
    }

    fn absent(&self) -> Option<Refusal> {
        let missing = self.missing();
        let of = |kind: EdgeKind| missing.iter().find(move |missing| missing.kind == kind);
        let missing = of(EdgeKind::Dependency).or_else(|| of(EdgeKind::Down))?;
        let child = self.revisions.get(missing.revision).map_or("", |revision| &revision.id);
        let field = if missing.kind == EdgeKind::Down { "down_revision" } else { "depends_on" };
        Some(Refusal::crash(
            format!("KeyError: '{}'", missing.parent),
            format!("{child} names {} in {field}, and no file has it", missing.parent),
        ))
    }

    fn cycle(&self) -> Option<Refusal> {
        let cycle = self.cycles().into_iter().find(|cycle| cycle.alembic_notices)?;
        let (plain, listed) = self.listed_in_cycle()?;
        let kind = if plain { "Cycle" } else { "Dependency cycle" };
        let way: Vec<&str> = cycle.edges.iter().map(|edge| edge.parent.as_str()).collect();
        Some(Refusal::message(
            format!("{kind} is detected in revisions ({})", listed.join(", ")),
            format!("one way around: {}", way.join(" -> ")),
        ))
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::testing::graph;

    #[test]
    fn alembics_first_complaint_comes_first() {
        for (lines, sentence) in [
            (vec!["a", "a,b <- b"], "Self-loop is detected in revisions (b)"),
            (vec!["a +a", "gone <- b"], "Dependency self-loop is detected in revisions (a)"),
            (vec!["a @x", "gone <- b @x"], "Branch name 'x' in revision b already used by revision a"),
            (vec!["gone <- a", "b +lost"], "KeyError: 'lost'"),
            (vec!["gone <- a"], "KeyError: 'gone'"),
            (vec!["b <- a", "a <- b"], "Cycle is detected in revisions (a, b)"),
            (vec!["x", "b <- a", "a <- b"], "Cycle is detected in revisions (a, b)"),
            (vec!["x", "x <- a +b", "a <- b"], "Dependency cycle is detected in revisions (x, a, b)"),
        ] {
            assert_eq!(graph(&lines).load_refusal().unwrap().alembic, sentence, "{lines:?}");
        }
        assert_eq!(graph(&["a", "a <- b"]).load_refusal(), None);
    }
}
