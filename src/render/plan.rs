//! A plan for people: the steps in order with their writes, the rows before and after, what else
//! could have been asked, and where Alembic would stop.

use super::style::{BAD, COMMAND, FAINT, GOOD, ID, NOTE, PLAIN, STRONG, paint};
use super::words::{Page, clean, columns};
use super::{Layout, counted, operations};
use crate::check::{Planned, PlannedOperation, PlannedStep, Reversible};
use crate::facts::VersionSource;
use crate::graph::{Direction, Graph, Plan, PlanError, Step};
use crate::sql::Lock;

/// A plan and what belongs to it.
#[derive(Debug)]
pub struct PlanPage<'a> {
    /// The graph that it was made for.
    pub graph: &'a Graph,
    /// What was asked for, as written.
    pub targets: &'a [String],
    /// Where the rows come from: `--from`, or a database's name.
    pub source: &'a str,
    /// The plan.
    pub plan: &'a Plan,
    /// What each of its steps does.
    pub planned: Option<&'a Planned>,
    /// Other targets that people type, with their plans.
    pub others: &'a [(String, Plan)],
}

/// The plan as text.
pub fn draw(shown: &PlanPage<'_>, layout: &Layout) -> String {
    let PlanPage { graph, targets, source, plan, planned, .. } = shown;
    let steps = planned.map(|planned| planned.steps.as_slice()).unwrap_or_default();
    let mut page = Page::new(layout.columns());
    let command = format!("alembic {} {}", plan.direction.as_str(), targets.join(" "));
    page.line(&paint(STRONG, &clean(&command)));
    page.paragraph(0, PLAIN, &clean(&format!("rows before ({source}): {}", listed(&plan.rows_before))));
    page.blank();
    if plan.steps.is_empty() && plan.error.is_none() {
        page.paragraph(2, GOOD, "nothing to do");
    }
    let width = plan.steps.len().to_string().len();
    for (index, step) in plan.steps.iter().enumerate() {
        step_lines(&mut page, graph, step, &format!("{:width$}", index + 1), steps.get(index));
    }
    let all: Vec<&PlannedOperation> = steps.iter().flat_map(|step| &step.operations).collect();
    if !all.is_empty() {
        page.blank();
        page.line(&operations::total(&all));
        if let Some(text) = planned.and_then(told_for) {
            page.paragraph(0, FAINT, &text);
        }
    }
    if let Some(error) = &plan.error {
        page.blank();
        stopped(&mut page, plan, error);
    }
    page.blank();
    page.paragraph(0, PLAIN, &clean(&format!("rows after: {}", listed(&plan.rows_after))));
    notes(&mut page, shown);
    others(&mut page, shown);
    page.finish()
}

fn step_lines(page: &mut Page, graph: &Graph, step: &Step, number: &str, planned: Option<&PlannedStep>) {
    let message = graph.get(&step.revision).map(|revision| revision.message()).unwrap_or_default();
    let number_width = columns(number) + 2;
    let id = clean(&step.revision);
    let head = format!("{}  {}", paint(FAINT, number), paint(ID, &id));
    let message = if message.is_empty() { String::new() } else { format!(", {}", clean(&message)) };
    page.line(&format!("  {head}{message}"));
    if let Some(planned) = planned {
        operations::lines(page, 2 + number_width, &planned.operations, MOST);
        outlook(page, 2 + number_width, planned);
    }
    for line in writes(step) {
        page.paragraph(2 + number_width, FAINT, &clean(&line));
    }
}

/// The strongest lock of a step, and whether it can be taken back.
fn outlook(page: &mut Page, indent: usize, planned: &PlannedStep) {
    let weight = planned.weight().unwrap_or_default();
    let strongest = weight.strongest().filter(|lock| lock.lock >= Lock::ShareUpdateExclusive);
    if let Some(lock) = strongest.filter(|_| planned.operations.len() > 1) {
        page.paragraph(indent, NOTE, &clean(&format!("strongest lock: {} on {}", lock.lock, lock.on)));
    }
    match &planned.reversible {
        Some(Reversible::No(why)) => page.paragraph(indent, NOTE, &clean(&format!("cannot be taken back: {why}"))),
        Some(Reversible::LosesData(why)) => {
            page.paragraph(indent, NOTE, &clean(&format!("going back loses data: {why}")));
        }
        Some(Reversible::Unknown(why)) => {
            page.paragraph(indent, NOTE, &clean(&format!("whether it can be taken back is not known: {why}")));
        }
        Some(Reversible::Yes) | None => {}
    }
}

/// The version of PostgreSQL that the locks are told for.
fn told_for(planned: &Planned) -> Option<String> {
    let version = planned.postgres?;
    planned.steps.iter().filter_map(PlannedStep::weight).find(|weight| weight.strongest().is_some())?;
    let source = match version.source {
        VersionSource::Server => "the server's",
        VersionSource::Asked => "as asked",
        VersionSource::Assumed => "assumed: --pg-version names another one",
    };
    Some(format!("locks as PostgreSQL {} takes them ({source})", version.major))
}

/// Operations of one step that are shown.
const MOST: usize = 20;

/// The statements in the order in which Alembic sends them.
fn writes(step: &Step) -> Vec<String> {
    let deleted = step.delete.iter().map(|row| format!("DELETE {row}"));
    let inserted = step.insert.iter().map(|row| format!("INSERT {row}"));
    let updated = step.update.iter().map(|(from, to)| format!("UPDATE {from} -> {to}"));
    deleted.chain(inserted).chain(updated).collect()
}

fn stopped(page: &mut Page, plan: &Plan, error: &PlanError) {
    let verb = match (plan.steps.is_empty(), crashes(error)) {
        (true, false) => "Alembic refuses: ",
        (true, true) => "Alembic crashes: ",
        (false, _) => "Alembic stops here: ",
    };
    page.hanging(0, &paint(BAD, verb), columns(verb), PLAIN, &clean(&error.alembic));
    page.hanging(0, &paint(NOTE, "why: "), 5, PLAIN, &clean(&error.reason));
    if !error.suggestions.is_empty() {
        page.hanging(0, &paint(NOTE, "perhaps: "), 9, PLAIN, &clean(&error.suggestions.join(", ")));
    }
    if !plan.steps.is_empty() {
        let text = "the steps above have run by then. With transactional DDL and one transaction for the whole run \
                    (PostgreSQL's default in Alembic) all of them are rolled back; otherwise they stay.";
        page.paragraph(0, PLAIN, text);
    }
}

/// A traceback, not a refusal.
fn crashes(error: &PlanError) -> bool {
    ["KeyError", "AssertionError", "IndexError"].iter().any(|name| error.alembic.starts_with(name))
}

fn notes(page: &mut Page, shown: &PlanPage<'_>) {
    if shown.graph.order_is_open(&shown.plan.steps) {
        let text = "a revision here depends on several others: in which order their branches run is Alembic's to \
                    choose, from run to run. Shown is the order written in the file.";
        page.paragraph(0, NOTE, text);
    }
    if shown.plan.error.is_none() {
        for branch in shown.targets.iter().filter_map(|target| shown.graph.unknown_branch(target)) {
            let branch = clean(branch);
            let text = format!("no revision or branch label is '{branch}': Alembic does not look at it here.");
            page.paragraph(0, BAD, &text);
        }
    }
    let relative = shown.targets.first().is_some_and(|target| target.starts_with('-'));
    if shown.plan.direction == Direction::Downgrade && relative && shown.plan.rows_before.len() > 1 {
        let text = "with several rows this starts from the first, and which one is first is the database's choice.";
        page.paragraph(0, NOTE, text);
    }
}

/// What the usual targets would each do, where that is not all the same.
fn others(page: &mut Page, shown: &PlanPage<'_>) {
    let outcome = |plan: &Plan| (plan.steps.len(), plan.rows_after.clone(), plan.error.clone());
    let mut outcomes = shown.others.iter().map(|(_, plan)| outcome(plan));
    let Some(first) = outcomes.next() else { return };
    if outcomes.all(|other| other == first) {
        return;
    }
    page.blank();
    page.line(&paint(STRONG, "what each would do:"));
    let width = shown.others.iter().map(|(target, _)| columns(target)).max().unwrap_or(0);
    for (target, plan) in shown.others {
        let command = format!("  {} {target:width$}  ", plan.direction.as_str());
        let ids: Vec<&str> = plan.steps.iter().map(|step| step.revision.as_str()).collect();
        let text = match (&plan.error, ids.as_slice()) {
            (Some(error), []) => format!("refused: {}", error.alembic),
            (Some(error), ids) => format!("stops after {}: {}", counted(ids.len(), "revision"), error.alembic),
            (None, []) => "nothing to do".to_owned(),
            (None, ids @ ([_] | [_, _] | [_, _, _])) => {
                format!("{}: {}", counted(ids.len(), "revision"), ids.join(", "))
            }
            (None, ids) => counted(ids.len(), "revision"),
        };
        page.hanging(0, &paint(COMMAND, &command), columns(&command), PLAIN, &clean(&text));
    }
}

fn listed(rows: &[String]) -> String {
    if rows.is_empty() { "none".to_owned() } else { rows.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::texts;
    use crate::render::testing::{graph, plain};

    fn drawn(lines: &[&str], direction: Direction, rows: &[&str], target: &str) -> String {
        let graph = graph(lines);
        let (rows, targets) = (texts(rows), texts(&[target]));
        let of = |target: &str| graph.plan(direction, &texts(&[target]), &rows, "alembic_version");
        let plan = of(target);
        let others: Vec<(String, Plan)> = match direction {
            Direction::Upgrade => ["head", "heads", "+1"].map(|target| (target.to_owned(), of(target))).into(),
            _ => Vec::new(),
        };
        let page = PlanPage {
            graph: &graph,
            targets: &targets,
            source: "--from",
            plan: &plan,
            planned: None,
            others: &others,
        };
        plain(&draw(&page, &Layout::default()))
    }

    #[test]
    fn steps_have_their_message_and_their_writes() {
        let text =
            drawn(&["a: users", "a <- b: email", "a <- c", "c,b <- m: join"], Direction::Upgrade, &["a"], "heads");
        let expected = "\
alembic upgrade heads
rows before (--from): a

  1  b, email
     UPDATE a -> b
  2  c
     INSERT c
  3  m, join
     DELETE c
     UPDATE b -> m

rows after: m

what each would do:
  upgrade head   3 revisions: b, c, m
  upgrade heads  3 revisions: b, c, m
  upgrade +1     refused: Ambiguous walk
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_refusal_has_its_true_reason() {
        let text = drawn(&["a", "a <- b"], Direction::Downgrade, &["a"], "b");
        assert!(text.contains("Alembic refuses: Destination b is not a valid downgrade target from"), "{text}");
        assert!(text.contains("why: b is not applied"), "{text}");
        assert!(text.contains("rows after: a\n"), "{text}");
    }

    #[test]
    fn a_crash_in_the_middle_says_what_has_run() {
        let text = drawn(&["a", "b", "b <- c", "a <- d +c +b"], Direction::Upgrade, &[], "heads");
        assert!(text.contains("Alembic stops here: KeyError: 'b'"), "{text}");
        assert!(text.contains("the steps above have run by then"), "{text}");
    }

    #[test]
    fn a_branch_that_alembic_ignores_is_named() {
        let text = drawn(&["a", "a <- b @web"], Direction::Downgrade, &["b"], "typo@base");
        assert!(text.contains("no revision or branch label is 'typo'"), "{text}");
        assert!(!drawn(&["a", "a <- b @web"], Direction::Downgrade, &["b"], "web@base").contains("no revision or"));
    }

    #[test]
    fn nothing_to_do_is_said() {
        assert!(drawn(&["a"], Direction::Upgrade, &["a"], "heads").contains("nothing to do"));
    }
}
