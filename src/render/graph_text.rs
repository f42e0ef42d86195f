//! The revision graph as a terminal drawing: a row for each revision, newest first, in the order
//! of `alembic history`. Lines are `down_revision`; dependencies are named in their row.
//!
//! Says nothing about what is wrong beyond what the drawing needs to be true.

use std::collections::{HashMap, HashSet};

use anstyle::Style;

use super::lanes::{Cell, Cells, Lanes, characters};
use super::style::{BAD, DATABASE, FAINT, GOOD, ID, LABEL, PLAIN, paint};
use super::words::{Page, clean, columns, cut};
use super::{Layout, counted};
use crate::facts::Facts;
use crate::graph::Graph;
use crate::revision::{Field, Revision};

/// A graph of at most so many revisions is drawn whole: it fits a screen or two.
const NEVER_FOLDED: usize = 40;
/// How many revisions at the start of a line are drawn before it is folded.
const KEPT_ABOVE: usize = 2;
/// A line is folded when at least so many revisions would be hidden.
const WORTH_FOLDING: usize = 4;

/// Draws the graph of `facts`, with the places where its databases stand. Long lines without
/// anything of interest are folded unless `full`.
pub fn draw(facts: &Facts, full: bool, layout: &Layout) -> String {
    let drawing = Drawing::new(facts);
    let mut page = Page::new(layout.columns());
    let mut lanes = Lanes::default();
    // Half of the width is for the words.
    let most_lanes = (layout.columns() / 4).max(2);
    let mut widest = 0;
    let mut row = |page: &mut Page, cells: &Cells, node: Option<usize>, words: &[Piece]| {
        widest = widest.max(cells.len());
        page.line(&fitted(cells, node, most_lanes, words, layout));
    };

    let mut folded = 0;
    let mut at = 0;
    while let Some(id) = drawing.order.get(at).copied() {
        if !full && let Some((last, next)) = drawing.foldable(at) {
            let (cells, column) = lanes.fold(id, next);
            row(&mut page, &cells, Some(column), &[(FAINT, counted(last + 1 - at, "revision"))]);
            folded += last + 1 - at;
            at = last + 1;
            continue;
        }
        let drawn = lanes.revision(id, &drawing.lines_from(at));
        if let Some(cells) = drawn.before {
            row(&mut page, &cells, None, &[]);
        }
        row(&mut page, &drawn.node, Some(drawn.column), &drawing.words(at));
        if let Some(cells) = drawn.after {
            row(&mut page, &cells, None, &[]);
        }
        at += 1;
    }
    footnotes(&mut page, facts, folded, widest, most_lanes);
    page.finish()
}

type Piece = (Style, String);

/// What has to be known of the graph before its first row can be drawn.
struct Drawing<'a> {
    graph: &'a Graph,
    order: Vec<&'a str>,
    position: HashMap<&'a str, usize>,
    /// By id: the parents by `down_revision` that exist.
    parents: HashMap<&'a str, Vec<&'a str>>,
    children: HashMap<&'a str, usize>,
    heads: HashSet<&'a str>,
    depended_on: HashSet<&'a str>,
    /// By id: the databases that stand there.
    databases: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Drawing<'a> {
    fn new(facts: &'a Facts) -> Self {
        let graph = &facts.graph;
        let order = graph.history();
        let mut drawing = Self {
            graph,
            position: order.iter().enumerate().map(|(at, id)| (*id, at)).collect(),
            parents: HashMap::new(),
            children: HashMap::new(),
            heads: graph.heads().into_iter().collect(),
            depended_on: HashSet::new(),
            databases: HashMap::new(),
            order,
        };
        for id in &drawing.order {
            let dependencies = graph.dependencies(id);
            let declared = graph.get(id).map(|revision| revision.down_revision.as_slice()).unwrap_or_default();
            // A revision that names itself is no line; it is told in its row.
            let parents: Vec<&str> =
                graph.parents(id).into_iter().filter(|parent| declared.iter().any(|down| down == parent)).collect();
            for parent in &parents {
                *drawing.children.entry(parent).or_default() += 1;
            }
            drawing.parents.insert(id, parents);
            drawing.depended_on.extend(dependencies);
        }
        for database in &facts.databases {
            for row in database.stamp.iter().flat_map(|stamp| &stamp.rows) {
                drawing.databases.entry(row).or_default().push(&database.state.name);
            }
        }
        drawing
    }

    fn parents(&self, id: &str) -> &[&'a str] {
        self.parents.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    fn is_below(&self, id: &str, at: usize) -> bool {
        self.position.get(id).is_some_and(|position| *position > at)
    }

    /// The parents of a row that are still to come; in a cycle one is above.
    fn lines_from(&self, at: usize) -> Vec<&'a str> {
        let id = self.order.get(at).copied().unwrap_or_default();
        self.parents(id).iter().copied().filter(|parent| self.is_below(parent, at)).collect()
    }

    /// Whether nothing would be missed if the row were not drawn.
    fn is_plain(&self, at: usize) -> bool {
        let Some(id) = self.order.get(at).copied() else { return false };
        let Some(revision) = self.graph.get(id) else { return false };
        self.parents(id).len() == 1
            && self.lines_from(at).len() == 1
            && self.children.get(id) == Some(&1)
            && !self.depended_on.contains(id)
            && !self.databases.contains_key(id)
            && revision.branch_labels.is_empty()
            && revision.depends_on.is_empty()
            && revision.not_static.is_empty()
            && revision.down_revision.len() == 1
    }

    /// Whether row `at` goes on straight to the row below it, and both are plain.
    fn goes_on_plainly(&self, at: usize) -> bool {
        self.is_plain(at) && self.is_plain(at + 1) && self.lines_from(at).first() == self.order.get(at + 1)
    }

    /// If a fold starts at row `at`: the last row that it hides, and the id that comes after.
    fn foldable(&self, at: usize) -> Option<(usize, &'a str)> {
        let kept = at.checked_sub(KEPT_ABOVE)?;
        let starts = self.order.len() > NEVER_FOLDED
            && (kept..at).all(|row| self.goes_on_plainly(row))
            && kept.checked_sub(1).is_none_or(|above| !self.goes_on_plainly(above));
        if !starts {
            return None;
        }
        // The last plain row stays, so that a line has a beginning and an end.
        let end = (at..).find(|row| !self.goes_on_plainly(*row))?;
        if end - at < WORTH_FOLDING {
            return None;
        }
        Some((end - 1, self.order.get(end).copied()?))
    }

    /// What a row says: id, marks, databases, message.
    fn words(&self, at: usize) -> Vec<Piece> {
        let id = self.order.get(at).copied().unwrap_or_default();
        let mut words = vec![(ID, clean(id))];
        let mut say = |style, text: String| words.push((style, clean(&text)));
        let Some(revision) = self.graph.get(id) else { return words };

        let labels = if self.heads.contains(id) {
            self.graph.labels(id)
        } else {
            revision.branch_labels.iter().map(String::as_str).collect()
        };
        if !labels.is_empty() {
            say(LABEL, format!("({})", labels.join(", ")));
        }
        if self.heads.contains(id) {
            say(GOOD, "(head)".to_owned());
        }
        for name in self.databases.get(id).into_iter().flatten() {
            say(DATABASE, format!("<- database {name}"));
        }
        self.say_broken(at, revision, &mut say);
        if !revision.depends_on.is_empty() {
            say(FAINT, format!("(depends on {})", revision.depends_on.join(", ")));
        }
        say(PLAIN, revision.message());
        words
    }

    /// Edges that cannot be drawn.
    fn say_broken(&self, at: usize, revision: &Revision, say: &mut impl FnMut(Style, String)) {
        if revision.is_unknown(Field::DownRevision) {
            say(BAD, "(parent not known)".to_owned());
        }
        let mut missing: Vec<&str> =
            revision.down_revision.iter().map(String::as_str).filter(|down| self.graph.get(down).is_none()).collect();
        missing.dedup();
        for parent in missing {
            say(BAD, format!("(parent {parent} is missing)"));
        }
        if revision.down_revision.contains(&revision.id) {
            say(BAD, "(cycle: its own parent)".to_owned());
        }
        for parent in self.parents(&revision.id).iter().filter(|parent| !self.is_below(parent, at)) {
            say(BAD, format!("(cycle: parent {parent} is above)"));
        }
    }
}

/// A row that fits: lanes beyond the most that are drawn are left out, words are cut.
fn fitted(cells: &Cells, node: Option<usize>, most_lanes: usize, words: &[Piece], layout: &Layout) -> String {
    let mut line = characters(cells.get(..most_lanes).unwrap_or(cells), layout.ascii);
    if let Some(beyond) = node.filter(|column| *column >= most_lanes) {
        let mark = cells.get(beyond).map_or(' ', |cell| if *cell == Cell::Fold { '~' } else { '*' });
        line.push_str(" >");
        line.push(mark);
    }
    if words.is_empty() {
        return paint(FAINT, line.trim_end());
    }
    let mut room = layout.columns().saturating_sub(columns(&line));
    let mut text = paint_lanes(&line);
    for (index, (style, word)) in words.iter().enumerate() {
        let space = if index == 0 { 2 } else { 1 };
        if word.is_empty() || room <= space + 1 {
            continue;
        }
        let word = cut(word, room - space, layout.ascii);
        room -= space + columns(&word);
        text.push_str(&format!("{:space$}{}", "", paint(*style, &word)));
    }
    text
}

/// The lanes faint, the revision's own mark not.
fn paint_lanes(line: &str) -> String {
    match line.split_once('*') {
        Some((left, right)) => {
            format!("{}*{}", painted(left), painted(right))
        }
        None => painted(line),
    }
}

fn painted(lanes: &str) -> String {
    if lanes.trim().is_empty() { lanes.to_owned() } else { paint(FAINT, lanes) }
}

/// What the drawing leaves out.
fn footnotes(page: &mut Page, facts: &Facts, folded: usize, widest: usize, most_lanes: usize) {
    let mut notes = Vec::new();
    if folded > 0 {
        notes.push(format!("{folded} of {} are folded (-v shows them)", counted(facts.graph.ids().len(), "revision")));
    }
    for database in &facts.databases {
        let Some(stamp) = &database.stamp else {
            notes.push(format!("database {} could not be looked at", database.state.name));
            continue;
        };
        for row in stamp.rows.iter().filter(|row| facts.graph.get(row).is_none()) {
            notes.push(format!("database {} is stamped with {row}, which is no id of this graph", database.state.name));
        }
    }
    if !facts.problems.is_empty() {
        notes.push(format!("{} could not be read and may be missing here", counted(facts.problems.len(), "file")));
    }
    if widest > most_lanes {
        notes.push(format!(
            "{widest} lines run side by side, {most_lanes} are drawn (>* stands to the right of them); \
             --format dot has them all"
        ));
    }
    if !notes.is_empty() {
        page.blank();
    }
    for note in notes {
        page.paragraph(0, FAINT, &clean(&note));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::facts::StampState;
    use crate::render::testing::{database, facts, graph, plain};

    fn drawn(lines: &[&str]) -> String {
        plain(&draw(&facts(graph(lines), Vec::new()), false, &Layout::default()))
    }

    fn drawn_plainly(lines: &[&str]) -> String {
        let layout = Layout { ascii: true, ..Layout::default() };
        plain(&draw(&facts(graph(lines), Vec::new()), false, &layout))
    }

    #[test]
    fn a_line_is_a_column() {
        let lines = drawn(&["a: create users", "a <- b: add email", "b <- c: index email"]);
        assert_eq!(lines, "*  c (head) index email\n*  b add email\n*  a create users\n");
    }

    #[test]
    fn two_heads_join_at_their_parent() {
        let expected = "
*  b (head)
│ *  c (head)
├─╯
*  a
";
        assert_eq!(drawn(&["a", "a <- b", "a <- c"]), expected.trim_start());
    }

    #[test]
    fn a_merge_opens_a_lane_for_each_parent() {
        let lines = ["a", "a <- b", "a <- c", "c,b <- m"];
        let expected = "
*  m (head)
├─╮
* │  c
│ *  b
├─╯
*  a
";
        assert_eq!(drawn(&lines), expected.trim_start());
        let expected = "
*  m (head)
+-.
* |  c
| *  b
+-'
*  a
";
        assert_eq!(drawn_plainly(&lines), expected.trim_start());
    }

    #[test]
    fn the_drawing_stays_at_the_left() {
        let expected = "
*  b2 (head)
│ *  d1 (head)
├─╯
│ *  c1 (head)
│ │ *  e1 (head)
│ ├─╯
│ *  c0
* │  b1
├─╯
*  a
";
        let lines = ["a", "a <- b1", "a <- c0", "b1 <- b2", "c0 <- c1", "b1 <- d1", "c0 <- e1"];
        assert_eq!(drawn(&lines), expected.trim_start());
    }

    #[test]
    fn unrelated_lines_do_not_seem_to_hang_together() {
        let expected = "
*  a2 (head)
*  a1

*  b2 (head)
*  b1
";
        assert_eq!(drawn(&["a1", "a1 <- a2", "b1", "b1 <- b2"]), expected.trim_start());
    }

    #[test]
    fn marks_say_label_dependency_and_database() {
        let graph = graph(&["a: base", "a <- w1 @web: web", "a <- c1 +w1: core"]);
        let databases = vec![
            database("prod", &["w1"], StampState::Behind),
            database("staging", &["w1", "gone"], StampState::Orphaned),
        ];
        let text = plain(&draw(&facts(graph, databases), false, &Layout::default()));
        let expected = "
*  c1 (head) (depends on w1) core
│ *  w1 (web) (head) <- database prod <- database staging web
├─╯
*  a base

database staging is stamped with gone, which is no id of this graph
";
        assert_eq!(text, expected.trim_start());
    }

    #[test]
    fn what_cannot_be_drawn_is_said() {
        let text = drawn(&["gone <- a", "c <- b", "b <- c", "d <- d"]);
        assert!(text.contains("a (head) (parent gone is missing)"), "{text}");
        assert!(text.contains("(cycle: parent"), "{text}");
        assert!(text.contains("d (head) (cycle: its own parent)"), "{text}");
    }

    #[test]
    fn escapes_never_reach_the_terminal() {
        let text = drawn(&["a\u{1b}[2J: \u{202e}evil\u{7}"]);
        assert_eq!(text, "*  a\u{FFFD}[2J (head) \u{FFFD}evil\u{FFFD}\n");
    }

    /// `length` revisions in a line, named `r0`, `r1`, …
    fn line_of(length: usize) -> Vec<String> {
        (0..length).map(|n| if n == 0 { "r0".to_owned() } else { format!("r{} <- r{n}", n - 1) }).collect()
    }

    #[test]
    fn a_long_line_is_folded_around_what_matters() {
        let lines = line_of(500);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let databases = vec![database("prod", &["r300"], StampState::Behind)];
        let facts = facts(graph(&lines), databases);
        let expected = "
*  r499 (head)
*  r498
*  r497
~  195 revisions
*  r301
*  r300 <- database prod
*  r299
*  r298
~  296 revisions
*  r1
*  r0

491 of 500 revisions are folded (-v shows them)
";
        assert_eq!(plain(&draw(&facts, false, &Layout::default())), expected.trim_start());
        assert_eq!(draw(&facts, true, &Layout::default()).lines().count(), 500);
    }

    #[test]
    fn a_short_graph_is_never_folded() {
        let lines = line_of(NEVER_FOLDED);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(drawn(&lines).lines().count(), NEVER_FOLDED);
    }

    #[test]
    fn too_many_lanes_are_left_out_and_said() {
        let mut lines: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
        lines.extend((0..40).map(|n| format!("a{n} <- b{n}")));
        let all: Vec<String> = (0..40).map(|n| format!("b{n}")).collect();
        lines.push(format!("{} <- m: a message that is longer than what is left of the row", all.join(",")));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let text = drawn(&lines);
        assert!(text.lines().all(|line| columns(line) <= 80), "{text}");
        assert!(text.contains("40 lines run side by side, 20 are drawn"), "{text}");
        for n in 0..40 {
            assert!(text.contains(&format!("  a{n}\n")), "a{n} in {text}");
        }
    }

    /// Reads the edges back from the characters of a drawing, as a person would.
    fn edges_of(text: &str) -> BTreeSet<(String, String)> {
        let is_drawn = |c: &char| " *│├┤┼╮╭┬╯╰┴─".contains(*c);
        let rows: Vec<Vec<char>> = text.lines().map(|line| line.chars().take_while(is_drawn).collect()).collect();
        let words: Vec<String> = text.lines().map(|line| line.chars().skip_while(is_drawn).collect()).collect();
        let at = |row: usize, column: usize| rows.get(row).and_then(|row| row.get(column)).copied().unwrap_or(' ');
        let id = |row: usize| words[row].split(' ').next().unwrap_or_default().to_owned();
        let follow = |mut row: usize, mut column: usize| loop {
            match at(row, column) {
                '*' => return id(row),
                '╯' => {
                    column -= 2;
                    while "─│".contains(at(row, column)) {
                        column -= 2;
                    }
                    row += 1;
                }
                '│' | '├' | '┤' | '┼' | '╮' | '╭' | '┬' => row += 1,
                other => panic!("a line ends at {row}:{column} in {other:?}\n{text}"),
            }
        };
        let mut edges = BTreeSet::new();
        for row in 0..rows.len() {
            let Some(column) = rows[row].iter().position(|c| *c == '*') else { continue };
            let joints = rows.get(row + 1).is_some_and(|row| row.contains(&'─'));
            let mut reached = Vec::new();
            if !joints {
                reached.extend((at(row + 1, column) != ' ').then_some(column));
            } else {
                let mut left = column;
                while left > 0 && at(row + 1, left - 1) == '─' {
                    left -= 2;
                }
                let mut right = column;
                while at(row + 1, right + 1) == '─' {
                    right += 2;
                }
                reached.extend((left..=right).step_by(2).filter(|x| {
                    matches!(at(row + 1, *x), '├' | '┤' | '┼' | '╮' | '╭' | '┬')
                        || (*x == column && at(row + 1, *x) == '│')
                }));
            }
            for column in reached {
                edges.insert((id(row), follow(row + 1, column)));
            }
        }
        edges
    }

    proptest! {
        #[test]
        fn the_drawing_has_exactly_the_edges_of_the_graph(
            parents in prop::collection::vec(prop::collection::vec(0_usize..64, 0..4), 1..14)
        ) {
            let mut expected = BTreeSet::new();
            let lines: Vec<String> = parents
                .iter()
                .enumerate()
                .map(|(n, parents)| {
                    let parents: BTreeSet<usize> = parents.iter().filter(|_| n > 0).map(|p| p % n.max(1)).collect();
                    expected.extend(parents.iter().map(|p| (format!("r{n}"), format!("r{p}"))));
                    let parents: Vec<String> = parents.iter().map(|p| format!("r{p}")).collect();
                    format!("{} <- r{n}", parents.join(","))
                })
                .collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let text = drawn(&lines);
            prop_assert_eq!(edges_of(&text), expected, "{}", text);
        }
    }
}
