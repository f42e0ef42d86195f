//! The whole run, in the order of the data flow. Newcomers: start here.

use super::environments::{self, Environments};
use super::future::Failure;
use super::probes::{Progress, probe_all};
use super::run::{Scope, run};
use super::target::{Choice, TargetError, Wanted, choose, unset_variables};
use super::{Report, Skipped};
use crate::database::{ClientEnvironment, DatabaseUrl, Detail};
use crate::deployment;
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
    /// `--diff-base` or `--also` names nothing.
    #[error(transparent)]
    Future(#[from] Failure),
}

impl Error {
    /// The place in a configuration file.
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Project(project::Error::Invalid { location, .. }) => location.as_ref(),
            Self::Project(_) | Self::Target(_) | Self::UnknownRule(_) | Self::Future(_) => None,
        }
    }

    /// What to do about it, a line each.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Project(error) => error.hints(),
            Self::Target(error) => error.hints().to_vec(),
            Self::UnknownRule(_) => vec!["`alembic-doctor rules` lists them".to_owned()],
            Self::Future(Failure::Unknown { name, .. }) => {
                let branch = name.strip_prefix("origin/").unwrap_or(name);
                vec![format!("nothing is fetched here: `git fetch origin {branch}` brings a branch of a remote")]
            }
            Self::Future(_) => Vec::new(),
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
    /// Those that the user named on the command line, if any.
    Named,
    /// Those that the user named, or the one that the project's own files name.
    Known,
    /// Those that the user named, or every environment of the settings and the ini.
    Every,
}

/// Looks at everything that `reach` allows, and runs the rules over it.
///
/// # Errors
/// No usable configuration, or flags that mean nothing. Everything else is part of the report.
pub fn examine(
    command: &'static str,
    settings: &Settings,
    reach: Reach,
    progress: Progress<'_>,
) -> Result<Report, Error> {
    if let Some(name) = super::run::unknown_names(&settings.selection).into_iter().next() {
        return Err(Error::UnknownRule(name));
    }
    let load = project::load(&settings.project);
    let project = load.map_err(|error| super::absent::explain(error, &settings.project))?;
    let revisions = revision::read(&project, reach.depth);

    let named = settings.database.is_named();
    let wanted = !settings.offline
        && match reach.databases {
            Databases::None => false,
            Databases::Named => named,
            Databases::Known | Databases::Every => true,
        };
    let Environments { choice, apart } = match reach.databases {
        _ if !wanted => Environments { choice: Choice::Found(Vec::new()), apart: Vec::new() },
        Databases::Every => environments::every(settings, &project)?,
        _ => Environments { choice: choose(&settings.database, &project)?, apart: Vec::new() },
    };
    let mut databases = Vec::new();
    let mut unknown = None;
    let mut others = None;
    match choice {
        Choice::Found(chosen) => {
            others = if wanted { other_databases(&project, &chosen) } else { None };
            let client = ClientEnvironment { directory: project.directory.clone(), ..settings.client.clone() };
            // What revisions do is only known when their whole files are read; tenants are too many.
            let is_whole = reach.depth == Depth::WholeFiles && !settings.all_schemas;
            let detail = if is_whole { Detail::Tables } else { Detail::Stamp };
            databases = probe_all(&chosen, detail, &settings.timeouts, &client, progress);
        }
        Choice::Unknown(why) => unknown = Some(why),
    }

    let expected = Expected {
        heads: settings.expected_heads,
        target: settings.target.clone(),
        downgrade: settings.lint.downgrade,
        promotion: settings.promotion.clone(),
        pg_version: settings.lint.pg_version,
    };
    let unset = wanted.then(|| unset_variables(&settings.database, &project));
    let mut facts = if settings.all_schemas {
        Facts::of_schemas(project, revisions, expected, databases)
    } else {
        Facts::new(project, revisions, expected, databases)
    };
    facts.unset_variables = unset;
    super::consult(&mut facts, reach.depth);
    if reach.depth == Depth::WholeFiles {
        facts.locked = super::lock::locked(&facts);
    }
    // Side by side it is about where they are, not about what is to come.
    let is_about_revisions = reach.depth == Depth::WholeFiles && reach.databases != Databases::Every;
    let unanswered = if is_about_revisions { look_into(&mut facts, command, settings)? } else { None };
    let scope = if wanted { Scope::WithDatabases } else { Scope::Offline };
    let mut report = run(command, facts, scope, &settings.selection);
    if let Some(others) = others {
        report.skipped.push(others);
        // Whoever names one database means that one.
        report.could_not_look |= !named;
    }
    if let Some(unanswered) = unanswered {
        report.skipped.push(unanswered);
        report.could_not_look = true;
    }
    report.skipped.extend(apart.into_iter().map(|name| Skipped {
        what: format!("section [{name}]"),
        why: format!("it has revisions of its own: look at them with -n {name}"),
    }));
    if let Some(why) = unknown {
        let why = format!("{why}; name it with --url-env NAME, or leave it out with --offline");
        report.skipped.push(Skipped { what: "the database".to_owned(), why });
        report.could_not_look = true;
    }
    Ok(report)
}

/// What the revisions do, what a merge would make of them, and what runs them; what git did not answer.
fn look_into(facts: &mut Facts, command: &str, settings: &Settings) -> Result<Option<Skipped>, Failure> {
    let mut unanswered = None;
    if let Some(base) = &settings.lint.diff_base {
        match super::future::look_ahead(facts, base, &settings.lint.also) {
            Ok(future) => facts.future = Some(future),
            Err(Failure::Unanswered(why)) => {
                let what = format!("the merge into {}", printable(base));
                unanswered = Some(Skipped { what, why: printable(&why) });
            }
            Err(failure) => return Err(failure),
        }
    }
    facts.read_operations();
    facts.examined = match facts.expected.target.as_deref().filter(|_| command == "gate") {
        Some(target) => super::scope::choose_pending(facts, target, &settings.lint),
        None => super::scope::choose(facts, &settings.lint),
    };
    facts.read_sql();
    super::models::look(facts);
    // Who reads whole files looks at the whole repository.
    facts.deployment = Some(deployment_of(&facts.project));
    Ok(unanswered)
}

/// Where the repository of a project runs its migrations.
pub fn deployment_of(project: &project::Project) -> deployment::Deployment {
    let versions: Vec<_> = project.version_locations.iter().map(|location| location.path.clone()).collect();
    let ini = project.ini.as_ref().map(|ini| ini.path());
    deployment::scan(&project.directory, ini, &versions)
}

/// The databases of the multidb template that are none of `targets`.
fn other_databases(project: &project::Project, targets: &[Wanted]) -> Option<Skipped> {
    let is_other = |section: &&project::Section| {
        let url = section.url.as_ref().map(|url| DatabaseUrl::new(url.value.as_str()));
        !targets.iter().any(|target| match target.url() {
            Some(known) => url.as_ref() == Some(known),
            None => target.name() == section.name,
        })
    };
    let names: Vec<String> =
        project.databases.iter().filter(is_other).map(|section| printable(&section.name)).collect();
    let why = "another one was named: name each of them with --url-env, --url or --env";
    (!names.is_empty()).then(|| Skipped { what: format!("`databases = {}`", names.join(", ")), why: why.to_owned() })
}
