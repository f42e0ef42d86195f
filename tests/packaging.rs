//! What goes to the package registry, and under whose licences.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// Licences that ask for no more than their text. Nothing copyleft: the doctor ships as one static program.
const LICENCES: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

#[test]
fn every_crate_in_the_tree_has_a_permissive_licence() {
    let mut wrong = Vec::new();
    for package in shipped_packages() {
        let licence = package["license"].as_str().unwrap_or("no licence").to_owned();
        if !is_permissive(&licence) {
            wrong.push(format!("{} {}: {licence}", package["name"], package["version"]));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn licence_expressions_are_read_with_their_or_and_and() {
    assert!(is_permissive("MIT OR LGPL-3.0"));
    assert!(is_permissive("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(is_permissive("MIT/Apache-2.0"));
    assert!(is_permissive("Apache-2.0 WITH LLVM-exception OR MIT"));
    assert!(!is_permissive("MIT AND LGPL-3.0"));
    assert!(!is_permissive("MPL-2.0"));
    assert!(!is_permissive("no licence"));
}

#[test]
fn the_lgpl_number_crates_of_the_python_parser_stay_out() {
    let names: BTreeSet<_> = shipped_packages().iter().map(|each| each["name"].as_str().unwrap().to_owned()).collect();
    assert!(names.contains("num-bigint"), "the parser's other number crate");
    let malachite: Vec<_> = names.iter().filter(|name| name.starts_with("malachite")).collect();
    assert!(malachite.is_empty(), "rustpython-parser needs default-features = false: {malachite:?}");
}

#[test]
fn no_crate_needs_a_newer_rust_than_we_promise() {
    let metadata = metadata();
    let ours = metadata["packages"].as_array().unwrap().iter().find(|each| each["name"] == "alembic-doctor").unwrap();
    let promised = rust_version(ours["rust_version"].as_str().unwrap());
    let newer: Vec<_> = shipped_packages()
        .into_iter()
        .filter(|each| each["rust_version"].as_str().is_some_and(|needed| rust_version(needed) > promised))
        .map(|each| format!("{} needs {}", each["name"], each["rust_version"]))
        .collect();
    assert!(newer.is_empty(), "{newer:?}");
}

#[test]
fn the_package_holds_what_a_user_needs_and_no_tests() {
    let listed = cargo(&["package", "--list", "--allow-dirty", "--offline"]);
    let files: BTreeSet<_> = listed.lines().map(|line| line.replace('\\', "/")).collect();
    for needed in
        ["Cargo.toml", "Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs", "src/main.rs"]
    {
        assert!(files.contains(needed), "{needed} is missing");
    }
    // The pages are compiled in: `cargo install` fails without them.
    for page in fs::read_dir(root().join("docs/rules")).unwrap() {
        let page = format!("docs/rules/{}", page.unwrap().file_name().to_string_lossy());
        assert!(files.contains(&page), "{page} is missing");
    }
    let ballast: Vec<_> = files.iter().filter(|file| file.starts_with("tests/") || file.starts_with('.')).collect();
    let ballast: Vec<_> = ballast.into_iter().filter(|file| *file != ".cargo_vcs_info.json").collect();
    assert!(ballast.is_empty(), "{ballast:?}");
}

/// The packages that end up in the program, build scripts included; not those for tests only.
fn shipped_packages() -> Vec<Value> {
    let metadata = metadata();
    let nodes: BTreeMap<_, _> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node["deps"].as_array().unwrap()))
        .collect();
    let mut wanted = vec![metadata["resolve"]["root"].as_str().unwrap()];
    let mut reached = BTreeSet::new();
    while let Some(id) = wanted.pop() {
        if reached.insert(id) {
            let is_shipped = |kind: &Value| kind["kind"] != "dev";
            let shipped = nodes[id].iter().filter(|dep| dep["dep_kinds"].as_array().unwrap().iter().any(is_shipped));
            wanted.extend(shipped.map(|dep| dep["pkg"].as_str().unwrap()));
        }
    }
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().filter(|each| reached.contains(each["id"].as_str().unwrap())).cloned().collect()
}

/// The tree for this machine's platform: cargo has no other platform's crates at hand offline.
/// `cargo deny` (.github/deny.toml) looks at all of them.
fn metadata() -> Value {
    let version = Command::new(env::var_os("RUSTC").unwrap_or("rustc".into())).arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let platform = format!("--filter-platform={host}");
    serde_json::from_str(&cargo(&["metadata", "--format-version=1", "--offline", "--locked", &platform])).unwrap()
}

fn cargo(arguments: &[&str]) -> String {
    let done = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(done.status.success(), "cargo {arguments:?}:\n{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether an SPDX expression can be met by [`LICENCES`] alone.
fn is_permissive(expression: &str) -> bool {
    // Old manifests write `/` for OR. OR binds weaker than AND.
    let words = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<_> = words.split_whitespace().collect();
    let mut rest = words.as_slice();
    let is_met = any_of(&mut rest);
    is_met && rest.is_empty()
}

fn any_of(words: &mut &[&str]) -> bool {
    let mut is_met = all_of(words);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        is_met |= all_of(words);
    }
    is_met
}

fn all_of(words: &mut &[&str]) -> bool {
    let mut is_met = one(words);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        is_met &= one(words);
    }
    is_met
}

fn one(words: &mut &[&str]) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let is_met = any_of(words);
            *words = words.strip_prefix(&[")"]).unwrap_or(words);
            is_met
        }
        // An exception only takes conditions away.
        [name, "WITH", _, rest @ ..] | [name, rest @ ..] => {
            *words = rest;
            LICENCES.contains(name)
        }
        [] => false,
    }
}

/// `1.85` or `1.85.1`, comparable.
fn rust_version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap()).collect()
}
