//! `envs` for people: the environments side by side, or by their state where they are many; then
//! what they differ in, and what was found.

use std::cmp::Reverse;

use super::environment_rows::{Row, rows, summed};
use super::style::{DATABASE, FAINT, ID, PLAIN, of_state, paint};
use super::words::{Page, clean, columns, cut};
use super::{Layout, Verbosity, counted, differences, facts_block, finding_block, text};
use crate::check::{Dates, Diagnostic, Report, Verdict};
use crate::facts::{DatabaseFacts, Fleet};
use crate::source::printable;

/// So many environments are read one by one; more are told by their state.
const MOST_ROWS: usize = 20;
/// How many names stand for a group.
const NAMES: usize = 3;
/// How many findings of one rule are shown before they are folded.
const MOST_OF_ONE_RULE: usize = 10;
/// Columns that a place needs to be told from others; `-v` has them all.
const LEAST_ROOM: usize = 12;
/// Columns between columns.
const GAP: usize = 2;
/// What the table says already.
const SAID: [&str; 2] = ["database-behind", "database-unreachable"];

/// The whole page. `verdict` is that of the report.
pub fn report(report: &Report, verdict: Verdict, dates: &Dates, layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    if layout.verbosity != Verbosity::Quiet {
        facts_block::project(&mut page, &report.facts, layout);
        heads_since(&mut page, report, dates);
        page.blank();
        let alone: Vec<&DatabaseFacts> =
            report.facts.databases.iter().filter(|database| database.group.is_none()).collect();
        if !alone.is_empty() {
            let rows = rows(&report.facts, &alone, dates);
            if rows.len() <= MOST_ROWS || layout.is_verbose() {
                side_by_side(&mut page, &rows, layout);
            } else {
                page.line(&counted(rows.len(), "environment"));
                by_state(&mut page, summed(rows), layout);
            }
            page.blank();
        }
        for fleet in &report.facts.fleets {
            schemas(&mut page, report, fleet, dates, layout);
        }
        differences::draw(&mut page, &report.facts, layout);
        page.blank();
    }
    findings(&mut page, report, layout);
    text::not_looked_at(&mut page, report, layout);
    text::set_aside(&mut page, report, layout);
    text::last_word(&mut page, report, verdict);
    page.finish()
}

/// When the newest code was committed.
fn heads_since(page: &mut Page, report: &Report, dates: &Dates) {
    let heads = report.facts.graph.heads();
    let said = match dates {
        Dates::Unknown(why) => format!("not known: {why}"),
        Dates::Known(_) => {
            let each = heads.iter().map(|head| match dates.commit(head) {
                Some(commit) => format!("{head} on {} in {}, {}", commit.date, commit.short(), commit.subject),
                None => format!("{head} not yet"),
            });
            each.collect::<Vec<_>>().join("; ")
        }
    };
    if !said.is_empty() {
        facts_block::field(page, "committed", &said);
    }
}

/// One row for each, in the order of promotion.
fn side_by_side(page: &mut Page, rows: &[Row], layout: &Layout) {
    let widths = Widths::new(page.width(), "environment", rows, |row| columns(&row.name));
    let is_room = widths.room >= LEAST_ROOM;
    widths.head(page, "environment", if is_room { "where" } else { "" });
    for row in rows {
        let name = cut(&row.name, widths.first, layout.ascii);
        let place = if is_room { cut_inside(&row.place, widths.room, layout.ascii) } else { String::new() };
        widths.line(page, (DATABASE, &name), row, &place, layout);
        if let Some(why) = &row.why {
            page.hanging(widths.first + GAP, "", 0, of_state(row.state), why);
        }
        if layout.is_verbose() && !row.url.is_empty() {
            page.hanging(widths.first + GAP, "", 0, FAINT, &row.url);
        }
    }
}

/// `text` cut in its middle: of a place both ends tell it from others, the host and the database.
fn cut_inside(text: &str, width: usize, ascii: bool) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut start = cut(text, width.div_ceil(2), ascii);
    let mut room = width.saturating_sub(columns(&start));
    let end = text.char_indices().rev().take_while(|(_, c)| {
        let next = room.checked_sub(columns(c.encode_utf8(&mut [0; 4])));
        room = next.unwrap_or_default();
        next.is_some()
    });
    let end = end.last().map_or(text.len(), |(at, _)| at);
    start.push_str(text.get(end..).unwrap_or_default());
    start
}

/// One row for all that are alike, the worst first.
fn by_state(page: &mut Page, mut rows: Vec<Row>, layout: &Layout) {
    rows.sort_by_key(|row| (row.rank(), Reverse(row.pending), Reverse(row.names.len())));
    let widths = Widths::new(page.width(), "count", &rows, |row| row.names.len().to_string().len());
    widths.head(page, "count", "");
    for row in &rows {
        let count = format!("{:>width$}", row.names.len(), width = widths.first);
        let names = cut(&some_names(&row.names), widths.room, layout.ascii);
        let is_short = !layout.is_verbose() && columns(&some_names(&row.names)) <= widths.room;
        widths.line(page, (PLAIN, &count), row, if is_short { &names } else { "" }, layout);
        if let Some(why) = &row.why {
            page.hanging(widths.first + GAP, "", 0, of_state(row.state), why);
        }
        if !is_short {
            let names = if layout.is_verbose() { row.names.join(", ") } else { some_names(&row.names) };
            page.hanging(widths.first + GAP, "", 0, FAINT, &names);
        }
    }
}

/// `t1, t2, t3 and 306 more`
fn some_names(names: &[String]) -> String {
    let shown = names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > NAMES { format!("{shown} and {} more", names.len() - NAMES) } else { shown }
}

/// The schemas of one database.
fn schemas(page: &mut Page, report: &Report, fleet: &Fleet, dates: &Dates, layout: &Layout) {
    let is_one =
        |database: &&DatabaseFacts| database.group.as_ref().is_some_and(|group| group.database == fleet.database);
    let databases: Vec<&DatabaseFacts> = report.facts.databases.iter().filter(is_one).collect();
    let rows = rows(&report.facts, &databases, dates);
    let name = clean(&fleet.database);
    let head = format!("{}  ", paint(DATABASE, &name));
    let place = databases.first().map(|database| database.state.url.to_string()).unwrap_or_default();
    let what = format!("{} with a version table in {}", counted(fleet.schemas, "schema"), clean(&place));
    page.hanging(0, &head, columns(&name) + GAP, PLAIN, &what);
    by_state(page, rows, layout);
    if !fleet.bare.is_empty() {
        let most = if layout.is_verbose() { usize::MAX } else { NAMES };
        let named = fleet.bare.iter().take(most).map(|(schema, tables)| {
            format!("{} ({})", printable(schema), counted(usize::try_from(*tables).unwrap_or(usize::MAX), "table"))
        });
        let mut said = named.collect::<Vec<_>>().join(", ");
        if fleet.bare.len() > most {
            said.push_str(&format!(" and {} more", fleet.bare.len() - most));
        }
        let have = if fleet.bare.len() == 1 { "has" } else { "have" };
        let said = format!("{} {have} tables, and no version table: {said}", counted(fleet.bare.len(), "more schema"));
        page.paragraph(0, PLAIN, &said);
    }
    page.blank();
}

/// The findings, one for all databases of which the same is said.
fn findings(page: &mut Page, report: &Report, layout: &Layout) {
    let shown = |diagnostic: &&Diagnostic| layout.is_verbose() || !SAID.contains(&diagnostic.rule.name);
    let mut alike: Vec<(Diagnostic, Vec<&str>)> = Vec::new();
    for diagnostic in report.diagnostics.iter().filter(shown) {
        let finding = &diagnostic.finding;
        let known = alike.iter_mut().find(|(first, _)| {
            first.rule.name == diagnostic.rule.name
                && finding.database.is_some()
                && first.finding.message == finding.message
                && first.finding.next == finding.next
        });
        match known {
            Some((_, others)) => others.extend(finding.database.as_deref()),
            None => {
                alike.push((Diagnostic::new(diagnostic.rule, diagnostic.severity, finding.clone()), Vec::new()));
            }
        }
    }
    let most = if layout.is_verbose() { usize::MAX } else { MOST_OF_ONE_RULE };
    let mut left_out: Vec<(&str, usize)> = Vec::new();
    for at in 0..alike.len() {
        let Some((diagnostic, others)) = alike.get_mut(at) else { continue };
        if !others.is_empty() {
            let names: Vec<String> = others.iter().map(|name| printable(name)).collect();
            diagnostic.finding.evidence.push(format!("the same in {}", some_names(&names)));
        }
        let rule = diagnostic.rule.name;
        match left_out.iter_mut().find(|(name, _)| *name == rule) {
            Some((_, count)) => *count += 1,
            None => left_out.push((rule, 1)),
        }
        if left_out.iter().any(|(name, count)| *name == rule && *count <= most) {
            finding_block::draw(page, diagnostic, layout);
            page.blank();
        }
    }
    for (rule, found) in left_out.into_iter().filter(|(_, found)| *found > most) {
        page.paragraph(0, FAINT, &format!("... {} more of {rule} (-v shows them)", found - most));
        page.blank();
    }
}

/// Columns of the table; one of which nothing is known is left out.
struct Widths {
    first: usize,
    state: usize,
    stamp: usize,
    date: usize,
    pending: usize,
    room: usize,
}

impl Widths {
    fn new(width: usize, first: &str, rows: &[Row], measure: impl Fn(&Row) -> usize) -> Self {
        const WIDEST_NAME: usize = 20;
        const WIDEST_STAMP: usize = 20;
        let widest = |of: &dyn Fn(&Row) -> usize, head: &str, most: usize| {
            let most_of = rows.iter().map(of).max().unwrap_or_default();
            if most_of == 0 { 0 } else { most_of.max(head.len()).min(most) }
        };
        let mut widths = Self {
            first: widest(&measure, first, WIDEST_NAME),
            state: widest(&|row| row.state_word().len(), "state", WIDEST_NAME),
            stamp: widest(&|row| columns(&row.stamp), "stamped", WIDEST_STAMP),
            date: widest(&|row| row.date.len(), "committed", WIDEST_NAME),
            pending: widest(&|row| row.pending_word().len(), "pending", WIDEST_NAME),
            room: 0,
        };
        let used: usize = [widths.first, widths.state, widths.stamp, widths.date, widths.pending]
            .iter()
            .map(|one| Self::with_gap(*one))
            .sum();
        widths.room = width.saturating_sub(used);
        widths
    }

    fn with_gap(width: usize) -> usize {
        if width == 0 { 0 } else { width + GAP }
    }

    fn head(&self, page: &mut Page, first: &str, last: &str) {
        let cells = [
            (self.first, first),
            (self.state, "state"),
            (self.stamp, "stamped"),
            (self.date, "committed"),
            (self.pending, "pending"),
        ];
        let cells: String =
            cells.iter().filter(|(width, _)| *width > 0).map(|(width, word)| padded(word, *width)).collect();
        page.line(&paint(FAINT, format!("{cells}{last}").trim_end()));
    }

    fn line(&self, page: &mut Page, first: (anstyle::Style, &str), row: &Row, last: &str, layout: &Layout) {
        let stamp = cut(&row.stamp, self.stamp, layout.ascii);
        let cells = [
            (self.first, first.0, first.1),
            (self.state, of_state(row.state), row.state_word()),
            (self.stamp, ID, stamp.as_str()),
            (self.date, PLAIN, row.date.as_str()),
            (self.pending, PLAIN, &row.pending_word()),
        ];
        let cells = cells.iter().filter(|(width, ..)| *width > 0);
        let cells: String = cells
            .map(|(width, style, text)| {
                // Blanks are not styled: an underlined or coloured margin is noise.
                let blanks = padded(text, *width).len() - text.len();
                format!("{}{:blanks$}", if text.is_empty() { String::new() } else { paint(*style, text) }, "")
            })
            .collect();
        page.line(&format!("{cells}{last}"));
    }
}

fn padded(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(columns(text)) + GAP;
    format!("{text}{:blanks$}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_place_stay() {
        let place = "postgres@127.0.0.1:54877/e1";
        for (width, shown) in [(27, place), (20, "postgres@…1:54877/e1"), (13, "postgr…877/e1"), (1, "…")] {
            let cut = cut_inside(place, width, false);
            assert!(columns(&cut) <= width, "{cut}");
            assert_eq!(cut, shown);
        }
        assert_eq!(cut_inside("app@db-\u{65e5}\u{672c}/\u{65e5}", 8, true), "a.../\u{65e5}");
    }
}
