//! `orphaned-stamp`

use crate::database::Rows;
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Direction, Fate, Trace, Witness};
use crate::history::Commit;
use crate::rules::lost as git;
use crate::rules::{Check, Rule, StampFacts, gaps, wording};

use super::{foreign_stamp, lost, remedy};

pub(super) const RULE: Rule = Rule {
    name: "orphaned-stamp",
    summary: "The database is stamped with a revision that no file here has",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/orphaned-stamp.md"),
    check: Check::Stamp(check),
};

fn check(seen: &StampFacts<'_>) -> Vec<Finding> {
    let witness = &seen.facts.witness;
    let (found, unknown): (Vec<String>, Vec<String>) =
        lost::orphans(seen).into_iter().partition(|row| witness.trace(row).is_some());
    let found = found.iter().filter_map(|row| witness.trace(row)).map(|trace| traced(seen, trace));
    let unknown = (!unknown.is_empty()).then(|| untraced(seen, &unknown));
    found.chain(unknown).map(warned).collect()
}

fn warned(finding: Finding) -> Finding {
    finding
        .do_not("delete the row or drop the table: Alembic would start from the first revision, on tables that exist")
        .do_not("run `stamp --purge head`: if revisions are pending, they would never run, and nothing would show it")
}

/// A row whose file git still has.
fn traced(seen: &StampFacts<'_>, trace: &Trace) -> Finding {
    let id = wording::id(&trace.revision.id);
    let what = match (&trace.fate, &trace.direction) {
        (Fate::Removed(commit), Direction::Behind(_) | Direction::Apart) => {
            format!("belongs to the history that commit {} removed", commit.short())
        }
        (Fate::Removed(commit), _) => format!("commit {} removed from this code", commit.short()),
        (Fate::Discarded, _) => "has lost its file in the working tree".to_owned(),
        (Fate::Elsewhere, _) => "is only on branches that are not merged here".to_owned(),
        (Fate::Staged, _) => "was never committed, but is staged".to_owned(),
        (Fate::Stashed(_), _) => "was never committed, but is in a stash".to_owned(),
        (Fate::Unreachable, _) => "no branch has, but the reflog remembers".to_owned(),
    };
    let renamed = git::given_another_id(seen.facts, trace);
    let what = renamed.map_or(what, |renamed| format!("has another id in this code: {}", wording::id(&renamed.id)));
    let mut finding = Finding::new(format!("The database is stamped with {id}, which {what}"))
        .revision(&trace.revision.id)
        .evidence(remedy::rows_line(seen));
    finding.evidence.extend(git::evidence(trace));
    if let Some(renamed) = renamed {
        finding.evidence.push(git::another_id(renamed));
        finding.evidence.extend(remedy::this_code(seen));
        let mut rows = known_rows(seen);
        rows.push(renamed.id.clone());
        if !git::keeps_its_place(seen.facts, trace) {
            let (new, old) = (wording::id(&renamed.id), wording::ids(&trace.revision.down_revision));
            let now = wording::ids(&renamed.down_revision);
            finding.evidence.push(format!(
                "it was moved too, from {old} to {now}: a stamp with {new} would say that all before it has run here"
            ));
            finding.next.push(remedy::compare(seen.facts));
            return finding.do_not(format!("stamp it with {new}: what has come before it since would never run here"));
        }
        // Another lost row would be lost for good.
        if rows.len() == seen.stamp.rows.len() {
            finding.next = remedy::replace_rows(seen.facts, &rows, "writes the id that it has now");
            return finding;
        }
    }
    if let Direction::Behind(kept) = &trace.direction {
        let kept = kept.iter().filter_map(|id| seen.facts.graph.get(id));
        finding.evidence.extend(kept.map(|kept| format!("the nearest that was kept: {}", wording::revision(kept))));
    } else {
        finding.evidence.extend(git::missing(trace));
    }
    finding.evidence.extend(remedy::this_code(seen));
    finding.evidence.extend(git::gaps(seen.facts));
    match (&trace.fate, &trace.direction) {
        (Fate::Removed(_), Direction::Behind(kept)) if is_left_over(seen, kept) => {
            let what = "takes out the row that is left over: everything that it stood for is in the other rows";
            finding.evidence.push("what followed it is in the other rows already: nothing of it is pending".to_owned());
            let rows = known_rows(seen);
            finding.next = remedy::replace_rows(seen.facts, &rows, what);
            finding
        }
        (Fate::Removed(commit), Direction::Behind(kept)) => bridge(seen, finding, &last_code(trace, commit), kept),
        (Fate::Removed(commit), Direction::Apart) => squashed(seen, finding, commit.short(), &last_code(trace, commit)),
        (Fate::Elsewhere, _) => {
            let why = "goes to the code that this database has; assumes that the working tree is clean";
            let step = git::destination(trace).and_then(git::way).map(|way| git::checkout(&way, why));
            finding.next.extend(step.or_else(|| git::recover(seen.facts, trace)));
            finding
        }
        _ => {
            finding.next.extend(git::recover(seen.facts, trace));
            if let Direction::Diverged { fork, .. } = &trace.direction {
                let again = wording::doctor(&seen.facts.project, "diagnose");
                let why = format!("looks at the two heads that this makes: both continue {}", wording::ids(fork));
                finding.next.push(Step::new(again, why, Changes::Nothing));
            }
            if let (Fate::Removed(commit), Direction::Ahead) = (&trace.fate, &trace.direction) {
                finding.or.extend(undo(seen, commit.short()));
            }
            finding
        }
    }
}

/// What `git checkout` needs to go to the last code that has it: a release, else the commit before.
fn last_code(trace: &Trace, removed: &Commit) -> String {
    let tag = trace.bridge.as_ref().and_then(git::way);
    tag.unwrap_or_else(|| format!("--detach {}~1", removed.short()))
}

/// The rows that are revisions of this code.
fn known_rows(seen: &StampFacts<'_>) -> Vec<String> {
    seen.stamp.rows.iter().filter(|row| seen.facts.graph.get(row).is_some()).cloned().collect()
}

/// Whether all that came after it is applied by other rows, and every other row is in order.
fn is_left_over(seen: &StampFacts<'_>, kept: &[String]) -> bool {
    let known = known_rows(seen);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let applied = seen.facts.graph.ancestors(&known);
    seen.stamp.problems.len() == 1 && kept.iter().all(|kept| applied.contains(kept.as_str()))
}

/// Old code takes the database to a revision that both have.
fn bridge(seen: &StampFacts<'_>, mut finding: Finding, last_code: &str, kept: &[String]) -> Finding {
    let project = &seen.facts.project;
    let before = Step::new(
        format!("git checkout {last_code}"),
        "goes to the last code that has both; assumes that the working tree is clean",
        Changes::Git,
    );
    // `upgrade` takes one revision.
    let kept: Option<Vec<String>> = kept.iter().map(|kept| wording::shell(kept)).collect();
    let (Some(kept), Some(back)) = (kept, lost::back(seen)) else { return finding };
    let to = "runs what was removed, up to a revision that was kept; assumes a backup, and that env.py is set to this \
              same database";
    let upgrade = |kept: &String| Step::new(project.command(&format!("upgrade {kept}")), to, Changes::Database);
    finding.next = [before].into_iter().chain(kept.iter().map(upgrade)).chain([back]).collect();
    finding
}

/// The code before the removal takes the database back to where this code ends.
fn undo(seen: &StampFacts<'_>, commit: &str) -> Option<Vec<Step>> {
    let heads = seen.facts.graph.heads();
    let [head] = heads.as_slice() else { return None };
    lost::downgrade(seen, &format!("--detach {commit}~1"), head)
}

/// Nothing of the old history was kept: whether its end is the new beginning only a person knows.
fn squashed(seen: &StampFacts<'_>, mut finding: Finding, commit: &str, last_code: &str) -> Finding {
    let project = &seen.facts.project;
    let folders = wording::version_folders(project);
    finding.evidence.push("nothing connects it to the revisions here: what replaced it is for a person to say".into());
    finding.next.push(Step::new(
        format!("git show --stat {commit} -- {folders}"),
        "shows what took its place: decide whether the first revision here makes what the old ones made",
        Changes::Nothing,
    ));
    let bases = seen.facts.graph.bases();
    let is_removed = |row: &String| {
        let trace = seen.facts.witness.trace(row);
        trace.is_some_and(|trace| matches!((&trace.fate, &trace.direction), (Fate::Removed(_), Direction::Apart)))
    };
    // Any other row would be purged with the old end, and what it stands for would run again.
    if let ([base], Some(back)) = (bases.as_slice(), lost::back(seen))
        && seen.stamp.rows.iter().all(is_removed)
        && let Some(base) = wording::shell(base)
    {
        finding = finding.or(vec![
            Step::new(
                format!("git checkout {last_code}"),
                "only if it does: goes to the last code of the old history; assumes that the working tree is clean",
                Changes::Git,
            ),
            Step::new(project.command("upgrade heads"), "runs the old history to its end", Changes::Database),
            back,
            Step::new(
                project.command(&format!("stamp --purge {base}")),
                "puts the new beginning in the place of the old end; assumes a backup, and that env.py is set to this \
                 same database",
                Changes::Database,
            ),
        ]);
    }
    finding
}

/// Rows that git has no trace of, or could not be asked about.
fn untraced(seen: &StampFacts<'_>, rows: &[String]) -> Finding {
    let facts = seen.facts;
    let unread = gaps::unknown_ids(facts);
    let denied = rows.iter().all(|row| facts.witness.denies(row));
    let files = match (unread.is_empty(), denied) {
        (true, false) => "no revision file here has",
        (true, true) => "no revision file here has, nor any commit of this repository",
        (false, _) => "none of the readable files has",
    };
    let mut finding = Finding::new(format!("The database is stamped with {}, which {files}", wording::ids(rows)))
        .evidence(remedy::rows_line(seen));
    finding.revision = rows.first().cloned();
    finding.evidence.extend(wording::fold(unread.into_iter().map(|gap| format!("could be {gap}")).collect()));
    finding.evidence.extend(remedy::this_code(seen));
    for row in rows {
        let near = facts.graph.near_misses(row);
        for near in near.iter().filter_map(|near| facts.graph.get(near)) {
            finding = finding.evidence(format!("close to {}: {}", wording::id(row), wording::revision(near)));
        }
    }
    finding.evidence.extend(elsewhere(seen, rows));
    finding.evidence.extend(foreign_stamp::owner(seen).map(foreign_stamp::clue));
    if denied {
        let searched = "searched: every branch, tag and stash of this repository, and the reflog";
        finding.evidence.push(searched.to_owned());
    }
    finding.evidence.extend(git::gaps(seen.facts));
    finding.next = search(seen, rows);
    // A fetch may bring nothing.
    if git::testimony(seen.facts).is_some_and(|testimony| testimony.has_remotes) {
        finding = finding.or(vec![remedy::compare(seen.facts)]);
    }
    finding.or.extend(stand_in(seen).map(|step| vec![step]));
    finding
}

/// Where to look further: in what git has not yet, or in the schema itself.
fn search(seen: &StampFacts<'_>, rows: &[String]) -> Vec<Step> {
    let project = &seen.facts.project;
    let again = Step::new(wording::doctor(project, "diagnose"), "looks again", Changes::Nothing);
    let Witness::Heard(testimony) = &seen.facts.witness else {
        let why =
            "finds the commit that has the file, and so the branch or release to deploy, or the file to bring back";
        return rows.iter().take(3).filter_map(|row| git::search(seen.facts, row, why)).collect();
    };
    match (testimony.is_shallow, testimony.has_remotes) {
        (true, true) => {
            let why = "fetches the commits and branches that this clone lacks";
            let command = "git fetch --unshallow --tags origin '+refs/heads/*:refs/remotes/origin/*'";
            vec![Step::new(command, why, Changes::Git), again]
        }
        (false, true) => {
            let why = "fetches what others have pushed since: the revision may be on a branch that is not here yet";
            vec![Step::new("git fetch --all --tags", why, Changes::Git), again]
        }
        (_, false) => vec![remedy::compare(seen.facts)],
    }
}

/// Things that may explain the row: folders that are missing, other version tables that have it.
fn elsewhere(seen: &StampFacts<'_>, rows: &[String]) -> Vec<String> {
    let missing = seen.facts.project.version_locations.iter().filter(|location| !location.exists).map(|location| {
        format!("the folder {} is configured for revisions, but does not exist", wording::path(&location.path))
    });
    let used = seen.stamp.table(seen.look);
    let others = seen.look.version_tables.iter().filter(|table| used.is_none_or(|used| *table != used));
    let twins = others.filter_map(|table| match &table.rows {
        Rows::Known { values, .. } if values.iter().any(|value| rows.contains(value)) => {
            Some(format!("{} holds the same row", remedy::table_name(table)))
        }
        _ => None,
    });
    missing.chain(twins).collect()
}

/// An empty revision with the lost id. Only where one row and one head leave no doubt about its place.
fn stand_in(seen: &StampFacts<'_>) -> Option<Step> {
    let graph = &seen.facts.graph;
    let heads = graph.heads();
    let ([row], [head]) = (seen.stamp.rows.as_slice(), heads.as_slice()) else { return None };
    // Alembic would refuse the id.
    if row.contains(['@', '-', '+', ':', '\''])
        || row.trim() != row
        || ["", "head", "heads", "base"].contains(&row.as_str())
    {
        return None;
    }
    let id = wording::shell(row)?;
    Some(Step::new(
        wording::doctor(&seen.facts.project, &format!("recover {id} --stub --after {}", wording::shell(head)?)),
        format!(
            "only if nobody has the file any more: writes an empty revision with that id after {}; assumes that this \
             database has everything up to there",
            wording::id(head)
        ),
        Changes::Files,
    ))
}

#[cfg(test)]
mod tests {
    use crate::facts::Witness;
    use crate::revision::ProblemKind;
    use crate::rules::testing::{commands, findings, problem, revision, with_rows};

    #[test]
    fn the_lost_id_is_looked_for_in_git_and_can_be_stood_in_for() {
        let facts = with_rows(vec![revision("a", &[])], &["gone"]);
        let found = findings("orphaned-stamp", &facts);
        let finding = found.first().unwrap();
        assert_eq!(commands(finding), ["git log --all --oneline --name-status -Sgone -- versions"]);
        let other = finding.or.first().and_then(|steps| steps.first()).unwrap();
        assert_eq!(other.command, "alembic-doctor recover gone --stub --after a");
    }

    #[test]
    fn where_git_cannot_be_asked_it_is_to_be_asked_elsewhere() {
        let mut facts = with_rows(vec![revision("a", &[])], &["gone"]);
        facts.hear(Witness::Unavailable { reason: "not a git repository".to_owned() });
        let found = findings("orphaned-stamp", &facts);
        let step = found.first().and_then(|finding| finding.next.first()).unwrap();
        assert!(step.why.starts_with("where git and a full clone of this repository are: "), "{step:?}");
    }

    #[test]
    fn no_stand_in_where_its_place_is_in_doubt() {
        let two_rows = with_rows(vec![revision("a", &[])], &["a", "gone"]);
        assert!(findings("orphaned-stamp", &two_rows).first().unwrap().or.is_empty());
        let illegal = with_rows(vec![revision("a", &[])], &["not-an-id"]);
        assert!(findings("orphaned-stamp", &illegal).first().unwrap().or.is_empty());
    }

    #[test]
    fn an_unreadable_file_may_be_the_lost_one() {
        let mut facts = with_rows(vec![revision("a", &[])], &["gone"]);
        facts.problems.push(problem(ProblemKind::Unreadable, "versions/gone.py"));
        let found = findings("orphaned-stamp", &facts);
        assert!(found.first().unwrap().message.ends_with("none of the readable files has"));
    }

    #[test]
    fn an_escape_sequence_never_reaches_the_terminal() {
        let facts = with_rows(vec![revision("a", &[])], &["\u{1b}[2J"]);
        let found = findings("orphaned-stamp", &facts);
        let finding = found.first().unwrap();
        let shown = format!("{}{}{:?}", finding.message, finding.evidence.join("\n"), commands(finding));
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        assert!(finding.next.is_empty());
    }
}
