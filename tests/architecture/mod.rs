//! What crate boundaries would enforce, if this were not one package: modules use only lower
//! modules, a foreign crate stays in the module that it was brought for, no file is forgotten.

mod scan;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use scan::SourceFile;

/// The modules from the lowest layer up. A module may use the layers below its own, and nothing else.
const LAYERS: [&[&str]; 15] = [
    &["source"],
    &["python", "sql"],
    &["diagnostic"],
    &["project", "database", "history", "deployment"],
    &["revision", "settings"],
    &["graph", "operation"],
    &["schema"],
    &["facts"],
    &["merge"],
    &["rules"],
    &["check"],
    &["messages"],
    &["render", "repair"],
    &["cli"],
    &["main", "lib"],
];

/// Which modules may name which foreign crate: every dependency has its place here.
const CRATES: [(&str, &[&str]); 31] = [
    ("annotate_snippets", &["render"]),
    ("comfy_table", &["render"]),
    ("anstream", &["cli"]),
    ("anstyle", &["cli", "render"]),
    ("anyhow", &["cli", "main"]),
    ("clap", &["cli"]),
    ("encoding_rs", &["source"]),
    ("fixedbitset", &["graph"]),
    ("jiff", &["diagnostic", "settings", "check", "repair", "cli"]),
    ("memchr", &["source", "python", "project", "revision", "operation", "deployment", "schema"]),
    ("percent_encoding", &["database", "render"]),
    ("petgraph", &["graph"]),
    ("rayon", &["operation", "revision", "facts", "rules"]),
    ("ring", &["database"]),
    ("rusqlite", &["database"]),
    ("rustls", &["database"]),
    ("rustls_native_certs", &["database"]),
    ("rustpython_parser", &["python"]),
    ("quick_xml", &["render"]),
    ("serde", &["settings", "project", "render", "cli"]),
    ("serde_json", &["render", "cli"]),
    ("sha2", &["check", "revision"]),
    ("squawk_linter", &["sql"]),
    ("squawk_syntax", &["sql"]),
    ("terminal_size", &["cli"]),
    (
        "thiserror",
        &[
            "source", "python", "project", "revision", "graph", "database", "history", "settings", "check", "render",
            "repair",
        ],
    ),
    ("tokio", &["database"]),
    ("tokio_postgres", &["database"]),
    ("tokio_rustls", &["database"]),
    ("toml", &["settings", "project", "render"]),
    ("unicode_width", &["render"]),
];

const LONGEST_FILE: usize = 500;

#[test]
fn every_module_has_a_layer_and_every_layer_a_module() {
    let layered: BTreeSet<_> = LAYERS.concat().into_iter().collect();
    let present = scan::source_files("src");
    let present: BTreeSet<_> = present.iter().map(SourceFile::top).collect();
    assert_eq!(present, layered);
}

#[test]
fn modules_use_only_lower_layers() {
    let mut wrong = Vec::new();
    for file in scan::product_files() {
        for used in file.used_modules() {
            let is_own = used == file.top();
            if !is_own && layer(&used).is_some_and(|used| Some(used) >= layer(file.top())) {
                wrong.push(format!("{} uses crate::{used}, which is not below it", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn foreign_crates_stay_in_their_modules() {
    let mut wrong = Vec::new();
    for file in scan::product_files() {
        for name in dependencies("dependencies") {
            let allowed = CRATES.iter().find(|(known, _)| *known == name).map(|(_, allowed)| *allowed);
            let is_allowed = allowed.is_some_and(|allowed| allowed.contains(&file.top()));
            if file.names_crate(&name) && !is_allowed {
                wrong.push(format!("{} names {name}; only these may: {:?}", file.path, allowed.unwrap_or_default()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_dependency_has_its_place() {
    let placed: Vec<_> = CRATES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(sorted(placed), sorted(dependencies("dependencies")));
}

#[test]
fn every_dependency_is_used() {
    let product = scan::product_files();
    let everything = ["src", "tests", "benches"].map(scan::source_files).concat();
    let unused =
        dependencies("dependencies").into_iter().filter(|name| !product.iter().any(|file| file.names_crate(name)));
    let unused_in_tests = dependencies("dev-dependencies")
        .into_iter()
        .filter(|name| !everything.iter().any(|file| scan::names_crate(&file.text, name)));
    let unused: Vec<_> = unused.chain(unused_in_tests).collect();
    assert!(unused.is_empty(), "dependencies that nothing names: {unused:?}");
}

#[test]
fn async_stays_inside_database() {
    let spread: Vec<_> = scan::product_files()
        .into_iter()
        .filter(|file| file.top() != "database")
        .filter(|file| file.code().contains(".await") || file.code().contains("async fn"))
        .map(|file| file.path)
        .collect();
    assert_eq!(spread, Vec::<String>::new());
}

#[test]
fn processes_are_started_by_history_alone() {
    let spread: Vec<_> = scan::product_files()
        .into_iter()
        .filter(|file| file.top() != "history" && file.code().contains("process::Command"))
        .map(|file| file.path)
        .collect();
    assert_eq!(spread, Vec::<String>::new());
}

#[test]
fn every_file_is_declared_as_a_module() {
    let benches = manifest_paths("bench");
    for root in ["src", "tests"] {
        let files = scan::source_files(root);
        for file in files.iter().filter(|file| !benches.contains(&file.path)) {
            let Some((name, parent)) = file.name_and_parent() else { continue };
            let declared = files
                .iter()
                .filter(|candidate| parent.contains(&candidate.path))
                .any(|candidate| candidate.declares(&name));
            assert!(declared, "{} is not compiled: none of {parent:?} says `mod {name};`", file.path);
        }
    }
}

#[test]
fn files_are_small_and_main_is_tiny() {
    let mut long = Vec::new();
    for file in scan::source_files("src").into_iter().chain(scan::source_files("tests")) {
        let lines = file.text.lines().count();
        let limit = if file.path == "src/main.rs" { 39 } else { LONGEST_FILE };
        if lines > limit {
            long.push(format!("{}: {lines} lines, at most {limit}", file.path));
        }
    }
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

#[test]
fn every_file_says_what_it_holds() {
    let silent: Vec<_> = scan::product_files()
        .into_iter()
        .filter(|file| file.path != "src/main.rs" && !file.text.starts_with("//!"))
        .map(|file| file.path)
        .collect();
    assert_eq!(silent, Vec::<String>::new(), "these do not open with a `//!` comment");
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The names in a table of Cargo.toml, as Rust spells them.
fn dependencies(table: &str) -> Vec<String> {
    let manifest = manifest();
    let names = manifest[table].as_table().unwrap().keys();
    names.map(|name| name.replace('-', "_")).collect()
}

/// The `path` of each `[[target]]`.
fn manifest_paths(target: &str) -> Vec<String> {
    let manifest = manifest();
    let targets = manifest.get(target).and_then(|targets| targets.as_array()).cloned().unwrap_or_default();
    targets.iter().filter_map(|target| Some(target.get("path")?.as_str()?.to_owned())).collect()
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn manifest() -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    fs::read_to_string(path).unwrap().parse().unwrap()
}
