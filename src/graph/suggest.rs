//! What may have been meant by an id that does not exist.

use super::Graph;

/// How an id is like another; the first is the most alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// Only case or surrounding blanks differ.
    Case,
    /// The id is the beginning of a file name that was written instead: `ae10_add_users`.
    InFileName,
    /// One begins with the other.
    Prefix,
    /// So many characters to change.
    Typing(usize),
}

/// How many are suggested at most.
const MOST: usize = 3;
/// Typing errors that are forgiven; a shorter id forgives fewer.
const MOST_ERRORS: usize = 2;
/// A prefix shorter than this says nothing.
const SHORTEST_PREFIX: usize = 3;

impl Graph {
    pub(super) fn closest(&self, wrong: &str) -> Vec<&str> {
        let written = Written::new(wrong);
        let mut found: Vec<(Likeness, &str)> =
            self.ids().into_iter().filter_map(|id| Some((written.likeness(id)?, id))).collect();
        // Stable: load order decides among equals.
        found.sort_by_key(|(likeness, _)| *likeness);
        found.into_iter().map(|(_, id)| id).take(MOST).collect()
    }

    /// The id that a text is but for case and surrounding blanks, if there is just one.
    pub(super) fn meant_by(&self, text: &str) -> Option<&str> {
        let written = Written::new(text);
        let mut same = self.ids().into_iter().filter(|id| written.likeness(id) == Some(Likeness::Case));
        same.next().filter(|_| same.next().is_none())
    }
}

struct Written {
    folded: String,
    chars: Vec<char>,
}

impl Written {
    fn new(text: &str) -> Self {
        let trimmed = text.trim();
        let folded = trimmed.strip_suffix(".py").unwrap_or(trimmed).to_lowercase();
        Self { chars: folded.chars().collect(), folded }
    }

    fn likeness(&self, id: &str) -> Option<Likeness> {
        if self.chars.is_empty() || id.is_empty() {
            return None;
        }
        let folded = id.to_lowercase();
        if folded == self.folded {
            return Some(Likeness::Case);
        }
        // The default file_template puts an underscore after the id; people also use `-`.
        if self.folded.strip_prefix(&folded).is_some_and(|rest| rest.starts_with(['_', '-'])) {
            return Some(Likeness::InFileName);
        }
        let id: Vec<char> = folded.chars().collect();
        let shorter = id.len().min(self.chars.len());
        if shorter >= SHORTEST_PREFIX && (folded.starts_with(&self.folded) || self.folded.starts_with(&folded)) {
            return Some(Likeness::Prefix);
        }
        let allowed = MOST_ERRORS.min(shorter / 3);
        let distance = distance(&id, &self.chars, allowed)?;
        Some(Likeness::Typing(distance))
    }
}

/// Edit distance (insert, delete, change, swap neighbours), if it is at most `most`.
fn distance(one: &[char], other: &[char], most: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j + 1) + 1).min(at(&row, j) + 1).min(at(&last, j) + usize::from(a != b));
            let swapped = i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(&before_last, j - 1) + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use crate::graph::testing::graph;

    #[test]
    fn what_was_probably_meant_comes_first() {
        let graph = graph(&["1975ea83b712", "1975ea83b712 <- ae1027a6acf8", "ae1027a6acf8 <- 27c6a30d7c24"]);
        for wrong in [
            "AE1027A6ACF8",
            " ae1027a6acf8",
            "ae1027a6acf8_add_users",
            "ae1027a6acf8_add_users.py",
            "ae1027a6acf",
            "ae1027a6acf8f",
            "ae1027a6acf9",
            "ea1027a6acf8",
            "ae102a6acf8",
        ] {
            assert_eq!(graph.near_misses(wrong), ["ae1027a6acf8"], "{wrong}");
        }
    }

    #[test]
    fn nothing_is_suggested_for_what_is_like_nothing() {
        let graph = graph(&["1975ea83b712", "ab"]);
        for wrong in ["", " ", "head", "ffffffffffff", "cd"] {
            assert!(graph.near_misses(wrong).is_empty(), "{wrong}");
        }
    }

    #[test]
    fn case_beats_prefix_beats_typing_errors_and_three_are_enough() {
        let graph = graph(&["abcd12", "abcdxx", "abcd", "abcdef", "abcdyy"]);
        assert_eq!(graph.near_misses("ABCDEF"), ["abcdef", "abcd", "abcd12"]);
    }
}
