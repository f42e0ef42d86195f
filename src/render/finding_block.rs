//! One finding as a block: cause, place, evidence, the way out, and what not to do.

use super::style::{BAD, COMMAND, FAINT, GOOD, NOTE, PLAIN, STRONG, of_severity, paint};
use super::words::{Page, clean, clean_uncut, columns, wrap_ragged};
use super::{Layout, snippet};
use crate::check::Diagnostic;
use crate::diagnostic::{Changes, Step};

/// How many lines of evidence are shown before they are folded.
const SHOWN: usize = 10;
/// Columns of `next:` and its like, blanks around it included.
const LEFT: usize = 12;

/// The block of one finding.
pub(super) fn draw(page: &mut Page, diagnostic: &Diagnostic, layout: &Layout) {
    let finding = &diagnostic.finding;
    let severity = diagnostic.severity;
    let name = format!("{}[{}]", severity.as_str(), diagnostic.rule.name);
    let head = format!("{}: ", paint(of_severity(severity), &name));
    title(page, &head, columns(&name) + 2, &clean(&finding.message));

    if let Some(place) = &finding.location {
        for line in snippet::draw(severity, place, &finding.related, layout).lines() {
            page.line(line);
        }
    }
    evidence(page, &finding.evidence, layout);

    if !finding.next.is_empty() || !finding.or.is_empty() || !finding.do_not.is_empty() {
        page.blank();
    }
    way(page, "next:", GOOD, &finding.next);
    for other in &finding.or {
        way(page, "or:", NOTE, other);
    }
    for (index, advice) in finding.do_not.iter().enumerate() {
        let label = if index == 0 { "do not:" } else { "" };
        page.hanging(0, &margin(label, BAD), LEFT, PLAIN, &clean(advice));
    }
}

/// The name, and the sentence after it; a long sentence goes on near the margin, because a
/// column behind a long name would be narrow.
fn title(page: &mut Page, head: &str, head_width: usize, message: &str) {
    const INDENT: usize = 2;
    let mut lines = wrap_ragged(message, page.width().saturating_sub(head_width), page.width() - INDENT).into_iter();
    page.line(&format!("{head}{}", paint(STRONG, &lines.next().unwrap_or_default())));
    for line in lines {
        page.line(&format!("{:INDENT$}{}", "", paint(STRONG, &line)));
    }
}

fn evidence(page: &mut Page, facts: &[String], layout: &Layout) {
    let most = if layout.is_verbose() { usize::MAX } else { SHOWN };
    for fact in facts.iter().take(most) {
        page.hanging(2, &paint(FAINT, "= "), 2, PLAIN, &clean(fact));
    }
    if facts.len() > most {
        page.paragraph(4, FAINT, &format!("... {} more (-v shows them)", facts.len() - most));
    }
}

/// Steps in their order: the command on a line of its own, so that it can be copied, and below
/// it what it is for.
fn way(page: &mut Page, label: &str, style: anstyle::Style, steps: &[Step]) {
    for (index, step) in steps.iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        page.line(&format!("{}{}", margin(label, style), paint(COMMAND, &clean_uncut(&step.command))));
        let changes = match step.changes {
            Changes::Nothing => "",
            Changes::Files => " (changes files)",
            Changes::Git => " (changes the git repository)",
            Changes::Database => " (changes the database)",
        };
        let why = format!("{}{changes}", clean(&step.why));
        if !why.trim().is_empty() {
            page.paragraph(LEFT + 2, FAINT, why.trim());
        }
    }
}

fn margin(label: &str, style: anstyle::Style) -> String {
    let width = LEFT - 2;
    if label.is_empty() {
        return format!("{:LEFT$}", "");
    }
    format!("  {}{:pad$}", paint(style, label), "", pad = width.saturating_sub(columns(label)))
}
