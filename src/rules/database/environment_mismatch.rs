//! `environment-mismatch`
//!
//! That one environment is behind another is how releases work. What is found here is no release:
//! a later environment that has what an earlier one lacks, two that went different ways, and
//! databases that one run migrates together and that are apart all the same.

use std::collections::BTreeSet;

use super::siblings;
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Applied, Column, DatabaseFacts, Facts};
use crate::project::env::UrlOrigin;
use crate::rules::{Check, Rule, gaps, wording};
use crate::source::printable;

pub(super) const RULE: Rule = Rule {
    name: "environment-mismatch",
    summary: "Databases differ in a way that no order of releases explains",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/environment-mismatch.md"),
    check: Check::Databases(check),
};

fn check(facts: &Facts) -> Vec<Finding> {
    // Without certain parents it is not certain what a row implies.
    if !gaps::unknown_parents(facts).is_empty() {
        return Vec::new();
    }
    let columns = facts.columns();
    let mut found = siblings::check(facts, &columns);
    found.extend(out_of_order(facts, &columns));
    found.extend(forked(facts, &columns));
    found
}

/// An environment that has what the one before it lacks.
fn out_of_order(facts: &Facts, columns: &[Column<'_>]) -> Vec<Finding> {
    let placed: Vec<_> = facts.expected.promotion.iter().filter_map(|name| of(columns, name)).collect();
    let pairs = placed.iter().zip(placed.iter().skip(1));
    pairs.filter_map(|(before, after)| skipped(facts, before, after)).collect()
}

type Placed<'a> = (&'a DatabaseFacts, &'a Applied<'a>);

/// The database of that name, where it is certain what it has.
fn of<'a>(columns: &'a [Column<'a>], name: &str) -> Option<Placed<'a>> {
    columns.iter().find_map(|column| {
        let database = column.databases.iter().find(|database| database.state.name == name)?;
        column.applied.known.is_some().then_some((*database, &column.applied))
    })
}

fn skipped(facts: &Facts, before: &Placed<'_>, after: &Placed<'_>) -> Option<Finding> {
    let missing = lacks(before.1, after.1)?;
    let newest = facts.graph.effective_heads(&owned(&missing));
    let (earlier, later) = (name(before.0), name(after.0));
    let mut finding = Finding::new(format!(
        "{later} has {}, which {earlier} lacks, though revisions reach {earlier} first",
        wording::ids(&newest)
    ))
    .evidence(format!("order of promotion: {}", printable(&facts.expected.promotion.join(", "))))
    .evidence(holds(before.0))
    .evidence(holds(after.0));
    finding.evidence.extend(listed(facts, &missing, &format!("on {later}, not on {earlier}")));
    finding.database = Some(before.0.state.name.clone());
    finding.next = upgrade(facts, before.0, &newest);
    Some(
        finding
            .do_not(format!("stamp it on {earlier}: it would never run there, and {earlier} would prove nothing"))
            .do_not(format!("release from {earlier} before: what {later} runs was never tried there")),
    )
}

/// Environments of which each has what the other lacks, and nobody said which comes first.
fn forked(facts: &Facts, columns: &[Column<'_>]) -> Option<Finding> {
    let certain: Vec<&Column<'_>> =
        columns.iter().filter(|column| column.applied.known.is_some() && !siblings::are_all(facts, column)).collect();
    let is_placed = |column: &Column<'_>| {
        let names = &facts.expected.promotion;
        column.databases.iter().all(|database| names.contains(&database.state.name))
    };
    let mut pairs = Vec::new();
    for (at, one) in certain.iter().enumerate() {
        for other in certain.iter().skip(at + 1) {
            if !(is_placed(one) && is_placed(other))
                && let (Some(here), Some(there)) =
                    (lacks(&one.applied, &other.applied), lacks(&other.applied, &one.applied))
            {
                pairs.push((*one, here, *other, there));
            }
        }
    }
    let (one, here, other, there) = pairs.first()?;
    let (first, second) = (one.databases.first()?, other.databases.first()?);
    let (left, right) = (name(first), name(second));
    let newest = |missing: &BTreeSet<&str>| facts.graph.effective_heads(&owned(missing));
    let mut finding = Finding::new(format!(
        "{left} and {right} went different ways: {left} lacks {}, {right} lacks {}",
        wording::ids(&newest(here)),
        wording::ids(&newest(there))
    ))
    .evidence(holds(first))
    .evidence(holds(second));
    finding.evidence.extend(listed(facts, here, &format!("only on {right}")));
    finding.evidence.extend(listed(facts, there, &format!("only on {left}")));
    let others = pairs.iter().skip(1).filter_map(|(one, _, other, _)| {
        let (one, other) = (one.databases.first()?, other.databases.first()?);
        Some(format!("so did {} and {}", name(one), name(other)))
    });
    finding.evidence.extend(wording::fold(others.collect()));
    finding = finding.next(
        wording::doctor(&facts.project, "graph"),
        "shows both lines; which environment gets the other's revisions first is for a person to decide: then name \
         the order as `promotion` in the settings",
        Changes::Nothing,
    );
    finding.or.extend([upgrade(facts, first, &newest(here)), upgrade(facts, second, &newest(there))]);
    finding.or.retain(|steps| !steps.is_empty());
    Some(finding.do_not("stamp the missing revisions: they would never run there").at_most(Severity::Warning))
}

/// What `one` lacks of what `other` has, as far as both are certain.
pub(super) fn lacks<'a>(one: &Applied<'a>, other: &Applied<'a>) -> Option<BTreeSet<&'a str>> {
    let missing: BTreeSet<&str> = other.known.as_ref()?.difference(one.known.as_ref()?).copied().collect();
    (!missing.is_empty()).then_some(missing)
}

/// The upgrades that bring these revisions to a database, if Alembic would run at all.
fn upgrade(facts: &Facts, database: &DatabaseFacts, newest: &[&str]) -> Vec<Step> {
    let name = name(database);
    let is_standby = database.state.look.as_ref().is_ok_and(|look| look.in_recovery || look.read_only);
    if !gaps::alembic_loads(facts) || is_standby {
        let why = if is_standby {
            format!("looks again, with a URL of {name} that may write")
        } else {
            "looks again, once the findings that keep Alembic from loading the graph are settled".to_owned()
        };
        return vec![Step::new(wording::doctor(&facts.project, "envs"), why, Changes::Nothing)];
    }
    let section = section(facts, database);
    let steps = newest.iter().filter_map(|id| {
        let arguments = format!("upgrade {}", wording::shell(id)?);
        let (command, place) = match section {
            Some(section) => (facts.project.command_in(section, &arguments), String::new()),
            None => (facts.project.command(&arguments), format!("env.py is set to {name}, and that ")),
        };
        let why = format!("brings {name} what it lacks; assumes that {place}it has a backup");
        Some(Step::new(command, why, Changes::Database))
    });
    steps.collect()
}

/// The section of the ini with which Alembic itself would go to this database.
fn section<'a>(facts: &'a Facts, database: &DatabaseFacts) -> Option<&'a str> {
    let project = &facts.project;
    let asks_ini = matches!(project.env.url.first(), Some((UrlOrigin::Ini, _)));
    let is_it = |section: &&crate::project::Section| {
        section.script_location.as_ref() == Some(&project.script_location)
            && section
                .url
                .as_ref()
                .is_some_and(|url| crate::database::DatabaseUrl::new(url.value.as_str()) == database.state.url)
    };
    let found = project.other_sections.iter().filter(|_| asks_ini).find(is_it)?;
    Some(&found.name)
}

fn owned(ids: &BTreeSet<&str>) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// The name of an environment in a sentence.
fn name(database: &DatabaseFacts) -> String {
    wording::id(&database.state.name)
}

/// `prod holds c3cc (app@db:5432/app)`
fn holds(database: &DatabaseFacts) -> String {
    let rows = database.stamp.as_ref().map(|stamp| stamp.rows.as_slice()).unwrap_or_default();
    format!("{} holds {} ({})", name(database), wording::ids(rows), printable(&database.state.url.address()))
}

/// Revisions as lines of evidence, in the order in which they run.
fn listed(facts: &Facts, ids: &BTreeSet<&str>, what: &str) -> Vec<String> {
    let order = facts.graph.history().into_iter().rev().filter(|id| ids.contains(id));
    let revisions = order.filter_map(|id| facts.graph.get(id));
    wording::fold(revisions.map(|revision| format!("{what}: {}", wording::revision(revision))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{DatabaseState, Look};
    use crate::rules::testing::{findings, revision, table, with_database};

    /// `a <- b <- c` and `a <- x`, in databases with these rows.
    fn facts(promotion: &[&str], databases: &[(&str, &[&str])]) -> Facts {
        let revisions = vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["b"]), revision("x", &["a"])];
        let state = |(name, rows): &(&str, &[&str])| {
            let look = Look { version_tables: vec![table("public", rows)], user_tables: 5, ..Look::default() };
            DatabaseState { name: (*name).to_owned(), ..crate::rules::testing::state(Ok(look)) }
        };
        let mut facts = with_database(revisions, databases.iter().map(state).collect());
        facts.expected.promotion = promotion.iter().map(|name| (*name).to_owned()).collect();
        facts
    }

    fn messages(facts: &Facts) -> Vec<String> {
        findings("environment-mismatch", facts).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn being_behind_is_how_releases_work() {
        assert!(messages(&facts(&["dev", "prod"], &[("dev", &["c"]), ("prod", &["a"])])).is_empty());
        assert!(messages(&facts(&[], &[("dev", &["c"]), ("prod", &["a"]), ("qa", &["b"])])).is_empty());
    }

    #[test]
    fn the_order_decides_which_of_two_is_wrong() {
        let rows: &[(&str, &[&str])] = &[("prod", &["c"]), ("staging", &["b"])];
        let found = messages(&facts(&["staging", "prod"], rows));
        assert_eq!(found, ["prod has c, which staging lacks, though revisions reach staging first"]);
        assert!(messages(&facts(&["prod", "staging"], rows)).is_empty());
    }

    #[test]
    fn one_that_cannot_be_judged_is_passed_over() {
        let found = facts(&["dev", "qa", "prod"], &[("dev", &["b"]), ("qa", &["gone"]), ("prod", &["c"])]);
        assert_eq!(messages(&found), ["prod has c, which dev lacks, though revisions reach dev first"]);
        assert!(messages(&facts(&["qa", "prod"], &[("qa", &["gone"]), ("prod", &["c"])])).is_empty());
    }

    #[test]
    fn two_lines_are_only_a_warning_while_no_order_is_known() {
        let rows: &[(&str, &[&str])] = &[("eu", &["c"]), ("us", &["x"]), ("asia", &["x"])];
        let unordered = facts(&[], rows);
        assert_eq!(messages(&unordered), ["eu and us went different ways: eu lacks x, us lacks c"]);
        let found = findings("environment-mismatch", &unordered);
        assert_eq!(found.first().and_then(|finding| finding.at_most), Some(Severity::Warning));
        let ordered = messages(&facts(&["eu", "us", "asia"], rows));
        assert_eq!(ordered, ["us has x, which eu lacks, though revisions reach eu first"]);
    }

    #[test]
    fn nothing_is_said_while_parents_are_not_known() {
        let mut doubtful = facts(&["staging", "prod"], &[("prod", &["c"]), ("staging", &["b"])]);
        doubtful
            .problems
            .push(crate::rules::testing::problem(crate::revision::ProblemKind::Unreadable, "versions/d.py"));
        assert!(messages(&doubtful).is_empty());
    }
}
