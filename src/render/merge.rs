//! The sides of a fork for people: side by side, what meets, what each environment will run, and
//! the file.

use std::collections::BTreeMap;
use std::path::Path;

use anstyle::Style;
use comfy_table::{ContentArrangement, Table, presets};

use super::style::{BAD, COMMAND, DATABASE, DOUBTFUL, FAINT, GOOD, ID, NOTE, PLAIN, STRONG, paint};
use super::words::{Page, clean, clean_uncut, columns, shown_path};
use super::{Layout, counted};
use crate::facts::Facts;
use crate::merge::{Comparison, Cure, Extent, Outlook, Pair, Side, Verdict};
use crate::source::printable_line;

/// A comparison and what came of it.
#[derive(Debug)]
pub struct MergePage<'a> {
    /// The facts that it was made from.
    pub facts: &'a Facts,
    /// The comparison.
    pub comparison: &'a Comparison,
    /// What an upgrade is given once the sides are joined: `head`, if that is then the only one.
    pub target: &'a str,
    /// The databases, once the sides are joined.
    pub outlooks: &'a [Outlook],
    /// Where the merge revision is, or would be.
    pub path: &'a Path,
    /// Its id.
    pub revision: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Whether it was written.
    pub is_written: bool,
    /// Commands that help, and why.
    pub next: &'a [(String, String)],
}

/// The page.
pub fn draw(shown: &MergePage<'_>, layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    sides(&mut page, shown, layout);
    page.blank();
    pairs(&mut page, shown.comparison, layout);
    guards(&mut page, shown.comparison);
    page.blank();
    environments(&mut page, shown);
    page.blank();
    file(&mut page, shown);
    for (command, why) in shown.next {
        // In one line, so that it can be copied.
        page.line(&format!("{}{}", paint(NOTE, "next: "), paint(COMMAND, &clean_uncut(command))));
        page.paragraph(6, FAINT, &clean(why));
    }
    page.finish()
}

/// What each side does, in columns; below each other where there is no room.
fn sides(page: &mut Page, shown: &MergePage<'_>, layout: &Layout) {
    let comparison = shown.comparison;
    let after = match comparison.forks.as_slice() {
        [] => "they have nothing in common".to_owned(),
        forks => format!("they part after {}", forks.join(", ")),
    };
    page.line(&format!("{}, {}", paint(STRONG, &counted(comparison.sides.len(), "side")), clean(&after)));
    page.blank();
    let cells: Vec<String> = comparison.sides.iter().map(|side| column(shown, side)).collect();
    /// Columns that a side needs to be read.
    const NARROWEST: usize = 36;
    if page.width() < cells.len() * NARROWEST {
        for (side, cell) in comparison.sides.iter().zip(&cells) {
            page.line(&paint(ID, &clean(&side.head)));
            cell.lines().for_each(|line| page.paragraph(2, PLAIN, line));
        }
        return;
    }
    let mut table = Table::new();
    table.load_style(if layout.ascii { presets::ASCII_FULL_CONDENSED } else { presets::UTF8_FULL_CONDENSED });
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(page.width()).unwrap_or(u16::MAX));
    table.set_header(comparison.sides.iter().map(|side| clean(&side.head)));
    table.add_row(cells);
    table.to_string().lines().for_each(|line| page.line(line));
}

/// Operations of one side that are shown unless everything is asked for.
const MOST: usize = 20;

fn column(shown: &MergePage<'_>, side: &Side) -> String {
    let mut lines = Vec::new();
    for id in &side.revisions {
        let message = shown.facts.graph.get(id).map(|revision| revision.message()).unwrap_or_default();
        lines.push(if message.is_empty() { clean(id) } else { format!("{} {}", clean(id), clean(&message)) });
        let own = side.operations.iter().filter_map(|at| shown.comparison.operation(*at));
        for operation in own.filter(|operation| operation.revision == *id) {
            let line = operation.location.start().line;
            lines.push(format!(":{line} {}", printable_line(&operation.summary)));
        }
    }
    if side.operations.is_empty() {
        lines.push("changes nothing".to_owned());
    }
    let more = lines.len().saturating_sub(MOST * 2);
    if more > 0 {
        lines.truncate(MOST * 2);
        lines.push(format!("and {more} more lines"));
    }
    lines.join("\n")
}

fn of_verdict(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Conflict => BAD,
        Verdict::OrderDependent | Verdict::Unknown => DOUBTFUL,
        Verdict::Identical => NOTE,
        Verdict::Independent => GOOD,
    }
}

fn pairs(page: &mut Page, comparison: &Comparison, layout: &Layout) {
    if comparison.pairs.is_empty() {
        page.paragraph(0, GOOD, "the sides touch nothing in common: either order leaves the same");
        return;
    }
    for verdict in Verdict::ALL {
        let pairs: Vec<&Pair> = comparison.with(verdict).collect();
        if verdict == Verdict::Independent && !layout.is_verbose() {
            independent(page, &pairs);
            continue;
        }
        pairs.iter().for_each(|pair| self::pair(page, comparison, pair));
    }
}

fn pair(page: &mut Page, comparison: &Comparison, pair: &Pair) {
    let verdict = pair.verdict.as_str();
    let head = paint(of_verdict(pair.verdict), verdict);
    page.line(&format!("{head}  {}", clean(&pair.thing)));
    for operation in [pair.first, pair.second].into_iter().filter_map(|at| comparison.operation(at)) {
        page.paragraph(4, PLAIN, &printable_line(&format!("{} {}", operation.place(), operation.summary)));
    }
    if !matches!(&pair.cure, Cure::Decide(choice) if choice.question.contains(&pair.why)) {
        page.paragraph(4, FAINT, &printable_line(&pair.why));
    }
    let cure = match &pair.cure {
        Cure::Nothing => return,
        Cure::Code(code) => format!("the merge does this: {}", code.what),
        Cure::Guards(_) => "guarded in its own revision it is harmless; a merge runs too late for that".to_owned(),
        Cure::Decide(choice) => choice.question.clone(),
    };
    page.hanging(4, &paint(NOTE, "-> "), columns("-> "), PLAIN, &printable_line(&cure));
}

fn independent(page: &mut Page, pairs: &[&Pair]) {
    let mut things: BTreeMap<&str, usize> = BTreeMap::new();
    for pair in pairs {
        *things.entry(&pair.thing).or_default() += 1;
    }
    for (thing, count) in things {
        let head = paint(GOOD, Verdict::Independent.as_str());
        page.line(&format!("{head}  {}, {}", clean(thing), counted(count, "pair")));
    }
}

/// What has to be done in the revisions of the sides.
fn guards(page: &mut Page, comparison: &Comparison) {
    let guards = comparison.guards();
    if guards.is_empty() {
        return;
    }
    page.blank();
    page.line(&paint(STRONG, "guards, for the operations that run second:"));
    for guard in guards {
        let place = format!("{}:{}", shown_path(guard.location.path()), guard.location.start().line);
        page.line(&format!("  {}, where {} has run before it:", clean_uncut(&place), clean(&guard.after)));
        page.line(&format!("    {}", clean_uncut(&guard.advice)));
    }
}

fn environments(page: &mut Page, shown: &MergePage<'_>) {
    let target = clean(shown.target);
    for outlook in shown.outlooks {
        let name = outlook.database.as_deref().map_or_else(|| "a new database".to_owned(), clean);
        let head = format!("{}: ", paint(DATABASE, &name));
        let runs = match &outlook.runs {
            Ok(runs) if runs.is_empty() => "nothing".to_owned(),
            Ok(runs) => runs.join(", "),
            Err(why) => format!("not known: {why}"),
        };
        let has = match (&outlook.sides, &outlook.database) {
            (Ok(sides), Some(_)) => has(shown.comparison, sides),
            _ => String::new(),
        };
        let said = if outlook.runs.is_ok() { format!("{has}`upgrade {target}` will run {runs}") } else { runs };
        page.hanging(0, &head, columns(&name) + 2, PLAIN, &clean(&said));
    }
}

fn has(comparison: &Comparison, sides: &[Extent]) -> String {
    let each = comparison.sides.iter().zip(sides).map(|(side, extent)| match extent {
        Extent::None => format!("nothing of {}", side.head),
        Extent::Part => format!("a part of {}", side.head),
        Extent::All => format!("all of {}", side.head),
    });
    format!("it has {}; ", each.collect::<Vec<_>>().join(" and "))
}

fn file(page: &mut Page, shown: &MergePage<'_>) {
    let path = shown_path(shown.path);
    if shown.is_written {
        page.line(&format!("wrote {path}"));
    } else {
        page.line(&format!("would write {path}:"));
        page.blank();
        shown.text.lines().for_each(|line| page.line(&printable_line(line)));
        page.blank();
    }
}
