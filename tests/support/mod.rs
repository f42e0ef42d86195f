//! What the tests need around them: a sandbox, PostgreSQL servers, the real Alembic.
