//! What must hold for any input, reader by reader. `cargo fuzz` (tests/fuzz) calls these with
//! inputs that it makes up, `cargo test` with those in `corpus/`.

pub mod identifier;
pub mod ini;
pub mod revision;
pub mod sql;
pub mod url;
