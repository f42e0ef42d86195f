//! The whole run, in the order of the data flow. Newcomers: start here.

use super::run::{Scope, run};
use super::target::{Choice, TargetError, choose};
use super::{Report, Skipped};
use crate::database::{self, DatabaseUrl, Target};
use crate::facts::{Expected, Facts};
use crate::project;
use crate::revision::{self, Depth};
use crate::settings::Settings;
use crate::source::{Location, printable};

/// Why nothing could be examined at all (exit code 2).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable configuration.
    #[error(transparent)]
    Project(#[from] project::Error),
    /// The database that the user named cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// `--select` or `--ignore` names a rule that does not exist.
    #[error("there is no rule `{0}`")]
    UnknownRule(String),
}

impl Error {
    /// The place in a configuration file.
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Project(project::Error::Invalid { location, .. }) => location.as_ref(),
            Self::Project(_) | Self::Target(_) | Self::UnknownRule(_) => None,
        }
    }

    /// What to do about it, a line each.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Project(error) => error.hints(),
            Self::Target(error) => error.hints().to_vec(),
            Self::UnknownRule(_) => vec!["`alembic-doctor rules` lists them".to_owned()],
        }
    }
}

/// How far a command looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// How much of each revision file is read.
    pub depth: Depth,
    /// Which databases are looked at.
    pub databases: Databases,
}

/// Which databases are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Databases {
    /// None.
    None,
    /// The one that the user named on the command line, if any.
    Named,
    /// The one that the user named, or the one that the project's own files name.
    Known,
}

/// Looks at everything that `reach` allows, and runs the rules over it.
///
/// # Errors
/// No usable configuration, or flags that mean nothing. Everything else is part of the report.
pub fn examine(command: &'static str, settings: &Settings, reach: Reach) -> Result<Report, Error> {
    if let Some(name) = super::run::unknown_names(&settings.selection).into_iter().next() {
        return Err(Error::UnknownRule(name));
    }
    let project = project::load(&settings.project)?;
    let revisions = revision::read(&project, reach.depth);

    let named = settings.database.is_named();
    let wanted =
        !settings.offline && (reach.databases == Databases::Known || reach.databases == Databases::Named && named);
    let choice = if wanted { Some(choose(&settings.database, &project)?) } else { None };
    let mut databases = Vec::new();
    let mut unknown = None;
    let mut others = None;
    match choice {
        Some(Choice::Found(targets)) => {
            others = other_databases(&project, &targets);
            let directory = project.directory.clone();
            let client = database::ClientEnvironment { directory, ..settings.client.clone() };
            databases.extend(targets.iter().map(|target| database::probe(target, &settings.timeouts, &client)));
        }
        Some(Choice::Unknown(why)) => unknown = Some(why),
        None => {}
    }

    let expected = Expected { heads: settings.expected_heads, downgrade: settings.lint.downgrade };
    let mut facts = Facts::new(project, revisions, expected, databases);
    super::consult(&mut facts);
    if reach.depth == Depth::WholeFiles {
        facts.read_operations();
        facts.examined = super::scope::choose(&facts, &settings.lint);
    }
    let scope = if wanted { Scope::WithDatabases } else { Scope::Offline };
    let mut report = run(command, facts, scope, &settings.selection);
    if let Some(others) = others {
        report.skipped.push(others);
        // Whoever names one database means that one.
        report.could_not_look |= !named;
    }
    if let Some(why) = unknown {
        let why = format!("{why}; name it with --url-env NAME, or leave it out with --offline");
        report.skipped.push(Skipped { what: "the database".to_owned(), why });
        report.could_not_look = true;
    }
    Ok(report)
}

/// The databases of the multidb template that are none of `targets`.
fn other_databases(project: &project::Project, targets: &[Target]) -> Option<Skipped> {
    let is_other = |section: &&project::Section| {
        let url = section.url.as_ref().map(|url| DatabaseUrl::new(url.value.as_str()));
        !targets.iter().any(|target| url.as_ref() == Some(&target.url))
    };
    let names: Vec<String> =
        project.databases.iter().filter(is_other).map(|section| printable(&section.name)).collect();
    let why = "another one was named: name each of them with --url-env, --url or --env";
    (!names.is_empty()).then(|| Skipped { what: format!("`databases = {}`", names.join(", ")), why: why.to_owned() })
}
