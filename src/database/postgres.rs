//! The look at PostgreSQL.
