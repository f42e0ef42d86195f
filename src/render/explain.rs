//! A rule's page, which is Markdown, for the terminal. Only what our own pages use is known:
//! headings, paragraphs, lists, fenced code, emphasis, inline code and links.

use super::Layout;
use super::style::{COMMAND, FAINT, PLAIN, STRONG, of_severity, paint};
use super::words::Page;
use crate::rules::Rule;

/// The page of a rule, with its severity and what it needs below the heading.
pub fn rule(rule: &Rule, layout: &Layout) -> String {
    let facts = format!(
        "{}, needs {}, since {}",
        paint(of_severity(rule.severity), rule.severity.as_str()),
        rule.check.needs(),
        rule.since
    );
    markdown(rule.page, Some(&facts), layout)
}

/// Renders `text`; `below_title` is a line to put below the first heading.
fn markdown(text: &str, below_title: Option<&str>, layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    let mut below_title = below_title;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            page.blank();
            if let Some((_, title)) = language.split_once("title=") {
                page.line(&format!("  {}", paint(FAINT, title.trim_matches('"'))));
            }
            for code in lines.by_ref().take_while(|code| !code.starts_with("```")) {
                page.line(&format!("    {}", if code.is_empty() { String::new() } else { paint(COMMAND, code) }));
            }
            page.blank();
        } else if line.starts_with('#') {
            page.blank();
            page.line(&paint(STRONG, &inline(line.trim_start_matches('#').trim())));
            if let Some(facts) = below_title.take() {
                page.line(facts);
            }
            page.blank();
        } else if line.trim().is_empty() {
            page.blank();
        } else {
            let (indent, bullet, start) = item(line);
            let mut text = start.to_owned();
            while let Some(more) = lines.next_if(|next| goes_on(next)) {
                text.push(' ');
                text.push_str(more.trim());
            }
            page.hanging(indent, bullet, bullet.chars().count(), PLAIN, &inline(&text));
        }
    }
    page.finish().trim_end().to_owned() + "\n"
}

/// Indentation, bullet and text of a line: `- text`, `1. text`, or a plain paragraph.
fn item(line: &str) -> (usize, &str, &str) {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let bullet = match text.split_at_checked(digits) {
        Some((_, rest)) if digits > 0 && rest.starts_with(". ") => digits + 2,
        _ if text.starts_with("- ") || text.starts_with("* ") => 2,
        _ => 0,
    };
    match text.split_at_checked(bullet) {
        Some((bullet, rest)) => (indent, bullet, rest),
        None => (indent, "", text),
    }
}

/// Whether a line continues the paragraph or the list item above it.
fn goes_on(line: &str) -> bool {
    let (_, bullet, _) = item(line);
    !line.trim().is_empty() && bullet.is_empty() && !line.starts_with('#') && !line.starts_with("```")
}

/// Text without the marks of emphasis; a link's text, with its address behind it if it leaves
/// these pages. Inline code keeps its backticks: without colours they are its only mark.
fn inline(text: &str) -> String {
    let mut shown = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            shown.push_str(&format!("`{part}`"));
        } else {
            shown.push_str(&links(&part.replace("**", "")));
        }
    }
    shown
}

fn links(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, label, address, after)) = next_link(rest) {
        shown.push_str(before);
        shown.push_str(label);
        if address.contains("://") {
            shown.push_str(&format!(" <{address}>"));
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// The first `[label](address)`, with what stands before and after it.
fn next_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (head, tail) = text.split_once("](")?;
    let (before, label) = head.rsplit_once('[')?;
    let (address, after) = tail.split_once(')')?;
    Some((before, label, address, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::{RULE, plain};

    fn shown(text: &str) -> String {
        plain(&markdown(text, None, &Layout { width: 40, ..Layout::default() }))
    }

    #[test]
    fn the_title_is_followed_by_what_the_rule_is() {
        let expected =
            "multiple-heads\nerror, needs files, since 0.1.0\n\nThe revision graph has more than one\nhead.\n";
        assert_eq!(plain(&rule(&RULE, &Layout { width: 40, ..Layout::default() })), expected);
    }

    #[test]
    fn paragraphs_and_lists_are_wrapped_with_their_indentation() {
        let text = "A paragraph over\ntwo lines that is joined and wrapped again.\n\n- an **item** that is long enough to\n  go on\n- next\n\n1. first\n";
        let expected = "\
A paragraph over two lines that is
joined and wrapped again.

- an item that is long enough to go on
- next

1. first
";
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn code_is_indented_and_kept() {
        let text = "Text:\n```py title=\"versions/a.py\"\nrevision = \"a\"\n\n# not a heading\n```\nmore\n";
        assert_eq!(shown(text), "Text:\n\n  versions/a.py\n    revision = \"a\"\n\n    # not a heading\n\nmore\n");
    }

    #[test]
    fn links_show_their_text_and_foreign_addresses() {
        assert_eq!(
            links("see [this](other.md) and [that](https://a.example/b)."),
            "see this and that <https://a.example/b>."
        );
        assert_eq!(inline("`**x**` **y** [z"), "`**x**` y [z");
    }
}
