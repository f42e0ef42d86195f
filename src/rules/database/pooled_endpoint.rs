//! `pooled-endpoint`

use crate::database::{DatabaseState, ErrorKind, Look, Pooler, ServerAddress};
use crate::diagnostic::{Changes, Finding, Severity};
use crate::facts::Facts;
use crate::rules::{Check, Rule, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "pooled-endpoint",
    summary: "The URL leads to a pooler, not to the database itself",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/pooled-endpoint.md"),
    check: Check::Database(check),
};

fn check(facts: &Facts, database: &DatabaseState) -> Vec<Finding> {
    let finding = match &database.look {
        Ok(look) => look.pooler.as_ref().map(|pooler| behind(look, pooler, facts.is_alembics_own(database))),
        // What the pooler said is in the finding about the connection.
        Err(error) if error.kind == ErrorKind::PoolerParameter => Some(
            Finding::new("A pooler answers, and it refuses a startup parameter")
                .evidence(error.detail.as_deref().map_or_else(|| printable(&error.message), printable)),
        ),
        Err(_) => None,
    };
    let Some(finding) = finding else { return Vec::new() };
    vec![
        finding
            .evidence(format!("the URL came from {}", printable(&database.source)))
            .next(
                wording::doctor(&facts.project, "explain pooled-endpoint"),
                "shows how to name the database itself, for migrations only",
                Changes::Nothing,
            )
            .do_not("add `options` to the pooler's ignore_startup_parameters: it drops them, and says nothing")
            .do_not("take advisory locks in env.py over this address: they can stay behind in the pool"),
    ]
}

fn behind(look: &Look, pooler: &Pooler, is_own: bool) -> Finding {
    let who = if pooler.is_certain { "answers" } else { "seems to answer" };
    let mut finding = match (&pooler.refusal, &pooler.options) {
        (Some(_), _) => Finding::new(format!("A pooler {who}, and it refuses the `options` of the URL")),
        (None, Some(_)) => Finding::new(format!(
            "A pooler {who}, and whether the `options` of the URL reach the database is not known"
        )),
        (None, None) => Finding::new(format!(
            "A pooler {who}: locks and settings of a migration's session may not hold until it ends"
        )),
    };
    finding.evidence = pooler.signs.iter().map(|sign| printable(sign)).collect();
    if let Some(refusal) = &pooler.refusal {
        finding = finding.evidence(format!("a connection with them was answered: {}", printable(refusal)));
    }
    if let (true, Some(ServerAddress::Tcp(address))) = (pooler.is_certain, &look.address) {
        finding = finding.evidence(format!("the database itself is at {}", printable(address)));
    }
    if pooler.refusal.is_some() && is_own { finding } else { finding.at_most(Severity::Warning) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{findings, revision, with_rows};

    fn found(pooler: Pooler) -> Finding {
        let mut facts = with_rows(vec![revision("a", &[])], &["a"]);
        let look = facts.databases.first_mut().unwrap().state.look.as_mut().unwrap();
        look.pooler = Some(pooler);
        look.address = Some(ServerAddress::Tcp("10.0.0.7:5432".to_owned()));
        findings("pooled-endpoint", &facts).remove(0)
    }

    #[test]
    fn a_name_is_a_hint_and_a_process_is_proof() {
        let hint = found(Pooler { signs: vec!["port 6432".to_owned()], ..Pooler::default() });
        assert!(hint.message.starts_with("A pooler seems to answer"), "{}", hint.message);
        assert!(!hint.evidence.iter().any(|line| line.contains("10.0.0.7")), "{:?}", hint.evidence);
        let proof = found(Pooler { is_certain: true, signs: vec!["process 1".to_owned()], ..Pooler::default() });
        assert!(proof.evidence.iter().any(|line| line.contains("10.0.0.7:5432")), "{:?}", proof.evidence);
        assert_eq!(proof.at_most, Some(Severity::Warning));
    }

    #[test]
    fn nothing_is_said_of_a_direct_address() {
        assert!(findings("pooled-endpoint", &with_rows(vec![revision("a", &[])], &["a"])).is_empty());
    }
}
