//! Projects as the real Alembic configures itself from them: same folders, same options, same
//! errors.

use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use alembic_doctor::project::{Project, Request, load};
use serde_json::{Value, json};

use crate::support::alembic;

const ASK: &str = r#"
import argparse, json, os, sys, warnings
warnings.simplefilter("ignore")
from alembic.config import CommandLine, Config
from alembic.script import ScriptDirectory

def error(e):
    return {"error": [type(e).__name__, str(e)]}

def url(config):
    try:
        return {"value": config.get_main_option("sqlalchemy.url")}
    except Exception as e:
        return error(e)

def answer(case):
    os.chdir(case["directory"])
    os.environ.pop("ALEMBIC_CONFIG", None)
    if case["variable"]:
        os.environ["ALEMBIC_CONFIG"] = case["variable"]
    path, modules = list(sys.path), set(sys.modules)
    try:
        options = argparse.Namespace(config=case["config"])
        toml, ini = CommandLine()._inis_from_config(options)
        config = Config(ini, toml, ini_section=case["section"] or "alembic")
        script = ScriptDirectory.from_config(config)
        return {
            "script": os.path.abspath(script.dir),
            "versions": [[os.path.normpath(v), v.exists()] for v in script._version_locations],
            "recursive": script.recursive_version_locations,
            "sourceless": script.sourceless,
            "url": url(config),
        }
    except Exception as e:
        return error(e)
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            del sys.modules[name]

json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
"#;

/// What Alembic says about each case.
fn alembic_answers(cases: &Value) -> Value {
    let mut python = Command::new(alembic::python())
        .args(["-X", "utf8", "-c", ASK])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    write!(stdin, "{cases}").unwrap();
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[derive(Clone, Copy)]
struct Case {
    /// Path and content; a path that ends in `/` is a folder.
    files: &'static [(&'static str, &'static str)],
    config: &'static [&'static str],
    variable: Option<&'static str>,
    section: Option<&'static str>,
}

const fn files(files: &'static [(&'static str, &'static str)]) -> Case {
    Case { files, config: &[], variable: None, section: None }
}

impl Case {
    const fn config(mut self, config: &'static [&'static str]) -> Self {
        self.config = config;
        self
    }

    const fn variable(mut self, variable: &'static str) -> Self {
        self.variable = Some(variable);
        self
    }

    const fn section(mut self, section: &'static str) -> Self {
        self.section = Some(section);
        self
    }
}

const INI: &str = "alembic.ini";
const TOML: &str = "pyproject.toml";

const CASES: &[Case] = &[
    // Paths.
    files(&[(INI, "[alembic]\nscript_location = m\n")]),
    files(&[(INI, "[alembic]\nscript_location = ./m/\n")]),
    files(&[(INI, "[alembic]\nscript_location = %(here)s/m\nsqlalchemy.url = sqlite:///%(here)s/a.db\n")]),
    files(&[(INI, "[alembic]\nscript_location =\n"), ("env.py", "")]),
    files(&[(INI, "[alembic]\nscript_location = .\n")]),
    files(&[(INI, "[alembic]\nscript_location = \"m\"\n")]),
    files(&[(INI, "[alembic]\nscript_location = m ; comment\n")]),
    files(&[(INI, "[alembic]\nscript_location = nowhere\n")]),
    files(&[(INI, "[alembic]\nscript_location = {alembic_dir}\n")]),
    files(&[(INI, "[alembic]\nscript_location = ${DIR}/m\n")]),
    files(&[(INI, "[alembic]\nSCRIPT_Location : m\n")]),
    files(&[(INI, "[DEFAULT]\nbase = m\n[alembic]\nscript_location = %(base)s\n")]),
    files(&[(INI, "[DEFAULT]\nscript_location = m\n[alembic]\n")]),
    files(&[("db/alembic.ini", "[alembic]\nscript_location = %(here)s/../m\n")]).config(&["db/alembic.ini"]),
    files(&[("db/alembic.ini", "[alembic]\nscript_location = m\n")]).config(&["db/alembic.ini"]),
    // Packages.
    files(&[
        (INI, "[alembic]\nprepend_sys_path = .\nscript_location = pkg_a:db\n"),
        ("pkg_a/__init__.py", ""),
        ("pkg_a/db/env.py", ""),
    ]),
    files(&[
        (INI, "[alembic]\nprepend_sys_path = src\nscript_location = pkg_b.sub:a:b\n"),
        ("src/pkg_b/__init__.py", ""),
        ("src/pkg_b/sub/__init__.py", ""),
        ("src/pkg_b/sub/a/b/env.py", ""),
    ]),
    files(&[(INI, "[alembic]\nprepend_sys_path = .\nscript_location = pkg_none:db\n")]),
    files(&[(INI, "[alembic]\nprepend_sys_path = .\nscript_location = pkg_c:nowhere\n"), ("pkg_c/__init__.py", "")]),
    files(&[
        (INI, "[alembic]\nprepend_sys_path = a, b\nscript_location = pkg_d:db\n"),
        ("b/pkg_d/__init__.py", ""),
        ("b/pkg_d/db/env.py", ""),
    ]),
    files(&[
        (
            INI,
            "[alembic]\nprepend_sys_path = .\nscript_location = m\nversion_locations = pkg_e:v\npath_separator = space\n",
        ),
        ("pkg_e/__init__.py", ""),
        ("pkg_e/v/", ""),
    ]),
    // Version locations.
    files(&[(INI, "[alembic]\nscript_location = m\nversion_locations = a b,c ,  d\n"), ("a/", "")]),
    files(&[(INI, "[alembic]\nscript_location = m\nversion_locations =\n  a\n  b\n")]),
    files(&[
        (INI, "[alembic]\nscript_location = m\npath_separator = newline\nversion_locations =\n  a\n  b\n"),
        ("b/", ""),
    ]),
    files(&[(
        INI,
        "[alembic]\nscript_location = m\npath_separator = os\nversion_locations = %(here)s/a:%(here)s/b::c\n",
    )]),
    files(&[(INI, "[alembic]\nscript_location = m\npath_separator = ;\nversion_locations = a ; b;\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\npath_separator = :\nversion_locations = a:b\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\nversion_path_separator = space\nversion_locations = a  b\n")]),
    files(&[(
        INI,
        "[alembic]\nscript_location = m\npath_separator = os\nversion_path_separator = space\nversion_locations = a b\n",
    )]),
    files(&[(INI, "[alembic]\nscript_location = m\npath_separator = comma\nversion_locations = a,b\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\nversion_path_separator = comma\nversion_locations = a,b\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\npath_separator = comma\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\nversion_locations =\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\nversion_locations = %(script_location)s/versions\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\npath_separator = os\nversion_locations = :\n")]),
    // Flags.
    files(&[(INI, "[alembic]\nscript_location = m\nrecursive_version_locations = true\nsourceless = True\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\n"), (TOML, "[tool.alembic]\nrecursive_version_locations = true\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\n"), (TOML, "[tool.alembic]\nsourceless = 'true'\n")]),
    files(&[
        (INI, "[alembic]\nscript_location = m\nsourceless = false\n"),
        (TOML, "[tool.alembic]\nsourceless = true\n"),
    ]),
    // Sections and files.
    files(&[
        (INI, "[alembic]\nscript_location = m\n[other]\nscript_location = o\nsqlalchemy.url = sqlite:///o.db\n"),
        ("o/env.py", ""),
    ])
    .section("other"),
    files(&[(INI, "[core]\nscript_location = m\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\n")]).section("Alembic"),
    files(&[(INI, "[alembic]\nurl = x\n")]),
    files(&[(INI, ""), (TOML, "[tool.alembic]\nscript_location = 'm'\n")]),
    files(&[(TOML, "[tool.alembic]\nscript_location = '%(here)s/m'\n")]),
    files(&[
        (INI, "[alembic]\nscript_location = m\n"),
        (TOML, "[tool.alembic]\nscript_location = 'o'\nversion_locations = ['%(here)s/a', 'b']\n"),
        ("o/env.py", ""),
    ]),
    files(&[
        (INI, "[alembic]\nscript_location = o\nversion_locations = a\n"),
        ("x/pyproject.toml", "[tool.alembic]\nversion_locations = ['b']\n"),
        ("o/env.py", ""),
    ])
    .config(&["x/pyproject.toml"]),
    files(&[
        ("x.ini", "[alembic]\nscript_location = m\n"),
        ("y/pyproject.toml", "[tool.alembic]\nversion_locations = ['%(here)s/b']\n"),
    ])
    .config(&["x.ini", "y/pyproject.toml"]),
    files(&[(INI, "[alembic]\nscript_location = o\n"), ("x.ini", "[alembic]\nscript_location = m\n")])
        .variable("x.ini"),
    files(&[("y.ini", "[alembic]\nscript_location = m\n"), ("x.ini", "[alembic]\nscript_location = o\n")])
        .variable("x.ini")
        .config(&["y.ini"]),
    files(&[
        ("x.ini", "[alembic]\nscript_location = m\n"),
        ("y/pyproject.toml", "[tool.alembic]\nversion_locations = ['b']\n"),
    ])
    .variable("x.ini")
    .config(&["y/pyproject.toml"]),
    files(&[("a.ini", ""), ("b.ini", "")]).config(&["a.ini", "b.ini"]),
    files(&[("a/pyproject.toml", ""), ("b/pyproject.toml", "")]).config(&["a/pyproject.toml", "b/pyproject.toml"]),
    // pyproject.toml.
    files(&[(TOML, "[tool.alembic]\nscript_location = 'm'\nversion_locations = 'a/b'\n"), ("a/", ""), ("b/", "")]),
    files(&[(TOML, "[tool.alembic]\nscript_location = 'm'\nversion_locations = []\n")]),
    files(&[(TOML, "[tool.alembic]\nscript_location = 1.5\n")]),
    files(&[(TOML, "[tool.alembic]\nscript_location = ['m']\n")]),
    files(&[(TOML, "[tool.alembic]\nscript_location = '%(PWD)s/m'\n")]),
    files(&[(TOML, "[tool.alembic]\nscript_location = 'm%'\n")]),
    files(&[(TOML, "[tool.alembic]\nscript_location = 'm%%'\n"), ("m%/env.py", "")]),
    files(&[(INI, ""), (TOML, "[tool]\nalembic = 3\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\n"), (TOML, "[tool\n")]),
    // Mistakes.
    files(&[(INI, "script_location = m\n")]),
    files(&[(INI, "\u{feff}[alembic]\nscript_location = m\n")]),
    files(&[(INI, "[alembic]\nscript_location\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\nscript_location = m\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\n[alembic]\n")]),
    files(&[(INI, "[alembic]\nscript_location = %(PWD)s/m\n")]),
    files(&[(INI, "[alembic]\nscript_location = 100%/m\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\nsqlalchemy.url = postgresql://u:p%40@h/d\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\nsqlalchemy.url = postgresql://u:p%%40@h/d\n")]),
    files(&[(INI, "[alembic]\nscript_location = m\nsqlalchemy.url = driver://user:pass@localhost/dbname\n")]),
];

#[test]
fn projects_are_configured_as_alembic_configures_itself() {
    let folders: Vec<tempfile::TempDir> = CASES.iter().map(lay_out).collect();
    let questions: Vec<Value> = CASES
        .iter()
        .zip(&folders)
        .map(|(case, folder)| {
            let directory = folder.path().canonicalize().unwrap();
            json!({"directory": directory, "config": case.config, "variable": case.variable, "section": case.section})
        })
        .collect();
    let answers = alembic_answers(&json!(questions));
    let mut differences = Vec::new();
    for ((case, folder), theirs) in CASES.iter().zip(&folders).zip(answers.as_array().unwrap()) {
        if let Err(difference) = compare(case, folder.path(), theirs) {
            differences.push(format!("{:?}: {difference}", case.files));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn lay_out(case: &Case) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [(".git/", ""), ("m/env.py", ""), ("m/versions/", "")].iter().chain(case.files) {
        let full = folder.path().join(path);
        if path.ends_with('/') {
            std::fs::create_dir_all(full).unwrap();
        } else {
            std::fs::create_dir_all(full.parent().unwrap()).unwrap();
            std::fs::write(full, text).unwrap();
        }
    }
    folder
}

fn compare(case: &Case, folder: &Path, theirs: &Value) -> Result<(), String> {
    let request = Request {
        directory: folder.canonicalize().unwrap(),
        config: case.config.iter().map(PathBuf::from).collect(),
        alembic_config: case.variable.map(PathBuf::from),
        section: case.section.map(str::to_owned),
    };
    let ours = load(&request);
    if let Some(error) = theirs.get("error") {
        let (kind, text) = (error[0].as_str().unwrap(), error[1].as_str().unwrap());
        let Err(found) = ours else { return Err(format!("Alembic says {error}, we read {ours:?}")) };
        // Python's own TypeErrors and the like say nothing to a person.
        let is_sentence = kind == "CommandError" || kind.ends_with("OptionError") || text.contains("path_separator");
        let said = found.to_string();
        // Alembic hands configparser a path object, which its message then shows as such.
        let text = text.replace("PosixPath(", "").replace("') [", "' [");
        return if !is_sentence || said.contains(&text) { Ok(()) } else { Err(format!("{said:?} for {error}")) };
    }
    let project = ours.map_err(|error| format!("{error:?}, but Alembic: {theirs}"))?;
    let absolute = |path: &Path| normal(&project.directory.join(path));
    let versions = project.version_locations.iter().map(|place| json!([absolute(&place.path), place.exists]));
    let found = json!({
        "script": absolute(&project.script_directory),
        "versions": versions.collect::<Vec<_>>(),
        "recursive": project.recursive,
        "sourceless": project.sourceless,
        "url": theirs["url"],
    });
    if found != *theirs {
        return Err(format!("{found} is not {theirs}"));
    }
    compare_url(&project, &theirs["url"])
}

fn compare_url(project: &Project, theirs: &Value) -> Result<(), String> {
    let broken = project.broken_values.iter().find(|value| value.key == "sqlalchemy.url");
    let agrees = match (&project.url, broken) {
        (Some(ours), None) => theirs["value"] == json!(ours.value),
        // Python quotes the URL, password included; we do not.
        (None, Some(broken)) => {
            let said = broken.message.trim_end_matches(" (in the URL)");
            theirs["error"][1].as_str().is_some_and(|text| text.starts_with(said)) && !broken.message.contains("p%40")
        }
        // No section, no key, or a placeholder.
        (None, None) => match theirs["value"].as_str() {
            Some(value) => value.starts_with("driver://"),
            None => theirs["error"].is_null() || theirs["error"][0] == json!("CommandError"),
        },
        (Some(_), Some(_)) => false,
    };
    if agrees { Ok(()) } else { Err(format!("{:?}, {broken:?}, but Alembic: {theirs}", project.url)) }
}

/// `os.path.normpath`
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}
