//! `unreadable-revision`

use std::ffi::OsStr;

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::Facts;
use crate::revision::{Problem, ProblemKind};
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "unreadable-revision",
    summary: "A revision file cannot be read as Python",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/unreadable-revision.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    facts
        .problems
        .iter()
        .filter(|problem| matches!(problem.kind, ProblemKind::Unreadable | ProblemKind::SyntaxBelowHeader))
        .map(|problem| finding(facts, problem))
        .collect()
}

fn finding(facts: &Facts, problem: &Problem) -> Finding {
    let file = problem.location.path();
    let path = wording::path(file);
    let message = printable(&problem.message);
    // The reader either completes "<file> …" or writes a sentence of its own.
    let completes = ["has ", "is ", "cannot "].iter().any(|verb| message.starts_with(verb));
    let separator = if completes { " " } else { ": " };
    let mut finding = Finding::new(format!("{path}{separator}{message}")).at(problem.location.clone());
    finding = match &problem.revision {
        Some(id) => finding
            .revision(id)
            .evidence(format!("its header says that it is {}, so it keeps its place in the graph", wording::id(id))),
        None if is_folder(file) => finding.evidence("no file in it is in the graph shown here"),
        None => finding.evidence("its id is not known, so it is missing from the graph shown here"),
    };
    match file.extension().and_then(OsStr::to_str) {
        Some("py") => {
            finding = finding.evidence("every Alembic command that loads the revisions fails on it");
            finding.next.extend(wording::compile(file));
        }
        Some("pyc" | "pyo") => {
            finding = finding.evidence("`sourceless` is set, so Alembic itself loads it").next(
                facts.project.command("history"),
                "asks Alembic, which runs the file",
                Changes::Nothing,
            );
        }
        _ => {
            finding = finding.evidence("Alembic passes over a folder that it cannot list, without a word");
            let command = wording::shell(&file.display().to_string()).map(|file| format!("ls -ld {file}"));
            let why = "shows whose it is: run with the rights of the account that runs Alembic";
            finding.next.extend(command.map(|command| Step::new(command, why, Changes::Nothing)));
        }
    }
    finding.do_not("delete or rename the file to get past it: databases that have run it would be lost")
}

/// Whether this is a version folder that cannot be listed: files count by their ending.
fn is_folder(path: &std::path::Path) -> bool {
    !path.extension().and_then(OsStr::to_str).is_some_and(|ending| ["py", "pyc", "pyo"].contains(&ending))
}

#[cfg(test)]
mod tests {
    use crate::revision::{Problem, ProblemKind};
    use crate::rules::testing::{facts, findings};
    use crate::source::Location;

    fn next_of(path: &str) -> String {
        let mut facts = facts(Vec::new());
        facts.problems.push(Problem {
            kind: ProblemKind::Unreadable,
            location: Location::unread(path),
            message: "cannot be listed: permission denied".to_owned(),
            revision: None,
        });
        let found = findings("unreadable-revision", &facts);
        format!("{:?} {:?}", found[0].evidence, found[0].next)
    }

    #[test]
    fn what_is_said_of_alembic_depends_on_what_it_is() {
        assert!(next_of("versions/a.py").contains("fails on it"));
        assert!(next_of("versions/a.pyc").contains("alembic history"));
        assert!(next_of("versions/sub").contains("ls -ld versions/sub"));
        assert!(!next_of("versions/sub").contains("fails on it"));
    }
}
