//! `duplicate-branch-label`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::graph::LabelConflict;
use crate::revision::Field;
use crate::rules::{Check, Rule, wording};

pub(super) const RULE: Rule = Rule {
    name: "duplicate-branch-label",
    summary: "A branch label is already taken by another label or by a revision id",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/duplicate-branch-label.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    facts.graph.label_conflicts().iter().filter_map(|conflict| finding(facts, conflict)).collect()
}

fn finding(facts: &Facts, conflict: &LabelConflict) -> Option<Finding> {
    let revisions = facts.graph.revisions();
    let claims = revisions.get(conflict.revision)?;
    let has = revisions.get(conflict.other)?;
    let label = wording::id(&conflict.label);
    let message = if has.id == conflict.label {
        if conflict.revision == conflict.other {
            format!("The branch label {label} is the revision's own id")
        } else {
            format!("The branch label {label} of {} is the id of a revision", wording::id(&claims.id))
        }
    } else {
        format!("{} and {} both claim the branch label {label}", wording::id(&has.id), wording::id(&claims.id))
    };
    let mut finding = Finding::new(message)
        .at(claims.location(Field::BranchLabels))
        .revision(&claims.id)
        .evidence(wording::revision(claims));
    if conflict.revision != conflict.other {
        let field = if has.id == conflict.label { Field::Revision } else { Field::BranchLabels };
        finding = finding.related(has.location(field), "taken here").evidence(wording::revision(has));
    }
    finding = finding.evidence("Alembic refuses to load the graph: ids and labels share one set of names");
    if let Some(label) = wording::shell(&conflict.label) {
        finding = finding.next(
            format!("grep -rnwF --include='*.py' -e {label} {}", wording::version_folders(&facts.project)),
            "shows every place that uses the name; rename the newer label there, then look at the scripts that \
             upgrade to it",
            Changes::Nothing,
        );
    }
    Some(finding.do_not("rename a revision id that a database already has; a label can always be renamed"))
}
