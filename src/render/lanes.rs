//! The lanes of a terminal drawing of a graph: which column each revision stands in, and the
//! lines between them. Knows ids and edges only, nothing of what a revision is.
//!
//! Rows come newest first. A lane is a column that goes down to a revision that is still to come;
//! no two lanes wait for the same one, because an edge to a revision that a lane waits for
//! already joins that lane at once.

/// The lanes between two rows.
#[derive(Debug, Default)]
pub(super) struct Lanes<'a> {
    /// By column: the revision that the lane goes to.
    waiting: Vec<Option<&'a str>>,
    /// A column that ended at a base in the row above: what comes next must not seem to hang
    /// from it.
    ended: Option<usize>,
}

/// The cells of one row of the drawing, two characters for each column.
pub(super) type Cells = Vec<Cell>;

/// One column of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing.
    Empty,
    /// The revision itself.
    Node,
    /// Folded revisions.
    Fold,
    /// Lines that meet here.
    Lines(Joint),
    /// A lane that another line passes behind.
    Passed,
}

/// In which directions lines leave a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Joint {
    /// Up.
    pub(super) up: bool,
    /// Down.
    pub(super) down: bool,
    /// To the left.
    pub(super) left: bool,
    /// To the right.
    pub(super) right: bool,
}

const LANE: Joint = Joint { up: true, down: true, left: false, right: false };

impl<'a> Lanes<'a> {
    /// The column of the next revision: that of the lane that waits for it, else a free one.
    fn place(&mut self, id: &'a str) -> usize {
        if let Some(column) = self.column(id) {
            return column;
        }
        let column = self.free();
        self.set(column, Some(id));
        column
    }

    fn column(&self, id: &str) -> Option<usize> {
        self.waiting.iter().position(|waiting| *waiting == Some(id))
    }

    fn free(&self) -> usize {
        self.waiting.iter().position(Option::is_none).unwrap_or(self.waiting.len())
    }

    fn set(&mut self, column: usize, id: Option<&'a str>) {
        if column >= self.waiting.len() {
            self.waiting.resize(column + 1, None);
        }
        if let Some(lane) = self.waiting.get_mut(column) {
            *lane = id;
        }
        while self.waiting.last() == Some(&None) {
            self.waiting.pop();
        }
    }

    fn row(&self, column: usize, cell: Cell) -> Cells {
        let mut cells: Cells = self.waiting.iter().map(lane).collect();
        if let Some(place) = cells.get_mut(column) {
            *place = cell;
        }
        cells
    }

    /// The row of `id`, whose lanes go on to `parents` (those that are still to come, without
    /// duplicates), with the rows before and after it that the lines need.
    pub(super) fn revision(&mut self, id: &'a str, parents: &[&'a str]) -> Rows {
        let column = self.place(id);
        let before = self.gap(column);
        let node = self.row(column, Cell::Node);

        self.set(column, None);
        let above: Vec<bool> = (0..self.waiting.len().max(column + 1))
            .map(|x| x == column || self.waiting.get(x).is_some_and(Option::is_some))
            .collect();
        // Keep the revision's own column from being taken by a parent other than the first new one.
        let mut own_is_free = true;
        let mut reached = Vec::new();
        for parent in parents {
            let target = match self.column(parent) {
                Some(target) => target,
                None if own_is_free => {
                    own_is_free = false;
                    self.set(column, Some(parent));
                    continue;
                }
                None => {
                    let target = self.free();
                    self.set(target, Some(parent));
                    target
                }
            };
            reached.push(target);
        }
        // A line that only joins one to its right takes it over: the drawing stays at the left.
        if let [target] = reached.as_slice()
            && own_is_free
            && *target > column
        {
            let parent = self.waiting.get(*target).copied().flatten();
            self.set(*target, None);
            self.set(column, parent);
        }
        if parents.is_empty() {
            self.ended = Some(column);
        }
        let after = if reached.is_empty() { None } else { Some(self.joints(column, &reached, &above)) };
        Rows { before, node, column, after }
    }

    /// A row that stands for revisions in a line that are not shown, from the one that the lane
    /// waits for down to the one above `next`.
    pub(super) fn fold(&mut self, first: &'a str, next: &'a str) -> (Cells, usize) {
        let column = self.place(first);
        let cells = self.row(column, Cell::Fold);
        self.set(column, Some(next));
        (cells, column)
    }

    /// A row of lanes only, if the revision would otherwise stand right below a base that it has
    /// nothing to do with.
    fn gap(&mut self, column: usize) -> Option<Cells> {
        (self.ended.take() == Some(column)).then(|| self.row(column, Cell::Empty))
    }

    /// The row below a revision in `column` whose lines go to `reached` too.
    fn joints(&self, column: usize, reached: &[usize], above: &[bool]) -> Cells {
        let low = reached.iter().copied().min().unwrap_or(column).min(column);
        let high = reached.iter().copied().max().unwrap_or(column).max(column);
        (0..self.waiting.len().max(high + 1))
            .map(|x| {
                let up = above.get(x).copied().unwrap_or(false);
                let down = self.waiting.get(x).is_some_and(Option::is_some);
                let joins = x == column || reached.contains(&x);
                let (left, right) = (low < x && x <= high, low <= x && x < high);
                match (joins, up && down, left && right) {
                    (false, true, true) => Cell::Passed,
                    (false, true, false) => Cell::Lines(LANE),
                    (false, false, false) => Cell::Empty,
                    (false, false, true) => Cell::Lines(Joint { up: false, down: false, left, right }),
                    (true, ..) => Cell::Lines(Joint { up, down, left, right }),
                }
            })
            .collect()
    }
}

/// What a revision needs to be drawn.
#[derive(Debug)]
pub(super) struct Rows {
    /// A row of lanes above it.
    pub(super) before: Option<Cells>,
    /// Its own row.
    pub(super) node: Cells,
    /// Its column.
    pub(super) column: usize,
    /// The row below it, where lanes open and join.
    pub(super) after: Option<Cells>,
}

fn lane(waiting: &Option<&str>) -> Cell {
    if waiting.is_some() { Cell::Lines(LANE) } else { Cell::Empty }
}

/// The characters of a row, two columns for each cell.
pub(super) fn characters(cells: &[Cell], ascii: bool) -> String {
    let mut text = String::new();
    for (x, cell) in cells.iter().enumerate() {
        text.push(character(*cell, ascii));
        let goes_right = match cell {
            Cell::Lines(joint) => joint.right,
            Cell::Passed => true,
            Cell::Empty | Cell::Node | Cell::Fold => false,
        };
        if x + 1 < cells.len() {
            text.push(match (goes_right, ascii) {
                (true, true) => '-',
                (true, false) => '─',
                (false, _) => ' ',
            });
        }
    }
    text
}

fn character(cell: Cell, ascii: bool) -> char {
    match cell {
        Cell::Empty => ' ',
        Cell::Node => '*',
        Cell::Fold => '~',
        Cell::Passed if ascii => '|',
        Cell::Passed => '│',
        Cell::Lines(joint) => {
            let (drawn, plain) = match (joint.up, joint.down, joint.left, joint.right) {
                (true, true, false, false) | (true, false, false, false) | (false, true, false, false) => ('│', '|'),
                (true, true, false, true) => ('├', '+'),
                (true, true, true, false) => ('┤', '+'),
                (true, true, true, true) => ('┼', '+'),
                (true, false, false, true) => ('╰', '\''),
                (true, false, true, false) => ('╯', '\''),
                (true, false, true, true) => ('┴', '+'),
                (false, true, false, true) => ('╭', '.'),
                (false, true, true, false) => ('╮', '.'),
                (false, true, true, true) => ('┬', '+'),
                (false, false, false, false) => (' ', ' '),
                (false, false, ..) => ('─', '-'),
            };
            if ascii { plain } else { drawn }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_passes_behind_a_lane() {
        let mut lanes = Lanes::default();
        lanes.revision("a", &["p"]);
        lanes.revision("b", &["q"]);
        let rows = lanes.revision("c", &["p"]);
        assert_eq!(characters(&rows.node, false), "│ │ *");
        let joints = rows.after.expect("c joins the lane of p");
        assert_eq!(characters(&joints, false), "├─│─╯");
        assert_eq!(characters(&joints, true), "+-|-'");
    }

    #[test]
    fn a_merge_reaches_lanes_on_both_sides() {
        let mut lanes = Lanes::default();
        lanes.revision("a", &["p"]);
        lanes.revision("b", &["m"]);
        lanes.revision("c", &["q"]);
        let rows = lanes.revision("m", &["p", "x", "q", "y"]);
        assert_eq!(characters(&rows.node, false), "│ * │");
        let joints = rows.after.expect("m opens lanes");
        assert_eq!(characters(&joints, false), "├─┼─┼─╮");
    }

    #[test]
    fn a_base_is_set_apart_from_what_stands_below_it() {
        let mut lanes = Lanes::default();
        lanes.revision("a", &["p"]);
        lanes.revision("base", &[]);
        let rows = lanes.revision("other", &["q"]);
        assert_eq!(rows.before.map(|cells| characters(&cells, false)).as_deref(), Some("│  "));
    }
}
