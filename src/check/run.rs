//! Runs the rules and sorts what they found: selection, severities, order, and what could not be
//! checked. Knows nothing of any single rule.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Diagnostic, Report, Skipped, fingerprint, groups, squawk, suppress};
use crate::database::catalog::{MOST_PARTS, MOST_RELATIONS};
use crate::database::{Look, Rows, Tables};
use crate::diagnostic::{Finding, Ignore, Severity};
use crate::facts::{DatabaseFacts, Examined, Facts, Past, Stamp, TableChoice};
use crate::revision::{Field, Revision};
use crate::rules::{self, Check, RevisionFacts, Rule, StampFacts, gaps};
use crate::settings::{BaselineEntry, Selection};
use crate::source::{masked_sql, printable};

/// What a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Files only; that no database is looked at is no gap.
    Offline,
    /// Files and databases.
    WithDatabases,
}

/// Runs the selected rules over the facts.
pub fn run(command: &'static str, facts: Facts, scope: Scope, selection: &Selection) -> Report {
    let mut diagnostics = Vec::new();
    let mut checks = 0;
    let mut skipped = graph_gaps(&facts);
    if facts.files == 0 {
        skipped.push(Skipped { what: "the revisions".to_owned(), why: "there is no revision file".to_owned() });
    }
    let left_out_files = facts.deployment.as_ref().and_then(|deployment| deployment.left_out.clone());
    skipped.extend(left_out_files.map(|why| Skipped { what: "all places that run the migrations".to_owned(), why }));
    skipped.extend(past_gap(&facts));
    skipped.extend(super::future::gaps(&facts));
    for rule in rules::all() {
        if !runs(rule, &facts, scope) {
            continue;
        }
        let Some(findings) = apply(rule, &facts) else { continue };
        let judged = findings.into_iter().map(|finding| judge(rule, finding, selection));
        if is_selected(rule, selection) {
            checks += 1;
            diagnostics.extend(judged);
        } else {
            skipped.extend(left_out(rule, judged.filter(|found| found.severity == Severity::Error).count()));
        }
    }
    if may_look_into(&facts) && facts.may_be_postgresql() {
        checks += squawk::run(&facts, selection, &mut diagnostics, &mut skipped);
    }
    diagnostics.sort_by(|a, b| order(a).cmp(&order(b)));
    fingerprint::stamp(&facts, &mut diagnostics);
    let ran = |ignore: &Ignore| {
        let rule = rules::find(&ignore.rule)?;
        Some(runs(rule, &facts, scope) && looked_at(rule, ignore, &facts, selection))
    };
    let (mut sorted, spent) = suppress::by_comments(diagnostics, &facts, selection.today, ran);
    for rule in rules::all().into_iter().filter(|rule| is_selected(rule, selection)) {
        if let Check::Ignores(check) = rule.check {
            checks += 1;
            let found = check(&spent).into_iter().map(|finding| judge(rule, finding, selection));
            let mut found: Vec<Diagnostic> = found.collect();
            fingerprint::stamp(&facts, &mut found);
            sorted.kept.extend(found);
        }
    }
    sorted.set_aside_known(selection);
    sorted.kept.sort_by(|a, b| order(a).cmp(&order(b)));
    if scope == Scope::WithDatabases {
        // Why no database was looked at at all is for the caller to say: it chose.
        skipped.extend(facts.databases.iter().filter_map(database_gap));
        skipped.extend(facts.databases.iter().filter_map(tables_gap));
    }
    let looked_for = |entry: &BaselineEntry| {
        let rule = entry.rule.as_deref().and_then(rules::find);
        examines_all(&facts) && rule.is_none_or(|rule| is_selected(rule, selection) && runs(rule, &facts, scope))
    };
    let stale = sorted.stale(selection, looked_for);
    let could_not_look = scope == Scope::WithDatabases && facts.databases.iter().any(|database| !was_judged(database));
    Report {
        command,
        facts,
        stale,
        diagnostics: sorted.kept,
        suppressed: sorted.suppressed,
        checks,
        skipped,
        could_not_look,
        fail_on: selection.fail_on,
    }
}

/// Names in `selection` that are no rule's, sorted, each once.
pub fn unknown_names(selection: &Selection) -> Vec<String> {
    let accepted = selection.accepted.iter().map(|entry| &entry.rule);
    let names: BTreeSet<&String> =
        selection.select.iter().chain(&selection.ignore).chain(selection.severity.keys()).chain(accepted).collect();
    names.into_iter().filter(|name| rules::find(name).is_none()).cloned().collect()
}

/// Whether the rule is wanted. One of Squawk's that is off is wanted if it is named.
pub(super) fn is_selected(rule: &Rule, selection: &Selection) -> bool {
    let named = |names: &[String]| names.iter().any(|name| name == rule.name);
    let by_default = || match rule.check {
        Check::Squawk => rules::squawk::is_on(rule) || selection.severity.contains_key(rule.name),
        _ => true,
    };
    (if selection.select.is_empty() { by_default() } else { named(&selection.select) }) && !named(&selection.ignore)
}

/// Whether the rule looked at the place of a comment: not if it is left out, nor into a revision that was
/// left alone.
fn looked_at(rule: &Rule, ignore: &Ignore, facts: &Facts, selection: &Selection) -> bool {
    let is_here = |revision: &&Revision| revision.source.path() == ignore.location.path();
    let is_examined = |revision: &Revision| facts.examined.includes(&revision.id);
    let looks_here = || match rule.check {
        Check::Revision(_) => facts.graph.revisions().iter().find(is_here).is_none_or(is_examined),
        Check::Squawk => facts.graph.revisions().iter().find(is_here).is_some_and(is_examined),
        _ => true,
    };
    is_selected(rule, selection) && looks_here()
}

/// Whether the operations of every revision are looked into.
fn examines_all(facts: &Facts) -> bool {
    facts.graph.revisions().iter().all(|revision| facts.examined.includes(&revision.id))
}

/// Errors that the user does not want to see: nothing with one in it is called healthy.
pub(super) fn left_out(rule: &Rule, errors: usize) -> Option<Skipped> {
    let what = match errors {
        0 => return None,
        1 => format!("1 error of {}", rule.name),
        _ => format!("{errors} errors of {}", rule.name),
    };
    Some(Skipped { what, why: "the rule is left out (--select, --ignore or severity \"off\")".to_owned() })
}

/// Whether there is something that the rule could look at.
fn runs(rule: &Rule, facts: &Facts, scope: Scope) -> bool {
    match rule.check {
        Check::Offline(_) => true,
        Check::Deployment(_) => facts.deployment.is_some(),
        Check::Revision(_) => may_look_into(facts),
        Check::Squawk => may_look_into(facts) && facts.may_be_postgresql(),
        Check::Future(_) => facts.future.is_some(),
        Check::Lock(_) => facts.locked.is_some(),
        Check::Memory(_) => remembers(facts),
        Check::BranchOrStamp(..) => is_branch(facts) || (scope == Scope::WithDatabases && !facts.databases.is_empty()),
        Check::MemoryOrStamp(..) => remembers(facts) || (scope == Scope::WithDatabases && !facts.databases.is_empty()),
        Check::Database(_) | Check::Stamp(_) => scope == Scope::WithDatabases && !facts.databases.is_empty(),
        Check::Databases(_) => scope == Scope::WithDatabases && facts.databases.len() > 1,
        // They come last.
        Check::Ignores(_) => false,
    }
}

/// Whether the operations were read: what was not read cannot be judged.
fn may_look_into(facts: &Facts) -> bool {
    facts.operations.len() == facts.graph.revisions().len()
}

/// What the rule finds; `None` when there is nothing that it could look at.
fn apply(rule: &Rule, facts: &Facts) -> Option<Vec<Finding>> {
    match rule.check {
        Check::Ignores(_) | Check::Squawk => None,
        Check::Offline(check) | Check::Databases(check) => Some(check(facts)),
        Check::Deployment(check) => facts.deployment.as_ref().map(|found| check(facts, found)),
        Check::Revision(check) => Some(per_revision(facts, check)),
        Check::Database(check) => per_database(facts, |database| Some(check(facts, &database.state))),
        Check::Stamp(check) => per_stamp(facts, check),
        Check::Future(check) => facts.future.as_ref().map(|future| check(facts, future)),
        Check::Lock(check) => facts.locked.as_ref().map(|locked| check(facts, locked)),
        Check::Memory(check) => Some(check(facts)),
        Check::BranchOrStamp(branch, _) if is_branch(facts) => Some(branch(facts)),
        Check::BranchOrStamp(_, stamp) => per_stamp(facts, stamp),
        Check::MemoryOrStamp(memory, stamp) => {
            let remembered = remembers(facts).then(|| memory(facts));
            let stamped = per_stamp(facts, stamp);
            if remembered.is_none() && stamped.is_none() {
                return None;
            }
            Some(remembered.into_iter().chain(stamped).flatten().collect())
        }
    }
}

/// Whether something tells what revisions were before.
fn remembers(facts: &Facts) -> bool {
    facts.future.is_some() || facts.locked.is_some()
}

/// Whether the revisions that are looked into are those of a branch.
fn is_branch(facts: &Facts) -> bool {
    facts.databases.is_empty() && matches!(facts.examined, Examined::Only { .. }) && may_look_into(facts)
}

fn per_stamp(facts: &Facts, check: fn(&StampFacts<'_>) -> Vec<Finding>) -> Option<Vec<Finding>> {
    per_database(facts, |database| {
        let (look, stamp) = (database.state.look.as_ref().ok()?, database.stamp.as_ref()?);
        Some(check(&StampFacts { facts, database: &database.state, look, stamp, schema: database.schema.as_ref() }))
    })
}

/// Over the revisions whose operations are looked into, in the order in which they run.
fn per_revision(facts: &Facts, check: fn(&RevisionFacts<'_>) -> Vec<Finding>) -> Vec<Finding> {
    let revisions = facts.graph.revisions().iter().zip(&facts.operations).enumerate();
    let examined = revisions.filter(|(_, (revision, _))| facts.examined.includes(&revision.id));
    let seen = examined.map(|(position, (revision, operations))| RevisionFacts {
        facts,
        revision,
        operations,
        sql: facts.sql(position),
    });
    let named = |mut finding: Finding, id: &str| {
        finding.revision.get_or_insert_with(|| id.to_owned());
        finding
    };
    seen.flat_map(|seen| check(&seen).into_iter().map(move |finding| named(finding, &seen.revision.id))).collect()
}

fn per_database(facts: &Facts, check: impl Fn(&DatabaseFacts) -> Option<Vec<Finding>>) -> Option<Vec<Finding>> {
    let mut found = None;
    for database in &facts.databases {
        let Some(findings) = check(database) else { continue };
        let named = findings.into_iter().map(|mut finding| {
            finding.database = Some(database.state.name.clone());
            match &database.group {
                Some(group) => groups::of_all(finding, group),
                None => finding,
            }
        });
        found.get_or_insert_with(Vec::new).extend(named);
    }
    found
}

pub(super) fn judge(rule: &'static Rule, mut finding: Finding, selection: &Selection) -> Diagnostic {
    // Rules quote what stands in the files; no password leaves here, whichever rule it is.
    finding.message = masked_sql(&finding.message);
    finding.evidence.iter_mut().for_each(|fact| *fact = masked_sql(fact));
    let severity = match selection.severity.get(rule.name) {
        Some(severity) => *severity,
        None => finding.at_most.map_or(rule.severity, |most| most.min(rule.severity)),
    };
    Diagnostic::new(rule, severity, finding)
}

/// Worst first, then by file and line, then by database, then by name.
fn order(diagnostic: &Diagnostic) -> impl Ord + '_ {
    let finding = &diagnostic.finding;
    let place = finding.location.as_ref().map(|location| (location.path(), location.span));
    // What has no place in a file comes after what has one.
    (
        Reverse(diagnostic.severity),
        place.is_none(),
        place,
        finding.database.as_deref(),
        diagnostic.rule.name,
        finding.message.as_str(),
    )
}

/// Whether the stamp of a database could be judged at all.
fn was_judged(database: &DatabaseFacts) -> bool {
    database.stamp.as_ref().is_some_and(|stamp| {
        let is_in_doubt = matches!(stamp.choice, TableChoice::Unknown { only: None, .. });
        // Without any candidate there is no doubt about rows: there are none.
        let has_candidates = database.state.look.as_ref().is_ok_and(|look| !look.version_tables.is_empty());
        let is_read = database.state.look.as_ref().is_ok_and(|look| stamp.is_read(look));
        is_read && !(is_in_doubt && has_candidates)
    })
}

/// Answers about the graph that some file leaves open.
fn graph_gaps(facts: &Facts) -> Vec<Skipped> {
    let mut skipped = Vec::new();
    let mut add = |what: &str, gaps: Vec<String>| {
        if let Some((first, others)) = gaps.split_first() {
            let more = if others.is_empty() { String::new() } else { format!(" (and {} more)", others.len()) };
            skipped.push(Skipped { what: what.to_owned(), why: format!("{first}{more}") });
        }
    };
    add("heads and pending revisions are not certain", gaps::unknown_parents(facts));
    add("missing parents and dependencies are not certain", gaps::unknown_ids(facts));
    add("dependencies between branches are not certain", gaps::unknown_field(facts, Field::DependsOn));
    add("branch labels are not certain", gaps::unknown_field(facts, Field::BranchLabels));
    skipped
}

/// What git could not be asked about the files of applied revisions.
fn past_gap(facts: &Facts) -> Option<Skipped> {
    let Past::Unavailable { reason } = &facts.past else { return None };
    let what = "whether applied revisions were moved or edited".to_owned();
    Some(Skipped { what, why: printable(reason) })
}

/// What could not be looked at of a database.
fn database_gap(database: &DatabaseFacts) -> Option<Skipped> {
    let name = printable(&database.state.name);
    let what = format!("the stamp of database {name}");
    let (look, stamp) = match (&database.state.look, &database.stamp) {
        (Err(error), _) => return Some(Skipped { what, why: printable(&error.message) }),
        (Ok(look), Some(stamp)) => (look, stamp),
        (Ok(_), None) => return Some(Skipped { what, why: "it was not judged".to_owned() }),
    };
    if let (TableChoice::Unknown { reason, only: None }, false) = (&stamp.choice, look.version_tables.is_empty()) {
        let why = format!("which version table Alembic would use is not known: {}", printable(reason));
        return Some(Skipped { what, why });
    }
    match stamp.table(look).map(|table| &table.rows) {
        Some(Rows::Known { values, more: Some(all) }) => {
            let why = format!("only {} of {all} rows were read", values.len());
            Some(Skipped { what: format!("{what}, all rows"), why })
        }
        Some(Rows::Known { more: None, .. }) => guessed_table(stamp, look, &name),
        Some(Rows::Denied { missing }) => Some(Skipped { what, why: format!("missing: {}", printable(missing)) }),
        Some(Rows::Failed { reason }) => Some(Skipped { what, why: printable(reason) }),
        None => None,
    }
}

/// Tables that were not read: what revisions made could not be looked for.
fn tables_gap(database: &DatabaseFacts) -> Option<Skipped> {
    let why = match &database.state.look.as_ref().ok()?.tables {
        Tables::Failed(reason) => printable(reason),
        Tables::Read(catalog) if catalog.is_cut() => {
            format!("there are more than the {MOST_RELATIONS} tables or {MOST_PARTS} columns that are read")
        }
        Tables::Read(_) | Tables::NotRead => return None,
    };
    Some(Skipped { what: format!("what the tables of database {} look like", printable(&database.state.name)), why })
}

/// The only candidate was taken for the version table, though env.py does not say that it is.
fn guessed_table(stamp: &Stamp, look: &Look, name: &str) -> Option<Skipped> {
    let (TableChoice::Unknown { reason, .. }, Some(table)) = (&stamp.choice, stamp.table(look)) else { return None };
    let what = format!("which version table Alembic would use in database {name}");
    let why = format!("{}; {} was read, the only candidate", printable(reason), printable(&table.name));
    Some(Skipped { what, why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Verdict;
    use crate::database::{ErrorKind, ProbeError};
    use crate::rules::testing::{computed, facts, revision, state, table, with_database, with_rows, with_tables};

    fn everything() -> Selection {
        Selection::default()
    }

    fn names(report: &Report) -> Vec<&str> {
        report.diagnostics.iter().map(|diagnostic| diagnostic.rule.name).collect()
    }

    fn fork() -> Facts {
        facts(vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"]), revision("z", &[])])
    }

    #[test]
    fn a_sound_project_is_healthy() {
        let report = run("check", facts(vec![revision("a", &[])]), Scope::Offline, &everything());
        assert_eq!((report.verdict(), report.exit_code()), (Verdict::Healthy, 0));
        assert!(report.checks > 0);
    }

    #[test]
    fn a_project_without_files_is_never_healthy() {
        let report = run("check", facts(Vec::new()), Scope::Offline, &everything());
        assert_eq!((report.verdict(), report.exit_code()), (Verdict::Incomplete, 3));
        assert_eq!(report.skipped[0].why, "there is no revision file");
    }

    #[test]
    fn the_worst_comes_first_and_fails_the_run() {
        let report = run("check", fork(), Scope::Offline, &everything());
        assert_eq!(names(&report), ["multiple-heads", "multiple-bases"]);
        assert_eq!((report.verdict(), report.exit_code()), (Verdict::Findings, 1));
    }

    #[test]
    fn rules_can_be_selected_ignored_and_judged_otherwise() {
        let mut selection = everything();
        selection.ignore.push("multiple-heads".to_owned());
        let report = run("check", fork(), Scope::Offline, &selection);
        assert_eq!((names(&report), report.exit_code()), (vec!["multiple-bases"], 0));
        assert_eq!(report.skipped.len(), 1, "what is left out is said: {:?}", report.skipped);

        selection = everything();
        selection.select.push("multiple-bases".to_owned());
        selection.severity.insert("multiple-bases".to_owned(), Severity::Error);
        let report = run("check", fork(), Scope::Offline, &selection);
        assert_eq!((names(&report), report.checks, report.exit_code()), (vec!["multiple-bases"], 1, 1));
    }

    #[test]
    fn a_project_whose_errors_are_left_out_is_not_called_healthy() {
        let facts = with_rows(vec![revision("a", &[])], &["zzz"]);
        let selection = Selection { select: vec!["multiple-heads".to_owned()], ..everything() };
        let report = run("diagnose", facts, Scope::WithDatabases, &selection);
        assert_eq!((report.verdict(), report.exit_code()), (Verdict::Incomplete, 0));
        assert!(report.skipped[0].what.contains("orphaned-stamp"), "{:?}", report.skipped);
    }

    #[test]
    fn a_table_that_was_only_guessed_leaves_a_gap() {
        let mut facts = with_rows(vec![revision("a", &[])], &["a"]);
        facts.project.env.version_table = crate::project::env::Fact::Unknown { reason: "it is computed".to_owned() };
        for database in &mut facts.databases {
            let look = database.state.look.as_ref().unwrap();
            database.stamp = Some(Stamp::new(&facts.project.env, &facts.graph, look));
        }
        let report = run("diagnose", facts, Scope::WithDatabases, &everything());
        assert_eq!((report.verdict(), report.exit_code()), (Verdict::Incomplete, 0));
    }

    #[test]
    fn names_that_are_no_rule_are_named() {
        let mut selection = everything();
        selection.select = vec!["multiple-heads".to_owned(), "multiple-head".to_owned()];
        selection.ignore = vec!["all".to_owned(), "all".to_owned()];
        assert_eq!(unknown_names(&selection), ["all", "multiple-head"]);
    }

    #[test]
    fn a_database_that_could_not_be_looked_at_beats_every_finding() {
        let error = ProbeError {
            kind: ErrorKind::Unreachable,
            message: "nobody answers".to_owned(),
            detail: None,
            hints: Vec::new(),
        };
        let facts = with_database(vec![revision("a", &[])], vec![state(Err(error))]);
        let mut selection = everything();
        selection.ignore.push("database-unreachable".to_owned());
        let report = run("diagnose", facts, Scope::WithDatabases, &selection);
        assert_eq!((report.verdict(), report.exit_code()), (Verdict::Incomplete, 4));
        let skipped: Vec<&str> = report.skipped.iter().map(|skipped| skipped.what.as_str()).collect();
        assert_eq!(skipped, ["1 error of database-unreachable", "the stamp of database default"]);
    }

    #[test]
    fn a_table_that_cannot_be_read_counts_as_not_looked_at() {
        let mut hidden = table("public", &[]);
        hidden.rows = Rows::Denied { missing: "SELECT on public.alembic_version".to_owned() };
        let facts = with_tables(vec![revision("a", &[])], vec![hidden]);
        let report = run("diagnose", facts, Scope::WithDatabases, &everything());
        assert_eq!((names(&report), report.exit_code()), (vec!["version-table-unreadable"], 4));
    }

    #[test]
    fn findings_about_a_database_carry_its_name() {
        let facts = with_rows(vec![revision("a", &[]), revision("b", &["a"])], &["a"]);
        let report = run("diagnose", facts, Scope::WithDatabases, &everything());
        assert_eq!(names(&report), ["database-behind"]);
        assert_eq!(report.diagnostics.first().and_then(|d| d.finding.database.as_deref()), Some("default"));
        assert_eq!(report.exit_code(), 0);
    }

    #[test]
    fn a_parent_that_is_not_known_leaves_a_gap() {
        let revisions = vec![revision("a", &[]), computed(revision("b", &[]), Field::DownRevision)];
        let report = run("check", facts(revisions), Scope::Offline, &everything());
        assert_eq!(names(&report), ["identifier-not-static"]);
        assert_eq!(report.skipped.len(), 1, "{:?}", report.skipped);
    }

    #[test]
    fn tables_that_could_not_be_read_leave_a_gap() {
        let mut facts = with_rows(vec![revision("a", &[])], &["a"]);
        for database in &mut facts.databases {
            database.state.look.as_mut().unwrap().tables = Tables::Failed("canceling statement".to_owned());
        }
        let report = run("diagnose", facts, Scope::WithDatabases, &everything());
        assert_eq!(report.verdict(), Verdict::Incomplete);
        assert_eq!(report.skipped[0].what, "what the tables of database default look like");
    }
}
