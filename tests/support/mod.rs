//! What the tests need around them: a sandbox, PostgreSQL servers, a pooler, the real Alembic.
//!
//! Everything lives under `target/`. Servers start when a test first asks for them and end with
//! the test process, however it ends (see [`guardian`]).
//!
//! Environment variables:
//! - `ALEMBIC_DOCTOR_TEST_POSTGRES=postgresql://postgres:secret@127.0.0.1:5432/postgres` uses this
//!   one server (a superuser is needed) instead of one for each major version found here. The TLS
//!   server is always started here: it needs its own certificates.
//! - `ALEMBIC_DOCTOR_TEST_REQUIRE=15,18,pgbouncer` makes the absence of these a failure. Without
//!   it, what was not found is printed as "not run here".
#![allow(dead_code, reason = "a toolbox: what one test file leaves unused another one needs")]

pub mod alembic;
pub mod git;
pub mod guardian;
pub mod pgbouncer;
pub mod postgres;
pub mod requirement;
pub mod sandbox;
pub mod shop;
pub mod tls;
pub mod venv;

use std::io::Write;
use std::path::Path;

/// The build's `target` folder, also where `CARGO_TARGET_DIR` says otherwise.
pub fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("cargo's tmp folder stands in the target folder")
}

/// Prints a line about the run as a whole. libtest hides what a passing test prints by macro.
pub fn announce(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
