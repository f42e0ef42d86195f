//! `asyncpg-sslmode`

use crate::database::DatabaseUrl;
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

use super::urls::{self, Edit, Place};

pub(super) const RULE: Rule = Rule {
    name: "asyncpg-sslmode",
    summary: "A URL for asyncpg has parameters that only libpq knows, such as `sslmode`",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/asyncpg-sslmode.md"),
    check: Check::Offline(check),
};

/// libpq's words that `asyncpg.connect()` has no argument for. SQLAlchemy hands the query on as it is.
const UNKNOWN: [&str; 16] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "gssencmode",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "load_balance_hosts",
    "options",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
];

fn check(facts: &Facts) -> Vec<Finding> {
    // A driver that env.py puts in or takes out decides; so does whatever it does about the words.
    let env = &facts.project.env;
    let rewrites = |(old, new): &(String, String)| {
        old == "drivername" || [old, new].iter().any(|text| text.contains('+') || text.contains("ssl"))
    };
    let text = env.source.as_ref().map_or("", |source| source.text());
    if env.replacements.iter().any(rewrites) || text.contains("sslmode") && !has_literal_with_words(facts) {
        return Vec::new();
    }
    let used = urls::used(facts).into_iter();
    used.filter_map(|used| {
        let words = unknown(&used.url);
        (!words.is_empty()).then(|| finding(facts, &used, &words))
    })
    .collect()
}

/// Whether the word in env.py stands in a URL that is written there.
fn has_literal_with_words(facts: &Facts) -> bool {
    let urls = urls::used(facts).into_iter();
    let in_env = |place: &Place| matches!(place, Place::File(location) if location.path().ends_with("env.py"));
    urls.filter(|used| in_env(&used.place)).any(|used| !unknown(&used.url).is_empty())
}

/// The words in the URL that asyncpg does not know.
fn unknown(url: &DatabaseUrl) -> Vec<&'static str> {
    if url.driver() != Some("asyncpg") {
        return Vec::new();
    }
    let Ok(parts) = url.parts() else { return Vec::new() };
    UNKNOWN.into_iter().filter(|word| parts.query_value(word).is_some()).collect()
}

fn finding(facts: &Facts, used: &urls::Used, words: &[&str]) -> Finding {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let finding = Finding::new(format!(
        "asyncpg does not know {}, which {} of libpq: connect() stops with a TypeError",
        wording::list(&quoted),
        if words.len() == 1 { "is a word" } else { "are words" }
    ))
    .evidence(format!("{} holds {}", urls::source(&used.place), printable(&used.url.to_string())))
    .evidence(format!(
        "asyncpg: connect() got an unexpected keyword argument '{}'",
        words.first().copied().unwrap_or_default()
    ));
    let edits = edits(&used.url, words);
    let explain = |finding: Finding| {
        finding.next(
            wording::doctor(&facts.project, "explain asyncpg-sslmode"),
            "shows what each word becomes",
            Changes::Nothing,
        )
    };
    let edits: Option<Vec<Edit<'_>>> = edits
        .as_ref()
        .map(|edits| edits.iter().map(|(old, new)| Edit { old: old.as_str(), new: new.as_str() }).collect());
    let finding = match (&used.place, edits) {
        (Place::File(location), edits) => {
            let finding = finding.at(location.clone());
            let step =
                edits.and_then(|edits| urls::correction(location, &edits, "writes the words that asyncpg knows"));
            match step {
                Some(step) => Finding { next: vec![step], ..finding },
                None => explain(finding),
            }
        }
        (Place::Variable { name, database }, edits) => {
            let mut finding = finding;
            finding.evidence.extend(edits.map(|edits| urls::correction_of_variable(name, &urls::script(&edits))));
            Finding { database: Some(database.clone()), ..explain(finding) }
        }
    };
    finding.do_not("write `ssl=true` or leave `sslmode` out: the connection would be another one than you asked for")
}

/// What has to become of the text; `None` where a word needs code (`sslrootcert`, `options`, …).
fn edits(url: &DatabaseUrl, words: &[&str]) -> Option<Vec<(String, String)>> {
    let parts = url.parts().ok()?;
    let value =
        |word: &str| parts.query_value(word).filter(|value| value.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
    words
        .iter()
        .map(|word| match *word {
            "sslmode" => Some((format!("sslmode={}", value(word)?), format!("ssl={}", value(word)?))),
            // asyncpg does without; as the first word it would take the question mark along.
            "channel_binding" => Some((format!("&channel_binding={}", value(word)?), String::new())),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Setting;
    use crate::rules::testing::{commands, facts, findings, revision};
    use crate::source::{Location, SourceFile, Span};

    fn ini(url: &str) -> Facts {
        let mut facts = facts(vec![revision("a", &[])]);
        let text = format!("[alembic]\nsqlalchemy.url = {url}\n");
        let source = std::sync::Arc::new(SourceFile::new("alembic.ini", &text));
        let location = Location::new(&source, Span::new(27, text.len() - 1));
        facts.project.url = Some(Setting { value: url.to_owned(), location });
        facts
    }

    #[test]
    fn neon_s_words_become_asyncpg_s() {
        let facts = ini("postgresql+asyncpg://u@h/d?sslmode=require&channel_binding=require");
        let found = findings("asyncpg-sslmode", &facts);
        assert_eq!(
            commands(found.first().unwrap()),
            ["sed -i.bak '2s|&channel_binding=require||; 2s|sslmode=require|ssl=require|' alembic.ini"]
        );
    }

    #[test]
    fn words_that_need_code_are_explained() {
        let found = findings("asyncpg-sslmode", &ini("postgresql+asyncpg://u@h/d?sslmode=verify-ca&sslrootcert=a.pem"));
        assert_eq!(commands(found.first().unwrap()), ["alembic-doctor explain asyncpg-sslmode"]);
    }

    #[test]
    fn other_drivers_and_asyncpg_s_own_words_are_left_alone() {
        for url in ["postgresql://u@h/d?sslmode=require", "postgresql+asyncpg://u@h/d?ssl=require"] {
            assert!(findings("asyncpg-sslmode", &ini(url)).is_empty(), "{url}");
        }
        let mut facts = ini("postgresql+asyncpg://u@h/d?sslmode=require");
        facts.project.env.replacements.push(("+asyncpg".to_owned(), String::new()));
        assert!(findings("asyncpg-sslmode", &facts).is_empty(), "env.py takes the driver out");
    }
}
