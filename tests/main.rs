//! All integration tests, one binary: they share the servers that they start.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::print_stdout
)]

mod architecture;
mod configparser;
mod configuration;
mod conformance;
mod fixes;
mod harness;
mod hostile;
mod labelled;
mod lifetime;
mod locks;
mod merging;
mod messages;
mod operations;
mod packaging;
mod pages;
mod poolers;
mod probe;
mod reading;
mod reports;
mod situations;
mod squawk;
mod stories;
mod support;
mod templates;
mod urls;
