//! The revision graph as a terminal drawing: a row for each revision, newest first, in the order
//! of `alembic history`. Lines are `down_revision`; dependencies are named in their row.
//!
//! Says nothing about what is wrong beyond what the drawing needs to be true.

use super::graph_rows::{GraphRows, Piece};
use super::lanes::{Cell, Cells, Lanes, characters};
use super::style::{FAINT, paint};
use super::words::{Page, clean, columns, cut};
use super::{Layout, counted};
use crate::facts::Facts;

/// Draws the graph of `facts`, with the places where its databases stand. Long lines without
/// anything of interest are folded unless `full`.
pub fn draw(facts: &Facts, full: bool, layout: &Layout) -> String {
    let rows = GraphRows::new(facts);
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
    while let Some(id) = rows.order.get(at).copied() {
        if !full && let Some((last, next)) = rows.foldable(at) {
            let (cells, column) = lanes.fold(id, next);
            row(&mut page, &cells, Some(column), &[(FAINT, counted(last + 1 - at, "revision"))]);
            folded += last + 1 - at;
            at = last + 1;
            continue;
        }
        let drawn = lanes.revision(id, &rows.lines_from(at));
        if let Some(cells) = drawn.before {
            row(&mut page, &cells, None, &[]);
        }
        row(&mut page, &drawn.node, Some(drawn.column), &rows.words(at));
        if let Some(cells) = drawn.after {
            row(&mut page, &cells, None, &[]);
        }
        at += 1;
    }
    footnotes(&mut page, facts, folded, widest, most_lanes);
    page.finish()
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
    if facts.graph.revisions().is_empty() {
        notes.push("no revision to draw".to_owned());
    }
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
    use crate::render::graph_rows::NEVER_FOLDED;
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
