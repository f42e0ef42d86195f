//! Which database to look at, in the order of the product's contract; nothing is guessed.

use crate::database::{DatabaseUrl, Target};
use crate::project::env::UrlOrigin;
use crate::project::{Project, Runner};
use crate::settings::{DatabaseChoice, Environment};

/// The database to look at, or why there is none.
#[derive(Debug)]
pub(super) enum Choice {
    /// This one.
    Found(Target),
    /// None: nobody named one, and the project's own way cannot be followed. Why.
    Unknown(String),
}

/// Why a database that the user named cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TargetError {
    message: String,
    hints: Vec<String>,
}

impl TargetError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hints: Vec::new() }
    }

    /// What to do about it, a line each.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// `--url`, `--url-env`, `--env`, `ALEMBIC_DOCTOR_DATABASE_URL`, the variable that env.py certainly
/// reads, `sqlalchemy.url`.
pub(super) fn choose(choice: &DatabaseChoice, project: &Project) -> Result<Choice, TargetError> {
    let target = |name: &str, url: &str, source: String| {
        Choice::Found(Target { name: name.to_owned(), url: DatabaseUrl::new(url), source })
    };
    if let Some(url) = &choice.url {
        return Ok(target("default", url, "--url".to_owned()));
    }
    if let Some(variable) = &choice.url_env {
        let url = variable_of(choice, variable)
            .ok_or_else(|| TargetError::new(format!("--url-env: the environment variable {variable} is not set")))?;
        return Ok(target("default", url, format!("environment variable {variable}")));
    }
    if let Some(name) = &choice.environment {
        let environment = choice.environments.get(name).ok_or_else(|| unknown_environment(choice, name))?;
        let (url, source) = environment_url(choice, project, name, environment)?;
        return Ok(target(name, &url, source));
    }
    const OWN: &str = "ALEMBIC_DOCTOR_DATABASE_URL";
    if let Some(url) = variable_of(choice, OWN) {
        return Ok(target("default", url, format!("environment variable {OWN}")));
    }
    if let Some(variable) = &project.env.url_variable {
        return Ok(match variable_of(choice, variable) {
            Some(url) => target("default", url, format!("environment variable {variable}, which env.py reads")),
            None => Choice::Unknown(format!(
                "env.py takes the URL from the environment variable {variable}, which is not set"
            )),
        });
    }
    // The ini's URL counts only where env.py asks for it before anything else, or where nothing
    // is known to override it.
    let asks_ini = matches!(project.env.url.first(), None | Some((UrlOrigin::Ini, _)));
    match &project.url {
        Some(url) if asks_ini && project.runner == Runner::Alembic => {
            Ok(target("default", &url.value, format!("sqlalchemy.url in {}", url.location.path().display())))
        }
        _ => Ok(Choice::Unknown(how(project))),
    }
}

/// How the project gets its URL, when that leads nowhere.
fn how(project: &Project) -> String {
    if !project.databases.is_empty() {
        let names: Vec<&str> = project.databases.iter().map(|section| section.name.as_str()).collect();
        return format!("the ini names several: `databases = {}`", names.join(", "));
    }
    let phrase = project.env.url_phrase();
    match project.env.url.first() {
        Some((UrlOrigin::Ini, _)) if project.url.is_none() => {
            format!("the project gets its URL {phrase}, which holds none (or only a placeholder)")
        }
        _ => format!("the project gets its URL {phrase}"),
    }
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
) -> Result<(String, String), TargetError> {
    let wrong = |why: String| TargetError::new(format!("environment `{name}`: {why}"));
    let Environment { url, url_env, url_file, section } = environment;
    match (url, url_env, url_file, section) {
        (Some(url), None, None, None) => Ok((url.clone(), format!("environment `{name}` of the settings"))),
        (None, Some(variable), None, None) => variable_of(choice, variable)
            .map(|url| (url.clone(), format!("environment variable {variable} (environment `{name}`)")))
            .ok_or_else(|| wrong(format!("the environment variable {variable} is not set"))),
        (None, None, Some(file), None) => {
            let path = choice.settings_directory.join(file);
            let text = std::fs::read_to_string(&path).map_err(|error| wrong(format!("{}: {error}", file.display())))?;
            match text.trim() {
                "" => Err(wrong(format!("{} is empty", file.display()))),
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
            .ok_or_else(|| wrong(format!("section [{section}] of the ini has no sqlalchemy.url"))),
        _ => Err(wrong("needs exactly one of url, url-env, url-file and section".to_owned())),
    }
}
