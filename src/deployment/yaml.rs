//! YAML by its lines: which key has which value, and where. Enough for manifests that people
//! write, templates with `{{ … }}` among them, which a strict reader would refuse.

use super::shell::Word;
use crate::source::Span;

/// How many levels are followed.
const DEEPEST: usize = 40;

/// A value and the keys above it; a place in a list is `-0`, `-1`, ….
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: Vec<String>,
    pub(super) value: Value,
    pub(super) span: Span,
}

/// What a key has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text; `fold` when its line ends are blanks.
    Text { text: String, inside: Option<usize>, fold: bool },
    /// `[a, b]`
    List(Vec<Word>),
}

impl Entry {
    /// The last key, and the one before it when the last is a place in a list.
    pub(super) fn key(&self) -> &str {
        let mut keys = self.path.iter().rev().filter(|key| !is_place(key));
        keys.next().map_or("", String::as_str)
    }

    /// Whether it is an item of the list of its key.
    pub(super) fn is_item(&self) -> bool {
        self.path.last().is_some_and(|key| is_place(key))
    }

    /// The path without the key (and the place in its list).
    pub(super) fn parent(&self) -> &[String] {
        let without = if self.is_item() { 2 } else { 1 };
        self.path.get(..self.path.len().saturating_sub(without)).unwrap_or_default()
    }

    pub(super) fn text(&self) -> &str {
        match &self.value {
            Value::Text { text, .. } => text,
            Value::List(_) => "",
        }
    }
}

fn is_place(key: &str) -> bool {
    key.strip_prefix('-').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

struct Level {
    indent: usize,
    key: String,
    /// The next place in the list, for a list.
    next: Option<usize>,
}

/// Reads all entries.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let mut reader = Reader { text, at: 0, levels: Vec::new(), entries: Vec::new() };
    while reader.at < text.len() {
        reader.line();
    }
    reader.entries
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    levels: Vec<Level>,
    entries: Vec<Entry>,
}

impl<'a> Reader<'a> {
    fn rest(&self, from: usize) -> &'a str {
        self.text.get(from..).unwrap_or_default()
    }

    fn line(&mut self) {
        let line = self.rest(self.at).split('\n').next().unwrap_or_default();
        let next = (self.at + line.len() + 1).min(self.text.len());
        let content = line.trim_start_matches(' ');
        if content.trim().is_empty() || content.starts_with('#') {
            self.at = next;
            return;
        }
        if line.starts_with("---") {
            self.levels.clear();
            self.at = next;
            return;
        }
        let mut indent = line.len() - content.len();
        let mut start = self.at + indent;
        let mut content = content.trim_end();
        while let Some(item) = content.strip_prefix('-').filter(|item| item.is_empty() || item.starts_with(' ')) {
            self.place(indent);
            let blanks = item.len() - item.trim_start_matches(' ').len();
            start += 1 + blanks;
            indent += 1 + blanks;
            content = item.trim_start_matches(' ');
            if content.is_empty() || self.levels.len() > DEEPEST {
                self.at = next;
                return;
            }
        }
        match key_of(content) {
            Some((key, value_at)) => {
                self.levels.retain(|level| level.indent < indent);
                if self.levels.len() <= DEEPEST {
                    self.levels.push(Level { indent, key, next: None });
                }
                let value = content.get(value_at..).unwrap_or_default();
                let blanks = value.len() - value.trim_start().len();
                self.value(start + value_at + blanks, indent, next);
            }
            None => {
                let above = self.levels.last().map_or(0, |level| level.indent);
                self.value(start, above, next);
            }
        }
    }

    /// A new item of the list at `indent`.
    fn place(&mut self, indent: usize) {
        // The items may stand as far left as their key.
        self.levels.retain(|level| level.indent <= indent);
        match self.levels.last_mut() {
            Some(Level { indent: own, key, next: Some(next) }) if *own == indent => {
                *key = format!("-{next}");
                *next += 1;
            }
            _ => self.levels.push(Level { indent, key: "-0".to_owned(), next: Some(1) }),
        }
    }

    /// Reads the value at `start`, whose key stands at `indent`; `next` is the next line.
    fn value(&mut self, start: usize, indent: usize, next: usize) {
        self.at = next;
        let line_end = next.saturating_sub(usize::from(self.text.get(..next).is_some_and(|t| t.ends_with('\n'))));
        let line = self.text.get(start..line_end).unwrap_or_default();
        // `&anchor`, `!tag`
        let skipped = line.find(|c: char| c != ' ').filter(|_| line.starts_with(['&', '!']));
        let (start, line) = match skipped.and_then(|_| line.find(' ')) {
            Some(blank) => (start + blank + 1, line.get(blank + 1..).unwrap_or_default()),
            None => (start, line),
        };
        match line.chars().next() {
            None | Some('#' | '{' | '*') => {}
            Some(style @ ('|' | '>')) => self.block(style == '>', indent, next),
            Some('[') => {
                let length = list_end(self.rest(start));
                self.at = self.at.max(self.after_line(start + length));
                let words = flow_words(self.rest(start).get(..length).unwrap_or_default(), start);
                self.entry(Value::List(words), Span::new(start, start + length));
            }
            Some(quote @ ('"' | '\'')) => self.quoted(quote, start),
            Some(_) => self.plain(start, line, indent, next),
        }
    }

    fn block(&mut self, fold: bool, indent: usize, next: usize) {
        let end = self.deeper_until(next, indent);
        self.at = end;
        let text = self.text.get(next..end).unwrap_or_default().to_owned();
        self.entry(Value::Text { text, inside: Some(next), fold }, Span::new(next, end));
    }

    fn quoted(&mut self, quote: char, start: usize) {
        let rest = self.rest(start);
        let length = quoted_end(rest, quote);
        let inner = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
        let text = unquoted(inner, quote);
        let inside = (text == inner).then_some(start + 1);
        self.at = self.at.max(self.after_line(start + length));
        self.entry(Value::Text { text, inside, fold: true }, Span::new(start, start + length));
    }

    fn plain(&mut self, start: usize, line: &str, indent: usize, next: usize) {
        let end = match line.find(" #") {
            Some(comment) => start + line.get(..comment).unwrap_or_default().trim_end().len(),
            None => {
                // It goes on where the next lines stand deeper.
                let end = self.deeper_until(next, indent);
                self.at = end;
                start + self.text.get(start..end).unwrap_or_default().trim_end().len()
            }
        };
        let text = self.text.get(start..end).unwrap_or_default().to_owned();
        self.entry(Value::Text { text, inside: Some(start), fold: true }, Span::new(start, end));
    }

    fn entry(&mut self, value: Value, span: Span) {
        let path = self.levels.iter().map(|level| level.key.clone()).collect();
        self.entries.push(Entry { path, value, span });
    }

    /// Where the lines that are empty or stand deeper than `indent` end.
    fn deeper_until(&self, from: usize, indent: usize) -> usize {
        let mut end = from;
        for line in self.rest(from).split_inclusive('\n') {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            if !line.trim().is_empty() && blanks <= indent {
                break;
            }
            end += line.len();
        }
        end
    }

    fn after_line(&self, from: usize) -> usize {
        self.rest(from).find('\n').map_or(self.text.len(), |end| from + end + 1)
    }
}

/// The key of `key: value`, and where the value starts.
fn key_of(content: &str) -> Option<(String, usize)> {
    if let Some(quote) = content.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let end = content.get(1..)?.find(quote)? + 2;
        let after = content.get(end..)?;
        return after.starts_with(':').then(|| (content.get(1..end - 1).unwrap_or_default().to_owned(), end + 1));
    }
    let end = content.find(": ").or_else(|| content.strip_suffix(':').map(str::len))?;
    let key = content.get(..end)?;
    // A command with a colon in it is no key.
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-./$".contains(c));
    is_key.then(|| (key.to_owned(), end + 1))
}

fn quoted_end(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\'') {
                chars.next();
            } else {
                return at + 1;
            }
        }
    }
    text.len()
}

fn unquoted(inner: &str, quote: char) -> String {
    if quote == '\'' {
        return inner.replace("''", "'");
    }
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => text.push('\n'),
            ('\\', Some('t')) => text.push('\t'),
            ('\\', Some(other)) => text.push(other),
            (c, _) => text.push(c),
        }
    }
    text
}

/// Where the list that `text` starts with is closed.
fn list_end(text: &str) -> usize {
    let mut at = 1;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        match c {
            ']' => return at + 1,
            '"' | '\'' => at += quoted_end(text.get(at..).unwrap_or_default(), c).max(1),
            c => at += c.len_utf8(),
        }
    }
    text.len()
}

/// The items of `["a", 'b', c]`, which stands at `offset`.
pub(super) fn flow_words(text: &str, offset: usize) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 1;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        match c {
            ']' => break,
            '"' | '\'' => {
                let length = quoted_end(rest, c).max(1);
                let inner = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
                let text = unquoted(inner, c);
                let inside = (text == inner).then_some(offset + at + 1);
                words.push(Word::given(text, Span::new(at, at + length).shifted(offset), inside));
                at += length;
            }
            c if c == ',' || c.is_whitespace() => at += c.len_utf8(),
            '#' => at += rest.find('\n').unwrap_or(rest.len()),
            _ => {
                let length = rest.find([',', ']', '\n']).unwrap_or(rest.len());
                let inner = rest.get(..length).unwrap_or_default().trim_end();
                let span = Span::new(at, at + inner.len()).shifted(offset);
                words.push(Word::given(inner.to_owned(), span, Some(span.start)));
                at += length.max(1);
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str) -> Vec<String> {
        let shown = |entry: Entry| {
            let value = match &entry.value {
                Value::Text { text, .. } => text.split_whitespace().collect::<Vec<_>>().join(" "),
                Value::List(words) => words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("|"),
            };
            format!("{}={value}", entry.path.join("/"))
        };
        entries(text).into_iter().map(shown).collect()
    }

    #[test]
    fn keys_lists_and_texts_are_read() {
        let text = "services:\n  web:\n    command: [\"a\", 'b', c]\n    image: x # y\n  db:\n    command: >\n      a\n      b\n\n\
                    jobs:\n- run: |\n    one\n    two\n  name: \"q \\\"z\\\"\"\n- three: four\n-\n  five: six\nscript:\n  - a b\n  - 'c: d'\n";
        assert_eq!(
            short(text),
            [
                "services/web/command=a|b|c",
                "services/web/image=x",
                "services/db/command=a b",
                "jobs/-0/run=one two",
                "jobs/-0/name=q \"z\"",
                "jobs/-1/three=four",
                "jobs/-2/five=six",
                "script/-0=a b",
                "script/-1=c: d",
            ]
        );
    }

    #[test]
    fn texts_stand_where_they_are() {
        let text = "a:\n  - run: |\n      x\n      yy\n  - run: 'zz'\n";
        for entry in entries(text) {
            let Value::Text { text: value, inside: Some(inside), .. } = &entry.value else { panic!() };
            assert_eq!(text.get(*inside..inside + value.len()), Some(value.as_str()));
        }
    }

    #[test]
    fn lists_over_lines_and_templates_are_read() {
        let text = "command:\n  - sh\n  - -c\n  - |\n    alembic upgrade head\nargs: [\n  \"a\",  # b\n  c ]\nreplicas: {{ .Values.n }}\nx: y\n";
        assert_eq!(
            short(text),
            ["command/-0=sh", "command/-1=-c", "command/-2=alembic upgrade head", "args=a|c", "x=y"]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(a|: |- |\n| |  |\\||>|\"|'|\\[|\\]|,|#|é|---|&x|\\{\\{|\\\\){0,60}") {
            let _ = entries(&text);
        }
    }
}
