//! The look at SQLite.

use super::{ClientEnvironment, Look, ProbeError, Target, Timeouts};

pub(super) fn look(_: &Target, _: &Timeouts, _: &ClientEnvironment) -> Result<Look, ProbeError> {
    todo!()
}
