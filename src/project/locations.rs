//! `script_location` and `version_locations` to folders (alembic.script.base.ScriptDirectory,
//! alembic.util.pyfiles.coerce_resource_to_filename).

use std::path::{Component, Path, PathBuf};

use super::discover::Found;
use super::options::Options;
use super::toml_config::Formatted;
use super::{BrokenValue, Error, Setting, VersionLocation};

/// Where paths of the configuration start, and where packages are searched.
pub(super) struct Places<'a> {
    /// The folder that Alembic runs in.
    pub(super) directory: &'a Path,
    /// `prepend_sys_path`
    pub(super) prepended: Vec<String>,
}

impl<'a> Places<'a> {
    /// A broken `prepend_sys_path` counts as absent here; it is reported as a broken value.
    pub(super) fn new(directory: &'a Path, options: &Options) -> Self {
        let prepended = list(options, "prepend_sys_path", &["path_separator"], &[' ', ':']).unwrap_or_default();
        Self { directory, prepended: prepended.unwrap_or_default() }
    }

    /// The script directory: it has to be there.
    pub(super) fn script_directory(&self, setting: &Setting, found: &Found) -> Result<PathBuf, Error> {
        let path = self.resolve(setting)?;
        if self.directory.join(&path).exists() {
            return Ok(path);
        }
        // Alembic shows a path as it is configured, and the folder of a package in full.
        let shown = if is_resource(&setting.value) {
            self.directory.join(&path).display().to_string()
        } else {
            setting.value.clone()
        };
        let message =
            format!("Path doesn't exist: {shown}.  Please use the 'init' command to create a new scripts folder.");
        let mut hints = vec![format!(
            "do not run `alembic init` over an existing project: look for the folder that has env.py; relative paths \
             start in {}",
            self.directory.display()
        )];
        let full = self.directory.join(&path);
        hints.push(format!("{}; script_location means {}", found.phrase, full.display()));
        // A relative path starts where Alembic runs, not where the ini is.
        let beside = found.ini.as_deref().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = beside.filter(|folder| self.directory.join(folder).join(&path).is_dir()) {
            let folder = folder.display();
            hints.push(format!(
                "{folder}/{} is there: run it in {folder} (alembic-doctor: -C {folder}), or write script_location = \
                 %(here)s/{}",
                path.display(),
                path.display()
            ));
        }
        hints.extend(super::exclusions(self.directory, &path.join("env.py")).iter().map(super::Exclusion::in_words));
        if setting.value.contains(['{', '$']) {
            hints.push("this looks like a placeholder that the application fills in: pass its own ini with -c".into());
        }
        if setting.value.starts_with(['"', '\'']) {
            hints.push("quotes belong to the value in an ini file: remove them".to_owned());
        }
        Err(Error::Invalid { message, location: Some(setting.location.clone()), hints })
    }

    /// The version locations in order; only a package that cannot be found is an error.
    pub(super) fn versions(
        &self,
        options: &Options,
        script: (&str, &Path),
        broken: &mut Vec<BrokenValue>,
    ) -> Result<Vec<VersionLocation>, Error> {
        let key = "version_locations";
        let separators = ["path_separator", "version_path_separator"];
        let configured = list(options, key, &separators, &[' '])?.filter(|places| !places.is_empty());
        let Some(configured) = configured else {
            let (script_location, script_directory) = script;
            let path = script_directory.join("versions");
            let exists = self.directory.join(&path).exists();
            return Ok(vec![VersionLocation { configured: format!("{script_location}/versions"), path, exists }]);
        };
        let location = options.item_location(options.ini.item(&options.section, key));
        let location = match options.ini_text(key)?.filter(|setting| !setting.value.is_empty()) {
            Some(_) => location,
            None => match options.toml_value(key)? {
                Some((Formatted::Text(_), location)) => {
                    let message = "a string where an array is expected: Alembic takes every character as a folder";
                    broken.push(BrokenValue {
                        key: key.to_owned(),
                        message: message.to_owned(),
                        location: location.clone(),
                    });
                    location
                }
                Some((_, location)) => location,
                None => location,
            },
        };
        configured
            .into_iter()
            .map(|value| {
                let path = self.resolve(&Setting { value: value.clone(), location: location.clone() })?;
                let exists = self.directory.join(&path).exists();
                Ok(VersionLocation { configured: value, path, exists })
            })
            .collect()
    }

    /// A path or `package:folder`, relative to the directory where it lies in it.
    fn resolve(&self, setting: &Setting) -> Result<PathBuf, Error> {
        if !is_resource(&setting.value) {
            return Ok(self.relative(Path::new(&setting.value)));
        }
        let mut parts = setting.value.split(':');
        let package = parts.next().unwrap_or_default();
        let below: PathBuf = parts.collect();
        match self.package(package) {
            Some(folder) => Ok(self.relative(&folder.join(below))),
            None => {
                let message = format!("No module named {}", super::ini::repr(package));
                let hints = [
                    format!("`{}` names the Python package {package}, which is not below {}", setting.value, {
                        self.directory.display()
                    }),
                    "if it is installed elsewhere, give the folder instead: -c an ini with script_location = <path>"
                        .to_owned(),
                ];
                Err(Error::Invalid { message, location: Some(setting.location.clone()), hints: hints.into() })
            }
        }
    }

    /// The folder of a package. Alembic imports it; what is on `sys.path` besides
    /// `prepend_sys_path` is not known here, so the project's folder and its `src` stand in for
    /// an editable install.
    fn package(&self, dotted: &str) -> Option<PathBuf> {
        let below: PathBuf = dotted.split('.').collect();
        if dotted.split('.').any(|part| part.is_empty() || part.contains(['/', '\\'])) {
            return None;
        }
        let roots = self.prepended.iter().map(String::as_str).chain(["", "src"]);
        let folders: Vec<PathBuf> = roots.map(|root| self.directory.join(root).join(&below)).collect();
        // A regular package anywhere comes before a namespace package.
        let regular = folders.iter().find(|folder| folder.join("__init__.py").is_file());
        regular.or_else(|| folders.iter().find(|folder| folder.is_dir())).cloned()
    }

    fn relative(&self, path: &Path) -> PathBuf {
        let inside = path.strip_prefix(self.directory).unwrap_or(path);
        let plain: PathBuf = inside.components().filter(|part| *part != Component::CurDir).collect();
        if plain.as_os_str().is_empty() { PathBuf::from(".") } else { plain }
    }
}

/// Alembic's test for `package:folder`.
fn is_resource(value: &str) -> bool {
    !Path::new(value).is_absolute() && value.contains(':')
}

/// A list of paths: an ini value that is not empty is split, else the array counts.
fn list(options: &Options, key: &str, separators: &[&str], legacy: &[char]) -> Result<Option<Vec<String>>, Error> {
    match options.ini_text(key)?.filter(|setting| !setting.value.is_empty()) {
        Some(setting) => Ok(Some(match separator(options, separators)? {
            Some(separator) => {
                let parts = setting.value.split(separator).filter(|part| !part.is_empty());
                parts.map(|part| part.trim().to_owned()).collect()
            }
            None => split_legacy(&setting.value, legacy),
        })),
        None => match options.toml_value(key)? {
            None => Ok(None),
            Some((Formatted::List(values), _)) => Ok(Some(values)),
            // Python walks over a string's characters.
            Some((Formatted::Text(text), _)) => Ok(Some(text.chars().map(String::from).collect())),
            Some((Formatted::Other(kind), location)) => {
                let message = format!("`{key}` in [tool.alembic] must be an array of strings, not {kind}");
                Err(Error::invalid(message, Some(location)))
            }
        },
    }
}

/// Config._get_file_separator_char
fn separator(options: &Options, names: &[&str]) -> Result<Option<char>, Error> {
    for name in names {
        let Some(setting) = options.ini_text(name)? else { continue };
        return match setting.value.as_str() {
            "space" => Ok(Some(' ')),
            "newline" => Ok(Some('\n')),
            "os" => Ok(Some(if cfg!(windows) { ';' } else { ':' })),
            ":" => Ok(Some(':')),
            ";" => Ok(Some(';')),
            other => {
                let message =
                    format!("'{other}' is not a valid value for {name}; expected 'space', 'newline', 'os', ':', ';'");
                Err(Error::invalid(message, Some(setting.location)))
            }
        };
    }
    Ok(None)
}

/// Splits like `, *|(?: +)`, or `, *|(?: +)|\:` when `:` is among `separators`; empty items stay
/// and mean the current folder.
fn split_legacy(value: &str, separators: &[char]) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        if c != ',' && !separators.contains(&c) {
            if let Some(part) = parts.last_mut() {
                part.push(c);
            }
            continue;
        }
        while c != ':' && chars.next_if_eq(&' ').is_some() {}
        parts.push(String::new());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::split_legacy;

    #[test]
    fn legacy_splitting_keeps_empty_items() {
        assert_eq!(split_legacy("a ,b", &[' ']), ["a", "", "b"]);
        assert_eq!(split_legacy("a, b  c\nd:e", &[' ']), ["a", "b", "c\nd:e"]);
        assert_eq!(split_legacy("a: b", &[' ', ':']), ["a", "", "b"]);
    }
}
