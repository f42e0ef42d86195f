//! `undefined-order`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::graph::UnorderedDependencies;
use crate::revision::Field;
use crate::rules::{Check, Rule, gaps, wording};

pub(super) const RULE: Rule = Rule {
    name: "undefined-order",
    summary: "Several dependencies of one revision have no order among each other, and Alembic picks one at random",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/undefined-order.md"),
    check: Check::Offline(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    let graph = &facts.graph;
    if !gaps::alembic_loads(facts) || !graph.cycles().is_empty() {
        return Vec::new();
    }
    let unordered = graph.unordered_dependencies();
    unordered.iter().filter_map(|revision| finding(facts, revision)).collect()
}

fn finding(facts: &Facts, unordered: &UnorderedDependencies) -> Option<Finding> {
    let graph = &facts.graph;
    let revision = graph.get(&unordered.revision)?;
    let id = wording::id(&unordered.revision);
    let names = wording::ids(&unordered.dependencies);
    let mut finding = Finding::new(format!("Which of {names} runs first before {id} changes from run to run"))
        .at(revision.location(Field::DependsOn))
        .revision(&unordered.revision);
    let lines = unordered.dependencies.iter().filter_map(|dependency| graph.get(dependency));
    finding.evidence = wording::fold(lines.map(|line| format!("depends on {}", wording::revision(line))).collect());
    finding = finding.evidence(
        "none of them comes before another, and Alembic keeps them in a set, whose order follows Python's hash seed",
    );
    if let Some(target) = wording::shell(&unordered.revision) {
        finding = finding.next(
            facts.project.command(&format!("upgrade {target} --sql")),
            "prints everything in one of these orders, and runs nothing: look whether two of the lines touch the same \
             tables",
            Changes::Nothing,
        );
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use crate::revision::Revision;
    use crate::rules::testing::{commands, facts, findings, revision};

    fn depending(id: &str, on: &[&str]) -> Revision {
        let mut revision = revision(id, &[]);
        revision.depends_on = on.iter().map(|dependency| (*dependency).to_owned()).collect();
        revision
    }

    #[test]
    fn two_lines_of_their_own_have_no_order() {
        let facts = facts(vec![revision("b", &[]), revision("c", &[]), depending("d", &["b", "c"])]);
        let found = findings("undefined-order", &facts);
        assert_eq!(commands(found.first().unwrap()), ["alembic upgrade d --sql"]);
        assert_eq!(found.first().unwrap().message, "Which of b and c runs first before d changes from run to run");
    }

    #[test]
    fn a_line_and_its_end_have_an_order() {
        let facts = facts(vec![revision("b", &[]), revision("c", &["b"]), depending("d", &["b", "c"])]);
        assert!(findings("undefined-order", &facts).is_empty());
        let one_of_two_falls_away = vec![revision("b", &[]), revision("c", &[]), depending("d", &["b"]), {
            let mut e = revision("e", &["d"]);
            e.depends_on = vec!["b".to_owned(), "c".to_owned()];
            e
        }];
        assert!(findings("undefined-order", &crate::rules::testing::facts(one_of_two_falls_away)).is_empty());
    }
}
