//! The pages in `docs/rules`: they agree with the rules, and their examples are true.
//!
//! In a page, a fence with a title is a file of a project (`versions/a1.py`, `entrypoint.sh`), of a
//! branch (`git:v2/versions/a1.py`) or of the commit before (`git:HEAD~1/versions/a1.py`) or, with the
//! title `database`, what one look at a database would show; `database:prod` is one of several. With
//! `base:versions/a1.py` the project is a branch that goes into `main`, which has these files besides
//! those of the commit before. The section *Example* must
//! make the rule say what its `text` fence holds; with the fences of *How to fix* the rule must be
//! silent. A *How to fix* without files takes those of the example.
//!
//! `UPDATE_DOCS=1 cargo test --test main pages` writes the output, the index and the README's
//! table anew; look at the diff before you commit it.

mod database;
mod page;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use alembic_doctor::check::{self, Scope};
use alembic_doctor::database::DatabaseState;
use alembic_doctor::facts::{Expected, Facts};
use alembic_doctor::project::{self, Request};
use alembic_doctor::render;
use alembic_doctor::revision::{self, Depth};
use alembic_doctor::rules::{self, Rule};
use alembic_doctor::settings::{Flags, Process, Selection, Settings};

use crate::support::git;
use database::{Database, database};
pub use page::Page;

const SECTIONS: [&str; 5] = ["What it does", "Why it matters", "Example", "How to fix", "When to ignore"];

#[test]
fn heading_summary_and_sections_agree_with_the_rule() {
    for rule in rules::all() {
        let mut paragraphs = rule.page.split("\n\n");
        assert_eq!(paragraphs.next(), Some(format!("# {}", rule.name).as_str()));
        assert_eq!(paragraphs.next(), Some(rule.summary), "summary of {}", rule.name);
        let page = Page::new(rule.page);
        let found: Vec<&str> = page.sections.iter().map(|section| section.title).collect();
        assert_eq!(found, SECTIONS, "sections of {}", rule.name);
        for section in &page.sections {
            assert!(
                !section.text.trim().is_empty() || !section.fences.is_empty(),
                "{}: {} is empty",
                rule.name,
                section.title
            );
        }
    }
}

#[test]
fn no_page_is_without_a_rule() {
    for entry in std::fs::read_dir(pages()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(name == "index" || rules::find(name).is_some(), "{} belongs to no rule", path.display());
    }
}

#[test]
fn rules_are_named_alike() {
    for rule in rules::all() {
        assert!(rule.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.name);
        assert!(!rule.summary.ends_with('.'), "{}", rule.name);
    }
}

#[test]
fn examples_trigger_their_rule_and_fixes_do_not() {
    let mut wrong = String::new();
    for rule in rules::all() {
        let page = Page::new(rule.page);
        let example = page.section("Example");
        let expected = example.fences.iter().find(|fence| fence.language == "text").map_or("", |fence| fence.body);
        let actual = findings(rule, &example.files());
        if actual.is_empty() {
            let _ = writeln!(wrong, "{}: the example does not trigger it", rule.name);
        } else if actual != expected {
            if updating() {
                let fence = |body: &str| format!("```text\n{body}```");
                let text = rule.page.replacen(&fence(expected), &fence(&actual), 1);
                std::fs::write(pages().join(format!("{}.md", rule.name)), text).unwrap();
            } else {
                let _ = writeln!(wrong, "{}\n  page: {expected}  now:  {actual}", rule.name);
            }
        }
        let mut fixed = page.section("How to fix").files();
        if fixed.is_empty() {
            continue;
        }
        if fixed.keys().all(|title| is_database(title)) {
            let shown = example.files();
            fixed.extend(shown.into_iter().filter(|(title, _)| !is_database(title)));
        }
        let left = findings(rule, &fixed);
        if !left.is_empty() {
            let _ = writeln!(wrong, "{}: the fix still gives {left}", rule.name);
        }
    }
    assert!(wrong.is_empty(), "run with UPDATE_DOCS=1 and look at the diff:\n{wrong}");
}

#[test]
fn every_page_proves_its_fix() {
    let without: Vec<&str> = rules::all()
        .into_iter()
        .filter(|rule| Page::new(rule.page).section("How to fix").files().is_empty())
        .map(|rule| rule.name)
        .collect();
    assert_eq!(without, Vec::<&str>::new());
}

#[test]
fn the_index_lists_every_rule() {
    let table = table(|rule| format!("[{0}]({0}.md)", rule.name));
    let text = format!(
        "# Rules\n\nWhat alembic-doctor knows to look for. `alembic-doctor explain NAME` shows a page.\n\n{table}"
    );
    compare(&pages().join("index.md"), &text);
}

#[test]
fn the_readme_lists_every_rule() {
    const START: &str = "<!-- rules:start -->\n";
    const END: &str = "<!-- rules:end -->";
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).expect("README.md");
    let (before, rest) = readme.split_once(START).expect("README.md has no rules:start");
    let (_, after) = rest.split_once(END).expect("README.md has no rules:end");
    let table = table(|rule| format!("[{0}](docs/rules/{0}.md)", rule.name));
    compare(&path, &format!("{before}{START}{table}{END}{after}"));
}

fn table(link: impl Fn(&Rule) -> String) -> String {
    let mut text = "| Rule | What is wrong | Severity | Needs |\n|---|---|---|---|\n".to_owned();
    for rule in rules::all() {
        let severity = rule.severity.as_str();
        let _ = writeln!(text, "| {} | {} | {severity} | {} |", link(rule), rule.summary, rule.check.needs());
    }
    text
}

/// Fails unless the file holds `text`; writes it when asked to.
pub fn compare(path: &Path, text: &str) {
    let current = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    if current == text {
        return;
    }
    if updating() {
        std::fs::write(path, text).unwrap();
        return;
    }
    let changed: Vec<String> = text
        .lines()
        .filter(|line| !current.lines().any(|old| old == *line))
        .map(|line| format!("+ {line}"))
        .chain(current.lines().filter(|line| !text.lines().any(|new| new == *line)).map(|line| format!("- {line}")))
        .collect();
    panic!("{} is out of date, run with UPDATE_DOCS=1:\n{}", path.display(), changed.join("\n"));
}

fn updating() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1")
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> PathBuf {
    root().join("docs").join("rules")
}

fn is_file(title: &str) -> bool {
    !is_database(title) && !title.starts_with("git:") && !title.starts_with("base:")
}

fn is_database(title: &str) -> bool {
    title == "database" || title.starts_with("database:")
}

/// What the rule says, line by line, about a project made of these files.
fn findings(rule: &Rule, files: &BTreeMap<&str, &str>) -> String {
    // With all rules: whether a comment is unused is only known of those that ran.
    let mut report = examine(files, Vec::new());
    report.diagnostics.retain(|diagnostic| diagnostic.rule.name == rule.name);
    for diagnostic in &report.diagnostics {
        assert!(!diagnostic.finding.evidence.is_empty(), "{} shows no evidence", rule.name);
        assert!(!diagnostic.finding.next.is_empty(), "{} names no next step", rule.name);
        assert!(!diagnostic.finding.message.ends_with('.'), "{} ends with a full stop", rule.name);
    }
    render::concise::report(&report)
}

/// What the rules in `select` (without any, all) say about a project made of these files.
pub fn examine(files: &BTreeMap<&str, &str>, select: Vec<String>) -> check::Report {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("alembic.ini", "[alembic]\nscript_location = .\nversion_locations = versions\npath_separator = os\n");
    write("env.py", "from alembic import context\n\ncontext.configure(url=\"postgresql:///app\")\n");
    // The repository of these tests is another one.
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let write_all = || files.iter().filter(|(name, _)| is_file(name)).for_each(|(name, text)| write(name, text));
    write_all();
    let others = files.iter().filter_map(|(name, text)| Some((name.strip_prefix("git:")?, text)));
    let others: Vec<(&str, &str, &str)> =
        others.map(|(name, text)| name.split_once('/').map(|(branch, path)| (branch, path, *text)).unwrap()).collect();
    if !others.is_empty() {
        let git = |arguments: &[&str]| git::run(folder.path(), arguments);
        let commit = |message: &str| {
            git(&["add", "--all"]);
            git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        };
        git(&["init", "--quiet", "--initial-branch=main"]);
        let (earlier, branches): (Vec<_>, Vec<_>) = others.iter().partition(|(branch, ..)| *branch == "HEAD~1");
        if !earlier.is_empty() {
            let _ = std::fs::remove_dir_all(folder.path().join("versions"));
            earlier.iter().for_each(|(_, path, text)| write(path, text));
            commit("before");
            let _ = std::fs::remove_dir_all(folder.path().join("versions"));
            write_all();
        }
        commit("start");
        let base = files.iter().filter_map(|(name, text)| Some((name.strip_prefix("base:")?, text)));
        let base: Vec<_> = base.collect();
        if !base.is_empty() {
            git(&["checkout", "--quiet", "-b", "feature"]);
            git(&["checkout", "--quiet", "-B", "main", "HEAD~1"]);
            base.iter().for_each(|(path, text)| write(path, text));
            commit("on main");
            git(&["checkout", "--quiet", "feature"]);
        }
        for (branch, path, text) in branches.iter().filter(|(branch, ..)| *branch != "main") {
            git(&["checkout", "--quiet", "-B", branch, "main"]);
            write(path, text);
            commit("another line");
            git(&["checkout", "--quiet", "main"]);
        }
    }
    let request = Request { directory: folder.path().to_owned(), ..Request::default() };
    let project = project::load(&request).expect("a project");
    let revisions = revision::read(&project, Depth::WholeFiles);
    let written: Vec<(&str, Database)> = files
        .iter()
        .filter(|(title, _)| is_database(title))
        .map(|(title, text)| {
            let name = title.strip_prefix("database:").unwrap_or("default");
            (name, toml::from_str(text).expect("a database"))
        })
        .collect();
    let target = written.first().and_then(|(_, written)| written.target.clone());
    let databases: Vec<DatabaseState> = written.into_iter().map(|(name, written)| database(name, written)).collect();
    let scope = if databases.is_empty() { Scope::Offline } else { Scope::WithDatabases };
    let process = Process { directory: folder.path().to_owned(), ..Process::default() };
    let settings = Settings::resolve(Flags::default(), process).expect("settings");
    let expected = Expected {
        heads: settings.expected_heads,
        target,
        downgrade: settings.lint.downgrade,
        promotion: settings.promotion,
        pg_version: settings.lint.pg_version,
    };
    let mut facts = Facts::new(project, revisions, expected, databases);
    facts.read_operations();
    check::look_for_models(&mut facts);
    facts.deployment = Some(check::deployment_of(&facts.project));
    facts.locked = check::locked(&facts);
    if files.keys().any(|title| title.starts_with("base:")) {
        facts.future = Some(check::look_ahead(&facts, "main", &[]).expect("a merge"));
    }
    if !others.is_empty() || facts.files == 0 {
        check::consult(&mut facts, Depth::WholeFiles);
    }
    let selection = Selection { select, ..Selection::default() };
    check::run("diagnose", facts, scope, &selection)
}
