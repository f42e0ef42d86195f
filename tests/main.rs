//! All integration tests, one binary: they share the servers that they start.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::print_stdout
)]

mod configparser;
mod configuration;
mod support;
