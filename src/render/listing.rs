//! Alembic's own questions, answered in Alembic's order and words: `heads`, `branches`,
//! `history`, `current`, `show`; and the list of `rules`.

use std::collections::BTreeSet;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use super::line::{Marks, Parts};
use super::style::{BAD, DATABASE, FAINT, STRONG, of_state, paint};
use super::words::{Page, clean, columns};
use super::{Layout, counted, operations};
use crate::diagnostic::Severity;
use crate::facts::{DatabaseFacts, Facts, StampState};
use crate::graph::{Graph, RowProblem};
use crate::operation::Operations;
use crate::revision::Revision;
use crate::rules::squawk::is_on;
use crate::rules::{Check, Rule};

/// `alembic heads`, with the messages; without the heads that others depend on if `resolved`
/// (`--resolve-dependencies`).
pub fn heads(graph: &Graph, resolved: bool, layout: &Layout) -> String {
    let heads = if resolved { graph.real_heads() } else { graph.heads() };
    let parts = Parts { labels: true, message: true, ..Parts::default() };
    list(graph, &heads, parts, &BTreeSet::new(), layout)
}

/// `alembic history` of these ids, newest first; the revisions in `current` are marked (`-i`).
pub fn history(graph: &Graph, ids: &[&str], current: &[String], layout: &Layout) -> String {
    let current = current.iter().map(String::as_str).collect();
    let parts = Parts { parents: true, labels: true, points: true, message: true, ..Parts::default() };
    list(graph, ids, parts, &current, layout)
}

/// `alembic branches`: each branch point, newest first, with what it branches into.
pub fn branches(graph: &Graph, layout: &Layout) -> String {
    let marks = Marks::new(graph);
    let points: BTreeSet<&str> = graph.branch_points().into_iter().collect();
    let mut page = Page::new(layout.columns());
    for id in graph.history().into_iter().filter(|id| points.contains(id)) {
        let Some(revision) = graph.get(id) else { continue };
        page.blank();
        if layout.is_verbose() {
            marks.long(&mut page, revision, false);
        } else {
            page.line(&marks.short(revision, Parts { labels: true, points: true, ..Parts::default() }));
        }
        let indent = columns(&clean(id));
        for child in graph.children(id).into_iter().filter_map(|child| graph.get(child)) {
            let parts = Parts { labels: true, points: true, message: true, ..Parts::default() };
            page.line(&format!("{:indent$} -> {}", "", marks.short(child, parts)));
        }
    }
    page.finish()
}

/// `alembic show`, for the revision with exactly this id; of a duplicated id each copy.
pub fn show(graph: &Graph, shown: &[(&Revision, Operations)], layout: &Layout) -> String {
    let marks = Marks::new(graph);
    let mut page = Page::new(layout.columns());
    for (revision, operations) in shown {
        page.blank();
        marks.long(&mut page, revision, false);
        operations::of_revision(&mut page, revision, &operations.upgrade, &operations.downgrade);
    }
    page.finish()
}

/// `alembic current` for each database: its effective heads, and the rows that are no revision
/// of this code. With several databases each has its name above.
pub fn current(facts: &Facts, layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    for database in &facts.databases {
        if facts.databases.len() > 1 || database.group.is_some() {
            page.blank();
            page.line(&paint(DATABASE, &format!("{}:", clean(&database.label()))));
        }
        current_of(&mut page, &facts.graph, database, layout);
    }
    page.finish()
}

fn current_of(page: &mut Page, graph: &Graph, database: &DatabaseFacts, layout: &Layout) {
    let stamp = match (&database.state.look, &database.stamp) {
        (Err(error), _) => return page.paragraph(0, BAD, &clean(&format!("could not look: {}", error.message))),
        (Ok(_), None) => return page.paragraph(0, BAD, "could not look: nothing is known of the stamp"),
        (Ok(_), Some(stamp)) => stamp,
    };
    let said = match stamp.state {
        StampState::InProgress => Some("a migration is at work: this is what was there before it"),
        StampState::Unreadable => Some("the version table cannot be read"),
        StampState::Empty => Some("not stamped: a new database without tables"),
        StampState::Unstamped => Some("not stamped"),
        StampState::AtHead | StampState::Behind | StampState::Ahead | StampState::Diverged | StampState::Orphaned => {
            None
        }
    };
    if let Some(said) = said {
        page.paragraph(0, of_state(stamp.state), said);
    }
    let marks = Marks::new(graph);
    for revision in graph.effective_heads(&stamp.rows).into_iter().filter_map(|id| graph.get(id)) {
        if layout.is_verbose() {
            page.blank();
            marks.long(page, revision, false);
        } else {
            page.line(&marks.short(revision, Parts { points: true, message: true, ..Parts::default() }));
        }
    }
    for problem in &stamp.problems {
        if let RowProblem::Redundant { row, implied_by, .. } = problem {
            let (row, implied_by) = (paint(BAD, &clean(row)), clean(implied_by));
            page.line(&format!("{row} is a row too, which `alembic current` hides: {implied_by} implies it"));
        }
    }
    for row in &stamp.missing {
        page.line(&format!("{} is no revision of this code", paint(BAD, &clean(row))));
    }
    // Of an unknown stamp nothing is known to be pending.
    if let Ok(pending) = &stamp.pending
        && !matches!(stamp.state, StampState::Unreadable | StampState::Unstamped)
        && !pending.is_empty()
        && stamp.missing.is_empty()
    {
        page.paragraph(0, FAINT, &format!("{} pending", counted(pending.len(), "revision")));
    }
}

fn list(graph: &Graph, ids: &[&str], parts: Parts, current: &BTreeSet<&str>, layout: &Layout) -> String {
    let marks = Marks::new(graph);
    let mut page = Page::new(layout.columns());
    let revisions = ids.iter().filter_map(|id| graph.get(id));
    for revision in revisions {
        let is_current = current.contains(revision.id.as_str());
        entry(&mut page, &marks, revision, Parts { current: is_current, ..parts }, layout);
    }
    page.finish()
}

fn entry(page: &mut Page, marks: &Marks<'_>, revision: &Revision, parts: Parts, layout: &Layout) {
    if layout.is_verbose() {
        page.blank();
        marks.long(page, revision, parts.current);
    } else {
        page.line(&marks.short(revision, parts));
    }
}

/// The list of rules, those that need no database first. Only a severity other than error is said.
pub fn rules_table(rules: &[&Rule], layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    let of = |needs: &'static str| move |rule: &&&Rule| rule.check.needs() == needs && !is_squawks(rule);
    let groups: [(&str, Vec<&&Rule>); 3] = [
        ("From the files alone", rules.iter().filter(of("files")).collect()),
        (
            "Squawk's, on the SQL of the revisions",
            rules.iter().filter(|rule| is_squawks(rule) && is_on(rule)).collect(),
        ),
        ("With a database", rules.iter().filter(of("database")).collect()),
    ];
    for (title, rules) in groups.into_iter().filter(|(_, rules)| !rules.is_empty()) {
        page.blank();
        page.line(&paint(STRONG, title));
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(layout.columns()).unwrap_or(u16::MAX));
        for rule in rules {
            let severity = match rule.severity {
                Severity::Error => String::new(),
                other => format!("({}) ", other.as_str()),
            };
            table.add_row([rule.name.to_owned(), format!("{severity}{}", rule.summary)]);
        }
        if let Some(names) = table.column_mut(0) {
            names.set_constraint(ColumnConstraint::ContentWidth);
        }
        for line in table.lines() {
            page.line(line.trim_end());
        }
    }
    page.blank();
    let off: Vec<&str> = rules.iter().filter(|rule| is_squawks(rule) && !is_on(rule)).map(|rule| rule.name).collect();
    if !off.is_empty() {
        page.paragraph(0, FAINT, &format!("Squawk's that are off unless asked for: {}", off.join(", ")));
        page.blank();
    }
    page.paragraph(0, FAINT, "errors, unless it says otherwise; alembic-doctor explain NAME says more");
    page.finish()
}

fn is_squawks(rule: &Rule) -> bool {
    matches!(rule.check, Check::Squawk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Condition, ConditionKind, Operation, Step, read};
    use crate::render::testing::{RULE, database, facts, graph, plain};
    use crate::source::{SourceFile, Span};

    /// The listings below are what Alembic 1.20.1 prints for the same revisions; only `heads`,
    /// `branches` and `current` have the message added.
    fn shop() -> Graph {
        graph(&[
            "a: create users",
            "a <- b @web: add email",
            "a <- c +b: add phone",
            "b,c <- m: merge",
            "m <- d: index",
            "x @billing: invoices",
            "x <- y +d: lines",
        ])
    }

    #[test]
    fn heads_have_labels_and_message() {
        let expected = "d (web) (effective head), index\ny (billing) (head), lines\n";
        assert_eq!(plain(&heads(&shop(), false, &Layout::default())), expected);
        assert_eq!(plain(&heads(&shop(), true, &Layout::default())), "y (billing) (head), lines\n");
    }

    #[test]
    fn history_reads_as_alembics() {
        let expected = "\
x (d) -> y (billing) (head), lines
<base> -> x (billing), invoices
m -> d (web) (effective head), index
b, c -> m (web) (mergepoint), merge
a (b) -> c, add phone
a -> b (web) (current), add email
<base> -> a (branchpoint), create users
";
        assert_eq!(plain(&history(&shop(), &shop().history(), &["b".to_owned()], &Layout::default())), expected);
    }

    #[test]
    fn branches_show_what_they_branch_into() {
        let expected = "a (branchpoint)\n  -> b (web), add email\n  -> c, add phone\n";
        assert_eq!(plain(&branches(&shop(), &Layout::default())), expected);
    }

    #[test]
    fn show_is_the_long_form() {
        let expected = "\
Rev: m (mergepoint)
Merges: b, c
Branch names: web
Path: versions/m.py

    merge

    upgrade()
    drop table t (line 1)
    not analysed: `app.fix` is called, which is not in this file (line 1; for
    each of `rows`)

    downgrade()
    is missing: Alembic stops here

    2 operations, 1 not analysed
";
        let graph = shop();
        let source = SourceFile::new("m.py", "from alembic import op\ndef upgrade(): op.drop_table('t')\n");
        let mut operations = read(&source);
        let opaque = Operation::Opaque { reason: "`app.fix` is called, which is not in this file".to_owned() };
        let mut step = operations.upgrade.steps[0].clone();
        let text = "rows".to_owned();
        step.conditions.push(Condition { kind: ConditionKind::Loop, text, span: Span::default() });
        operations.upgrade.steps.push(Step { operation: opaque, ..step });
        let shown = [(graph.get("m").unwrap(), operations)];
        assert_eq!(plain(&show(&graph, &shown, &Layout::default())), expected);
    }

    #[test]
    fn current_names_databases_only_when_there_are_several() {
        let one = facts(shop(), vec![database("prod", &["b"], StampState::Behind)]);
        assert_eq!(plain(&current(&one, &Layout::default())), "b, add email\n");

        let mut orphaned = database("old", &["gone"], StampState::Orphaned);
        if let Some(stamp) = &mut orphaned.stamp {
            stamp.missing = vec!["gone".to_owned()];
        }
        let several = facts(shop(), vec![orphaned, database("new", &[], StampState::Empty)]);
        let expected = "\
old:
gone is no revision of this code

new:
not stamped: a new database without tables
";
        assert_eq!(plain(&current(&several, &Layout::default())), expected);
    }

    #[test]
    fn nothing_is_pending_on_a_table_that_cannot_be_read() {
        let mut hidden = database("prod", &[], StampState::Unreadable);
        if let Some(stamp) = &mut hidden.stamp {
            stamp.pending = Ok(vec!["a".to_owned()]);
        }
        let shown = plain(&current(&facts(shop(), vec![hidden]), &Layout::default()));
        assert_eq!(shown, "the version table cannot be read\n");
    }

    #[test]
    fn the_list_of_rules_fits() {
        for width in [60, 80, 120] {
            let layout = Layout { width, ..Layout::default() };
            let table = plain(&rules_table(&[&RULE], &layout));
            assert!(table.contains("multiple-heads"), "{table}");
            assert!(table.lines().all(|line| columns(line) <= width), "{table}");
        }
    }
}
