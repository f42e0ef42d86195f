//! The report of `diagnose` and `check` for people: what was looked at, what was found, what was
//! not looked at, and one verdict last.

use std::collections::BTreeMap;

use super::style::{BAD, DOUBTFUL, FAINT, GOOD, PLAIN, of_severity, paint};
use super::words::{Page, clean};
use super::{Layout, Verbosity, counted, counted_findings, facts_block, finding_block};
use crate::check::{By, Report, Skipped, Verdict};
use crate::diagnostic::Severity;
use crate::facts::{Facts, StampState};

/// How many findings of one rule are shown before they are folded.
const MOST_OF_ONE_RULE: usize = 10;
/// How many things that were not looked at are shown before they are folded.
const MOST_SKIPPED: usize = 10;

/// The whole report. `verdict` is that of the report.
pub fn report(report: &Report, verdict: Verdict, layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    if layout.verbosity != Verbosity::Quiet {
        facts_block::project(&mut page, &report.facts, layout);
        for database in &report.facts.databases {
            facts_block::database(&mut page, &report.facts, database, layout);
        }
        page.blank();
    }
    findings(&mut page, report, layout);
    not_looked_at(&mut page, report, layout);
    set_aside(&mut page, report, layout);
    if layout.verbosity != Verbosity::Quiet {
        looked_into(&mut page, &report.facts);
    }
    last_word(&mut page, report, verdict);
    page.finish()
}

/// The findings, worst first; of one rule not more than a person reads.
pub(super) fn findings(page: &mut Page, report: &Report, layout: &Layout) {
    let most = if layout.is_verbose() { usize::MAX } else { MOST_OF_ONE_RULE };
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for diagnostic in &report.diagnostics {
        let found = found.entry(diagnostic.rule.name).or_default();
        *found += 1;
        if *found <= most {
            finding_block::draw(page, diagnostic, layout);
            page.blank();
        }
    }
    for (rule, found) in found.into_iter().filter(|(_, found)| *found > most) {
        page.paragraph(0, FAINT, &format!("... {} more of {rule} (-v shows them)", found - most));
        page.blank();
    }
}

/// What could not be checked, with the reason.
pub(super) fn not_looked_at(page: &mut Page, report: &Report, layout: &Layout) {
    const HEAD: &str = "not looked at: ";
    let most = if layout.is_verbose() { usize::MAX } else { MOST_SKIPPED };
    // What a finding has just said is not said again.
    let is_said = |why: &String| {
        let mut findings = report.diagnostics.iter().map(|diagnostic| &diagnostic.finding);
        findings.any(|finding| finding.message == *why || finding.evidence.contains(why))
    };
    let skipped: Vec<&Skipped> = report.skipped.iter().filter(|skipped| !is_said(&skipped.why)).collect();
    for skipped in skipped.iter().take(most) {
        let text = clean(&format!("{}: {}", skipped.what, skipped.why));
        page.hanging(0, &paint(FAINT, HEAD), HEAD.len(), PLAIN, &text);
    }
    if skipped.len() > most {
        page.paragraph(0, FAINT, &format!("... {} more not looked at (-v shows them)", skipped.len() - most));
    }
    page.blank();
}

/// How much of what the revisions do was understood.
fn looked_into(page: &mut Page, facts: &Facts) {
    const HEAD: &str = "looked into: ";
    let Some(counts) = facts.looked_into() else { return };
    let operations = counted(counts.operations, "operation");
    let revisions = counted(counts.revisions, "revision");
    let text = match (counts.revisions, facts.examined.why()) {
        (0, why) => format!("no revision ({why})"),
        (_, why) => format!("{operations} of {revisions} ({why}), {} not analysed", counts.opaque),
    };
    let text = match facts.foreign_dialect() {
        Some(dialect) if counts.revisions > 0 => format!("{text}; locks and rewrites are not known for {dialect}"),
        _ => text,
    };
    let text = match counts.without_sql {
        0 => text,
        number => format!("{text}, {number} more without SQL that could be read"),
    };
    page.hanging(0, &paint(FAINT, HEAD), HEAD.len(), PLAIN, &clean(&text));
    page.blank();
}

/// What a person has called known.
pub(super) fn set_aside(page: &mut Page, report: &Report, layout: &Layout) {
    const HEAD: &str = "set aside: ";
    let by = |wanted: fn(&By) -> bool| report.suppressed.iter().filter(|one| wanted(&one.by)).count();
    let ways = [
        (by(|by| matches!(by, By::Comment { .. })), "by comments"),
        (by(|by| matches!(by, By::Settings { .. })), "by the settings"),
        (by(|by| matches!(by, By::Baseline)), "by the baseline"),
    ];
    let ways: Vec<String> =
        ways.iter().filter(|(count, _)| *count > 0).map(|(count, way)| format!("{count} {way}")).collect();
    if !ways.is_empty() {
        page.hanging(0, &paint(FAINT, HEAD), HEAD.len(), PLAIN, &ways.join(", "));
        for one in report.suppressed.iter().filter(|_| layout.is_verbose()) {
            let text = format!("{}: {}", one.diagnostic.rule.name, clean(&one.diagnostic.finding.message));
            page.hanging(2, "", 0, PLAIN, &text);
        }
    }
    if report.stale > 0 {
        let text = format!("{} of the baseline found no more: write it anew", counted(report.stale, "finding"));
        page.hanging(0, &paint(FAINT, HEAD), HEAD.len(), PLAIN, &text);
    }
    page.blank();
}

/// How to learn more, and the verdict.
pub(super) fn last_word(page: &mut Page, report: &Report, verdict: Verdict) {
    explain(page, report);
    self::verdict(page, report, verdict);
}

/// The verdict.
pub(super) fn verdict(page: &mut Page, report: &Report, verdict: Verdict) {
    let counts = report.counts();
    let found: Vec<String> = counts.iter().rev().map(|(severity, count)| counted_findings(*count, *severity)).collect();
    let found = found.join(", ");
    match verdict {
        Verdict::Healthy => {
            page.hanging(0, &paint(GOOD, "healthy: "), 9, PLAIN, &clean(&healthy(report)));
        }
        Verdict::Findings => {
            let worst = counts.keys().next_back().copied().unwrap_or(Severity::Info);
            page.paragraph(0, of_severity(worst), &found);
        }
        Verdict::Incomplete if report.facts.files == 0 && report.diagnostics.is_empty() => {
            page.paragraph(0, DOUBTFUL, "nothing to look at: there is no revision file in the version locations");
        }
        Verdict::Incomplete => {
            let style = if counts.contains_key(&Severity::Error) { BAD } else { DOUBTFUL };
            let found = if found.is_empty() { "nothing found in the rest".to_owned() } else { found };
            page.paragraph(0, style, &format!("incomplete: not everything could be looked at; {found}"));
        }
    }
}

/// Where the pages of the findings are, the worst finding's first.
pub(super) fn explain(page: &mut Page, report: &Report) {
    const MOST: usize = 3;
    let mut names: Vec<&str> = Vec::new();
    for diagnostic in &report.diagnostics {
        if !names.contains(&diagnostic.rule.name) {
            names.push(diagnostic.rule.name);
        }
    }
    for (index, name) in names.iter().take(MOST).enumerate() {
        let label = if index == 0 { "explain:  " } else { "          " };
        page.line(&format!("{}alembic-doctor explain {name}", paint(FAINT, label)));
    }
    if names.len() > MOST {
        page.paragraph(10, FAINT, &format!("... and {} more", names.len() - MOST));
    }
}

/// What is healthy: how much was looked at.
pub(super) fn healthy(report: &Report) -> String {
    let facts = &report.facts;
    let mut said = vec![counted(facts.graph.ids().len(), "revision"), counted(facts.graph.heads().len(), "head")];
    let states: Vec<StampState> =
        facts.databases.iter().filter_map(|database| Some(database.stamp.as_ref()?.state)).collect();
    match states.as_slice() {
        [] => said.push("no database looked at".to_owned()),
        [state] if facts.fleets.is_empty() => said.push(format!("database {}", state.as_str().replace('-', " "))),
        states if !facts.fleets.is_empty() => {
            let schemas: usize = facts.fleets.iter().map(|fleet| fleet.schemas).sum();
            let are_done = states.iter().all(|state| *state == StampState::AtHead);
            said.push(format!("{} {}", counted(schemas, "schema"), if are_done { "at head" } else { "looked at" }));
        }
        states if states.iter().all(|state| *state == StampState::AtHead) => {
            said.push(format!("{} at head", counted(states.len(), "database")));
        }
        states => said.push(format!("{} looked at", counted(states.len(), "database"))),
    }
    said.push(format!("{} passed", counted(report.checks, "check")));
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Changes, Finding, Step};
    use crate::render::testing::{database, facts, graph, place, plain, report as made};
    use crate::render::words::columns;

    const SOURCE: &str =
        "\"\"\"add live ingest offset\"\"\"\n\nrevision = \"9c4d1e7b2a58\"\ndown_revision = \"7b1e\"\n";

    fn two_heads() -> Report {
        let graph = graph(&[
            "7b1e: create jobs",
            "7b1e <- 9c4d1e7b2a58: add live ingest offset",
            "7b1e <- a38d51caa6fd: drop transcript_meta",
        ]);
        let facts = facts(graph, vec![database("prod-eu", &["9c4d1e7b2a58"], StampState::Behind)]);
        let finding = Finding::new(
            "two revisions, 9c4d1e7b2a58 and a38d51caa6fd, both continue 7b1e, so `alembic upgrade head` refuses",
        )
        .at(place("migrations/versions/9c4d.py", SOURCE, "\"7b1e\""))
        .related(place("migrations/versions/a38d.py", SOURCE, "\"7b1e\""), "so does this one")
        .evidence("prod-eu has 9c4d1e7b2a58")
        .next("alembic merge -m \"join\" 9c4d1e7b2a58 a38d51caa6fd", "joins both", Changes::Files)
        .next("alembic upgrade head", "runs a38d51caa6fd and the merge", Changes::Database)
        .or(vec![Step {
            command: "alembic-doctor rebase a38d51caa6fd --onto 9c4d1e7b2a58".to_owned(),
            why: "only while no database has a38d51caa6fd".to_owned(),
            changes: Changes::Files,
        }])
        .do_not("switch the deployment to `upgrade heads`: the next deployment would stop at the same place again");
        made(facts, vec![finding])
    }

    #[test]
    fn a_finding_is_a_block_with_cause_place_evidence_and_way_out() {
        let expected = r#"
project    alembic.ini in the current folder
revisions  3 revisions in migrations/versions
heads      9c4d1e7b2a58  add live ingest offset
           a38d51caa6fd  drop transcript_meta
database   prod-eu  ***
           PostgreSQL 15.18, primary, URL from --url
           database app, role reader, search_path empty
stamped    9c4d1e7b2a58  add live ingest offset
state      behind: 1 revision pending

error[multiple-heads]: two revisions, 9c4d1e7b2a58 and a38d51caa6fd, both
  continue 7b1e, so `alembic upgrade head` refuses
 --> migrations/versions/9c4d.py:4:17
  |
4 | down_revision = "7b1e"
  |                 ^^^^^^
  |
 ::: migrations/versions/a38d.py:4:17
  |
4 | down_revision = "7b1e"
  |                 ------ so does this one
  = prod-eu has 9c4d1e7b2a58

  next:     alembic merge -m "join" 9c4d1e7b2a58 a38d51caa6fd
              joins both (changes files)
            alembic upgrade head
              runs a38d51caa6fd and the merge (changes the database)
  or:       alembic-doctor rebase a38d51caa6fd --onto 9c4d1e7b2a58
              only while no database has a38d51caa6fd (changes files)
  do not:   switch the deployment to `upgrade heads`: the next deployment would
            stop at the same place again

explain:  alembic-doctor explain multiple-heads
1 error
"#;
        let mut report = two_heads();
        report.facts.databases[0].state.url = crate::database::DatabaseUrl::new("no URL");
        let shown = report.facts.databases[0].state.url.to_string();
        if let Some(stamp) = &mut report.facts.databases[0].stamp {
            stamp.pending = Ok(vec!["a38d51caa6fd".to_owned()]);
        }
        let text = plain(&super::report(&report, Verdict::Findings, &Layout::default()));
        assert_eq!(text, expected.trim_start().replace("***", &shown));
    }

    #[test]
    fn quiet_when_healthy() {
        let graph = graph(&["a: create users", "a <- b: add email"]);
        let report = made(facts(graph, vec![database("default", &["b"], StampState::AtHead)]), Vec::new());
        let layout = Layout { verbosity: Verbosity::Quiet, ..Layout::default() };
        assert_eq!(
            plain(&super::report(&report, Verdict::Healthy, &layout)),
            "healthy: 2 revisions, 1 head, database at head, 24 checks passed\n"
        );
        assert_eq!(plain(&super::report(&report, Verdict::Healthy, &Layout::default())).lines().count(), 10);
    }

    #[test]
    fn what_was_not_looked_at_is_named_before_the_verdict() {
        let mut report = made(facts(graph(&["a"]), Vec::new()), Vec::new());
        report.skipped.push(Skipped {
            what: "the database".to_owned(),
            why: "no URL is known: env.py gets it from `settings.DATABASE_URL`; name it with --url or --url-env".into(),
        });
        let layout = Layout { verbosity: Verbosity::Quiet, ..Layout::default() };
        let expected = "\
not looked at: the database: no URL is known: env.py gets it from
               `settings.DATABASE_URL`; name it with --url or --url-env

incomplete: not everything could be looked at; nothing found in the rest
";
        assert_eq!(plain(&super::report(&report, Verdict::Incomplete, &layout)), expected);
    }

    #[test]
    fn what_was_not_looked_at_is_folded_and_counted() {
        let mut report = made(facts(graph(&["a"]), Vec::new()), Vec::new());
        report.skipped = (0..13).map(|n| Skipped { what: format!("part {n}"), why: "because".to_owned() }).collect();
        let text = plain(&super::report(&report, Verdict::Incomplete, &Layout::default()));
        assert!(text.contains("not looked at: part 9: because\n... 3 more not looked at"), "{text}");
        let layout = Layout { verbosity: Verbosity::Verbose, ..Layout::default() };
        assert!(plain(&super::report(&report, Verdict::Incomplete, &layout)).contains("part 12: because\n"));
    }

    #[test]
    fn no_revision_is_not_healthy() {
        let report = made(facts(graph(&[]), Vec::new()), Vec::new());
        let text = plain(&super::report(&report, report.verdict(), &Layout::default()));
        assert!(text.contains("heads      none\n"), "{text}");
        assert!(text.ends_with("nothing to look at: there is no revision file in the version locations\n"), "{text}");
    }

    #[test]
    fn long_lists_are_folded_unless_verbose() {
        let finding = (0..37).fold(Finding::new("many"), |finding, n| finding.evidence(format!("fact {n}")));
        let report = made(facts(graph(&["a"]), Vec::new()), vec![finding]);
        let text = plain(&super::report(&report, Verdict::Findings, &Layout::default()));
        assert!(text.contains("  = fact 9\n    ... 27 more (-v shows them)\n"), "{text}");
        let layout = Layout { verbosity: Verbosity::Verbose, ..Layout::default() };
        assert!(plain(&super::report(&report, Verdict::Findings, &layout)).contains("  = fact 36\n"));
    }

    #[test]
    fn many_findings_of_one_rule_are_folded_and_counted() {
        let of_database = |n: usize| Finding { database: Some(format!("db{n}")), ..Finding::new("cannot be read") };
        let report = made(facts(graph(&["a"]), Vec::new()), (0..12).map(of_database).collect());
        let layout = Layout { verbosity: Verbosity::Quiet, ..Layout::default() };
        let text = plain(&super::report(&report, Verdict::Findings, &layout));
        assert!(text.starts_with("error[multiple-heads]: cannot be read\n --> database db0\n\n"), "{text}");
        assert!(
            text.contains(" --> database db9\n\n... 2 more of multiple-heads (-v shows them)\n\nexplain:  alembic-doctor explain multiple-heads\n12 errors\n"),
            "{text}"
        );
    }

    #[test]
    fn only_commands_are_wider_than_the_terminal() {
        let long = format!("down_revision = \"7b1e\"  # {}", "日本 lorem ipsum ".repeat(30));
        let command = format!("alembic merge {}", "9c4d1e7b2a58 ".repeat(20));
        let finding = Finding::new("word ".repeat(60))
            .at(place(&format!("{}x.py", "migrations/".repeat(3)), &long, "\"7b1e\""))
            .evidence("x".repeat(300))
            .next(command.trim(), "because ".repeat(40), Changes::Nothing)
            .do_not("never ".repeat(40));
        let report = made(facts(graph(&["a"]), Vec::new()), vec![finding]);
        for width in [60, 80, 200] {
            let layout = Layout { width, ..Layout::default() };
            let text = plain(&super::report(&report, Verdict::Findings, &layout));
            for line in text.lines().filter(|line| !line.contains("alembic merge")) {
                assert!(columns(line) <= width, "{} columns: {line}", columns(line));
            }
            assert!(text.contains(command.trim()), "{text}");
        }
    }

    #[test]
    fn escapes_never_reach_the_terminal() {
        let evil = "\u{1b}]0;owned\u{7}\u{202e}";
        let source = format!("# {evil}\nrevision = \"{evil}\"\n");
        let finding = Finding::new(evil)
            .at(place(&format!("{evil}.py"), &source, "\"\u{1b}"))
            .evidence(evil)
            .next(evil, evil, Changes::Nothing)
            .do_not(evil);
        let mut facts = facts(graph(&[&format!("{evil}: {evil}")]), vec![database(evil, &[evil], StampState::AtHead)]);
        facts.databases[0].state.source = evil.to_owned();
        facts.project.found = evil.to_owned();
        let report = made(facts, vec![finding]);
        let text = super::report(&report, Verdict::Findings, &Layout::default());
        assert!(!text.contains('\u{7}') && !text.contains('\u{202e}') && !text.contains("\u{1b}]"), "{text:?}");
    }
}
