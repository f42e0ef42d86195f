//! Refuses source that is nested so deeply that a recursive walk could exhaust the stack.
//!
//! The depth of the syntax tree is estimated from above, from the tokens alone: within one
//! bracket each operator since the last comma may be one level. CPython has limits of its own
//! (200 brackets, 100 indentations, 4,300 digits; Parser/tokenizer.h, sys.int_info).

use super::SyntaxError;
use super::scan::{Event, Frame, Scanner};

/// Brackets that may be open at once: CPython's MAXLEVEL.
const BRACKETS: usize = 200;
/// Indentations that may be open at once: CPython's MAXINDENT.
const INDENTS: usize = 100;
/// Levels that operators, attribute chains, calls and `elif`s may make together.
const LEVELS: usize = 3_000;
/// Digits of an integer: CPython's default limit.
const DIGITS: usize = 4_300;

/// The first reason, if any, not to parse `text`.
pub(super) fn refuse(text: &str) -> Result<(), SyntaxError> {
    let mut depth =
        Depth { text: text.as_bytes(), open: Vec::new(), here: 0, below: 0, indents: vec![0], elifs: vec![0] };
    let mut scanner = Scanner::new(text);
    let mut at_line_start = true;
    while let Some(event) = scanner.next() {
        match event {
            Event::Code(span) => {
                let code = depth.text.get(span.start..span.end).unwrap_or_default();
                let blanks = code.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
                if at_line_start && blanks < code.len() {
                    depth.indent(span.start + blanks)?;
                    at_line_start = false;
                }
                depth.code(code, span.start)?;
            }
            Event::Open(at) => {
                if at_line_start {
                    depth.indent(at)?;
                    at_line_start = false;
                }
                depth.enter(at, matches!(scanner.frames().last(), Some(Frame::Hole(_))))?;
            }
            Event::Close(_) => depth.leave(),
            Event::Newline(_, true) => {
                at_line_start = true;
                depth.here = 0;
            }
            Event::FStringEnd(..) => depth.close_to(brackets(scanner.frames())),
            Event::Str(..) | Event::FString(_) | Event::Newline(..) | Event::Comment(_) | Event::Continuation(_) => {}
        }
    }
    Ok(())
}

fn brackets(frames: &[Frame]) -> usize {
    frames.iter().filter(|frame| matches!(frame, Frame::Bracket | Frame::Hole(_))).count()
}

struct Depth<'a> {
    text: &'a [u8],
    /// Levels in each bracket around this one, outermost first.
    open: Vec<usize>,
    /// Levels since the last comma in this bracket.
    here: usize,
    /// The sum of `open`.
    below: usize,
    /// Columns of the open indentations.
    indents: Vec<usize>,
    /// `elif`s of the `if` that is being read, for each indentation.
    elifs: Vec<usize>,
}

impl Depth<'_> {
    fn level(&mut self, at: usize) -> Result<(), SyntaxError> {
        self.here += 1;
        if self.here + self.below > LEVELS {
            return Err(SyntaxError::new(format!("an expression is nested more than {LEVELS} levels deep"), at));
        }
        Ok(())
    }

    fn enter(&mut self, at: usize, hole: bool) -> Result<(), SyntaxError> {
        // A call or an index is a level of its own: f()()(). The holes of one f-string are not.
        if !hole {
            self.level(at)?;
        }
        self.open.push(self.here);
        self.below += self.here;
        self.here = 0;
        if self.open.len() > BRACKETS {
            let message = format!("more than {BRACKETS} brackets are open at once, which Python refuses too");
            return Err(SyntaxError::new(message, at));
        }
        Ok(())
    }

    fn leave(&mut self) {
        if let Some(outer) = self.open.pop() {
            self.below -= outer;
            self.here = outer;
        }
    }

    /// An f-string that ends early takes its open holes and brackets along.
    fn close_to(&mut self, open: usize) {
        while self.open.len() > open {
            self.leave();
        }
    }

    fn code(&mut self, code: &[u8], start: usize) -> Result<(), SyntaxError> {
        let mut at = 0;
        while let Some(byte) = code.get(at).copied() {
            let rest = code.get(at..).unwrap_or_default();
            let word = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_' || !b.is_ascii()).count();
            if word > 0 {
                let word = rest.get(..word).unwrap_or_default();
                if byte.is_ascii_digit() && word.len() > DIGITS {
                    let message = format!("an integer has more than {DIGITS} digits, which Python refuses too");
                    return Err(SyntaxError::new(message, start + at));
                }
                if matches!(word, b"not" | b"lambda" | b"if" | b"else" | b"await" | b"or" | b"and" | b"yield") {
                    self.level(start + at)?;
                }
                at += word.len();
                continue;
            }
            match byte {
                b',' | b';' => self.here = 0,
                b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' | b'<' | b'>' | b'=' | b'.'
                | b':' => {
                    self.level(start + at)?;
                }
                _ => {}
            }
            at += 1;
        }
        Ok(())
    }

    /// A logical line starts at `start`.
    fn indent(&mut self, start: usize) -> Result<(), SyntaxError> {
        let before = self.text.get(..start).unwrap_or_default();
        let column = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        while self.indents.len() > 1 && self.indents.last().is_some_and(|open| *open > column) {
            self.indents.pop();
            self.elifs.pop();
        }
        if self.indents.last().is_some_and(|open| *open < column) {
            self.indents.push(column);
            self.elifs.push(0);
        }
        if self.indents.len() > INDENTS {
            let message = format!("code is indented more than {INDENTS} levels deep, which Python refuses too");
            return Err(SyntaxError::new(message, start));
        }
        let rest = self.text.get(start..).unwrap_or_default();
        if let Some(elifs) = self.elifs.last_mut() {
            *elifs = if rest.starts_with(b"elif") { *elifs + 1 } else { 0 };
            if *elifs > 0 && self.elifs.iter().sum::<usize>() > LEVELS {
                return Err(SyntaxError::new(format!("an `if` has more than {LEVELS} `elif`s"), start));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        refuse(text).map_or_else(|error| error.message, |()| String::new())
    }

    #[test]
    fn hostile_nesting_is_refused() {
        assert!(refused(&"(".repeat(10_000)).contains("200 brackets"));
        assert!(refused(&format!("x = {}{}", "[".repeat(5_000), "]".repeat(5_000))).contains("200 brackets"));
        assert!(refused(&format!("x = {}1", "-".repeat(50_000))).contains("3000 levels"));
        assert!(refused(&format!("x = 1{}", "+1".repeat(50_000))).contains("3000 levels"));
        assert!(refused(&format!("x = a{}", ".b".repeat(50_000))).contains("3000 levels"));
        assert!(refused(&format!("x = a{}", "()".repeat(50_000))).contains("3000 levels"));
        assert!(refused(&format!("x = {}1", "not ".repeat(50_000))).contains("3000 levels"));
        assert!(refused(&format!("x = f'{{{}1}}'", "-".repeat(50_000))).contains("3000 levels"));
        assert!(refused(&format!("if a: b\n{}", "elif c: d\n".repeat(3_001))).contains("elif"));
        let nested: String = (0..200).map(|i| format!("{}if a:\n", " ".repeat(i))).collect();
        assert!(refused(&nested).contains("indented"));
        assert!(refused(&format!("x = {}", "9".repeat(4_301))).contains("digits"));
        assert!(refused(&format!("({}", format!("{}[", "-".repeat(100)).repeat(60))).contains("3000 levels"));
    }

    #[test]
    fn what_is_long_but_flat_is_accepted() {
        assert_eq!(refused(&format!("x = [{}]", "(1, 2 + 3, a.b.c),\n".repeat(50_000))), "");
        assert_eq!(refused(&"x = a.b + c.d\n".repeat(50_000)), "");
        assert_eq!(refused(&format!("x = f'{}'", "----{a}....".repeat(50_000))), "");
        assert_eq!(refused(&format!("x = ({})", "'-a'\n".repeat(50_000))), "");
        assert_eq!(refused(&"if a: b\nelif c: d\n".repeat(50_000)), "");
        assert_eq!(refused(&format!("x = 1{}", "+1".repeat(2_900))), "");
    }
}
