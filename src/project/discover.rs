//! Where the configuration is: `-c`, `ALEMBIC_CONFIG`, or the search.
