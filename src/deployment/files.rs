//! Which files are read, by whom, and what each is for.

use std::cell::OnceCell;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use memchr::memmem;

use super::script::{Migration, Outcome};
use super::{
    Copies, Deployment, Ignored, Run, Stage, code, databases, docker, manifest, plain, requirement, script, secrets,
    walk,
};
use crate::source::{Location, SourceFile, printable};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shell,
    Docker,
    Procfile,
    Make,
    Toml,
    Tox,
    /// YAML that is no pipeline: compose, Kubernetes, hosting services.
    Manifest,
    /// A pipeline of tests or deployments.
    Pipeline,
    Python,
}

/// Reads the whole repository; `own` is the folder of the project's ini.
pub(super) fn read_all(directory: &Path, own: Option<&Path>, except: &[PathBuf]) -> Deployment {
    let root = walk::root(directory);
    let (files, left_out) = walk::files(&root, directory, except);
    // Other projects of the same repository have deployments of their own.
    let is_ini = |path: &&PathBuf| path.file_name().is_some_and(|name| name == "alembic.ini");
    let is_other = |folder: &&Path| !directory.starts_with(folder) && Some(*folder) != own;
    let folders = files.iter().filter(is_ini).filter_map(|path| path.parent());
    let others: Vec<&Path> = folders.filter(is_other).collect();
    let mut deployment = Deployment { left_out, ..Deployment::default() };
    let mut started = Vec::new();
    let mut scripts = Vec::new();
    for path in &files {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let concerns_us = path.parent().is_some_and(|folder| directory.starts_with(folder));
        let is_list = concerns_us && requirement::is_list(&name);
        let kind = kind_of(path, &name);
        if kind.is_none() && !is_list || others.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        let text = match text_of(path, kind, is_list) {
            Ok(Some(text)) => text,
            Ok(None) => continue,
            Err(error) => {
                deployment.left_out = deployment.left_out.or_else(|| unread(&shown(path, directory), &error));
                continue;
            }
        };
        deployment.files += 1;
        let file = File::new(path, directory, &root, &text);
        if is_list && let Some(span) = requirement::old_sqlalchemy(&text) {
            deployment.old_sqlalchemy.get_or_insert(Location::new(file.source(), span));
        }
        file.databases(kind, &mut deployment);
        match kind {
            Some(Kind::Docker) => {
                started.extend(docker::started_scripts(&text));
                file.docker(&mut deployment);
            }
            // What a script is for can depend on the Dockerfile.
            Some(Kind::Shell) => scripts.push((path.clone(), name, text)),
            Some(kind) => file.read(kind, &mut deployment),
            None => {}
        }
    }
    for (path, name, text) in &scripts {
        let file = File::new(path, directory, &root, text);
        file.shell(started.contains(name), &mut deployment);
    }
    deployment.runs.sort_by(|a, b| {
        let place = |run: &Run| (run.location.path().to_owned(), run.location.span);
        place(a).cmp(&place(b))
    });
    deployment
}

/// Why a file was left out; not if it has gone meanwhile.
fn unread(shown: &Path, error: &io::Error) -> Option<String> {
    (error.kind() != io::ErrorKind::NotFound)
        .then(|| format!("{} cannot be read ({error})", printable(&shown.display().to_string())))
}

/// The file's text, unless it is large or says nothing that is looked for.
fn text_of(path: &Path, kind: Option<Kind>, is_list: bool) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(walk::LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > walk::LARGEST {
        return Ok(None);
    }
    let has = |words: &[&str]| words.iter().any(|word| memmem::find(&bytes, word.as_bytes()).is_some());
    let concerns_us = match kind {
        Some(Kind::Python) if is_test(path) && has(&["sqlite", "postgres"]) => true,
        Some(Kind::Python) => has(&["alembic", "flask_migrate"]) && has(&["upgrade", "stamp"]),
        Some(Kind::Pipeline | Kind::Tox | Kind::Toml) if has(&["sqlite", "postgres"]) => true,
        // It may name the script that is started.
        Some(Kind::Docker) => true,
        Some(Kind::Manifest) => has(&["replica", "Replicas", "alembic", "flask"]),
        Some(_) => has(&["alembic", "flask", "manage.py"]),
        None => false,
    };
    let concerns_us = concerns_us || is_list && has(&["lchemy", "LCHEMY"]);
    // A comment in another encoding hides no command.
    let text = concerns_us.then(|| String::from_utf8_lossy(&bytes).into_owned());
    Ok(text.map(|text| text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}

fn kind_of(path: &Path, name: &str) -> Option<Kind> {
    let lower = name.to_ascii_lowercase();
    let extension = lower.rsplit_once('.').map(|(_, extension)| extension);
    let in_folder = |folder: &str| path.components().any(|part| part == Component::Normal(folder.as_ref()));
    if lower.starts_with("dockerfile") || lower.starts_with("containerfile") || extension == Some("dockerfile") {
        return Some(Kind::Docker);
    }
    match (lower.as_str(), extension) {
        ("procfile", _) => Some(Kind::Procfile),
        ("makefile" | "gnumakefile" | "justfile" | ".justfile", _) | (_, Some("mk")) => Some(Kind::Make),
        ("fly.toml" | "railway.toml" | "pyproject.toml" | "nixpacks.toml", _) => Some(Kind::Toml),
        ("tox.ini", _) => Some(Kind::Tox),
        (_, Some("sh" | "bash")) => Some(Kind::Shell),
        (_, Some("yml" | "yaml")) => {
            let is_pipeline = in_folder("workflows") && in_folder(".github")
                || in_folder(".circleci")
                || in_folder(".buildkite")
                || lower.starts_with(".gitlab-ci")
                || lower.starts_with("bitbucket-pipelines")
                || lower.starts_with("azure-pipelines")
                || lower.starts_with(".drone")
                || lower.starts_with(".travis");
            Some(if is_pipeline { Kind::Pipeline } else { Kind::Manifest })
        }
        (_, Some("py")) => Some(Kind::Python),
        // `bin/release`, `entrypoint`: a shell script if its first line says so.
        (_, None) => ["entrypoint", "start", "run", "release", "deploy", "migrate", "prestart"]
            .iter()
            .any(|word| lower.contains(word))
            .then_some(Kind::Shell),
        _ => None,
    }
}

/// Whether a file of Python belongs to tests, by its own name or its folder's.
fn is_test(path: &Path) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = name(path);
    file == "conftest.py" || file.starts_with("test_") || path.parent().is_some_and(|folder| name(folder) == "tests")
}

/// What a path or a name says of its purpose.
fn stage_of(text: &str, otherwise: Stage) -> Stage {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
    if has(&[
        "test",
        "tests",
        "testing",
        "pytest",
        "conftest",
        "e2e",
        "integration",
        "ci",
        "lint",
        "check",
        "checks",
        "tox",
    ]) {
        Stage::Tests
    } else if has(&[
        "dev",
        "develop",
        "development",
        "local",
        "devcontainer",
        "override",
        "setup",
        "bootstrap",
        "seed",
        "reset",
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "initdb",
        "init",
    ]) {
        Stage::Development
    } else if has(&[
        "deploy",
        "deployment",
        "release",
        "prod",
        "production",
        "staging",
        "entrypoint",
        "prestart",
        "predeploy",
        "cd",
        "migrate",
        "migration",
        "migrations",
        "publish",
        "start",
        "docker",
    ]) {
        Stage::Deployment
    } else {
        otherwise
    }
}

/// The path from the project's folder.
fn shown(path: &Path, directory: &Path) -> PathBuf {
    let up = directory.ancestors().enumerate().find_map(|(steps, folder)| {
        let rest = path.strip_prefix(folder).ok()?;
        Some(std::iter::repeat_n(Path::new(".."), steps).collect::<PathBuf>().join(rest))
    });
    up.unwrap_or_else(|| path.to_owned())
}

/// A file that is being read.
struct File<'a> {
    shown: PathBuf,
    /// From the repository's root.
    inside: &'a Path,
    text: &'a str,
    source: OnceCell<Arc<SourceFile>>,
    is_locked: OnceCell<bool>,
}

impl<'a> File<'a> {
    fn new(path: &'a Path, directory: &Path, root: &Path, text: &'a str) -> Self {
        let inside = path.strip_prefix(root).unwrap_or(path);
        Self { shown: shown(path, directory), inside, text, source: OnceCell::new(), is_locked: OnceCell::new() }
    }

    /// What is shown of it: one copy, however many places in it are told.
    fn source(&self) -> &Arc<SourceFile> {
        self.source.get_or_init(|| Arc::new(SourceFile::new(self.shown.clone(), secrets::hidden(self.text))))
    }

    fn path_stage(&self, otherwise: Stage) -> Stage {
        stage_of(&self.inside.to_string_lossy(), otherwise)
    }

    fn read(&self, kind: Kind, deployment: &mut Deployment) {
        match kind {
            Kind::Procfile => {
                let found = plain::procfile(self.text);
                self.named(found, |_| Stage::Deployment, deployment);
            }
            Kind::Make => {
                let found = plain::makefile(self.text);
                self.named(found, |name| stage_of(name, Stage::Development), deployment);
            }
            Kind::Toml => {
                let is_task = |table: &str| table.ends_with("tasks") || table.contains("scripts");
                let found = plain::toml(self.text, |table, key| {
                    matches!(key, "release_command" | "startCommand" | "preDeployCommand" | "cmd" | "start")
                        || self.shown.ends_with("pyproject.toml") && is_task(table)
                });
                let otherwise =
                    if self.shown.ends_with("pyproject.toml") { Stage::Development } else { Stage::Deployment };
                self.named(found, |name| stage_of(name, otherwise), deployment);
            }
            Kind::Tox => {
                let found = plain::tox(self.text);
                self.named(found, |_| Stage::Tests, deployment);
            }
            Kind::Manifest | Kind::Pipeline => self.manifest(kind == Kind::Pipeline, deployment),
            Kind::Python => self.python(deployment),
            Kind::Shell | Kind::Docker => {}
        }
    }

    /// What the file says of databases.
    fn databases(&self, kind: Option<Kind>, deployment: &mut Deployment) {
        let at = |span| Location::new(self.source(), span);
        deployment.prints_sql.extend(databases::prints_sql(self.text).map(at));
        let is_test = match kind {
            Some(Kind::Python) => is_test(self.inside),
            Some(Kind::Tox) => true,
            Some(Kind::Toml) => self.shown.ends_with("pyproject.toml") && self.text.contains("[tool.pytest"),
            Some(Kind::Pipeline) => self.path_stage(Stage::Tests) == Stage::Tests,
            _ => false,
        };
        let named = databases::named(self.text);
        // Where a pipeline starts PostgreSQL, something runs on it.
        deployment.tests_name_postgres |= named.postgres && (is_test || kind == Some(Kind::Pipeline));
        deployment.tests_on_sqlite.extend(named.sqlite.filter(|_| is_test).map(at));
    }

    fn named(&self, found: Vec<plain::Found>, stage: impl Fn(&str) -> Stage, deployment: &mut Deployment) {
        for one in found {
            let stage = if one.outcome.reloads { Stage::Development } else { stage(&one.name) };
            self.add(one.outcome.migrations, stage, deployment);
        }
    }

    fn docker(&self, deployment: &mut Deployment) {
        let stage = self.path_stage(Stage::Deployment);
        for outcome in docker::read(self.text) {
            self.outcome(outcome, stage, deployment);
        }
    }

    fn shell(&self, is_started: bool, deployment: &mut Deployment) {
        let first = self.text.lines().next().unwrap_or_default();
        let is_script = self.shown.extension().is_some() || first.starts_with("#!") && first.contains("sh");
        if !is_script {
            return;
        }
        let stops = first.starts_with("#!")
            && first.split_whitespace().skip(1).any(|word| word.starts_with('-') && word.contains('e'));
        let outcome = script::read(&script::Script { text: self.text, offset: 0, fold: false, stops, pipefail: false });
        let stage = match self.path_stage(Stage::Development) {
            _ if is_started => Stage::Deployment,
            Stage::Development
                if outcome.serves
                    && stage_of(&self.inside.to_string_lossy(), Stage::Deployment) == Stage::Deployment =>
            {
                Stage::Deployment
            }
            stage => stage,
        };
        self.outcome(outcome, stage, deployment);
    }

    fn manifest(&self, is_pipeline: bool, deployment: &mut Deployment) {
        let (found, copies) = manifest::read(self.text, is_pipeline);
        let otherwise = if is_pipeline { Stage::Tests } else { Stage::Deployment };
        let stage = self.path_stage(otherwise);
        for one in found {
            // A job says more than its file.
            let job = one.path.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
            let stage = if is_pipeline { stage_of(&job.replace("jobs", ""), stage) } else { stage };
            self.outcome(one.outcome, stage, deployment);
        }
        if stage == Stage::Deployment && !copies.is_empty() {
            deployment.copies.extend(copies.into_iter().map(|copies| Copies {
                location: Location::new(self.source(), copies.span),
                number: copies.number,
                service: copies.service,
            }));
        }
    }

    fn python(&self, deployment: &mut Deployment) {
        if !self.text.contains("alembic") && !self.text.contains("flask") {
            return;
        }
        let found = code::read(self.text);
        let stage = self.path_stage(Stage::Development);
        for mut migration in found {
            let is_start = migration.starts.is_some();
            let stage = if is_start && stage != Stage::Tests { Stage::Deployment } else { stage };
            if stage == Stage::Tests {
                migration.ignored = None;
            }
            self.add(vec![migration], stage, deployment);
        }
    }

    fn outcome(&self, outcome: Outcome, stage: Stage, deployment: &mut Deployment) {
        let stage = if outcome.reloads { Stage::Development } else { stage };
        self.add(outcome.migrations, stage, deployment);
    }

    fn add(&self, migrations: Vec<Migration>, stage: Stage, deployment: &mut Deployment) {
        if migrations.is_empty() {
            return;
        }
        let at = |span| Location::new(self.source(), span);
        let is_locked = *self.is_locked.get_or_init(|| takes_lock(self.text));
        deployment.runs.extend(migrations.into_iter().map(|migration| Run {
            location: at(migration.span),
            written: migration.written,
            action: migration.action,
            stage,
            ignored: migration.ignored.map(|(span, how)| Ignored { location: at(span), how }),
            is_conditional: migration.is_conditional,
            after_failed: migration.after_failed.map(at),
            starts: migration.starts.map(at),
            is_locked,
        }));
    }
}

/// Whether something in the text takes a lock, whatever it is for.
fn takes_lock(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let words = [
        "advisory",
        "flock",
        "get_lock",
        "redlock",
        "filelock",
        "migration_lock",
        "migrate_lock",
        ".lock(",
        "with_lock",
    ];
    words.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_told_and_what_has_gone_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let told = |path: PathBuf| {
            let error = text_of(&path, Some(Kind::Shell), false).unwrap_err();
            unread(Path::new("deploy.sh"), &error)
        };
        assert!(told(file.join("deploy.sh")).unwrap().starts_with("deploy.sh cannot be read ("));
        assert_eq!(told(folder.path().join("deploy.sh")), None);
    }
}
