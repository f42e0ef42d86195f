//! The revisions in which databases differ: a row for each, a column for each different stamp.

use anstyle::Style;

use super::style::{BAD, DATABASE, FAINT, GOOD, ID, paint};
use super::words::{Page, clean, columns, cut};
use super::{Layout, counted};
use crate::facts::{Column, Difference, Facts};

/// Rows before it is folded.
const MOST_ROWS: usize = 40;
/// So many rows that say the same are shown whole.
const ALIKE: usize = 6;
/// Of more, so many at the top, and one at the end.
const KEPT: usize = 3;
/// What a message needs to be worth its columns.
const SHORTEST_MESSAGE: usize = 12;
const DIFFERENCES: &str = "differences";
const WIDEST_ID: usize = 20;
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

/// Draws them, unless there is nothing to compare.
pub(super) fn draw(page: &mut Page, facts: &Facts, layout: &Layout) {
    let found = facts.columns();
    let compared: usize = found.iter().map(|column| names(column).len()).sum();
    if compared < 2 {
        return;
    }
    let differences = facts.differences(&found);
    if differences.is_empty() {
        if found.iter().all(|column| column.applied.known.is_some()) {
            page.line(&format!("{} none", paint(FAINT, "differences:")));
        }
        return;
    }
    let id = differences.iter().map(|one| columns(&clean(one.revision))).max().unwrap_or_default().min(WIDEST_ID);
    let room = page.width().saturating_sub(id + 2);
    let (heads, shown) = heads(&found, room);
    legend(page, &found, &heads, layout);
    let marks: usize = heads.iter().take(shown).map(|head| columns(head) + 2).sum();
    let longest = differences.iter().map(|one| columns(&message_of(facts, one))).max().unwrap_or_default();
    let least = (DIFFERENCES.len()).saturating_sub(id);
    let message = room.saturating_sub(marks).min((longest + 2).max(least));
    header(page, id + 2 + message, heads.get(..shown).unwrap_or_default());
    let drawing = Drawing { facts, layout, id, message, heads: heads.get(..shown).unwrap_or_default() };
    drawing.rows(page, &differences);
    if shown < found.len() {
        let rest = format!("... {} do not fit here; --format json has all", counted(found.len() - shown, "more stamp"));
        page.paragraph(0, FAINT, &rest);
    }
}

/// What a revision is about.
fn message_of(facts: &Facts, one: &Difference<'_>) -> String {
    match facts.graph.get(one.revision) {
        Some(revision) => clean(&revision.message()),
        None => "not in this code".to_owned(),
    }
}

/// The names of the columns, as they fit: those of the databases, or letters; and how many fit.
fn heads(found: &[Column<'_>], room: usize) -> (Vec<String>, usize) {
    let own: Vec<String> = found
        .iter()
        .filter_map(|column| match column.databases.as_slice() {
            [one] if one.group.is_none() => Some(clean(&one.state.name)),
            _ => None,
        })
        .collect();
    let taken: usize = own.iter().map(|name| columns(name) + 2).sum();
    if own.len() == found.len() && taken + SHORTEST_MESSAGE <= room {
        return (own, found.len());
    }
    let letters: Vec<String> = LETTERS.chars().take(found.len()).map(String::from).collect();
    let shown = letters.len().min(room.saturating_sub(SHORTEST_MESSAGE) / 3);
    (letters, shown)
}

/// What the letters stand for.
fn legend(page: &mut Page, found: &[Column<'_>], heads: &[String], layout: &Layout) {
    const NAMES: usize = 3;
    for (column, head) in found.iter().zip(heads) {
        let names = names(column);
        if names.first() == Some(head) {
            continue;
        }
        let most = if layout.is_verbose() { usize::MAX } else { NAMES };
        let mut text = names.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
        if names.len() > most {
            text.push_str(&format!(" and {} more", names.len() - most));
        }
        page.hanging(0, &format!("{} = ", paint(DATABASE, head)), columns(head) + 3, Style::new(), &text);
    }
}

/// All that a column stands for.
fn names(column: &Column<'_>) -> Vec<String> {
    let each = column.databases.iter().flat_map(|database| match &database.group {
        Some(group) => group.schemas.iter().map(|schema| clean(schema)).collect(),
        None => vec![clean(&database.state.name)],
    });
    each.collect()
}

fn header(page: &mut Page, left: usize, heads: &[String]) {
    let heads: String = heads.iter().map(|head| format!("{}  ", paint(DATABASE, head))).collect();
    page.line(&format!("{}{heads}", paint(FAINT, &format!("{DIFFERENCES:left$}"))));
}

struct Drawing<'a> {
    facts: &'a Facts,
    layout: &'a Layout,
    id: usize,
    message: usize,
    heads: &'a [String],
}

impl Drawing<'_> {
    fn rows(&self, page: &mut Page, differences: &[Difference<'_>]) {
        let mut drawn = 0;
        let mut rest = differences;
        while let Some(first) = rest.first() {
            let alike = rest.iter().take_while(|one| one.applied == first.applied).count();
            let (run, after) = rest.split_at(alike);
            rest = after;
            if self.layout.is_verbose() || alike <= ALIKE {
                run.iter().for_each(|one| self.row(page, one));
                drawn += alike;
            } else {
                run.iter().take(KEPT).for_each(|one| self.row(page, one));
                page.paragraph(0, FAINT, &format!("... {} like these (-v shows them)", alike - KEPT - 1));
                run.last().into_iter().for_each(|one| self.row(page, one));
                drawn += KEPT + 2;
            }
            if !self.layout.is_verbose() && drawn >= MOST_ROWS && !rest.is_empty() {
                page.paragraph(0, FAINT, &format!("... {} more (-v shows them)", rest.len()));
                return;
            }
        }
    }

    fn row(&self, page: &mut Page, one: &Difference<'_>) {
        let id = cut(&clean(one.revision), self.id, self.layout.ascii);
        let message = cut(&message_of(self.facts, one), self.message.saturating_sub(2), self.layout.ascii);
        let marks: String =
            self.heads.iter().zip(&one.applied).map(|(head, applied)| self.mark(*applied, head)).collect();
        let (after_id, after_message) = (self.id - columns(&id) + 2, self.message.saturating_sub(columns(&message)));
        page.line(&format!("{}{:after_id$}{message}{:after_message$}{marks}", paint(ID, &id), "", ""));
    }

    fn mark(&self, applied: Option<bool>, head: &str) -> String {
        let (style, mark) = match (applied, self.layout.ascii) {
            (Some(true), false) => (GOOD, "●"),
            (Some(true), true) => (GOOD, "x"),
            (Some(false), false) => (FAINT, "·"),
            (Some(false), true) => (FAINT, "."),
            (None, _) => (BAD, "?"),
        };
        let blanks = columns(head).saturating_sub(1) + 2;
        format!("{}{:blanks$}", paint(style, mark), "")
    }
}
