//! Asks both sides the same and compares the answers.

use alembic_doctor::graph::{Direction, Graph, Plan, PlanError, ResolveError};
use alembic_doctor::revision::Revision;
use serde_json::{Value, json};

use super::graphs::{Declared, Defect};
use super::questions::{Asked, Questions};
use super::real::RealAlembic;

/// Compares everything; the number of answers, or the first difference.
pub(super) fn compare(
    alembic: &mut RealAlembic,
    made: &[Declared],
    defect: Defect,
    questions: &Questions,
) -> Result<usize, String> {
    let graph = Graph::new(made.iter().map(Declared::revision).collect());
    let cyclic = !graph.cycles().is_empty();
    let revisions: Vec<Value> = made
        .iter()
        .map(|each| {
            json!({"revision": each.id, "down_revision": each.down, "depends_on": each.depends_on,
                   "branch_labels": each.labels})
        })
        .collect();
    let real = alembic.ask(&json!({
        "revisions": revisions, "identifiers": questions.identifiers, "row_sets": questions.row_sets,
        "plans": questions.plans.iter().map(|asked| json!([asked.direction.as_str(), asked.rows, asked.targets]))
            .collect::<Vec<_>>(),
        "ranges": questions.ranges, "walks": !cyclic,
    }));
    let mut compared = Compared { count: 0, differences: Vec::new() };
    compared.loading(&graph, &real["load"], defect);
    if real["load"].get("ok").is_some() {
        compared.shape(&graph, &real);
        compared.identifiers(&graph, &real, &questions.identifiers);
        // Alembic's answers to these depend on where it enters a cycle that it did not notice.
        if !cyclic {
            compared.labels(&graph, &real["labels"]);
            compared.current(&graph, &real, &questions.row_sets);
            compared.history(&graph, &real["history"]);
            for (place, asked) in questions.plans.iter().enumerate() {
                let ours = graph.plan(asked.direction, &asked.targets, &asked.rows, "alembic_version");
                compared.plan(asked, &ours, &real["plans"][place]);
                compared.plan_in_any_order(asked, &ours, &real["any_order"][place]);
            }
            compared.ranges(&graph, &real, &questions.ranges);
        }
    }
    // The first few say enough.
    compared.differences.truncate(3);
    if compared.differences.is_empty() { Ok(compared.count) } else { Err(compared.differences.join("\n")) }
}

struct Compared {
    count: usize,
    differences: Vec<String>,
}

impl Compared {
    fn same(&mut self, what: &str, ours: &Value, real: &Value) {
        self.count += 1;
        if ours != real {
            self.differences.push(format!("{what}:\n  ours    {ours}\n  Alembic {real}"));
        }
    }

    fn holds(&mut self, what: &str, holds: bool, real: &Value) {
        self.count += 1;
        if !holds {
            self.differences.push(format!("{what}: Alembic says {real}"));
        }
    }

    /// Alembic stops at the first defect; ours are all known.
    fn loading(&mut self, graph: &Graph, real: &Value, defect: Defect) {
        let refused = real["refused"].as_str().unwrap_or_default();
        let crashed = real["crashed"].as_str().unwrap_or_default();
        let cycles = graph.cycles();
        let names_itself =
            |each: &Revision| each.down_revision.contains(&each.id) || each.depends_on.contains(&each.id);
        if graph.revisions().iter().any(names_itself) {
            self.holds("a loop", refused.contains("elf-loop is detected in revisions"), real);
            self.holds("a loop is a cycle", cycles.iter().any(|cycle| cycle.edges.len() == 1), real);
        } else if !graph.label_conflicts().is_empty() {
            let id = |file: usize| &graph.revisions()[file].id;
            let sentences = graph.label_conflicts().into_iter().flat_map(|conflict| {
                let (one, two) = (id(conflict.revision), id(conflict.other));
                [(one, two), (two, one)].map(|(one, two)| {
                    format!("Branch name '{}' in revision {one} already used by revision {two}", conflict.label)
                })
            });
            self.holds("a label twice", sentences.collect::<Vec<_>>().iter().any(|sentence| sentence == refused), real);
        } else if !graph.missing().is_empty() {
            let missing = graph.missing();
            let named = missing.iter().any(|missing| crashed == format!("KeyError: '{}'", missing.parent));
            self.holds("something missing", named, real);
        } else if cycles.iter().any(|cycle| cycle.alembic_notices) {
            self.holds("a cycle", refused.contains("ycle is detected in revisions ("), real);
            let listed = refused.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or_default();
            let listed: Vec<&str> = listed.split(", ").collect();
            for cycle in &cycles {
                // Its first check sees only the part of a cycle that needs no dependency.
                let any = cycle.members.iter().any(|member| listed.contains(&member.as_str()));
                self.holds("a cycle that Alembic notices", any == cycle.alembic_notices, real);
            }
        } else {
            self.holds("nothing that stops Alembic", real.get("ok").is_some(), real);
        }
        let sentence = graph.load_refusal().map_or(Value::Null, |error| json!(two_claimants(&error.alembic)));
        let stopped = real["refused"].as_str().or(real["crashed"].as_str());
        self.same("what stops Alembic", &sentence, &stopped.map_or(Value::Null, |real| json!(two_claimants(real))));
        self.holds("no defect out of nothing", defect != Defect::None || sound(graph), real);
        self.holds("a duplicate", (defect == Defect::DuplicateId) != graph.duplicates().is_empty(), real);
    }

    fn shape(&mut self, graph: &Graph, real: &Value) {
        self.same("heads", &json!(graph.heads()), &real["heads"]);
        self.same("real heads", &json!(graph.real_heads()), &real["real_heads"]);
        self.same("bases", &json!(graph.bases()), &real["bases"]);
        self.same("branch points", &json!(graph.branch_points()), &real["branch_points"]);
        self.same("merge points", &json!(graph.merge_points()), &real["merge_points"]);
        self.same("children", &each(graph, &|id| sorted(&json!(graph.children(id)))), &real["children"]);
        // Between dependencies the order is Alembic's to choose.
        let parents = each(graph, &|id| sorted(&json!(graph.parents(id))));
        let real = real["parents"].as_object().unwrap();
        let real: Value = real.iter().map(|(id, parents)| (id.clone(), sorted(parents))).collect();
        self.same("parents", &parents, &real);
    }

    fn labels(&mut self, graph: &Graph, real: &Value) {
        self.same("labels", &each(graph, &|id| json!(graph.labels(id))), real);
    }

    fn identifiers(&mut self, graph: &Graph, real: &Value, identifiers: &[String]) {
        for (identifier, real) in identifiers.iter().zip(real["identifiers"].as_array().unwrap()) {
            let ours = graph.resolve(identifier).map_err(|ResolveError { alembic, .. }| alembic);
            self.same(&format!("resolve {identifier:?}"), &outcome(ours), &plain(real));
        }
    }

    fn current(&mut self, graph: &Graph, real: &Value, row_sets: &[Vec<String>]) {
        for (rows, real) in row_sets.iter().zip(real["current"].as_array().unwrap()) {
            // A row that Alembic refuses has no meaning; ours says so elsewhere.
            if let Some(real) = real.get("ok") {
                let ours = sorted(&json!(graph.effective_heads(rows)));
                self.same(&format!("effective heads of {rows:?}"), &ours, real);
            }
        }
    }

    fn history(&mut self, graph: &Graph, real: &Value) {
        let ours = json!(graph.history());
        let mut once: Vec<&str> = graph.ids();
        once.sort_unstable();
        self.same("history has everything once", &sorted(&ours), &json!(once));
        // With a duplicate in the middle Alembic refuses; then the plan to `heads` does so too.
        let Some(real) = real.get("ok") else {
            self.holds("history refused without a duplicate", !graph.duplicates().is_empty(), real);
            let plan = graph.upgrade_plan(&[], "heads").map_err(|PlanError { alembic, .. }| alembic);
            self.same("history", &outcome(plan), &plain(real));
            return;
        };
        self.same("history", &ours, real);
    }

    /// Step by step: the revision, what is written, and the rows afterwards.
    fn plan(&mut self, asked: &Asked, ours: &Plan, real: &Value) {
        let what = format!("{} {:?} from {:?}", asked.direction.as_str(), asked.targets, asked.rows);
        let mut rows = ours.rows_before.clone();
        rows.sort_unstable();
        let steps: Vec<Value> = ours
            .steps
            .iter()
            .map(|step| {
                rows.retain(|row| !step.delete.contains(row) && !step.update.iter().any(|(from, _)| from == row));
                rows.extend(step.insert.iter().chain(step.update.iter().map(|(_, to)| to)).cloned());
                rows.sort_unstable();
                let written = json!({"insert": step.insert, "delete": step.delete, "update": step.update});
                json!({"revision": step.revision, "rows": rows, "writes": writes(&written)})
            })
            .collect();
        let real_steps: Vec<Value> = real["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| json!({"revision": step["revision"], "rows": step["rows"], "writes": writes(step)}))
            .collect();
        self.same(&format!("steps of {what}"), &json!(steps), &json!(real_steps));
        self.same(&format!("rows after {what}"), &json!(ours.rows_after), &json!(rows));
        // A merge of a row that is stored twice and of one that is missing stops at either.
        let twice =
            ours.rows_before.iter().any(|row| ours.rows_before.iter().filter(|other| *other == row).count() > 1);
        let merges = |sentence: &str| twice && (sentence.starts_with("KeyError") || sentence.starts_with(ONE_ROW));
        let end = |sentence: &str| if merges(sentence) { json!("at a merge") } else { json!(end(sentence)) };
        let sentence = |error: &PlanError| end(&error.alembic);
        let stopped = real["stopped"].as_str().map_or(Value::Null, end);
        self.same(&format!("end of {what}"), &ours.error.as_ref().map_or(Value::Null, sentence), &stopped);
    }

    /// Where Alembic may choose the order: the same revisions, and for an upgrade the same rows at
    /// the end. (Which rows a downgrade over a merge leaves depends on the order that was taken.)
    fn plan_in_any_order(&mut self, asked: &Asked, ours: &Plan, real: &Value) {
        if real.is_null() || ours.error.is_some() || !real["stopped"].is_null() {
            return;
        }
        let what = format!("{} {:?} from {:?} in any order", asked.direction.as_str(), asked.targets, asked.rows);
        let real_steps = real["steps"].as_array().unwrap();
        let revisions: Vec<&str> = ours.steps.iter().map(|step| step.revision.as_str()).collect();
        let real_revisions: Vec<&Value> = real_steps.iter().map(|step| &step["revision"]).collect();
        self.same(&what, &sorted(&json!(revisions)), &sorted(&json!(real_revisions)));
        if let Some(last) = real_steps.last().filter(|_| asked.direction == Direction::Upgrade) {
            self.same(&format!("rows after {what}"), &json!(ours.rows_after), &last["rows"]);
        }
    }

    fn ranges(&mut self, graph: &Graph, real: &Value, ranges: &[(String, Vec<String>)]) {
        for ((range, rows), real) in ranges.iter().zip(real["ranges"].as_array().unwrap()) {
            let ours = outcome(graph.history_range(range, rows).map_err(|error| error.alembic));
            let mut real = plain(real);
            // With a branch at the start Alembic goes through the ends as a set.
            let overlaps = |answer: &Value| answer.as_str().is_some_and(|text| text.contains(" overlaps with "));
            if range.split(':').next().is_some_and(|start| start.contains('@')) && overlaps(&ours) && overlaps(&real) {
                real = ours.clone();
            }
            self.same(&format!("history -r {range:?} with {rows:?}"), &ours, &real);
        }
    }
}

/// How many rows of which values appear and go. Which row of a merge is updated and which are
/// deleted is Alembic's to choose.
fn writes(step: &Value) -> Value {
    let list = |name: &str| step[name].as_array().unwrap().clone();
    let side = |place: usize| list("update").into_iter().map(move |pair| pair[place].clone());
    let new: Value = list("insert").into_iter().chain(side(1)).collect();
    let gone: Value = list("delete").into_iter().chain(side(0)).collect();
    json!({"new": sorted(&new), "gone": sorted(&gone), "updates": list("update").len()})
}

/// An answer for each id.
fn each(graph: &Graph, answer: &dyn Fn(&str) -> Value) -> Value {
    graph.ids().into_iter().map(|id| (id.to_owned(), answer(id))).collect()
}

fn sound(graph: &Graph) -> bool {
    graph.cycles().is_empty()
        && graph.missing().is_empty()
        && graph.label_conflicts().is_empty()
        && graph.duplicates().is_empty()
}

/// Ids as a list, anything else as Alembic's sentence.
fn outcome(ours: Result<Vec<&str>, String>) -> Value {
    match ours {
        Ok(ids) => json!(ids),
        Err(sentence) => json!(settled(&sentence)),
    }
}

fn plain(real: &Value) -> Value {
    match (&real["ok"], real["refused"].as_str().or(real["crashed"].as_str())) {
        (Value::Null, Some(sentence)) => json!(settled(sentence)),
        (ids, _) => ids.clone(),
    }
}

/// Which of two revisions claims a label first is Alembic's to choose.
fn two_claimants(sentence: &str) -> String {
    let Some((label, revisions)) = sentence.split_once("' in revision ") else { return sentence.to_owned() };
    let mut revisions: Vec<&str> = revisions.split(" already used by revision ").collect();
    revisions.sort_unstable();
    format!("{label}: {}", revisions.join(", "))
}

const ONE_ROW: &str = "Online migration expected to match one row when ";

/// The end of a plan, without the choices that Alembic leaves to a Python set: which of several
/// rows that are missing a KeyError names, and at a merge which row is updated.
fn end(sentence: &str) -> String {
    match (sentence.strip_prefix(ONE_ROW), sentence.rsplit_once("; ")) {
        (Some(_), Some((_, found))) => format!("{ONE_ROW}…; {found}"),
        _ if sentence.starts_with("KeyError: ") => "KeyError".to_owned(),
        _ => settled(sentence),
    }
}

/// The sentence with the names at its end in one order.
fn settled(sentence: &str) -> String {
    match sentence.split_once(" overlaps with other requested revisions ") {
        Some((start, names)) => {
            let mut names: Vec<&str> = names.split(", ").collect();
            names.sort_unstable();
            format!("{start} overlaps with {}", names.join(", "))
        }
        None => sentence.to_owned(),
    }
}

fn sorted(value: &Value) -> Value {
    match value.as_array() {
        Some(items) => {
            let mut items: Vec<&str> = items.iter().map(|item| item.as_str().unwrap()).collect();
            items.sort_unstable();
            json!(items)
        }
        None => value.clone(),
    }
}
