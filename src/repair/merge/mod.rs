//! A revision that joins the sides of a fork, and says what they do to each other.

mod body;
mod details;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::NewFile;
use super::script::{Moment, NameError, Script};
use crate::facts::Facts;
use crate::graph::Graph;
use crate::merge::Comparison;
use crate::revision::{self, Depth, Revision};
use crate::rules::gaps;
use crate::source::{SourceFile, printable};

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `-m`
    pub message: Option<String>,
    /// The id.
    pub id: String,
    /// `--branch-label`
    pub branch_labels: Vec<String>,
    /// `--depends-on`
    pub depends_on: Vec<String>,
}

/// A merge revision.
#[derive(Debug)]
pub struct Scaffold {
    /// The file.
    pub file: NewFile,
    /// The revision in it.
    pub revision: Revision,
    /// Why the project's own template was not used, if it was not.
    pub fallback: Option<String>,
}

/// Why there is nothing to merge, or no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The graph is not known well enough.
    #[error("the revisions are not known well enough to join them: {0}")]
    Unclear(String),
    /// A name that means no revision, or several.
    #[error("{name}: {reason}")]
    Unknown {
        /// As typed.
        name: String,
        /// Why.
        reason: String,
    },
    /// There is nothing to join.
    #[error("{0}")]
    Nothing(String),
    /// The id cannot be used.
    #[error("{0}")]
    Id(String),
    /// The label cannot be used.
    #[error("{0}")]
    Label(String),
    /// The project has no folder for revisions.
    #[error("the project has no folder for revision files")]
    NoFolder,
    /// The file has no name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Python could not read it, or would read something else.
    #[error("what script.py.mako makes of it would not be this revision: {0}")]
    Unreadable(String),
}

/// The tips to join: those that are named, else all.
///
/// # Errors
/// See [`Refusal`].
pub fn tips<'f>(facts: &'f Facts, named: &[String]) -> Result<Vec<&'f str>, Refusal> {
    let graph = &facts.graph;
    refuse_gaps(facts)?;
    let heads = graph.heads();
    let mut tips: Vec<&str> = Vec::new();
    if named.is_empty() {
        tips.clone_from(&heads);
    }
    for name in named {
        let unknown = |reason: String| Refusal::Unknown { name: printable(name), reason };
        for id in graph.resolve(name).map_err(|error| unknown(error.reason))? {
            if !heads.contains(&id) {
                let id = printable(id);
                return Err(unknown(format!("{id} is no head: only heads are joined")));
            }
            if tips.contains(&id) && name != "heads" {
                return Err(unknown(format!("{} is named twice", printable(id))));
            }
            tips.push(id);
        }
    }
    match tips.as_slice() {
        [] => Err(Refusal::Nothing("there is no revision".to_owned())),
        [one] if heads.len() > 1 => {
            let others = heads.iter().filter(|head| *head != one).map(|head| printable(head)).collect::<Vec<_>>();
            let (one, others) = (printable(one), others.join(", "));
            Err(Refusal::Nothing(format!("a merge joins two heads or more: name another one with {one}: {others}")))
        }
        [one] => Err(Refusal::Nothing(format!("{} is the only head: there is nothing to join", printable(one)))),
        _ => refuse_dependent(facts, &tips).map(|()| tips),
    }
}

/// Alembic cannot record a merge of a head and of what that head depends on.
fn refuse_dependent(facts: &Facts, tips: &[&str]) -> Result<(), Refusal> {
    for tip in tips {
        let line = facts.graph.ancestors(&[*tip]);
        if let Some(other) = tips.iter().find(|other| *other != tip && line.contains(**other)) {
            let (tip, other) = (printable(tip), printable(other));
            return Err(Refusal::Nothing(format!("{tip} depends on {other}: who has {tip} has both already")));
        }
    }
    Ok(())
}

fn refuse_gaps(facts: &Facts) -> Result<(), Refusal> {
    if let Some(duplicate) = facts.graph.duplicates().first() {
        let id = printable(&duplicate.id);
        let cure = "`alembic-doctor reid FILE` gives one of them another id; a merge does not help";
        return Err(Refusal::Unclear(format!("several files have the id {id}: {cure}")));
    }
    if let Some(gap) = gaps::unknown_parents(facts).into_iter().next() {
        return Err(Refusal::Unclear(gap));
    }
    if !gaps::alembic_loads(facts) {
        let cure = "`alembic-doctor check` says why".to_owned();
        return Err(Refusal::Unclear(format!("Alembic cannot load them, {cure}")));
    }
    Ok(())
}

/// The merge revision. `template` is the project's `script.py.mako`.
///
/// # Errors
/// See [`Refusal`].
pub fn scaffold(
    facts: &Facts,
    comparison: &Comparison,
    wanted: &Wanted,
    template: Option<&str>,
    moment: &Moment,
) -> Result<Scaffold, Refusal> {
    let project = &facts.project;
    check_id(facts, &wanted.id)?;
    check_labels(facts, &wanted.branch_labels)?;
    let body = body::bodies(comparison);
    let message = wanted.message.clone().unwrap_or_else(|| default_message(comparison));
    let script = Script {
        id: wanted.id.clone(),
        message,
        details: details::text(comparison),
        parents: comparison.heads.clone(),
        branch_labels: wanted.branch_labels.clone(),
        depends_on: dependencies(facts, &wanted.depends_on)?,
        upgrade: body.upgrade,
        downgrade: body.downgrade,
    };
    let names: Vec<&str> = project.databases.iter().map(|section| section.name.as_str()).collect();
    let databases = (!names.is_empty()).then(|| names.join(", "));
    let rendered = script.render(template, &moment.text(), databases.as_deref());
    let path = folder(facts, comparison)?.join(script.file_name(&project.naming, moment)?);
    let revision = read_back(&path, &rendered.text, &script)?;
    refuse_unstorable(facts, &revision)?;
    Ok(Scaffold { file: NewFile { path, text: rendered.text }, revision, fallback: rendered.fallback })
}

/// Alembic would run it, and then fail at its row.
fn refuse_unstorable(facts: &Facts, revision: &Revision) -> Result<(), Refusal> {
    let mut revisions = facts.graph.revisions().to_vec();
    revisions.push(revision.clone());
    let steps = Graph::new(revisions).unstorable_merges();
    let Some(step) = steps.iter().find(|step| step.revision == revision.id) else { return Ok(()) };
    let implied = step
        .redundant
        .iter()
        .map(|redundant| format!("{} implies {}", printable(&redundant.by), printable(&redundant.parent)));
    let implied = implied.collect::<Vec<_>>().join(", ");
    Err(Refusal::Nothing(format!("Alembic could not record this merge: {implied}")))
}

/// Alembic would say "empty message".
fn default_message(comparison: &Comparison) -> String {
    match comparison.heads.as_slice() {
        heads if heads.len() > 3 => "merge heads".to_owned(),
        [rest @ .., last] => format!("merge {} and {last}", rest.join(", ")),
        [] => "merge heads".to_owned(),
    }
}

/// Where Alembic would put it (alembic.script.base.ScriptDirectory.generate_revision).
fn folder(facts: &Facts, comparison: &Comparison) -> Result<PathBuf, Refusal> {
    let project = &facts.project;
    match project.version_locations.as_slice() {
        [] => Err(Refusal::NoFolder),
        [only] => Ok(only.path.clone()),
        [first, ..] => {
            let head = comparison.heads.first().and_then(|head| facts.graph.get(head));
            let beside = head.and_then(|head| project.shown(&head.path).parent().map(Path::to_path_buf));
            Ok(beside.unwrap_or_else(|| first.path.clone()))
        }
    }
}

fn check_id(facts: &Facts, id: &str) -> Result<(), Refusal> {
    let shown = printable(id);
    let is_plain = !id.is_empty() && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    if !is_plain || ["head", "heads", "base", "current"].contains(&id) {
        return Err(Refusal::Id(format!("`{shown}` cannot be a revision id")));
    }
    if let Some(own) = facts.graph.get(id) {
        let path = printable(&own.source.path().display().to_string());
        return Err(Refusal::Id(format!("{shown} is the id of {path} already")));
    }
    if has_label(facts, id) {
        return Err(Refusal::Id(format!("{shown} is a branch label already")));
    }
    Ok(())
}

fn check_labels(facts: &Facts, labels: &[String]) -> Result<(), Refusal> {
    for label in labels {
        let shown = printable(label);
        if label.is_empty() || label.contains(['@', '-', '+', '\'', '"', '\\', '\n']) {
            return Err(Refusal::Label(format!("`{shown}` cannot be a branch label")));
        }
        if has_label(facts, label) || facts.graph.get(label).is_some() {
            return Err(Refusal::Label(format!("{shown} is taken: no two revisions may have the same label")));
        }
    }
    Ok(())
}

fn has_label(facts: &Facts, label: &str) -> bool {
    facts.graph.revisions().iter().any(|revision| revision.branch_labels.iter().any(|own| own == label))
}

/// As Alembic writes them: a label stays one, all else becomes the id.
fn dependencies(facts: &Facts, named: &[String]) -> Result<Vec<String>, Refusal> {
    let mut dependencies = Vec::new();
    for name in named {
        let unknown = |reason: String| Refusal::Unknown { name: printable(name), reason };
        let found = facts.graph.resolve(name).map_err(|error| unknown(error.reason))?;
        let [id] = found.as_slice() else {
            return Err(unknown(format!("means {} revisions: name one", found.len())));
        };
        dependencies.push(if has_label(facts, name) { name.clone() } else { (*id).to_owned() });
    }
    Ok(dependencies)
}

/// What Python would read in the file.
fn read_back(path: &Path, text: &str, script: &Script) -> Result<Revision, Refusal> {
    let source = Arc::new(SourceFile::new(path, text));
    let (revision, problems) = revision::read_text(&source, path, Depth::WholeFiles);
    if let Some(problem) = problems.first() {
        return Err(Refusal::Unreadable(printable(&problem.message)));
    }
    let revision = revision.ok_or_else(|| Refusal::Unreadable("it has no revision id".to_owned()))?;
    if revision.id != script.id || revision.down_revision != script.parents {
        return Err(Refusal::Unreadable("it has another id, or other parents".to_owned()));
    }
    Ok(revision)
}

#[cfg(test)]
mod tests;
