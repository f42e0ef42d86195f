//! Reads Rust files just closely enough to see which modules and crates they name.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// One `.rs` file.
#[derive(Clone)]
pub struct SourceFile {
    /// From the package's folder, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// Its module path below the root: `["graph", "order"]`; a root file has its own name.
    module: Vec<String>,
}

/// All `.rs` files below `root` (a folder of the package), sorted by path.
pub fn source_files(root: &str) -> Vec<SourceFile> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(root), root, &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!files.is_empty(), "no Rust file under {root}");
    files
}

/// The files under `src` without those that are compiled for unit tests only.
pub fn product_files() -> Vec<SourceFile> {
    let files = source_files("src");
    let is_product = |file: &&SourceFile| {
        file.name_and_parent().is_none_or(|(name, parents)| {
            let mut parents = files.iter().filter(|candidate| parents.contains(&candidate.path));
            !parents.any(|parent| parent.declares_for_tests(&name))
        })
    };
    files.iter().filter(is_product).cloned().collect()
}

fn collect(folder: &Path, shown: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{shown}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            // A package of its own (tests/fuzz) has its own modules, and its own build output.
            if entry.path().join("Cargo.toml").exists() {
                continue;
            }
            collect(&entry.path(), &path, files);
        } else if path.ends_with(".rs") {
            files.push(SourceFile::new(path, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

impl SourceFile {
    fn new(path: String, text: String) -> Self {
        let inner = path.split_once('/').map_or(path.as_str(), |(_, inner)| inner);
        let inner = inner.trim_end_matches(".rs").trim_end_matches("/mod");
        let module = inner.split('/').map(str::to_owned).collect();
        Self { path, text, module }
    }

    /// The module directly below the root that this file belongs to.
    pub fn top(&self) -> &str {
        &self.module[0]
    }

    /// The code without comment lines and without the unit tests at the bottom, which may look
    /// further than the code.
    pub fn code(&self) -> String {
        let product = self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        product.lines().filter(is_code).map(|line| format!("{line}\n")).collect()
    }

    /// The modules below the root that the code names, by `crate::` or by enough `super::`.
    pub fn used_modules(&self) -> BTreeSet<String> {
        let climb = "super::".repeat(self.module.len());
        let code = self.code();
        heads_after(&code, "crate::").into_iter().chain(heads_after(&code, &climb)).collect()
    }

    /// Whether the code names the foreign crate.
    pub fn names_crate(&self, name: &str) -> bool {
        names_crate(&self.code(), name)
    }

    /// The module's own name, and the files that may declare it; none for a crate's root.
    pub fn name_and_parent(&self) -> Option<(String, Vec<String>)> {
        let is_root = self.module.len() == 1 && ["lib", "main"].contains(&self.top());
        if is_root {
            return None;
        }
        let root = self.path.split('/').next()?;
        let (name, parents) = self.module.split_last()?;
        let candidates = if parents.is_empty() {
            vec![format!("{root}/lib.rs"), format!("{root}/main.rs")]
        } else {
            let parent = parents.join("/");
            vec![format!("{root}/{parent}/mod.rs"), format!("{root}/{parent}.rs")]
        };
        Some((name.clone(), candidates))
    }

    /// Whether the file says `mod name;`.
    pub fn declares(&self, name: &str) -> bool {
        self.text.lines().any(|line| is_declaration(line, name))
    }

    /// Whether the file says `#[cfg(test)] mod name;`.
    fn declares_for_tests(&self, name: &str) -> bool {
        let lines: Vec<_> = self.text.lines().collect();
        lines.windows(2).any(|pair| pair[0].trim() == "#[cfg(test)]" && is_declaration(pair[1], name))
    }
}

fn is_declaration(line: &str, name: &str) -> bool {
    let declaration = format!("mod {name};");
    let line = line.trim();
    line == declaration || line.ends_with(&format!(" {declaration}"))
}

/// Whether `code` names the crate: `name::`, `use name;` or `use name as`.
pub fn names_crate(code: &str, name: &str) -> bool {
    let starts_a_path = |at: usize| !code[..at].ends_with(|before: char| is_word(before) || before == ':');
    code.match_indices(name).any(|(at, _)| {
        let after = &code[at + name.len()..];
        let is_import = code[..at].ends_with("use ") && (after.starts_with(';') || after.starts_with(" as "));
        starts_a_path(at) && (after.starts_with("::") || is_import)
    })
}

/// The names that follow `prefix`: of `crate::{a::b, c}` and `crate::d::e` these are a, c and d.
fn heads_after(code: &str, prefix: &str) -> Vec<String> {
    let mut heads = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let is_inner = code[..at].ends_with(|before: char| is_word(before) || before == ':');
        let rest = &code[at + prefix.len()..];
        if is_inner {
            continue;
        }
        match rest.strip_prefix('{') {
            Some(group) => heads.extend(group_heads(group)),
            None => heads.extend(word(rest)),
        }
    }
    heads
}

/// The first word of each element of a `{...}` group, whose opening brace is already read.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0_usize;
    let mut element = String::new();
    for letter in group.chars() {
        match letter {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.extend(word(element.drain(..).as_str().trim())),
            _ => {}
        }
        if letter != ',' || depth > 0 {
            element.push(letter);
        }
    }
    heads.extend(word(element.trim()));
    heads
}

fn word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|letter| is_word(*letter)).collect();
    if word.is_empty() { None } else { Some(word) }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile::new(path.to_owned(), text.to_owned())
    }

    #[test]
    fn used_modules_are_seen_in_groups_and_paths_but_not_in_comments_and_tests() {
        let text = "use crate::{a::{b, c}, d};\n// crate::e\nfn f() -> crate::g::H {}\n\
                    #[cfg(test)]\nmod tests {\nuse crate::i;\n}\n";
        assert_eq!(file("src/x/mod.rs", text).used_modules(), ["a", "d", "g"].map(str::to_owned).into());
    }

    #[test]
    fn climbing_to_the_root_by_super_is_seen() {
        assert_eq!(file("src/x/y.rs", "use super::super::z::W;").used_modules(), ["z".to_owned()].into());
        assert_eq!(file("src/x/y.rs", "use super::z::W;").used_modules(), BTreeSet::new());
    }

    #[test]
    fn crates_are_told_from_modules_of_the_same_name() {
        assert!(names_crate("use toml::Table;", "toml"));
        assert!(names_crate("#[derive(serde::Serialize)]", "serde"));
        assert!(!names_crate("use crate::toml::Table;", "toml"));
        assert!(!names_crate("use serde_json::Value;", "serde"));
    }

    #[test]
    fn parents_are_the_files_that_declare_a_module() {
        assert_eq!(file("src/lib.rs", "").name_and_parent(), None);
        let (name, parents) = file("src/x/mod.rs", "").name_and_parent().unwrap();
        assert_eq!((name.as_str(), parents[0].as_str()), ("x", "src/lib.rs"));
        let (name, parents) = file("tests/x/y.rs", "").name_and_parent().unwrap();
        assert_eq!((name.as_str(), parents[0].as_str()), ("y", "tests/x/mod.rs"));
        assert!(file("tests/main.rs", "mod a;\npub mod b;").declares("b"));
        assert!(!file("tests/main.rs", "mod ab;").declares("b"));
        let text = "#[cfg(test)]\nmod a;\nmod b;";
        assert!(file("src/lib.rs", text).declares_for_tests("a"));
        assert!(!file("src/lib.rs", text).declares_for_tests("b"));
    }
}
