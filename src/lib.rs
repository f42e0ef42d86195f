//! alembic-doctor finds out why Alembic migrations will wreck production, before they do.
//!
//! Data flows one way; a module may use only what stands to its left or above it:
//!
//! ```text
//! settings ─> project ─> revision ─> graph ──┐
//!                           └─> operation ───┤
//! settings ─> database (live, read-only) ────┼─> facts ─> rules ─> check ─> render
//!             deployment (scripts, images) ──┤
//!             history (git, read-only) ──────┘                └──────────> repair (files)
//! ```
//!
//! `messages` compares pasted error messages with a report of `check`.
//!
//! `source`, `diagnostic`, `python` and `sql` are the vocabulary that the others share; `cli` is the
//! only module that knows the terminal. Start reading at [`check::examine`].

pub mod check;
pub mod cli;
pub mod database;
pub mod deployment;
pub mod diagnostic;
pub mod facts;
pub mod graph;
pub mod history;
pub mod messages;
pub mod operation;
pub mod project;
pub mod python;
pub mod render;
pub mod repair;
pub mod revision;
pub mod rules;
pub mod schema;
pub mod settings;
pub mod source;
pub mod sql;
