//! The messages of Alembic, SQLAlchemy and the databases that people paste: what each means, what
//! can cause it, and which cause it is here.
//!
//! [`recognise`] finds them in text; [`settle`](settle::settle) compares their causes with a
//! report. Knows the rules by name only; reads nothing, prints nothing.

mod notes;
mod pasted;
mod pattern;
mod settle;
mod table;

use pasted::Pasted;
use pattern::{Match, Pattern};

use crate::rules::{self, Rule};
use crate::source::masked;

pub use settle::{CauseState, Settled, SettledCause, settle};

/// A message that is known.
#[derive(Debug)]
pub struct Message {
    /// Kebab-case; never changes once released.
    pub name: &'static str,
    /// The message, with holes: `{id}` holds one word, `{ids..}` several, `{id#}` hexadecimal digits.
    pub patterns: &'static [&'static str],
    /// The same as a bare exception.
    pub crashes: &'static [Crash],
    /// What it means, in plain words.
    pub means: &'static str,
    /// What can cause it, the most likely first.
    pub causes: &'static [Cause],
    /// How to tell the causes apart.
    pub test: &'static str,
    /// What it speaks of, so that it can be looked up.
    pub about: About,
}

/// An exception that says so little that it counts only in a certain traceback.
#[derive(Debug)]
pub struct Crash {
    /// What the traceback holds, with `/` in paths.
    pub within: &'static str,
    /// The last line, with holes.
    pub pattern: &'static str,
}

/// Something that causes a message.
#[derive(Debug)]
pub struct Cause {
    /// One sentence, no full stop.
    pub what: &'static str,
    /// The rules whose finding proves it; empty when none does.
    pub rules: &'static [&'static str],
    /// The finding proves it only if it mentions what the message names.
    pub of_the_named: bool,
}

impl Cause {
    /// Those of its rules that this version has.
    pub fn known_rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules.iter().filter_map(|name| rules::find(name))
    }
}

/// A cause that any finding of these rules proves.
const fn cause(what: &'static str, rules: &'static [&'static str]) -> Cause {
    Cause { what, rules, of_the_named: false }
}

/// A cause that a finding of these rules proves if it mentions what the message names.
const fn cause_of_it(what: &'static str, rules: &'static [&'static str]) -> Cause {
    Cause { what, rules, of_the_named: true }
}

/// A cause that no rule can see.
const fn unseen(what: &'static str) -> Cause {
    Cause { what, rules: &[], of_the_named: false }
}

/// What a message speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Nothing that could be looked up.
    Nothing,
    /// Something that was typed, or a row of the version table (hole `id`).
    Identifier,
    /// A revision that some file declares (hole `id`).
    Revision,
    /// A branch label (hole `label`).
    Label,
    /// The heads of the graph.
    Heads,
    /// Where the database stands.
    Stamp,
    /// A table or a column (holes `table`, `column`).
    Object,
}

/// A message in pasted text.
#[derive(Debug, Clone)]
pub struct Recognised {
    /// Which.
    pub message: &'static Message,
    /// Its words, on one line.
    pub text: String,
    /// What its holes hold, in the order of the text.
    pub holes: Vec<(&'static str, String)>,
}

impl Recognised {
    /// What a hole holds.
    pub fn hole(&self, name: &str) -> Option<&str> {
        self.holes.iter().find(|(hole, _)| *hole == name).map(|(_, value)| value.as_str())
    }

    /// Whether the other is the same message about the same things, as far as both name them.
    fn is_also(&self, other: &Self) -> bool {
        let agrees = |(name, value): &(&'static str, String)| self.hole(name).is_none_or(|own| own == value);
        self.message.name == other.message.name && other.holes.iter().all(agrees)
    }
}

/// All messages, sorted by name.
pub fn all() -> Vec<&'static Message> {
    let mut messages: Vec<&'static Message> = table::ALL.iter().copied().flatten().collect();
    messages.sort_by_key(|message| message.name);
    messages
}

/// The message of that name.
pub fn find(name: &str) -> Option<&'static Message> {
    all().into_iter().find(|message| message.name == name)
}

/// The messages in `text`, in its order, each with the same holes once.
pub fn recognise(text: &str) -> Vec<Recognised> {
    let pasted = Pasted::new(text);
    let slashes = text.replace('\\', "/");
    let mut found: Vec<(Match, &'static Message)> = Vec::new();
    for message in all() {
        let crashes = message.crashes.iter().filter(|crash| slashes.contains(crash.within));
        let crashes = crashes.map(|crash| crash.pattern);
        let patterns = message.patterns.iter().copied().chain(crashes).map(Pattern::new);
        found.extend(patterns.flat_map(|pattern| pattern.find(&pasted)).map(|place| (place, message)));
    }
    // What stands inside of another message is a part of that one.
    found.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
    let mut recognised: Vec<Recognised> = Vec::new();
    let mut end = 0;
    for (place, message) in found {
        if place.start < end {
            continue;
        }
        end = place.end;
        let text = masked(&pasted.line(place.start, place.end));
        let new = Recognised { message, text, holes: place.holes };
        // A warning, its log line and the crash after it speak of the same thing.
        if !recognised.iter().any(|known| known.is_also(&new)) {
            recognised.push(new);
        }
    }
    recognised
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&'static str> {
        recognise(text).into_iter().map(|found| found.message.name).collect()
    }

    #[test]
    fn the_log_line_and_the_failed_line_are_one_message() {
        let text = "ERROR [alembic.util.messaging] Can't locate revision identified by 'x1'\n  FAILED: Can't locate\n  revision identified by 'x1'\n";
        assert_eq!(names(text), ["cannot-locate-revision"]);
        let other = text.replacen("'x1'", "'x2'", 1);
        assert_eq!(names(&other), ["cannot-locate-revision", "cannot-locate-revision"]);
    }

    #[test]
    fn the_longer_of_two_messages_at_one_place_is_meant() {
        let found = recognise("column \"email\" of relation \"users\" already exists");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].hole("table"), Some("users"));
        assert_eq!(found[0].hole("column"), Some("email"));
    }

    #[test]
    fn a_key_error_counts_in_a_traceback_of_alembics_revision_map_or_with_an_id_of_its_form() {
        assert!(names("KeyError: 'DATABASE_URL'").is_empty());
        let text = "File \"C:\\alembic\\script\\revision.py\", line 240, in _revision_map\nKeyError: 'gone1'";
        assert_eq!(names(text), ["referenced-revision-missing"]);
        assert_eq!(names("KeyError: '1975ea83b712'"), ["referenced-revision-missing"]);
    }

    #[test]
    fn ordinary_output_is_no_message() {
        for text in [
            "",
            "INFO  [alembic.runtime.migration] Running upgrade a1 -> a2, the table already exists in staging",
            "everything is fine",
            "{}{}{}",
            "'''\"\"\"((((",
        ] {
            assert!(names(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn every_pattern_recognises_itself() {
        for message in all() {
            let crashes = message.crashes.iter().map(|crash| (crash.pattern, crash.within));
            for (pattern, within) in message.patterns.iter().map(|pattern| (*pattern, "")).chain(crashes) {
                let text = pattern.replace("..}", "}").replace("{id#}", "1975ea83b712");
                let text = text.replace(['{', '}'], "");
                let text = format!("{within}\nFAILED: {text}\n");
                let found = names(&text);
                assert!(found.contains(&message.name), "{pattern}: {found:?}");
            }
        }
    }
}
