//! Which database to look at, in the order of the product's contract; nothing is guessed.

use crate::database::{DatabaseUrl, Target};
use crate::project::env::UrlOrigin;
use crate::project::{Project, Runner};
use crate::settings::{DEFAULT, DatabaseChoice, Environment, NamedUrl};

/// The databases to look at, or why there is none.
#[derive(Debug)]
pub(super) enum Choice {
    /// These: one, each that was named, or each of `databases =` in the ini of the multidb template.
    Found(Vec<Wanted>),
    /// None: nobody named one, and the project's own way cannot be followed. Why.
    Unknown(String),
}

/// A database to look at.
#[derive(Debug)]
pub(super) enum Wanted {
    /// Where it is, is known.
    At(Target),
    /// One of several that were asked for, and where it is, is not known.
    Nowhere {
        /// The environment's name.
        name: String,
        /// Why.
        reason: String,
    },
}

impl Wanted {
    /// The environment's name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::At(target) => &target.name,
            Self::Nowhere { name, .. } => name,
        }
    }

    /// Its URL, as far as that is known.
    pub(super) fn url(&self) -> Option<&DatabaseUrl> {
        match self {
            Self::At(target) => Some(&target.url),
            Self::Nowhere { .. } => None,
        }
    }
}

/// Why a database that the user named cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TargetError {
    message: String,
    hints: Vec<String>,
}

impl TargetError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hints: Vec::new() }
    }

    pub(super) fn hint(mut self, hint: String) -> Self {
        self.hints.push(hint);
        self
    }

    /// What to do about it, a line each.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// `--url`, `--url-env`, `--env`, `ALEMBIC_DOCTOR_DATABASE_URL`, the variable that env.py certainly
/// reads, `sqlalchemy.url`, the sections of `databases =`.
pub(super) fn choose(choice: &DatabaseChoice, project: &Project) -> Result<Choice, TargetError> {
    if !choice.urls.is_empty() {
        return Ok(Choice::Found(choice.urls.iter().map(given).collect()));
    }
    if let Some(variable) = &choice.url_env {
        let url = variable_of(choice, variable)
            .ok_or_else(|| TargetError::new(format!("--url-env: the environment variable {variable} is not set")))?;
        return Ok(target(url, format!("environment variable {variable}")));
    }
    match choice.wanted.as_slice() {
        [] => Ok(own(choice, project)),
        [name] => {
            let environment = environment(choice, name)?;
            let (url, source) = environment_url(choice, project, name, environment)
                .map_err(|why| TargetError::new(format!("environment `{name}`: {why}")))?;
            Ok(Choice::Found(vec![at(name, &url, source)]))
        }
        names => {
            let each = names.iter().map(|name| Ok(configured(choice, project, name, environment(choice, name)?)));
            Ok(Choice::Found(each.collect::<Result<_, TargetError>>()?))
        }
    }
}

/// The way that the project and the process's variables show, when no flag names a database.
pub(super) fn own(choice: &DatabaseChoice, project: &Project) -> Choice {
    const OWN: &str = "ALEMBIC_DOCTOR_DATABASE_URL";
    if let Some(url) = variable_of(choice, OWN) {
        return target(url, format!("environment variable {OWN}"));
    }
    if let Some(variable) = &project.env.url_variable {
        return match variable_of(choice, variable) {
            Some(url) => target(url, format!("environment variable {variable}, which env.py reads")),
            None => Choice::Unknown(format!(
                "env.py takes the URL from the environment variable {variable}, which is not set"
            )),
        };
    }
    // The ini's URL counts only where env.py asks for it before anything else, or where nothing
    // is known to override it.
    let asks_ini = matches!(project.env.url.first(), None | Some((UrlOrigin::Ini, _)));
    match &project.url {
        Some(url) if asks_ini && project.runner == Runner::Alembic => {
            target(&url.value, format!("sqlalchemy.url in {}", url.location.path().display()))
        }
        _ if asks_ini
            && project.url.is_none()
            && project.runner == Runner::Alembic
            && !project.databases.is_empty() =>
        {
            listed(project)
        }
        _ => Choice::Unknown(unknown_way(project, asks_ini)),
    }
}

/// The sections of `databases =`: all of them or none, because one alone says nothing of the others.
fn listed(project: &Project) -> Choice {
    let mut targets = Vec::new();
    for section in &project.databases {
        let Some(url) = &section.url else {
            return Choice::Unknown(format!(
                "section [{}], which `databases` of the ini lists, has no usable sqlalchemy.url",
                section.name
            ));
        };
        let source = format!("sqlalchemy.url of [{}] in {}", section.name, url.location.path().display());
        targets.push(at(&section.name, &url.value, source));
    }
    Choice::Found(targets)
}

fn at(name: &str, url: &str, source: String) -> Wanted {
    Wanted::At(Target { name: name.to_owned(), url: DatabaseUrl::new(url), source })
}

fn target(url: &str, source: String) -> Choice {
    Choice::Found(vec![at(DEFAULT, url, source)])
}

/// A URL of the command line.
pub(super) fn given(named: &NamedUrl) -> Wanted {
    if named.url.is_empty() {
        let reason = format!("--url {}= has no URL: is the variable in it set?", named.name);
        return Wanted::Nowhere { name: named.name.clone(), reason };
    }
    at(&named.name, &named.url, "--url".to_owned())
}

/// An environment of the settings, whether or not its URL can be had.
pub(super) fn configured(choice: &DatabaseChoice, project: &Project, name: &str, environment: &Environment) -> Wanted {
    match environment_url(choice, project, name, environment) {
        Ok((url, source)) => at(name, &url, source),
        Err(reason) => Wanted::Nowhere { name: name.to_owned(), reason },
    }
}

fn environment<'a>(choice: &'a DatabaseChoice, name: &str) -> Result<&'a Environment, TargetError> {
    choice.environments.get(name).ok_or_else(|| unknown_environment(choice, name))
}

/// Why the project's own way to its URL cannot be followed.
fn unknown_way(project: &Project, asks_ini: bool) -> String {
    if project.runner == Runner::FlaskMigrate {
        return "the Flask application holds its URL, and no Python is run here".to_owned();
    }
    if asks_ini && !project.env.url.is_empty() {
        return match &project.ini {
            Some(ini) => format!("sqlalchemy.url in {} is missing, or not a usable URL", ini.path().display()),
            None => "env.py takes its URL from the ini, and there is none".to_owned(),
        };
    }
    format!("env.py takes its URL {}", project.env.url_phrase())
}

/// The variables from which env.py may take its URL and that are not set.
pub(super) fn unset_variables(choice: &DatabaseChoice, project: &Project) -> Vec<String> {
    let origins = project.env.url.iter();
    let variables = origins.filter_map(|(origin, _)| match origin {
        UrlOrigin::Environment { name } => Some(name),
        _ => None,
    });
    variables.filter(|name| variable_of(choice, name).is_none()).cloned().collect()
}

/// An environment variable, unless it is empty.
fn variable_of<'a>(choice: &'a DatabaseChoice, name: &str) -> Option<&'a String> {
    choice.variables.get(name).filter(|value| !value.trim().is_empty())
}

fn unknown_environment(choice: &DatabaseChoice, name: &str) -> TargetError {
    let known: Vec<&str> = choice.environments.keys().map(String::as_str).collect();
    let mut error = TargetError::new(format!("--env: the settings have no environment `{name}`"));
    error.hints.push(if known.is_empty() {
        format!("add [tool.alembic-doctor.environments.{name}] to pyproject.toml")
    } else {
        format!("known environments: {}", known.join(", "))
    });
    error
}

fn environment_url(
    choice: &DatabaseChoice,
    project: &Project,
    name: &str,
    environment: &Environment,
) -> Result<(String, String), String> {
    let Environment { url, url_env, url_file, section } = environment;
    match (url, url_env, url_file, section) {
        (Some(url), None, None, None) => Ok((url.clone(), format!("environment `{name}` of the settings"))),
        (None, Some(variable), None, None) => variable_of(choice, variable)
            .map(|url| (url.clone(), format!("environment variable {variable} (environment `{name}`)")))
            .ok_or_else(|| format!("the environment variable {variable} is not set")),
        (None, None, Some(file), None) => {
            let path = choice.settings_directory.join(file);
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", file.display()))?;
            match text.trim() {
                "" => Err(format!("{} is empty", file.display())),
                url => Ok((url.to_owned(), format!("file {} (environment `{name}`)", file.display()))),
            }
        }
        (None, None, None, Some(section)) => project
            .databases
            .iter()
            .chain(&project.other_sections)
            .find(|candidate| candidate.name == *section)
            .and_then(|found| found.url.as_ref())
            .or(if project.section == *section { project.url.as_ref() } else { None })
            .map(|url| (url.value.clone(), format!("sqlalchemy.url in section [{section}] (environment `{name}`)")))
            .ok_or_else(|| format!("section [{section}] of the ini has no sqlalchemy.url")),
        _ => Err("it needs exactly one of url, url-env, url-file and section".to_owned()),
    }
}
