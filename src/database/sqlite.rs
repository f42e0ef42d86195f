//! The look at SQLite.
