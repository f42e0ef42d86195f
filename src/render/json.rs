//! The document of `--format json`: `"schema": 1`.
//!
//! Its own structs, so that a change of the model cannot change what scripts read. What is
//! unknown is `null`, never an empty list. Control characters and characters that hide others
//! are written as `\uXXXX`: nothing is lost and nothing reaches a terminal.

use std::path::Path;

use serde::Serialize;

use super::databases_json::DatabasePart;
use super::environments_json::{EnvironmentsPart, FleetPart};
use super::future_json::{FuturePart, LockPart};
use super::gate_json::{GatePart, WaitPart, Waited};
use super::merge::MergePage;
use super::merge_json::MergePart;
use super::messages_json::MessagePart;
use super::plan_json::PlanPart;
use super::summary_json::Summary;
use super::words::shown_as;
use crate::check::gate::{Gate, Question};
use crate::check::{Dates, Planned, Report, Verdict};
use crate::diagnostic::Step;
use crate::facts::Facts;
use crate::graph::{Graph, Plan};
use crate::messages::Settled;
use crate::source::Location;

pub use super::rules_json::rules;

/// The version of the document. It changes when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// The document of every command that looks at a project. `verdict` is that of the report.
pub fn document(report: &Report, verdict: Verdict) -> String {
    write(&Document::new(report, verdict))
}

/// The document of `plan`; without a plan where the rows are not known.
pub fn plan(report: &Report, verdict: Verdict, targets: &[String], plan: Option<(&Plan, &Planned)>) -> String {
    let plan = plan.map(|(plan, planned)| PlanPart::new(targets, plan, planned));
    write(&Document { plan: Some(plan), ..Document::new(report, verdict) })
}

/// The document of `merge`.
pub fn merge(report: &Report, verdict: Verdict, page: &MergePage<'_>) -> String {
    write(&Document { merge: Some(MergePart::new(page)), ..Document::new(report, verdict) })
}

/// The document of `envs`.
pub fn environments(report: &Report, verdict: Verdict, dates: &Dates) -> String {
    let environments = EnvironmentsPart::new(report, dates);
    write(&Document { environments: Some(environments), ..Document::new(report, verdict) })
}

/// The document of `gate` and `verify`.
pub fn gate(report: &Report, verdict: Verdict, gate: &Gate) -> String {
    let part = Some(GatePart::new(gate));
    let (gate, verify) = match gate.question {
        Question::Gate => (part, None),
        Question::Verify => (None, part),
    };
    write(&Document { gate, verify, ..Document::new(report, verdict) })
}

/// The document of `wait`.
pub fn wait(report: &Report, verdict: Verdict, waited: &Waited) -> String {
    write(&Document { wait: Some(WaitPart::new(waited)), ..Document::new(report, verdict) })
}

/// The document of `explain` for pasted messages.
pub fn explain(report: &Report, verdict: Verdict, settled: &[Settled]) -> String {
    let messages = settled.iter().map(|one| MessagePart::new(one, report)).collect();
    write(&Document { messages: Some(messages), ..Document::new(report, verdict) })
}

/// The document of `history`: these ids, newest first.
pub fn history(report: &Report, verdict: Verdict, ids: &[&str]) -> String {
    write(&Document { history: Some(ids.to_vec()), ..Document::new(report, verdict) })
}

impl<'a> Document<'a> {
    fn new(report: &'a Report, verdict: Verdict) -> Self {
        Self {
            schema: SCHEMA,
            tool: Tool::THIS,
            command: report.command,
            project: ProjectPart::new(&report.facts),
            graph: GraphPart::new(&report.facts.graph),
            databases: report.facts.databases.iter().map(DatabasePart::new).collect(),
            fleets: report.facts.fleets.iter().map(FleetPart::new).collect(),
            future: report.facts.future.as_ref().map(FuturePart::new),
            lock: report.facts.locked.as_ref().map(LockPart::new),
            environments: None,
            history: None,
            plan: None,
            gate: None,
            verify: None,
            wait: None,
            merge: None,
            messages: None,
            findings: report.diagnostics.iter().map(FindingPart::new).collect(),
            summary: Summary::new(report),
            verdict: verdict.as_str(),
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: Tool,
    command: &'a str,
    project: ProjectPart,
    graph: GraphPart<'a>,
    databases: Vec<DatabasePart<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fleets: Vec<FleetPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    future: Option<FuturePart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<LockPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environments: Option<EnvironmentsPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<&'a str>>,
    /// `null` when the rows are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Option<PlanPart>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<GatePart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verify: Option<GatePart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<WaitPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merge: Option<MergePart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<MessagePart<'a>>>,
    findings: Vec<FindingPart<'a>>,
    summary: Summary<'a>,
    verdict: &'static str,
}

#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub(super) const THIS: Self = Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
}

#[derive(Serialize)]
struct ProjectPart {
    /// The ini file, or pyproject.toml where there is no ini.
    config: Option<String>,
    section: String,
    script_location: String,
    version_locations: Vec<String>,
    revisions: usize,
    unreadable: usize,
}

impl ProjectPart {
    fn new(facts: &Facts) -> Self {
        let project = &facts.project;
        let config = project.ini.as_ref().or(project.pyproject.as_ref());
        Self {
            config: config.map(|source| path(project.shown(source.path()))),
            section: project.section.clone(),
            // Not as configured: `%(here)s` makes that an absolute path.
            script_location: path(project.shown(&project.script_directory)),
            version_locations: project.version_locations.iter().map(|place| path(project.shown(&place.path))).collect(),
            revisions: facts.graph.ids().len(),
            // A file with a defect below its header is a revision all the same.
            unreadable: facts.problems.iter().filter(|problem| problem.revision.is_none()).count(),
        }
    }
}

#[derive(Serialize)]
struct GraphPart<'a> {
    heads: Vec<&'a str>,
    bases: Vec<&'a str>,
    branch_points: Vec<&'a str>,
    merge_points: Vec<&'a str>,
    /// Newest first, as `alembic history`.
    order: Vec<&'a str>,
    revisions: Vec<RevisionPart<'a>>,
}

impl<'a> GraphPart<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut revisions: Vec<RevisionPart<'a>> = graph
            .revisions()
            .iter()
            .map(|revision| RevisionPart {
                id: &revision.id,
                down_revision: &revision.down_revision,
                depends_on: &revision.depends_on,
                branch_labels: &revision.branch_labels,
                path: path(revision.source.path()),
                line: revision.location(crate::revision::Field::Revision).start().line,
                message: revision.message(),
            })
            .collect();
        // The sort is stable: copies of one id stay in load order.
        revisions.sort_by_key(|revision| revision.id);
        Self {
            heads: sorted(graph.heads()),
            bases: sorted(graph.bases()),
            branch_points: sorted(graph.branch_points()),
            merge_points: sorted(graph.merge_points()),
            order: graph.history(),
            revisions,
        }
    }
}

/// A revision as its file declares it.
#[derive(Serialize)]
struct RevisionPart<'a> {
    id: &'a str,
    down_revision: &'a [String],
    depends_on: &'a [String],
    branch_labels: &'a [String],
    path: String,
    line: usize,
    message: String,
}

#[derive(Serialize)]
struct FindingPart<'a> {
    name: &'static str,
    severity: &'static str,
    message: &'a str,
    evidence: &'a [String],
    location: Option<LocationPart>,
    revision: Option<&'a str>,
    database: Option<&'a str>,
    fingerprint: &'a str,
    next: Vec<StepPart<'a>>,
    or: Vec<Vec<StepPart<'a>>>,
    do_not: &'a [String],
}

impl<'a> FindingPart<'a> {
    fn new(diagnostic: &'a crate::check::Diagnostic) -> Self {
        let finding = &diagnostic.finding;
        Self {
            name: diagnostic.rule.name,
            severity: diagnostic.severity.as_str(),
            message: &finding.message,
            evidence: &finding.evidence,
            location: finding.location.as_ref().map(LocationPart::new),
            revision: finding.revision.as_deref(),
            database: finding.database.as_deref(),
            fingerprint: &diagnostic.fingerprint,
            next: finding.next.iter().map(StepPart::new).collect(),
            or: finding.or.iter().map(|way| way.iter().map(StepPart::new).collect()).collect(),
            do_not: &finding.do_not,
        }
    }
}

#[derive(Serialize)]
struct LocationPart {
    path: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl LocationPart {
    fn new(location: &Location) -> Self {
        let (start, end) = (location.start(), location.end());
        Self {
            path: path(location.path()),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

#[derive(Serialize)]
struct StepPart<'a> {
    command: &'a str,
    why: &'a str,
    changes: &'static str,
}

impl<'a> StepPart<'a> {
    fn new(step: &'a Step) -> Self {
        Self { command: &step.command, why: &step.why, changes: step.changes.as_str() }
    }
}

pub(super) fn texts(values: &[String]) -> Vec<&str> {
    values.iter().map(String::as_str).collect()
}

pub(super) fn sorted(mut ids: Vec<&str>) -> Vec<&str> {
    ids.sort_unstable();
    ids
}

fn path(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

/// Writes the document for people and programs: indented, and safe to show.
pub(super) fn write(document: &impl Serialize) -> String {
    // Only maps with keys that are no strings can fail, and there are none.
    let written = serde_json::to_string_pretty(document).unwrap_or_default();
    let mut safe = String::with_capacity(written.len() + 1);
    for c in written.chars() {
        // Within strings serde_json has escaped line breaks: a bare one is layout.
        if c == '\n' || shown_as(c) == c {
            safe.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    safe.push('\n');
    safe
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::database::Rows;
    use crate::diagnostic::{Changes, Finding};
    use crate::facts::StampState;
    use crate::render::testing::{RULE, database, facts, graph, place, report};

    fn read(report: &Report) -> Value {
        serde_json::from_str(&document(report, Verdict::Findings)).expect("the document is JSON")
    }

    #[test]
    fn the_document_has_exactly_the_fields_of_the_contract() {
        let graph = graph(&["b: base", "b <- a +b @web: add email"]);
        let finding = Finding::new("cause")
            .at(place("versions/a.py", "x\nrevision = \"a\"\n", "\"a\""))
            .evidence("fact")
            .revision("a")
            .next("alembic heads", "to see", Changes::Nothing)
            .or(vec![])
            .do_not("panic");
        let report = report(facts(graph, vec![database("default", &["a"], StampState::AtHead)]), vec![finding]);
        let expected = json!({
            "schema": 1,
            "tool": {"name": "alembic-doctor", "version": env!("CARGO_PKG_VERSION")},
            "command": "diagnose",
            "project": {"config": "alembic.ini", "section": "alembic", "script_location": "migrations",
                        "version_locations": ["migrations/versions"], "revisions": 2, "unreadable": 0},
            "graph": {"heads": ["a"], "bases": ["b"], "branch_points": [], "merge_points": [], "order": ["a", "b"],
                      "revisions": [
                          {"id": "a", "down_revision": ["b"], "depends_on": ["b"], "branch_labels": ["web"],
                           "path": "versions/a.py", "line": 1, "message": "add email"},
                          {"id": "b", "down_revision": [], "depends_on": [], "branch_labels": [],
                           "path": "versions/b.py", "line": 1, "message": "base"}]},
            "databases": [{"name": "default", "url": report.facts.databases[0].state.url.to_string(),
                           "url_source": "--url", "server": "PostgreSQL 15.18", "address": null, "database": "app",
                           "user": "reader", "session_user": "reader", "standby": false, "read_only": false,
                           "cluster": null, "pooled": false, "search_path": [], "settings": [],
                           "version_tables": [{"schema": "public", "name": "alembic_version", "rows": ["a"], "width": 32}],
                           "stamp": ["a"], "state": "at-head", "pending": [], "missing": []}],
            "findings": [{"name": "multiple-heads", "severity": "error", "message": "cause", "evidence": ["fact"],
                          "location": {"path": "versions/a.py", "line": 2, "column": 12, "end_line": 2, "end_column": 15},
                          "revision": "a", "database": null, "fingerprint": "",
                          "next": [{"command": "alembic heads", "why": "to see", "changes": "nothing"}],
                          "or": [[]], "do_not": ["panic"]}],
            "summary": {"error": 1, "warning": 0, "info": 0, "checks": 24, "suppressed": 0, "operations": null, "skipped": []},
            "verdict": "findings"
        });
        assert_eq!(read(&report), expected);
    }

    #[test]
    fn fields_stand_in_the_order_of_the_contract() {
        let report = report(facts(graph(&["a"]), Vec::new()), Vec::new());
        let text = document(&report, Verdict::Healthy);
        let keys: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("  \"")?.split_once('"').map(|(key, _)| key)).collect();
        assert_eq!(
            keys,
            ["schema", "tool", "command", "project", "graph", "databases", "findings", "summary", "verdict"]
        );
    }

    #[test]
    fn what_could_not_be_seen_is_null_and_not_empty() {
        let mut seen = database("default", &[], StampState::Unreadable);
        if let Ok(look) = &mut seen.state.look {
            look.version_tables[0].rows = Rows::Denied { missing: "SELECT".to_owned() };
        }
        let mut unseen = database("other", &[], StampState::Unreadable);
        unseen.stamp = None;
        let document = read(&report(facts(graph(&["a"]), vec![seen, unseen]), vec![Finding::new("x")]));
        assert_eq!(document["databases"][0]["version_tables"][0]["rows"], Value::Null);
        assert_eq!(document["databases"][0]["pending"], Value::Null);
        assert_eq!(document["databases"][1]["state"], "unreadable");
        assert_eq!(document["databases"][1]["pending"], Value::Null);
        assert_eq!(document["findings"][0]["location"], Value::Null);
    }

    #[test]
    fn no_control_character_is_written_and_none_is_lost() {
        let id = "a\u{1b}[2J\u{9b}\u{7f}\u{202e}\n";
        let report = report(facts(graph(&["b"]), Vec::new()), vec![Finding::new(id)]);
        let text = document(&report, Verdict::Findings);
        assert!(text.chars().all(|c| c == '\n' || shown_as(c) == c), "{text:?}");
        assert_eq!(read(&report)["findings"][0]["message"], id);
    }

    #[test]
    fn rules_have_a_document_of_their_own() {
        let document: Value = serde_json::from_str(&rules(&[&RULE])).expect("JSON");
        assert_eq!(document["schema"], 1);
        assert_eq!(
            document["rules"],
            json!([{"name": "multiple-heads", "summary": RULE.summary, "severity": "error", "needs": "files",
                    "since": "0.1.0", "by": "alembic-doctor", "on": true}])
        );
    }
}
