//! Connection service files: `PGSERVICEFILE`, `~/.pg_service.conf`, `PGSYSCONFDIR/pg_service.conf`.
//!
//! libpq's `parseServiceInfo`: the personal file first; the system's only if the service is not
//! in it. Lines are `key=value`, `#` starts a comment line, the first of two equal keys counts.

use std::path::{Path, PathBuf};

use super::{Keywords, file_error};
use crate::database::{ClientEnvironment, ProbeError};

/// The keywords of a service.
pub(super) fn read(name: &str, environment: &ClientEnvironment) -> Result<Keywords, ProbeError> {
    let personal = environment
        .variable("PGSERVICEFILE")
        .map(|file| environment.directory.join(file))
        .or_else(|| environment.home.as_ref().map(|home| home.join(".pg_service.conf")));
    let system = environment.variable("PGSYSCONFDIR").map(|folder| PathBuf::from(folder).join("pg_service.conf"));
    let files: Vec<PathBuf> = personal.into_iter().chain(system).collect();
    for file in &files {
        if let Some(text) = text_of(file)?
            && let Some(found) = section(&text, name)
        {
            return Ok(found);
        }
    }
    let places: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    Err(file_error(format!("the definition of service \"{name}\" was not found")).with_detail(if places.is_empty() {
        "no service file is known".into()
    } else {
        format!("looked in {}", places.join(", "))
    }))
}

fn text_of(file: &Path) -> Result<Option<String>, ProbeError> {
    match std::fs::read(file) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(file_error(format!("the service file {} cannot be read", file.display()))
                .with_detail(error.to_string()))
        }
    }
}

/// The lines below `[name]` up to the next section.
fn section(text: &str, name: &str) -> Option<Keywords> {
    let header = format!("[{name}]");
    let mut lines = text.lines().map(str::trim).skip_while(|line| *line != header);
    lines.next()?;
    let mut keywords = Keywords::new();
    for line in lines.take_while(|line| !line.starts_with('[')) {
        if line.starts_with('#') {
            continue;
        }
        if let Some((key, value)) = line.split_once('=') {
            keywords.entry(key.trim().to_owned()).or_insert_with(|| value.trim().to_owned());
        }
    }
    Some(keywords)
}
