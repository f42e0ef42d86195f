//! Lines to sections and keys (RawConfigParser._read).

use std::collections::HashSet;

use super::{Block, DEFAULT, Ini, IniError, Item, Items, is_space, repr};
use crate::source::Span;

/// Reads `text` into `ini`.
pub(super) fn read(ini: &mut Ini, text: &str, name: &str) -> Result<(), IniError> {
    let mut reader = Reader {
        ini,
        name,
        current: Current::Nowhere,
        option: None,
        indent: 0,
        seen_options: HashSet::new(),
        bad_lines: Vec::new(),
    };
    for line in lines(text) {
        reader.line(line)?;
    }
    reader.flush();
    reader.finish()
}

/// A line without its line end.
#[derive(Clone, Copy)]
struct Line<'a> {
    number: usize,
    start: usize,
    text: &'a str,
    ended: bool,
}

impl Line<'_> {
    fn span(&self) -> Span {
        Span::new(self.start, self.start + self.text.len())
    }

    /// As Python quotes it: line ends have become line feeds.
    fn quoted(&self) -> String {
        repr(&format!("{}{}", self.text, if self.ended { "\n" } else { "" }))
    }

    /// Its place, indentation and trailing blanks left out.
    fn stripped(&self) -> (usize, &str) {
        let text = self.text.trim_start_matches(is_space);
        (self.start + self.text.len() - text.len(), text.trim_end_matches(is_space))
    }
}

/// Splits at LF, CRLF and CR, as Python's text mode does.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    let mut number = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, end) = rest.split_at_checked(length)?;
        let end = if end.starts_with("\r\n") { 2 } else { end.len().min(1) };
        number += 1;
        let line = Line { number, start, text: line, ended: end > 0 };
        start += length + end;
        Some(line)
    })
}

enum Current {
    Nowhere,
    Defaults,
    Section(usize),
}

/// The option whose value may go on.
struct Open {
    key: String,
    key_span: Span,
    lines: Vec<String>,
    span: Span,
}

struct Reader<'a> {
    ini: &'a mut Ini,
    name: &'a str,
    current: Current,
    option: Option<Open>,
    indent: usize,
    seen_options: HashSet<(String, String)>,
    bad_lines: Vec<(usize, String, Span)>,
}

impl Reader<'_> {
    fn line(&mut self, line: Line<'_>) -> Result<(), IniError> {
        let (start, value) = line.stripped();
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        if value.is_empty() {
            // Empty lines inside a value belong to it; those at its end are dropped later.
            if let Some(open) = self.continued() {
                open.lines.push(String::new());
            }
            return Ok(());
        }
        let indent = line.text.chars().take_while(|c| is_space(*c)).count();
        let span = Span::new(start, start + value.len());
        let deeper = indent > self.indent;
        if let Some(open) = self.continued().filter(|_| deeper) {
            if open.lines.iter().all(String::is_empty) {
                open.span.start = span.start;
            }
            open.lines.push(value.to_owned());
            open.span.end = span.end;
            return Ok(());
        }
        self.indent = indent;
        if let Some(section) = header(value) {
            return self.section(section, span, line);
        }
        if matches!(self.current, Current::Nowhere) {
            let message = format!(
                "File contains no section headers.\nfile: {}, line: {}\n{}",
                repr(self.name),
                line.number,
                line.quoted()
            );
            return Err(IniError::new("MissingSectionHeaderError", message, line.span()));
        }
        self.option(value, span, line)
    }

    /// The option that indented and empty lines belong to; one without a name has none.
    fn continued(&mut self) -> Option<&mut Open> {
        self.option.as_mut().filter(|open| !open.key.is_empty())
    }

    fn section(&mut self, name: &str, span: Span, line: Line<'_>) -> Result<(), IniError> {
        self.flush();
        if name == DEFAULT {
            self.current = Current::Defaults;
            return Ok(());
        }
        if self.ini.has_section(name) {
            let message = format!("{}: section {} already exists", self.while_reading(line), repr(name));
            return Err(IniError::new("DuplicateSectionError", message, span));
        }
        self.current = Current::Section(self.ini.sections.len());
        self.ini.places.insert(name.to_owned(), self.ini.sections.len());
        self.ini.sections.push(Block { name: name.to_owned(), span, items: Items::default() });
        Ok(())
    }

    fn option(&mut self, value: &str, span: Span, line: Line<'_>) -> Result<(), IniError> {
        let Some((key, text)) = value.split_once(['=', ':']) else {
            self.bad_lines.push((line.number, line.quoted(), line.span()));
            return Ok(());
        };
        if key.is_empty() {
            self.bad_lines.push((line.number, line.quoted(), line.span()));
        }
        let text_start = span.end - text.trim_start_matches(is_space).len();
        let text = text.trim_start_matches(is_space);
        let key = key.trim_end_matches(is_space);
        let key_span = Span::new(span.start, span.start + key.len());
        let key = key.to_lowercase();
        self.flush();
        let section = self.section_name().to_owned();
        if !self.seen_options.insert((section.clone(), key.clone())) {
            let message = format!(
                "{}: option {} in section {} already exists",
                self.while_reading(line),
                repr(&key),
                repr(&section)
            );
            return Err(IniError::new("DuplicateOptionError", message, span));
        }
        self.option = Some(Open { key, key_span, lines: vec![text.to_owned()], span: Span::new(text_start, span.end) });
        Ok(())
    }

    fn section_name(&self) -> &str {
        match self.current {
            Current::Section(index) => self.ini.sections.get(index).map_or("", |block| block.name.as_str()),
            Current::Nowhere | Current::Defaults => DEFAULT,
        }
    }

    fn while_reading(&self, line: Line<'_>) -> String {
        format!("While reading from {} [line {:2}]", repr(self.name), line.number)
    }

    /// Stores the option that was being read.
    fn flush(&mut self) {
        let Some(open) = self.option.take() else { return };
        let raw = open.lines.join("\n").trim_end_matches(is_space).to_owned();
        let item = Item { key: open.key, raw, key_span: open.key_span, span: open.span };
        let items = match self.current {
            Current::Section(index) => self.ini.sections.get_mut(index).map(|block| &mut block.items),
            Current::Nowhere | Current::Defaults => Some(&mut self.ini.defaults),
        };
        // Only `here`, which did not come from the file, can be there already.
        if let Some(items) = items {
            items.put(item);
        }
    }

    fn finish(self) -> Result<(), IniError> {
        let Some((_, _, span)) = self.bad_lines.first() else { return Ok(()) };
        let mut message = format!("Source contains parsing errors: {}", repr(self.name));
        for (number, line, _) in &self.bad_lines {
            message.push_str(&format!("\n\t[line {number:2}]: {line}"));
        }
        Err(IniError::new("ParsingError", message, *span))
    }
}

/// The name in `[name]`; whatever follows the last bracket is ignored, as Python does.
fn header(value: &str) -> Option<&str> {
    let (name, _) = value.strip_prefix('[')?.rsplit_once(']')?;
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> IniError {
        Ini::parse(text, "a.ini", None).unwrap_err()
    }

    #[test]
    fn duplicates_are_refused_with_the_line() {
        assert_eq!(
            error("[a]\n[b]\n[a]\n").message,
            "While reading from 'a.ini' [line  3]: section 'a' already exists"
        );
        assert_eq!(
            error("[a]\nx=1\nX=2\n").message,
            "While reading from 'a.ini' [line  3]: option 'x' in section 'a' already exists"
        );
    }

    #[test]
    fn a_key_without_value_is_an_error_that_names_every_such_line() {
        let error = error("[a]\nword\nx=1\nother\n");
        assert_eq!(
            error.message,
            "Source contains parsing errors: 'a.ini'\n\t[line  2]: 'word\\n'\n\t[line  4]: 'other\\n'"
        );
        assert_eq!(error.span, Span::new(4, 8));
    }

    #[test]
    fn the_last_bracket_ends_the_section_name() {
        let ini = Ini::parse("[a]b] rest\n", "a.ini", None).unwrap();
        assert_eq!(ini.sections().collect::<Vec<_>>(), ["a]b"]);
    }

    #[test]
    fn a_large_file_is_read_in_linear_time() {
        let sections: String = (0..20_000).map(|i| format!("[s{i}]\nx = {i}\n")).collect();
        let keys: String = (0..100_000).map(|i| format!("k{i} = {i}\n  more\n")).collect();
        let ini = Ini::parse(&format!("{sections}[a]\n{keys}"), "a.ini", None).unwrap();
        assert!(ini.sections().all(|name| ini.own_item(name, "y").is_none()));
        assert!(ini.items("a").into_iter().all(|item| ini.get("a", &item.key).is_ok()));
        assert_eq!(ini.get("a", "k99999").unwrap().as_deref(), Some("99999\nmore"));
    }
}
