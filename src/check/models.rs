//! Which models env.py reaches, and since when not: the application is only read where a revision makes
//! one ask.

use std::path::{Path, PathBuf};

use crate::facts::{Facts, LostImport};
use crate::history::{self, Repository};
use crate::operation::{Operation, Operations};
use crate::project::{self, Importer, Models, Project};

/// The most models that git is asked about, and the most versions of files that are read.
const MOST_MODELS: usize = 20;
const MOST_EDITS: usize = 100;

/// Looks for the models, if a revision that is looked into is one that they explain.
pub fn look(facts: &mut Facts) {
    let revisions = facts.graph.revisions().iter().zip(&facts.operations);
    let mut examined = revisions.filter(|(revision, _)| facts.examined.includes(&revision.id));
    if examined.any(|(_, operations)| asks(operations)) {
        let models = project::models(&facts.project);
        // What git does not say is not missed: that the models are not reached is known without it.
        facts.lost_imports = lost_imports(&facts.project, &models).unwrap_or_default();
        facts.models = Some(models);
    }
}

/// Whether it does nothing, drops several tables, or leaves the name of a constraint open.
fn asks(operations: &Operations) -> bool {
    let steps = &operations.upgrade.steps;
    let drops = steps.iter().filter(|step| matches!(step.operation, Operation::DropTable(_))).count();
    let is_unnamed =
        |operation: &Operation| matches!(operation, Operation::AddConstraint(add) if add.constraint.name.is_none());
    steps.is_empty() || drops > 3 || steps.iter().any(|step| is_unnamed(&step.operation))
}

/// Which models were reached once, by an import that is gone.
fn lost_imports(project: &Project, models: &Models) -> Result<Vec<LostImport>, history::Error> {
    let unseen: Vec<&PathBuf> = models.unseen.iter().take(MOST_MODELS).collect();
    let words: Vec<&str> = unseen.iter().filter_map(|model| module(model)).collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let repository = Repository::open(&project.directory)?;
    let importers: Vec<(String, &Importer)> =
        models.importers.iter().filter_map(|importer| Some((repository.inside(&importer.path)?, importer))).collect();
    let files: Vec<String> = importers.iter().map(|(path, _)| path.clone()).collect();
    let mut edits = repository.edits(&words, &files)?;
    edits.truncate(MOST_EDITS);
    let blobs: Vec<&str> = edits.iter().flat_map(|edit| [edit.before.as_str(), edit.after.as_str()]).collect();
    let texts = repository.contents(&blobs)?;
    let mut lost: Vec<LostImport> = Vec::new();
    for (edit, texts) in edits.iter().zip(texts.chunks(2)) {
        let ([Some(before), Some(after)], Some((_, importer))) =
            (texts, importers.iter().find(|(path, _)| *path == edit.path))
        else {
            continue;
        };
        let (before, after) = (project::imports(project, importer, before), project::imports(project, importer, after));
        for model in &unseen {
            let commit = match (before.contains(*model), after.contains(*model)) {
                // Whatever took it away since is not committed.
                (_, true) => None,
                (true, false) => Some(edit.commit.clone()),
                (false, false) => continue,
            };
            if !lost.iter().any(|known| known.model == **model) {
                lost.push(LostImport { model: (*model).clone(), importer: importer.path.clone(), commit });
            }
        }
    }
    Ok(lost)
}

/// The name by which a file is imported, if git can be asked for it.
fn module(file: &Path) -> Option<&str> {
    let stem = file.file_stem()?.to_str()?;
    let name = if stem == "__init__" { file.parent()?.file_name()?.to_str()? } else { stem };
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then_some(name)
}
