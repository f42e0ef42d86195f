//! What libpq takes from its environment: `PG*` variables, `.pgpass`, service files.
