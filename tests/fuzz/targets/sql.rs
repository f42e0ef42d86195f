#![no_main]

#[path = "../../hostile/readers/sql.rs"]
mod reader;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reader::check(bytes));
