//! Pasted messages explained: what each means, which cause it is, and the findings that prove it.

use super::style::{BAD, DOUBTFUL, FAINT, GOOD, PLAIN, STRONG, paint};
use super::words::{Page, clean};
use super::{Layout, Verbosity, counted, facts_block, finding_block, text};
use crate::check::{Report, Verdict};
use crate::messages::{CauseState, Message, Settled};

/// Columns of `means:` and its like, blanks around it included.
const LEFT: usize = 11;

/// The messages, and what the report says about them. Without a report nothing could be looked at.
pub fn explained(settled: &[Settled], report: Option<&Report>, layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    if let Some(report) = report.filter(|_| layout.verbosity != Verbosity::Quiet) {
        facts_block::project(&mut page, &report.facts, layout);
        for database in &report.facts.databases {
            facts_block::database(&mut page, &report.facts, database, layout);
        }
        page.blank();
    }
    for one in settled {
        message(&mut page, one, report);
    }
    if let Some(report) = report {
        findings(&mut page, settled, report, layout);
        text::not_looked_at(&mut page, report, layout);
        match report.verdict() {
            // Somebody has pasted an error: whatever it is, "healthy" is no answer to it.
            Verdict::Healthy => page.paragraph(0, PLAIN, &format!("no finding: {}", text::healthy(report))),
            verdict => text::verdict(&mut page, report, verdict),
        }
    }
    page.finish()
}

/// The page of a message: what `explain NAME` shows.
pub fn known(message: &Message, layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    page.line(&paint(STRONG, message.name));
    page.blank();
    for form in forms(message) {
        page.paragraph(2, PLAIN, &form);
    }
    page.blank();
    field(&mut page, "means:", message.means);
    for (cause, number) in message.causes.iter().zip(1..) {
        let label = if number == 1 { "causes:" } else { "" };
        let rules: Vec<&str> = cause.known_rules().map(|rule| rule.name).collect();
        let rules = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
        item(&mut page, label, number, &format!("{}{rules}", cause.what));
    }
    field(&mut page, "to tell:", message.test);
    page.finish()
}

/// The forms of a message as people write them.
pub fn forms(message: &Message) -> Vec<String> {
    let crashes = message.crashes.iter();
    let crashes = crashes.map(|crash| format!("{} (in a traceback with {})", shown(crash.pattern), crash.within));
    message.patterns.iter().map(|pattern| shown(pattern)).chain(crashes).collect()
}

/// A pattern with its holes in capitals: `{ids..}` is `IDS`.
fn shown(pattern: &str) -> String {
    let mut text = String::new();
    for (index, part) in pattern.split(['{', '}']).enumerate() {
        match index % 2 {
            1 => text.push_str(&part.trim_end_matches(['.', '#']).to_uppercase()),
            _ => text.push_str(part),
        }
    }
    text
}

fn message(page: &mut Page, settled: &Settled, report: Option<&Report>) {
    let known = settled.recognised.message;
    page.paragraph(0, STRONG, &clean(&settled.recognised.text));
    page.paragraph(0, FAINT, &format!("alembic-doctor explain {}", known.name));
    page.blank();
    field(page, "means:", known.means);
    for (index, cause) in settled.causes.iter().enumerate() {
        let label = if index == 0 { "causes:" } else { "" };
        let state = match cause.state {
            CauseState::Here => paint(BAD, "here: "),
            CauseState::NotHere => paint(GOOD, "not here: "),
            CauseState::NotKnown => paint(DOUBTFUL, "not known: "),
        };
        // The state is painted, so its width is counted by itself.
        let width = match cause.state {
            CauseState::Here => 6,
            CauseState::NotHere => 10,
            CauseState::NotKnown => 11,
        };
        cause_line(page, label, index + 1, (&state, width), cause.cause.what);
    }
    for (index, note) in settled.notes.iter().enumerate() {
        field(page, if index == 0 { "facts:" } else { "" }, note);
    }
    field(page, "so:", &so(settled, report));
    if settled.numbers(CauseState::Here).len() != 1 {
        field(page, "to tell:", known.test);
    }
    page.blank();
}

/// Which cause it is, in a sentence.
fn so(settled: &Settled, report: Option<&Report>) -> String {
    let Some(report) = report else {
        return "this project could not be looked at, so which cause it is is not known".to_owned();
    };
    let here = settled.numbers(CauseState::Here);
    let mut rules: Vec<&str> = Vec::new();
    for index in settled.causes.iter().flat_map(|cause| &cause.findings) {
        let name = report.diagnostics.get(*index).map(|diagnostic| diagnostic.rule.name);
        rules.extend(name.filter(|name| !rules.contains(name)));
    }
    let unknown = settled.numbers(CauseState::NotKnown);
    match (here.as_slice(), unknown.as_slice()) {
        ([one], _) => format!("it is cause {one}: see {} below", rules.join(", ")),
        ([], []) => "none of its causes is here: the message is about another state, another database or other code \
                     than what was looked at"
            .to_owned(),
        ([], unknown) => format!(
            "none of the findings explains it; {} {} not looked for",
            numbered(unknown),
            if unknown.len() == 1 { "was" } else { "were" }
        ),
        (several, _) => format!("{} fit: see {} below", numbered(several), rules.join(", ")),
    }
}

/// `cause 1`, `causes 1, 2 and 5`.
fn numbered(numbers: &[usize]) -> String {
    let mut words: Vec<String> = numbers.iter().map(usize::to_string).collect();
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { format!("cause {last}") } else { format!("causes {} and {last}", words.join(", ")) }
}

/// The findings that explain some message; the others are counted only.
fn findings(page: &mut Page, settled: &[Settled], report: &Report, layout: &Layout) {
    let explains =
        |index: &usize| settled.iter().flat_map(|one| &one.causes).any(|cause| cause.findings.contains(index));
    let (shown, others): (Vec<usize>, Vec<usize>) = (0..report.diagnostics.len()).partition(explains);
    for diagnostic in shown.iter().filter_map(|index| report.diagnostics.get(*index)) {
        finding_block::draw(page, diagnostic, layout);
        page.blank();
    }
    if !others.is_empty() {
        let count = counted(others.len(), "finding");
        let rest = format!("not shown: {count} that the message does not come from; `alembic-doctor` shows all");
        page.paragraph(0, FAINT, &rest);
        page.blank();
    }
}

fn field(page: &mut Page, label: &str, text: &str) {
    let head = format!("{:LEFT$}", format!("  {label}"));
    page.hanging(0, &paint(FAINT, &head), LEFT, PLAIN, &clean(text));
}

fn item(page: &mut Page, label: &str, number: usize, text: &str) {
    cause_line(page, label, number, ("", 0), text);
}

/// A numbered cause; its further lines start below its state.
fn cause_line(page: &mut Page, label: &str, number: usize, (state, width): (&str, usize), text: &str) {
    let head = format!("{:LEFT$}", format!("  {label}"));
    let number = format!("{number}. ");
    let left = LEFT + number.len();
    let head = format!("{}{number}", paint(FAINT, &head));
    let mut lines = super::words::wrap_ragged(
        &clean(text),
        page.width().saturating_sub(left + width),
        page.width().saturating_sub(left),
    )
    .into_iter();
    page.line(&format!("{head}{state}{}", lines.next().unwrap_or_default()));
    for line in lines {
        page.line(&format!("{:left$}{line}", ""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{recognise, settle};
    use crate::render::testing::{facts, graph, plain, report};

    #[test]
    fn a_message_without_its_cause_here_says_what_was_not_looked_for() {
        let report = report(facts(graph(&["a1aa: first"]), Vec::new()), Vec::new());
        let found = recognise("FAILED: Can't locate revision identified by 'x9'").into_iter();
        let settled: Vec<Settled> = found.map(|one| settle(one, Some(&report))).collect();
        let layout = Layout { verbosity: Verbosity::Quiet, ..Layout::default() };
        let text = plain(&explained(&settled, Some(&report), &layout));
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.starts_with("Can't locate revision identified by 'x9'\n"), "{text}");
        assert!(text.contains("not here: A folder with revisions"), "{text}");
        assert!(line.contains("none of the findings explains it; causes 1, 2, 5 and 6 were not looked for"), "{text}");
        assert!(text.contains("no revision or branch label is 'x9'"), "{text}");
        assert!(text.contains("to tell:"), "{text}");
        // An error was pasted, so nothing here is called healthy.
        assert!(text.ends_with("no finding: 1 revision, 1 head, no database looked at, 24 checks passed\n"), "{text}");
    }

    #[test]
    fn a_finding_of_the_cause_is_shown_and_named() {
        let finding = crate::diagnostic::Finding::new("two revisions continue a");
        let report = report(facts(graph(&["a", "a <- b", "a <- c"]), Vec::new()), vec![finding]);
        let found = recognise("Multiple heads are present; please specify a single target revision").into_iter();
        let settled: Vec<Settled> = found.map(|one| settle(one, Some(&report))).collect();
        let text = plain(&explained(&settled, Some(&report), &Layout::default()));
        assert!(text.contains("1. here: Two revisions continue"), "{text}");
        assert!(text.contains("so:      it is cause 1: see multiple-heads below"), "{text}");
        assert!(text.contains("error[multiple-heads]: two revisions continue a"), "{text}");
        assert!(!text.contains("to tell:"), "{text}");
    }

    #[test]
    fn without_a_project_nothing_is_claimed() {
        let found = recognise("No 'script_location' key found in configuration.").into_iter();
        let settled: Vec<Settled> = found.map(|one| settle(one, None)).collect();
        let text = plain(&explained(&settled, None, &Layout::default()));
        assert!(text.contains("1. not known: "), "{text}");
        assert!(text.contains("could not be looked at"), "{text}");
    }

    #[test]
    fn escapes_in_a_message_never_reach_the_terminal() {
        let found = recognise("Can't locate revision identified by 'a\u{1b}]0;x\u{7}b\u{202e}'").into_iter();
        let settled: Vec<Settled> = found.map(|one| settle(one, None)).collect();
        let text = explained(&settled, None, &Layout::default());
        assert!(!text.contains("\u{1b}]") && !text.contains('\u{7}') && !text.contains('\u{202e}'), "{text:?}");
    }

    #[test]
    fn patterns_are_shown_with_their_holes_in_capitals() {
        assert_eq!(shown("Revision {id} referenced from {child..} is"), "Revision ID referenced from CHILD is");
        assert_eq!(shown("plain"), "plain");
    }
}
