//! `missing-dependency`

use super::missing_parent::{absent, in_doubt, point_at, suggest};
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::graph::EdgeKind;
use crate::revision::{Field, Revision};
use crate::rules::{Check, Rule, gaps, wording};

pub(super) const RULE: Rule = Rule {
    name: "missing-dependency",
    summary: "A revision depends on one that no file has",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/missing-dependency.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    // A file whose id or labels are not known may be the one.
    let unknown = [gaps::unknown_ids(facts), gaps::unknown_field(facts, Field::BranchLabels)].concat();
    let found = absent(facts, EdgeKind::Dependency).into_iter();
    found.map(|(name, children)| in_doubt(facts, finding(facts, &name, &children, &unknown), &unknown)).collect()
}

fn finding(facts: &Facts, name: &str, children: &[&Revision], unknown: &[String]) -> Finding {
    let names: Vec<&str> = children.iter().map(|child| child.id.as_str()).collect();
    let verb = if names.len() == 1 { "depends" } else { "depend" };
    let mut finding = Finding::new(format!(
        "{} {verb} on {}, which is neither the id nor the branch label of any revision{}",
        wording::ids(&names),
        wording::id(name),
        if unknown.is_empty() { "" } else { " that could be read" }
    ));
    finding = point_at(finding, children, Field::DependsOn);
    finding = finding.evidence("`depends_on` takes whole ids and whole labels only, no beginnings of ids");
    suggest(facts, finding, name, children, Field::DependsOn)
        .do_not("remove the dependency before you know what it was for: the order of the upgrade would change")
}
