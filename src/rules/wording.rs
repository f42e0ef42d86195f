//! How the rules write ids, places, lists and commands, so that all findings read alike.
//!
//! Everything that comes from outside passes through [`printable`] here. Knows nothing of any
//! single rule.

use std::path::Path;

use crate::diagnostic::{Changes, Step};
use crate::project::{Project, Runner};
use crate::revision::{Field, Revision};
use crate::source::{Location, printable};

/// How many lines of one kind a finding shows.
pub(super) const MOST_LINES: usize = 10;

/// `1 revision`, `3 revisions`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// An id, a row or a label in a sentence; in quotes where it could be misread.
pub(super) fn id(text: &str) -> String {
    let shown = printable(text);
    if shown.is_empty() || shown.contains(char::is_whitespace) { format!("'{shown}'") } else { shown }
}

/// `a`, `a and b`, `a, b and c`; more than ten are folded.
pub(super) fn list<S: AsRef<str>>(items: &[S]) -> String {
    let mut shown: Vec<String> = items.iter().take(MOST_LINES).map(|item| item.as_ref().to_owned()).collect();
    if items.len() > MOST_LINES {
        shown.push(format!("{} more", items.len() - MOST_LINES));
    }
    match shown.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// Ids in a sentence.
pub(super) fn ids<S: AsRef<str>>(items: &[S]) -> String {
    let shown: Vec<String> = items.iter().map(|item| id(item.as_ref())).collect();
    list(&shown)
}

/// At most ten lines, and how many were left out.
pub(super) fn fold(mut lines: Vec<String>) -> Vec<String> {
    let left_out = lines.len().saturating_sub(MOST_LINES);
    if left_out > 0 {
        lines.truncate(MOST_LINES);
        lines.push(format!("… and {left_out} more"));
    }
    lines
}

/// A path, with `/` on every system so that output can be compared.
pub(super) fn path(path: &Path) -> String {
    let shown = printable(&path.display().to_string());
    if cfg!(windows) { shown.replace('\\', "/") } else { shown }
}

/// `versions/a1.py:12`
pub(super) fn place(location: &Location) -> String {
    format!("{}:{}", path(location.path()), location.start().line)
}

/// A revision as a line of evidence: id, message, place.
pub(super) fn revision(revision: &Revision) -> String {
    let message = match printable(&revision.message()) {
        message if message.is_empty() => message,
        message => format!(" {message}"),
    };
    format!("{}{message} ({})", id(&revision.id), place(&revision.location(Field::Revision)))
}

/// `word` as one word of a POSIX shell; `None` when it cannot be typed.
pub(super) fn shell(word: &str) -> Option<String> {
    // What is shown in its place would not be the same word.
    if printable(word) != word {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Some(word.to_owned());
    }
    Some(format!("'{}'", word.replace('\'', r"'\''")))
}

/// Several words, each as [`shell`] writes it.
pub(super) fn shell_words<S: AsRef<str>>(words: &[S]) -> Option<String> {
    let words: Option<Vec<String>> = words.iter().map(|word| shell(word.as_ref())).collect();
    words.map(|words| words.join(" "))
}

/// The psql command that runs these statements on a database, as `role` or as whoever psql logs in.
pub(super) fn psql(database: &str, role: Option<&str>, statements: &[&str]) -> Option<String> {
    let mut words = vec!["psql"];
    words.extend(role.into_iter().flat_map(|role| ["-U", role]));
    // psql takes such a name for a connection string.
    let escaped = database.replace('\\', r"\\").replace('\'', r"\'");
    let named = format!("dbname='{escaped}'");
    let is_misread = database.contains('=') || ["postgres://", "postgresql://"].iter().any(|s| database.starts_with(s));
    words.extend(["-d", if is_misread { &named } else { database }]);
    words.extend(statements.iter().flat_map(|statement| ["-c", statement]));
    shell_words(&words)
}

/// The folders in which revision files are looked for, as shell words.
pub(super) fn version_folders(project: &Project) -> String {
    let folders: Vec<String> =
        project.version_locations.iter().map(|location| location.path.display().to_string()).collect();
    shell_words(&folders).unwrap_or_else(|| ".".to_owned())
}

/// The search for the commits that added or removed `text` in revision files.
pub(super) fn search_git(project: &Project, text: &str, why: &str) -> Option<Step> {
    // After `-S` everything is the text to look for, and there must be some.
    let text = shell(text).filter(|_| !text.is_empty())?;
    let command = format!("git log --all --oneline --name-status -S{text} -- {}", version_folders(project));
    Some(Step::new(command, why, Changes::Nothing))
}

/// The command that shows Python's own message about a file, without running it.
pub(super) fn compile(file: &Path) -> Option<Step> {
    let file = shell(&file.display().to_string())?;
    let command =
        format!(r#"python -c 'import sys; compile(open(sys.argv[1], "rb").read(), sys.argv[1], "exec")' {file}"#);
    Some(Step::new(
        command,
        "shows Python's own message, without running the file; silent once it is fixed",
        Changes::Nothing,
    ))
}

/// The command line of the doctor for this project.
pub(super) fn doctor(project: &Project, arguments: &str) -> String {
    let alembic = project.command(arguments);
    let configured = match project.runner {
        Runner::Alembic => alembic.strip_prefix("alembic ").unwrap_or(arguments),
        // Its configuration is found by the search.
        Runner::FlaskMigrate => arguments,
    };
    format!("alembic-doctor {configured}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_with_their_nouns() {
        assert_eq!(count(1, "revision", "revisions"), "1 revision");
        assert_eq!(count(0, "revision", "revisions"), "0 revisions");
    }

    #[test]
    fn lists_read_like_a_sentence_and_fold() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        let many: Vec<String> = (0..13).map(|n| n.to_string()).collect();
        assert!(list(&many).ends_with("9 and 3 more"));
        assert_eq!(fold(many).last().map(String::as_str), Some("… and 3 more"));
    }

    #[test]
    fn ids_that_could_be_misread_are_quoted() {
        assert_eq!(id("a1"), "a1");
        assert_eq!(id("a1 "), "'a1 '");
        assert_eq!(id(""), "''");
        assert_eq!(id("a\u{1b}[31m"), "a\u{FFFD}[31m");
    }

    #[test]
    fn psql_takes_every_name_for_a_name() {
        assert_eq!(psql("app", Some("a b"), &["SELECT 1"]).as_deref(), Some("psql -U 'a b' -d app -c 'SELECT 1'"));
        assert_eq!(psql("a=b", None, &["x"]).as_deref(), Some(r"psql -d 'dbname='\''a=b'\''' -c x"));
    }

    #[test]
    fn words_survive_the_shell_or_are_not_printed() {
        assert_eq!(shell("a1").as_deref(), Some("a1"));
        assert_eq!(shell("my rev").as_deref(), Some("'my rev'"));
        assert_eq!(shell("it's").as_deref(), Some(r"'it'\''s'"));
        assert_eq!(shell("$(reboot)").as_deref(), Some("'$(reboot)'"));
        assert_eq!(shell("a\u{1b}").as_deref(), None);
    }
}
