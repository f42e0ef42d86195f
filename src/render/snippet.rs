//! Places in files as source snippets, drawn by annotate-snippets (the only user of it).
//!
//! Only the lines of the span are handed over, made safe: a file may be large and hostile.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::Layout;
use super::style::{FAINT, paint};
use super::words::{clean, columns, shown_as, shown_path};
use crate::diagnostic::Severity;
use crate::source::{Location, masked_sql};

/// The most lines of one span that are shown.
const MOST_LINES: usize = 6;
/// The most bytes of one line that are shown past the start of the span.
const MOST_OF_A_LINE: usize = 400;

/// The place of a finding and the other places that belong to it.
pub(super) fn draw(severity: Severity, place: &Location, related: &[(Location, String)], layout: &Layout) -> String {
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let places = std::iter::once((place, None)).chain(related.iter().map(|(place, label)| (place, Some(label))));

    let mut shown = Vec::new();
    let mut unread = String::new();
    for (place, label) in places {
        match Excerpt::of(place) {
            Some(excerpt) => shown.push((excerpt, label)),
            None => unread.push_str(&arrow(place, label.map(String::as_str))),
        }
    }
    if shown.is_empty() {
        return unread;
    }

    let mut group = Group::with_level(level);
    for (excerpt, label) in &shown {
        let kind = if label.is_none() { AnnotationKind::Primary } else { AnnotationKind::Context };
        let mut annotation: Annotation<'_> = kind.span(excerpt.start..excerpt.end);
        if let Some(label) = label.map(|label| clean(label)).filter(|label| excerpt.has_room_for(label, layout)) {
            annotation = annotation.label(label);
        }
        group = group.element(
            Snippet::source(excerpt.text.as_str())
                .line_start(excerpt.line)
                .path(excerpt.path.as_str())
                .fold(false)
                .annotation(annotation),
        );
    }
    // ASCII always: `-->` is what editors and terminals know how to make a link of.
    let drawn = Renderer::styled().decor_style(DecorStyle::Ascii).term_width(layout.columns()).render(&[group]);
    format!("{drawn}\n{unread}")
}

/// A place without its text: nothing of the file could be read.
fn arrow(place: &Location, label: Option<&str>) -> String {
    let label = label.map(|label| format!("  {}", paint(FAINT, &clean(label)))).unwrap_or_default();
    format!(" {} {}{label}\n", paint(FAINT, "-->"), shown_path(place.path()))
}

/// The lines of a span, safe to show, and where the span is in them.
struct Excerpt {
    path: String,
    line: usize,
    text: String,
    start: usize,
    end: usize,
}

impl Excerpt {
    fn of(place: &Location) -> Option<Self> {
        let text = place.source.text();
        if text.is_empty() {
            return None;
        }
        let start = floor(text, place.span.start);
        let end = floor(text, place.span.end).max(start);
        let first = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);

        let mut shown = String::new();
        let mut bounds = (None, None);
        let mut offset = first;
        for line in text.get(first..)?.split('\n').take(MOST_LINES) {
            if offset > first && offset >= end {
                break;
            }
            let kept = floor(line, start.saturating_sub(offset) + MOST_OF_A_LINE);
            // Each byte keeps its place.
            let line_shown = masked_sql(line.get(..kept)?.trim_end_matches('\r'));
            for (at, c) in line_shown.char_indices() {
                if offset + at >= start {
                    bounds.0.get_or_insert(shown.len());
                }
                if offset + at >= end {
                    bounds.1.get_or_insert(shown.len());
                }
                // annotate-snippets gives a tab four columns.
                shown.push(if c == '\t' { c } else { shown_as(c) });
            }
            if offset + line.len() >= start {
                bounds.0.get_or_insert(shown.len());
            }
            if offset + line.len() >= end {
                bounds.1.get_or_insert(shown.len());
            }
            shown.push('\n');
            offset += line.len() + 1;
        }
        shown.pop();
        let start_shown = bounds.0.unwrap_or(shown.len());
        let end_shown = bounds.1.unwrap_or(shown.len()).max(start_shown);
        Some(Self {
            path: shown_path(place.path()),
            line: place.start().line,
            text: shown,
            start: start_shown,
            end: end_shown,
        })
    }
}

impl Excerpt {
    /// Whether a label behind the marked place stays within the width; annotate-snippets cuts
    /// lines, but not labels.
    fn has_room_for(&self, label: &str, layout: &Layout) -> bool {
        let before = self.text.get(..self.end).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let gutter = self.line.to_string().len() + " | ".len();
        gutter + columns(line) + 1 + columns(label) <= layout.columns()
    }
}

/// The nearest character boundary at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::{place, plain};

    fn drawn(place: &Location) -> String {
        plain(&draw(Severity::Error, place, &[], &Layout::default()))
    }

    #[test]
    fn a_span_is_underlined_in_its_line() {
        let expected = " --> a.py:2:6\n  |\n2 |     x = 'é日b'  # end\n  |         ^^^^^^\n";
        assert_eq!(drawn(&place("a.py", "first\n\tx = 'é日b'  # end\nlast\n", "'é日b'")), expected);
    }

    #[test]
    fn a_span_over_many_lines_is_cut() {
        let list = format!("down_revision = (\n{})\n", "    'x',\n".repeat(100));
        let text = drawn(&place("a.py", &list, list.trim_end()));
        assert!(text.lines().count() <= MOST_LINES + 3, "{text}");
    }

    #[test]
    fn a_file_that_could_not_be_read_is_only_named() {
        assert_eq!(drawn(&Location::unread("versions/a.py")), " --> versions/a.py\n");
    }

    #[test]
    fn places_that_do_not_exist_do_no_harm() {
        let source = std::sync::Arc::new(crate::source::SourceFile::new("a.py", "é\r\nx"));
        for (start, end) in [(0, 0), (1, 1), (1, 9), (3, 4), (4, 5), (5, 5), (9, 3), (99, 100)] {
            let text = drawn(&Location::new(&source, crate::source::Span::new(start, end)));
            assert!(text.contains("--> a.py:"), "{start}..{end}: {text}");
        }
    }
}
