//! `broken-configuration-value`

use std::sync::Arc;

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::project::BrokenValue;
use crate::rules::{Check, Rule, wording};
use crate::source::{Location, SourceFile, printable};

pub(super) const RULE: Rule = Rule {
    name: "broken-configuration-value",
    summary: "A configured value cannot be read, most often because of a single % sign",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/broken-configuration-value.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    facts.project.broken_values.iter().map(finding).collect()
}

fn finding(broken: &BrokenValue) -> Finding {
    let written = broken.location.source.slice(broken.location.span);
    let has_percent = written.contains('%');
    // Only such a value is quoted piece by piece, and only an URL holds a password.
    let message = if has_percent || written.contains("://") { without_value(&broken.message) } else { &broken.message };
    let finding = Finding::new(format!("`{}` cannot be read: {}", printable(&broken.key), printable(message)))
        .at(masked(&broken.location));
    if has_percent { percent(broken, finding) } else { other(broken, finding) }
}

fn percent(broken: &BrokenValue, finding: Finding) -> Finding {
    let written = broken.location.source.slice(broken.location.span);
    let line = broken.location.start().line;
    // Doubling is only right where no % is doubled, and none refers to another key.
    let is_single = !written.contains("%%") && !written.contains("%(") && line == broken.location.end().line;
    let file = wording::shell(&broken.location.path().display().to_string()).filter(|_| is_single);
    let finding = finding.evidence(format!(
        "{}: the value is read with %-interpolation, so % itself is written %%",
        wording::place(&broken.location)
    ));
    let finding = match file {
        Some(file) => finding.next(
            format!("sed -i.bak '{line}s/%/%%/g' {file}"),
            "doubles each % of the line; the old file stays beside it as .bak, passwords included",
            Changes::Files,
        ),
        None => finding.next(
            r#"python -c 'import getpass; print(getpass.getpass("value: ").replace("%", "%%"))'"#,
            "asks for the plain value and prints what to write into the ini",
            Changes::Nothing,
        ),
    };
    finding
        .do_not("double the % anywhere else: where it is not read from the ini, it would become part of the password")
}

fn other(broken: &BrokenValue, finding: Finding) -> Finding {
    let finding = finding.evidence(format!("written at {}", wording::place(&broken.location)));
    let words = [broken.key.clone(), broken.location.path().display().to_string()];
    match wording::shell_words(&words) {
        Some(words) => finding.next(format!("grep -nF {words}"), "shows the lines to correct", Changes::Nothing),
        None => finding,
    }
}

/// What configparser says, without the value that it quotes: that may be a password.
fn without_value(message: &str) -> &str {
    let quoted = [", found:", ". Raw value: ", ": '", " in '", " reference '"]
        .iter()
        .filter_map(|start| message.find(start))
        .min();
    quoted.and_then(|start| message.get(..start)).unwrap_or(message)
}

/// The same place, in a text whose URL has no user and no password: renderers show the line.
fn masked(location: &Location) -> Location {
    let written = location.source.slice(location.span);
    let text = location.source.text();
    let hidden = written.find("://").zip(written.rfind('@')).filter(|(start, end)| start + 3 < *end);
    let Some((start, end)) = hidden else { return location.clone() };
    let (start, end) = (location.span.start + start + 3, location.span.start + end);
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { return location.clone() };
    let stars = "*".repeat(end - start);
    let source = Arc::new(SourceFile::new(location.path(), format!("{before}{stars}{after}")));
    Location::new(&source, location.span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn what_configparser_quotes_is_left_out() {
        for (message, shown) in [
            ("'%' must be followed by '%' or '(', found: '%s3cret'", "'%' must be followed by '%' or '('"),
            ("bad interpolation variable reference '%(s3cret'", "bad interpolation variable"),
            ("Bad value: 'x' contains a key. Raw value: 's3cret'", "Bad value"),
            ("the key 'pw' is no option name. Raw value: 's3cret'", "the key 'pw' is no option name"),
            ("invalid interpolation syntax in 's3%cret' at position 2", "invalid interpolation syntax"),
        ] {
            assert_eq!(without_value(message), shown);
        }
    }

    #[test]
    fn no_part_of_a_password_is_shown() {
        let text = "sqlalchemy.url = postgresql://app:geh%eim@db/app\n";
        let source = Arc::new(SourceFile::new("alembic.ini", text));
        let broken = BrokenValue {
            key: "sqlalchemy.url".to_owned(),
            message: "'%' must be followed by '%' or '(', found: '%eim@db/app'".to_owned(),
            location: Location::new(&source, Span::new(17, text.len() - 1)),
        };
        let found = finding(&broken);
        assert_eq!(found.message, "`sqlalchemy.url` cannot be read: '%' must be followed by '%' or '('");
        let shown = found.location.unwrap();
        assert!(!shown.source.text().contains("eim"), "{}", shown.source.text());
        assert_eq!(shown.source.text().len(), text.len());
        assert!(shown.source.text().contains("@db/app"));
    }
}
