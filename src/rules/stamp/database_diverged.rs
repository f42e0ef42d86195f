//! `database-diverged`

use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Direction, Standing, Trace};
use crate::history::Place;
use crate::rules::lost as git;
use crate::rules::{Check, Rule, StampFacts, wording};

use super::{lost, remedy};

pub(super) const RULE: Rule = Rule {
    name: "database-diverged",
    summary: "The database went another way than this code, from a revision that both have",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/database-diverged.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    lost::traces(seen, Standing::Diverged).into_iter().filter_map(|trace| finding(seen, trace)).collect()
}

fn finding(seen: &StampFacts<'_>, trace: &Trace) -> Option<Finding> {
    let Direction::Diverged { fork, ours } = &trace.direction else { return None };
    let graph = &seen.facts.graph;
    let id = wording::id(&trace.revision.id);
    let message = format!("The database went another way: it holds {id}, which parts from this code at");
    let mut finding = Finding::new(format!("{message} {}", wording::ids(fork)))
        .revision(&trace.revision.id)
        .evidence(remedy::rows_line(seen));
    for fork in fork.iter().filter_map(|id| graph.get(id)) {
        finding = finding.evidence(format!("both have {}", wording::revision(fork)));
    }
    finding.evidence.extend(git::missing(trace));
    let own = ours.iter().filter_map(|id| graph.get(id));
    let own: Vec<String> = own.map(|own| format!("not in the database: {}", wording::revision(own))).collect();
    finding.evidence.extend(wording::fold(own));
    finding.evidence.extend(git::evidence(trace));
    finding.evidence.extend(git::gaps(seen.facts));
    finding.evidence.push("which of the two lines shall stay is for a person to decide".to_owned());
    if let Some(place) = git::destination(trace) {
        finding.next.extend(compare(seen, place));
        let why = "goes on with the code that this database has; assumes that the working tree is clean";
        finding.or.extend(git::way(place).map(|way| vec![git::checkout(&way, why)]));
        finding.or.extend(give_up_theirs(seen, place, fork));
        finding.or.extend(join(seen, place));
    }
    if finding.next.is_empty() {
        let again = wording::doctor(&seen.facts.project, "diagnose");
        finding.next.push(Step::new(again, "looks again, from the branch that has it", Changes::Nothing));
    }
    Some(
        finding
            .do_not("run `stamp --purge head`: the revisions of this code would never run here")
            .do_not("delete the row: Alembic would start from the first revision, on tables that exist"),
    )
}

/// What each side has that the other has not.
fn compare(seen: &StampFacts<'_>, place: &Place) -> Option<Step> {
    let name = wording::shell(&place.name)?;
    let folders = wording::version_folders(&seen.facts.project);
    let command = format!("git log --oneline --name-status --left-right HEAD...{name} -- {folders}");
    let why = "shows the revisions of either side, `<` this one and `>` the other: decide which shall stay";
    Some(Step::new(command, why, Changes::Nothing))
}

/// Back to the fork with their code, then up with ours.
fn give_up_theirs(seen: &StampFacts<'_>, place: &Place, fork: &[String]) -> Option<Vec<Step>> {
    let [fork] = fork else { return None };
    let mut steps = lost::downgrade(seen, &git::way(place)?, fork)?;
    steps.push(Step::new(
        seen.facts.project.command(&format!("upgrade {}", remedy::all_heads(seen.facts))),
        "runs what this code has since",
        Changes::Database,
    ));
    Some(steps)
}

/// Both lines in one code.
fn join(seen: &StampFacts<'_>, place: &Place) -> Option<Vec<Step>> {
    let name = wording::shell(&place.name)?;
    let project = &seen.facts.project;
    Some(vec![
        Step::new(
            format!("git merge --no-edit {name}"),
            "brings the other line into this code; assumes that it is meant to stay",
            Changes::Git,
        ),
        Step::new(
            wording::doctor(project, "merge -m \"join both lines\""),
            "joins the two heads, after a look at whether they change the same things",
            Changes::Files,
        ),
        Step::new(project.command("upgrade head"), "runs the line that this database lacks", Changes::Database),
    ])
}
