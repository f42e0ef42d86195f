//! `stray-file`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::revision::{Problem, ProblemKind};
use crate::rules::{Check, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "stray-file",
    summary: "A Python file among the revisions has no revision id, and breaks every Alembic command",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/stray-file.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    facts
        .problems
        .iter()
        .filter(|problem| problem.kind == ProblemKind::Stray)
        .map(|problem| finding(facts, problem))
        .collect()
}

fn finding(facts: &Facts, problem: &Problem) -> Finding {
    let path = problem.location.path();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut finding = Finding::new(format!("{} is no revision: it has no `revision`", wording::path(path)))
        .at(problem.location.clone())
        .evidence(format!(
            "Alembic says: Could not determine revision id from filename {}",
            crate::source::printable(&name)
        ));
    if let Some(module) = name.strip_suffix(".py").and_then(wording::shell) {
        finding = finding.next(
            format!("grep -rnw --include='*.py' -e {module} ."),
            "shows who imports it, and would have to import it from its new place",
            Changes::Nothing,
        );
    }
    // The folder of env.py is on the import path of nothing, but Alembic does not load files from it.
    let home = &facts.project.script_directory;
    let is_searched = facts.project.version_locations.iter().any(|location| location.path == *home);
    let words = [path.display().to_string(), home.join(name.as_ref()).display().to_string()];
    if let Some(words) = wording::shell_words(&words).filter(|_| !is_searched) {
        finding = finding.next(
            format!("mv -n {words}"),
            "moves it out of the revisions; a file that is meant to be a revision needs `revision` and \
             `down_revision` instead",
            Changes::Files,
        );
    }
    finding.do_not("give a helper a made-up `revision` to keep Alembic quiet: it would become a head")
}
