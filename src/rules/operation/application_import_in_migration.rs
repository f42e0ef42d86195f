//! `application-import-in-migration`

use std::path::PathBuf;

use super::seen::explained;
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::operation::{Import, Use};
use crate::rules::{Check, RevisionFacts, Rule, wording};
use crate::source::{Span, printable};

pub(super) const RULE: Rule = Rule {
    name: "application-import-in-migration",
    summary: "A migration uses the application's own code, which is that of today and not that of its day",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/application-import-in-migration.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let imports = seen.operations.imports.iter();
    let used = imports.filter(|import| is_of_application(seen.facts, import)).filter_map(|import| {
        let used = import.uses.iter().filter(|(what, _)| *what != Use::Type).max_by_key(|(what, _)| *what)?;
        Some((import, used))
    });
    let found = used.map(|(import, (what, span))| match what {
        Use::Model => model(seen, import, *span),
        Use::Type | Use::Other => other(seen, import, *span),
    });
    found.collect()
}

/// Whether it is code of this repository that is not part of the migrations themselves.
fn is_of_application(facts: &Facts, import: &Import) -> bool {
    let project = &facts.project;
    let root = import.module.split('.').next().unwrap_or_default();
    let Some(base) = project.packages.get(root) else { return false };
    let inside = |module: &str| base.join(module.split('.').collect::<PathBuf>());
    let own = import
        .name
        .as_ref()
        .map_or_else(|| inside(&import.module), |name| inside(&format!("{}.{name}", import.module)));
    // Helpers beside the revisions are frozen as they are.
    let mut migrations = project.version_locations.iter().map(|location| &location.path);
    !own.starts_with(&project.script_directory) && !migrations.any(|folder| own.starts_with(folder))
}

/// `app.models.User`
fn dotted(import: &Import) -> String {
    let name = import.name.as_ref().map(|name| format!(".{name}")).unwrap_or_default();
    printable(&format!("{}{name}", import.module))
}

fn model(seen: &RevisionFacts<'_>, import: &Import, used: Span) -> Finding {
    let dotted = dotted(import);
    base(seen, import, used, format!("This migration reads or writes rows through {dotted}, as it is today"))
        .evidence("a column that a later revision adds is in every statement that the class makes: a fresh install fails here")
        .do_not("change this revision's tables by changing the class: databases that have run it stay as they are")
}

fn other(seen: &RevisionFacts<'_>, import: &Import, used: Span) -> Finding {
    let dotted = dotted(import);
    base(seen, import, used, format!("This migration uses {dotted} of the application, which may change or move"))
        .at_most(Severity::Info)
        .evidence("what it does depends on the version of the application that runs it")
        .do_not("rename or remove it while this revision is there: no Alembic command would work")
}

fn base(seen: &RevisionFacts<'_>, import: &Import, used: Span, message: String) -> Finding {
    Finding::new(message)
        .at(seen.place(import.span))
        .related(seen.place(used), "uses it")
        .evidence(format!(
            "imported in line {}, used in line {}; it lies in {}",
            seen.line(import.span),
            seen.line(used),
            wording::path(&lies_in(seen.facts, import))
        ))
        .next_step(explained(RULE.name, "shows how to write the table down as it is at this point"))
}

fn lies_in(facts: &Facts, import: &Import) -> PathBuf {
    let root = import.module.split('.').next().unwrap_or_default();
    facts.project.packages.get(root).map(|base| base.join(root)).unwrap_or_default()
}
