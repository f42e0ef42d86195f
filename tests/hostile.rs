//! Hostile input: no panic, no hang, no secret told, memory in proportion to the input.
//!
//! Every file in `hostile/corpus/<reader>/` goes through that reader: seeds for `cargo fuzz`, and
//! what it found.

mod growth;
mod readers;
mod words;

use std::fs;
use std::path::Path;

use readers::{identifier, ini, revision, sql, url};

fn each_in_corpus(reader: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/corpus").join(reader);
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no corpus for {reader}");
    for path in paths {
        println!("{}", path.display());
        check(&fs::read(&path).unwrap());
    }
}

#[test]
fn revision_files_of_the_corpus_are_read() {
    each_in_corpus("revision", revision::check);
}

#[test]
fn ini_files_of_the_corpus_are_read() {
    each_in_corpus("ini", ini::check);
}

#[test]
fn urls_of_the_corpus_are_read() {
    each_in_corpus("url", url::check);
}

#[test]
fn identifiers_of_the_corpus_are_answered() {
    each_in_corpus("identifier", identifier::check);
}

#[test]
fn sql_of_the_corpus_is_read() {
    each_in_corpus("sql", sql::check);
}
