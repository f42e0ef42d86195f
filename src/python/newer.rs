//! Recognises syntax of Python 3.12 and later that rustpython-parser 0.4 does not know, so that
//! a file is not called broken only because the parser is old.
//!
//! PEP 701 (f-strings), PEP 696 (defaults of type parameters), PEP 750 (t-strings), PEP 758
//! (`except A, B:`) and PEP 810 (`lazy import`).

use super::scan::{Event, Frame, Quote, Scanner};

/// The offset of the first piece of such syntax in `text`.
pub(super) fn newer_syntax(text: &str) -> Option<usize> {
    [formatted_string(text), by_line(text)].into_iter().flatten().min()
}

fn formatted_string(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut scanner = Scanner::new(text);
    let mut outermost = 0;
    let mut found = None;
    while let Some(event) = scanner.next() {
        let hole = hole_of(scanner.frames());
        let newer = match (event, hole) {
            (Event::FString(at), outer) => {
                if scanner.frames().len() == 1 || outer.is_none() {
                    outermost = prefix_start(bytes, at);
                }
                let template = at.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(|b| matches!(b, b't' | b'T'))
                    || (bytes.get(at.saturating_sub(2)..at).is_some_and(|p| p.eq_ignore_ascii_case(b"tr")));
                let reused = match (scanner.frames().last(), outer) {
                    (Some(Frame::Text(inner)), Some(outer)) => inner.byte == outer.byte && inner.triple == outer.triple,
                    _ => false,
                };
                template || reused
            }
            (Event::Str(span, true), Some(quote)) => {
                let string = bytes.get(span.start..span.end).unwrap_or_default();
                let triple = string.len() >= 6 && string.get(1) == string.first() && string.get(2) == string.first();
                (string.first() == Some(&quote.byte) && triple == quote.triple) || string.contains(&b'\\')
            }
            (Event::Newline(..), Some(quote)) => !quote.triple,
            (Event::Comment(_) | Event::Continuation(_), Some(_)) => true,
            // A hole in the format of a hole in a format.
            (Event::Open(_), Some(_)) => {
                scanner.frames().iter().filter(|frame| matches!(frame, Frame::Spec(_))).count() > 1
            }
            _ => false,
        };
        if newer && found.is_none() {
            found = Some(outermost);
        }
    }
    // What is never closed is broken in every Python.
    found.filter(|_| scanner.frames().is_empty())
}

/// Where the letters in front of a quote begin: the parser's error stands there.
fn prefix_start(bytes: &[u8], quote: usize) -> usize {
    let letters = bytes.get(..quote).unwrap_or_default().iter().rev().take_while(|byte| byte.is_ascii_alphabetic());
    quote - letters.count()
}

/// The f-string whose hole the walk is in.
fn hole_of(frames: &[Frame]) -> Option<Quote> {
    let inner = match frames.split_last() {
        Some((Frame::Text(_), below)) => below,
        _ => frames,
    };
    inner.iter().rev().find_map(|frame| match frame {
        Frame::Hole(quote) => Some(*quote),
        _ => None,
    })
}

/// Statements that are new in their first words.
fn by_line(text: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let code = line.trim_start();
        let newer = if let Some(kinds) = code.strip_prefix("except ").or_else(|| code.strip_prefix("except* ")) {
            let kinds = kinds.split(':').next().unwrap_or_default();
            kinds.contains(',') && !kinds.contains(['(', '[']) && !kinds.contains(" as ")
        } else if ["def ", "class ", "async def ", "type "].iter().any(|word| code.starts_with(word)) {
            let parameters = code.split_once('[').filter(|(name, _)| !name.contains(['(', ':', '=']));
            parameters.and_then(|(_, rest)| rest.split_once(']')).is_some_and(|(inside, _)| inside.contains('='))
        } else {
            code.starts_with("lazy import ") || code.starts_with("lazy from ")
        };
        if newer {
            return Some(start + line.len() - code.len());
        }
        start += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_of_newer_pythons_is_recognised() {
        for text in [
            "x = f\"{y[\"a\"]}\"",
            "f'{'\\n'.join(x)}'",
            "f'{a # c\n}'",
            "f'{\na}'",
            "f\"{f\"{1}\"}\"",
            "t'{x}'",
            "x = rt'{x}'",
            "class A[T = int]: pass",
            "def f[T=int](x): pass",
            "type X[T = int] = list[T]",
            "try: a\nexcept A, B:\n  c",
            "lazy import a",
        ] {
            assert!(newer_syntax(text).is_some(), "{text}");
        }
    }

    #[test]
    fn old_or_broken_syntax_is_not_newer() {
        for text in [
            "x = f'{y[\"a\"]:>{w}}'",
            "f'{x",
            "f'{'",
            "def f(x=[1]): pass",
            "class A[T]: pass",
            "except (A, B):",
            "print 'x'",
            "x = 't'",
        ] {
            assert_eq!(newer_syntax(text), None, "{text}");
        }
    }
}
