//! What the process was started with.

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::settings::Process;

/// Reads the process's folder and environment.
///
/// A value that is no text is kept as well as it can be: without it the next source would be
/// taken in silence, another database for one.
pub(super) fn process() -> anyhow::Result<Process> {
    let directory = std::env::current_dir().context("cannot find out the current folder")?;
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect();
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    Ok(Process { directory, home: std::env::home_dir(), variables, today })
}
