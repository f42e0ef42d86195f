//! What `edited-revision` says without a database: a revision that the base has, or that is locked,
//! does something else now.

use super::words;
use crate::diagnostic::{Changes, Finding, Severity, Step};
use crate::facts::{Broken, Facts, Future, Locked, Rewritten};
use crate::revision::{Field, Lock};
use crate::rules::stamp::changed_line;
use crate::rules::wording;
use crate::source::{Location, Span};

pub(in crate::rules) fn edited(facts: &Facts) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    if let Some(future) = &facts.future {
        found.extend(future.rewritten.iter().filter_map(|rewritten| of_merge(facts, future, rewritten)));
    }
    found.extend(of_lock(facts, &found));
    found
}

fn of_merge(facts: &Facts, future: &Future, rewritten: &Rewritten) -> Option<Finding> {
    let Rewritten { before, now, differences, .. } = rewritten;
    let depends = rewritten.header.contains(&Field::DependsOn);
    if differences.is_empty() && !depends {
        return None;
    }
    let mut functions: Vec<&str> = differences.iter().map(|difference| difference.function).collect();
    functions.dedup();
    let mut what: Vec<String> = functions.iter().map(|name| format!("{name}()")).collect();
    what.extend(depends.then(|| "`depends_on`".to_owned()));
    let (base, by, id) = (&future.base.name, words::branch(rewritten.by.as_deref()), wording::id(&now.id));
    let place = differences.first().and_then(|difference| difference.span);
    let place = place.map_or_else(|| now.location(Field::Revision), |span| Location::new(&now.source, span));
    let mut finding =
        Finding::new(format!("{id}, which {base} has, was edited on {by}: {} changed", wording::list(&what)))
            .at(place)
            .revision(&now.id);
    finding.evidence = wording::fold(differences.iter().map(|difference| changed_line(now, difference)).collect());
    finding = finding.evidence(format!("it does something else on {base}; comments and layout do not count"));
    if depends {
        finding = finding.evidence("`depends_on` is not the same");
    }
    if !functions.contains(&"upgrade") {
        finding = finding.at_most(Severity::Info);
    }
    finding.next.extend(words::show(future, before, now, rewritten.by.as_deref()));
    let is_moved = rewritten.header.contains(&Field::DownRevision) || before.source.path() != now.source.path();
    if rewritten.by.is_none()
        && !is_moved
        && let Some(back) = words::put_back(future, before, &format!("puts the file back to what {base} has"))
    {
        // What is in no commit would be lost.
        let mut steps: Vec<Step> = words::file(now).map(|file| crate::rules::stamp::keep(&file)).into_iter().collect();
        steps.push(back);
        steps.extend(new_revision(facts, &now.id));
        finding = finding.or(steps);
    }
    Some(
        finding.do_not(
            "merge it because it works on a new database: one that has run the old text never runs the new one",
        ),
    )
}

/// The change goes into a revision of its own.
fn new_revision(facts: &Facts, id: &str) -> Option<Step> {
    let heads = facts.graph.heads();
    let [_] = heads.as_slice() else { return None };
    let message = wording::shell(&format!("change what {} made", wording::id(id)))?;
    let why = "writes an empty revision: put the change into it, so that it runs everywhere";
    Some(Step::new(facts.project.command(&format!("revision -m {message}")), why, Changes::Files))
}

fn of_lock(facts: &Facts, told: &[Finding]) -> Vec<Finding> {
    let Some(locked) = &facts.locked else { return Vec::new() };
    let is_told = |id: &str| told.iter().any(|finding| finding.revision.as_deref() == Some(id));
    let mut found = Vec::new();
    for (id, _) in facts.broken_locks().into_iter().filter(|(id, broken)| *broken == Broken::Edited && !is_told(id)) {
        let Some(now) = facts.graph.get(id) else { continue };
        let mut finding =
            Finding::new(format!("{} was edited since it was locked: it does something else", wording::id(id)))
                .at(now.location(Field::Revision))
                .revision(id)
                .evidence(line_of_lock(locked, id))
                .evidence("comments and layout do not count");
        if let Some(file) = words::file(now) {
            let why = "shows what was changed, and when";
            finding.next.push(Step::new(format!("git log -p --follow -- {file}"), why, Changes::Nothing));
        }
        let accepted = accept(facts, id, "locks it as it is now: right while no database has run it");
        finding.or.extend(accepted.map(|step| vec![step]));
        found.push(finding.do_not("lock it anew without knowing which databases have run it: they keep what they ran"));
    }
    found
}

/// `migrations/alembic-doctor.lock:7: b2 5d0f… after a1`
pub(super) fn line_of_lock(locked: &Locked, id: &str) -> String {
    let source = &locked.source;
    match Lock::line_of(source.text(), id) {
        Some((start, end)) => {
            let location = Location::new(source, Span::new(start, end));
            format!("{}: {}", wording::place(&location), crate::source::printable(source.slice(location.span)))
        }
        None => wording::path(source.path()),
    }
}

/// Writes the lock file anew with this revision as it is.
pub(super) fn accept(facts: &Facts, id: &str, why: &str) -> Option<Step> {
    let id = wording::shell(id)?;
    Some(Step::new(wording::doctor(&facts.project, &format!("lock --accept {id}")), why, Changes::Files))
}
