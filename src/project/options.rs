//! The options of the two files together, key by key: ini first, then `[tool.alembic]`
//! (alembic.config.Config.get_alembic_option).

use std::path::Path;
use std::sync::Arc;

use super::discover::Found;
use super::ini::{Ini, IniError, Item};
use super::toml_config::{Formatted, Toml};
use super::{BrokenValue, Error, Setting, place};
use crate::source::masked;
use crate::source::{Location, SourceFile, Span};

/// Both files, parsed.
#[derive(Debug)]
pub(super) struct Options {
    /// The ini; an absent one counts as empty.
    pub(super) ini: Ini,
    /// Its text.
    pub(super) ini_source: Option<Arc<SourceFile>>,
    /// The table of pyproject.toml.
    pub(super) toml: Option<Toml>,
    /// The main section of the ini.
    pub(super) section: String,
}

impl Options {
    /// Reads the files that were found.
    pub(super) fn read(found: &Found, section: String) -> Result<Self, Error> {
        let mut options = Self { ini: Ini::default(), ini_source: None, toml: None, section };
        if let Some(path) = &found.ini {
            let (text, folder) = read(&found.directory, path)?;
            // Spans of the text hold in its masked copy.
            let source = Arc::new(SourceFile::new(path, masked(&text)));
            let (name, here) = (path.to_string_lossy(), folder.to_string_lossy().replace('\\', "/"));
            options.ini = Ini::parse(&text, &name, Some(&here)).map_err(|error| unreadable(&error, &source))?;
            options.ini_source = Some(source);
        }
        if let Some(path) = &found.pyproject {
            let (text, folder) = read(&found.directory, path)?;
            options.toml = Toml::parse(text, path, &folder)?;
        }
        Ok(options)
    }

    /// A string option; `None` when neither file has it.
    pub(super) fn text(&self, key: &str) -> Result<Option<Setting>, Error> {
        if let Some(setting) = self.ini_text(key)? {
            return Ok(Some(setting));
        }
        match self.toml_value(key)? {
            None => Ok(None),
            Some((Formatted::Text(value), location)) => Ok(Some(Setting { value, location })),
            Some((other, location)) => {
                let kind = match other {
                    Formatted::Other(kind) => kind,
                    Formatted::List(_) | Formatted::Text(_) => "list",
                };
                let message = format!("`{key}` in [tool.alembic] must be a string, not {kind}");
                Err(Error::invalid(message, Some(location)))
            }
        }
    }

    /// The option in the ini alone.
    pub(super) fn ini_text(&self, key: &str) -> Result<Option<Setting>, Error> {
        let value = self.ini.get(&self.section, key).map_err(|error| self.broken(&self.section, key, &error))?;
        Ok(value.map(|value| Setting { value, location: self.item_location(self.ini.item(&self.section, key)) }))
    }

    /// The option in `[tool.alembic]` alone.
    pub(super) fn toml_value(&self, key: &str) -> Result<Option<(Formatted, Location)>, Error> {
        self.toml.as_ref().map_or(Ok(None), |toml| toml.get(key))
    }

    /// A boolean option: in the ini only the word `true` is true.
    pub(super) fn boolean(&self, key: &str) -> Result<bool, Error> {
        match self.ini_text(key)? {
            Some(setting) => Ok(setting.value == "true"),
            None => self.toml.as_ref().map_or(Ok(false), |toml| toml.boolean(key)),
        }
    }

    /// Everything in the main section that Alembic or env.py would stumble over when it is read.
    pub(super) fn broken_values(&self) -> Vec<BrokenValue> {
        let ini = self.ini.items(&self.section).into_iter().filter_map(|item| {
            let error = self.ini.get(&self.section, &item.key).err()?;
            let location = self.item_location(Some(item));
            Some(BrokenValue { key: item.key.clone(), message: told(&error, &item.raw), location })
        });
        let mut broken: Vec<BrokenValue> = if self.ini.has_section(&self.section) { ini.collect() } else { Vec::new() };
        for key in ["truncate_slug_length", "file_template", "output_encoding", "timezone", "prepend_sys_path"] {
            if self.ini.item(&self.section, key).is_none()
                && let Err(Error::Invalid { message, location: Some(location), .. }) = self.toml_value(key)
            {
                broken.push(BrokenValue { key: key.to_owned(), message, location });
            }
        }
        if let Ok(Some(setting)) = self.text("truncate_slug_length")
            && setting.value.trim().replace('_', "").parse::<i64>().is_err()
        {
            let value = super::ini::repr(&setting.value);
            let message = format!("invalid literal for int() with base 10: {value}");
            broken.push(BrokenValue { key: "truncate_slug_length".into(), message, location: setting.location });
        }
        broken
    }

    /// Where an item of the ini stands.
    pub(super) fn item_location(&self, item: Option<&Item>) -> Location {
        match &self.ini_source {
            Some(source) => place(source, item.map_or(Span::default(), |item| item.span)),
            None => Location::unread("alembic.ini"),
        }
    }

    fn broken(&self, section: &str, key: &str, error: &IniError) -> Error {
        let location = self.ini_source.as_ref().map(|source| place(source, error.span));
        let raw = self.ini.item(section, key).map_or("", |item| item.raw.as_str());
        let message = format!("`{key}` in section [{section}]: {}: {}", error.kind, told(error, raw));
        Error::invalid_with(message, location, ["write %% for a percent sign in an ini file"])
    }
}

/// The text of `path` and the absolute folder that it is in, links not resolved.
fn read(directory: &Path, path: &Path) -> Result<(String, std::path::PathBuf), Error> {
    let full = directory.join(path);
    let bytes = std::fs::read(&full)
        .map_err(|error| Error::invalid(format!("{} cannot be read: {error}", path.display()), None))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1;
        let location = Location::unread(path);
        Error::invalid(format!("{} is not UTF-8 (line {line})", path.display()), Some(location))
    })?;
    let full = std::path::absolute(&full).unwrap_or(full);
    let folder = full.parent().unwrap_or(&full).to_owned();
    Ok((text, folder))
}

/// Python's text without the password of the URL that it may quote.
fn told(error: &IniError, raw: &str) -> String {
    let quoted = [", found: ", " reference "];
    match quoted.iter().filter(|_| raw.contains("://")).find_map(|word| error.message.split_once(word)) {
        Some((before, _)) if error.kind == "InterpolationSyntaxError" => format!("{before} (in the URL)"),
        _ => masked(&error.message),
    }
}

fn unreadable(error: &IniError, source: &Arc<SourceFile>) -> Error {
    let mut hints = Vec::new();
    if source.text().starts_with('\u{feff}') {
        hints.push("the file starts with a byte order mark: save it as UTF-8 without one".to_owned());
    }
    let message = format!("{}: {}", error.kind, masked(&error.message));
    Error::Invalid { message, location: Some(place(source, error.span)), hints }
}
