//! `foreign-stamp`

use crate::diagnostic::{Changes, Finding, Severity};
use crate::rules::{Check, Rule, StampFacts, wording};

use super::remedy;

pub(super) const RULE: Rule = Rule {
    name: "foreign-stamp",
    summary: "The version table belongs to another application",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/foreign-stamp.md"),
    check: Check::Stamp(check),
};

/// An application that keeps its own stamp in `alembic_version`, and tables that only it has
/// together.
pub(super) struct Application {
    name: &'static str,
    tables: &'static [&'static str],
}

/// Their models, as released: every name must be there before one of them is suspected.
const APPLICATIONS: [Application; 6] = [
    Application { name: "MLflow", tables: &["experiments", "latest_metrics", "model_versions", "registered_models"] },
    Application { name: "Apache Airflow", tables: &["dag", "dag_run", "slot_pool", "task_instance"] },
    Application { name: "Apache Superset", tables: &["dashboard_slices", "dashboards", "slices", "table_columns"] },
    Application { name: "Prefect", tables: &["block_document", "flow_run", "flow_run_state", "task_run"] },
    Application { name: "Optuna", tables: &["studies", "study_directions", "trial_params", "trials"] },
    Application { name: "Dagster", tables: &["daemon_heartbeats", "event_logs", "run_tags", "runs"] },
];

/// The other application whose tables are here, unless this code's own files name them too.
pub(super) fn owner(seen: &StampFacts<'_>) -> Option<&'static Application> {
    let names = &seen.look.table_names;
    let revisions = seen.facts.graph.revisions();
    APPLICATIONS.iter().find(|application| {
        let are_here = application.tables.iter().all(|table| names.iter().any(|name| name == table));
        let is_ours = |table: &&str| {
            let quoted = [format!("\"{table}\""), format!("'{table}'")];
            revisions.iter().any(|own| quoted.iter().any(|name| own.source.text().contains(name)))
        };
        are_here && !application.tables.iter().any(is_ours)
    })
}

/// `experiments, … are tables of MLflow`
pub(super) fn clue(application: &Application) -> String {
    format!("{} are tables of {}", wording::list(application.tables), application.name)
}

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let rows: Vec<String> = seen.stamp.lost().into_iter().filter(|row| seen.facts.witness.denies(row)).collect();
    let (Some(first), Some(application)) = (rows.first(), owner(seen)) else { return Vec::new() };
    let name = application.name;
    vec![
        Finding::new(format!(
            "The row {} is not of this project: the tables here are those of {name}",
            wording::ids(&rows)
        ))
        .revision(first)
        .evidence(remedy::rows_line(seen))
        .evidence(clue(application))
        .evidence("no commit, stash or reflog entry of this repository has a revision with that id")
        .evidence("no revision here names those tables")
        .next(
            wording::doctor(&seen.facts.project, "explain foreign-stamp"),
            "shows how to give this project a version table, a schema or a database of its own; which of them is \
                 for a person to decide",
            Changes::Nothing,
        )
        .do_not(format!("stamp over the row or delete it: {name} would lose its place"))
        .do_not(format!("run `upgrade` here before: its revisions would mix with the tables of {name}")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, Testimony, Witness};
    use crate::rules::testing::{findings, revision, with_rows};

    fn beside_mlflow(testimony: Testimony) -> Facts {
        let mut facts = with_rows(vec![revision("a", &[])], &["gone"]);
        let look = facts.databases.first_mut().unwrap().state.look.as_mut().unwrap();
        look.table_names = APPLICATIONS.first().unwrap().tables.iter().map(|name| (*name).to_owned()).collect();
        facts.hear(Witness::Heard(testimony));
        facts
    }

    #[test]
    fn only_a_whole_history_without_a_trace_and_all_the_tables_accuse() {
        let facts = beside_mlflow(Testimony::default());
        assert!(findings("foreign-stamp", &facts).first().unwrap().message.contains("MLflow"));
        assert!(findings("orphaned-stamp", &facts).is_empty());

        let shallow = beside_mlflow(Testimony { is_shallow: true, ..Testimony::default() });
        assert!(findings("foreign-stamp", &shallow).is_empty());
        assert_eq!(findings("orphaned-stamp", &shallow).len(), 1);

        let mut fewer = beside_mlflow(Testimony::default());
        fewer.databases.first_mut().unwrap().state.look.as_mut().unwrap().table_names.pop();
        assert!(findings("foreign-stamp", &fewer).is_empty());
    }

    #[test]
    fn an_application_is_not_foreign_to_its_own_code() {
        let mut facts = beside_mlflow(Testimony::default());
        let own = with_rows(vec![revision("experiments", &[])], &["gone"]);
        facts.graph = own.graph;
        assert!(findings("foreign-stamp", &facts).is_empty());
    }
}
