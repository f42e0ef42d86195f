//! What `ALEMBIC_DOCTOR_TEST_REQUIRE` asks for: things whose absence must fail the tests.

use std::env;

/// Whether `name` (a major version such as `15`, or `pgbouncer`) must be present.
pub fn is_required(name: &str) -> bool {
    required().iter().any(|each| each == name)
}

/// The PostgreSQL major versions that must be present.
pub fn majors() -> Vec<u32> {
    required().iter().filter_map(|name| name.parse().ok()).collect()
}

fn required() -> Vec<String> {
    let list = env::var("ALEMBIC_DOCTOR_TEST_REQUIRE").unwrap_or_default();
    list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}
