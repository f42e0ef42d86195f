//! Finds a message in pasted text. A pattern is the message with holes:
//!
//! - `{id}`: one word, or anything where quotes or brackets stand around the hole;
//! - `{ids..}`: words, as many as there are;
//! - `{id#}`: one word in hexadecimal digits, as Alembic makes its ids.
//!
//! Blanks in a pattern stand for any blanks or none: see [`super::pasted`].

use super::pasted::{Pasted, is_blank};

/// The most that a hole can hold, in bytes without blanks. Longer text between two halves of a
/// message is not that message.
const LONGEST_HOLE: usize = 400;

/// The least digits of a hole that holds digits: shorter ones may be any word.
const LEAST_DIGITS: usize = 8;

/// A message with holes, taken apart.
#[derive(Debug)]
pub(super) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    /// Text without its blanks.
    Text(String),
    Hole(Hole),
}

#[derive(Debug, Clone, Copy)]
struct Hole {
    name: &'static str,
    /// Several words.
    many: bool,
    /// Hexadecimal digits only.
    digits: bool,
    /// Blanks stand around it, so they are not part of it.
    loose: bool,
}

impl Hole {
    /// Whether this may stand in it, after the character `before`.
    fn takes(self, value: &str, before: Option<char>) -> bool {
        let quote = before.filter(|c| matches!(c, '\'' | '"'));
        let is_one = || !(self.loose && value.contains(is_blank) || quote.is_some_and(|c| value.contains(c)));
        let is_id = || value.len() >= LEAST_DIGITS && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        !value.is_empty() && (self.many || is_one()) && (!self.digits || is_id())
    }
}

/// A place where a pattern was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// The first byte, in the folded text.
    pub(super) start: usize,
    /// The byte after the last.
    pub(super) end: usize,
    /// What the holes hold.
    pub(super) holes: Vec<(&'static str, String)>,
}

impl Pattern {
    pub(super) fn new(pattern: &'static str) -> Self {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some((text, (hole, after))) =
            rest.split_once('{').and_then(|(text, tail)| Some((text, tail.split_once('}')?)))
        {
            push_text(&mut parts, text);
            let name = hole.trim_end_matches(['.', '#']);
            let (many, digits) = (hole.ends_with(".."), hole.ends_with('#'));
            let loose = text.ends_with(' ') || after.starts_with(' ') || after.is_empty();
            parts.push(Part::Hole(Hole { name, many, digits, loose }));
            rest = after;
        }
        push_text(&mut parts, rest);
        Self { parts }
    }

    /// Every place where it stands, from the start.
    pub(super) fn find(&self, pasted: &Pasted) -> Vec<Match> {
        let Some((Part::Text(first), rest)) = self.parts.split_first() else { return Vec::new() };
        pasted
            .folded()
            .match_indices(first.as_str())
            .filter(|(start, _)| !pasted.is_inside_word(*start))
            .filter_map(|(start, _)| self::rest(rest, pasted, start, start + first.len()))
            .collect()
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    let folded: String = text.chars().filter(|c| !is_blank(*c)).collect();
    if !folded.is_empty() {
        parts.push(Part::Text(folded));
    }
}

/// The parts after the first text, which ends at `end`.
fn rest(parts: &[Part], pasted: &Pasted, start: usize, mut end: usize) -> Option<Match> {
    let mut holes = Vec::new();
    let mut open: Option<Hole> = None;
    for part in parts {
        match (part, open.take()) {
            (Part::Hole(hole), _) => open = Some(*hole),
            (Part::Text(text), None) => {
                end = pasted.folded().get(end..)?.starts_with(text.as_str()).then_some(end + text.len())?;
            }
            (Part::Text(text), Some(hole)) => {
                let found = within(pasted.folded().get(end..)?, LONGEST_HOLE + text.len()).find(text.as_str())?;
                let value = joined(pasted.between(end, end + found), hole.many, hole.loose);
                if !hole.takes(&value, pasted.folded().get(..end)?.chars().next_back()) {
                    return None;
                }
                holes.push((hole.name, value));
                end += found + text.len();
            }
        }
    }
    // A hole at the end holds one word, and the next ones after a comma.
    if let Some(hole) = open {
        let (value, length) = last_words(pasted.after(end));
        if value.is_empty() {
            return None;
        }
        holes.push((hole.name, value));
        end += length;
    }
    Some(Match { start, end, holes })
}

/// The start of `text`, at most `most` bytes.
fn within(text: &str, most: usize) -> &str {
    let most = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..most).unwrap_or_default()
}

/// A hole's text in one line. A line break inside a word was the terminal's.
fn joined(text: &str, many: bool, loose: bool) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if let ([line], false) = (lines.as_slice(), loose) {
        return (*line).to_owned();
    }
    let lines: Vec<&str> = lines.into_iter().map(|line| line.trim_matches(is_blank)).collect();
    lines.join(if many { " " } else { "" })
}

/// The word at the start of `text`, with those that a comma joins to it; and its bytes without blanks.
fn last_words(text: &str) -> (String, usize) {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split(is_blank).filter(|word| !word.is_empty()) {
        words.push(word);
        let length: usize = words.iter().map(|word| word.len()).sum();
        if !word.ends_with(',') || length > LONGEST_HOLE {
            break;
        }
    }
    let text = words.join(" ");
    let text = within(text.trim_end_matches(['.', ',', ';', ':', ')', '"', '\'']), LONGEST_HOLE);
    let length = text.chars().filter(|c| !is_blank(*c)).map(char::len_utf8).sum();
    (text.trim_start_matches(['"', '\'']).to_owned(), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(pattern: &'static str, text: &str) -> Vec<Vec<String>> {
        let found = Pattern::new(pattern).find(&Pasted::new(text));
        found.into_iter().map(|found| found.holes.into_iter().map(|(_, value)| value).collect()).collect()
    }

    #[test]
    fn a_message_is_found_however_it_is_broken() {
        let pattern = "Can't locate revision identified by '{id}'";
        for text in [
            "Can't locate revision identified by '93c5d1e7fa08'",
            "  FAILED: Can't locate revision\n  identified by '93c5d1e7fa08'\n",
            "FAILED: Can't locate revision identif\nied by '93c5d\r\n1e7fa08'",
            "│ Can’t locate revision  │\n│ identified by ’93c5d1e7fa08’ │",
        ] {
            assert_eq!(holes(pattern, text), [["93c5d1e7fa08"]], "{text}");
        }
        assert!(holes(pattern, "Can't locate revision identified by ''").is_empty());
        assert!(holes(pattern, "Can't locate revision identified by 'x").is_empty());
    }

    #[test]
    fn blanks_inside_quotes_are_kept_and_blanks_around_words_are_not() {
        assert_eq!(holes("by '{id}'", "by 'a3aa '"), [["a3aa "]]);
        assert_eq!(holes("Revision {id} is present", "Revision a1 is present"), [["a1"]]);
        assert!(holes("column \"{c}\" is not", "column \"a\" of \"b\" is not").is_empty());
        assert!(holes("table {table} already exists", "table was made because it already exists").is_empty());
    }

    #[test]
    fn a_hole_at_the_end_takes_a_word_and_what_commas_join() {
        assert_eq!(holes("overlaps with {ids}", "overlaps with a1, b2,\n  c3\nmore"), [["a1, b2, c3"]]);
        assert_eq!(holes("no such table: {table}", "no such table: users\n[SQL: x]"), [["users"]]);
        assert_eq!(holes("no such table: {table}", "(no such table: users)."), [["users"]]);
        assert_eq!(holes("no such table: {table}", "no such table: \"users\""), [["users"]]);
        assert!(holes("no such table: {table}", "no such table: ").is_empty());
    }

    #[test]
    fn several_words_stand_in_one_hole() {
        assert_eq!(holes("revisions ({ids..})", "revisions (a,\n b)"), [["a, b"]]);
        assert!(holes("a {x..} z", &format!("a {} z", "b ".repeat(LONGEST_HOLE + 2))).is_empty());
    }

    #[test]
    fn digits_are_hexadecimal_and_not_few() {
        assert_eq!(holes("KeyError: '{id#}'", "KeyError: '1975ea83b712'"), [["1975ea83b712"]]);
        for other in ["DATABASE_URL", "feed", "1975ea83b71z"] {
            assert!(holes("KeyError: '{id#}'", &format!("KeyError: '{other}'")).is_empty(), "{other}");
        }
    }

    #[test]
    fn a_pattern_starts_with_a_word() {
        assert!(holes("table {t} already exists", "stable x already exists").is_empty());
        assert_eq!(holes("Ambiguous walk", "FAILED:Ambiguous walk").len(), 1);
    }

    #[test]
    fn every_place_is_found_with_its_length() {
        let pasted = Pasted::new("no such table: a\nno such table: é.");
        let found = Pattern::new("no such table: {t}").find(&pasted);
        let lines: Vec<String> = found.iter().map(|found| pasted.line(found.start, found.end)).collect();
        assert_eq!(lines, ["no such table: a", "no such table: é"]);
    }
}
