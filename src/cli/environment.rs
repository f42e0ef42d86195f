//! What the process was started with.

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::settings::Process;

/// Reads the process's folder and environment; variables that are not text are left out.
pub(super) fn process() -> anyhow::Result<Process> {
    let directory = std::env::current_dir().context("cannot find out the current folder")?;
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    Ok(Process { directory, home: std::env::home_dir(), variables })
}
