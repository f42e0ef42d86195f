//! `duplicate-revision-id`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::Facts;
use crate::graph::DuplicateId;
use crate::revision::{Field, Revision};
use crate::rules::{Check, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "duplicate-revision-id",
    summary: "Several files claim the same revision id",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/duplicate-revision-id.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let mut duplicates = facts.graph.duplicates();
    duplicates.sort_by(|a, b| a.id.cmp(&b.id));
    duplicates.iter().filter_map(|duplicate| finding(facts, duplicate)).collect()
}

fn finding(facts: &Facts, duplicate: &DuplicateId) -> Option<Finding> {
    let revisions = facts.graph.revisions();
    let files: Vec<&Revision> = duplicate.files.iter().filter_map(|index| revisions.get(*index)).collect();
    let (used, ignored) = files.split_last()?;
    let id = wording::id(&duplicate.id);
    let ignored_paths: Vec<String> = ignored.iter().map(|file| wording::path(file.source.path())).collect();
    let mut finding = Finding::new(format!(
        "{} files claim the id {id}, and Alembic keeps the last one it loads: {} will never run",
        files.len(),
        wording::list(&ignored_paths)
    ))
    .at(used.location(Field::Revision))
    .revision(&duplicate.id);
    for file in ignored {
        finding = finding
            .evidence(format!("ignored: {}", wording::revision(file)))
            .related(file.location(Field::Revision), "ignored: it claims the same id");
    }
    finding = finding.evidence(format!("used: {}", wording::revision(used)));

    let same = ignored.iter().all(|file| file.source.text() == used.source.text());
    if same {
        finding = finding.evidence("the files are the same, byte for byte".to_owned());
        let doomed: Vec<String> = ignored.iter().map(|file| file.source.path().display().to_string()).collect();
        if let Some(doomed) = wording::shell_words(&doomed) {
            finding = finding.next(
                format!("rm {doomed}"),
                "deletes the copy and keeps the id, so no database notices",
                Changes::Files,
            );
        }
    } else {
        if let Some(first) = ignored.first() {
            let pair = [first.source.path().display().to_string(), used.source.path().display().to_string()];
            if let Some(pair) = wording::shell_words(&pair) {
                finding = finding.next(
                    format!("git diff --no-index {pair}"),
                    "shows what each does: the one that some database has run must keep the id",
                    Changes::Nothing,
                );
            }
        }
        // Which of them has run, nobody can see from the id.
        for file in &files {
            let Some(path) = wording::shell(&file.source.path().display().to_string()) else { continue };
            finding = finding.or(vec![Step::new(
                wording::doctor(&facts.project, &format!("reid {path} --assume-undeployed")),
                "gives this file an id of its own; right when it is the other one that databases have run",
                Changes::Files,
            )]);
        }
    }
    Some(
        finding
            .do_not("write a merge revision: there is only one id, so there is nothing to merge")
            .do_not("get past it with `upgrade heads`: it runs one file and skips the other, without a word"),
    )
}
