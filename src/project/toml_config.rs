//! `[tool.alembic]` of pyproject.toml.
