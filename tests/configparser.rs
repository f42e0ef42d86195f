//! The ini reader against Python's own configparser: same sections, items, values and errors.

use std::io::Write;
use std::process::{Command, Stdio};

use alembic_doctor::project::ini::{Ini, IniError};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const HERE: &str = "/srv/app";

/// Answers all texts at once: a process per text would take minutes.
const ASK: &str = r#"
import configparser, io, json, sys

def error(e):
    return {"error": [type(e).__name__, str(e)]}

def items(parser, section):
    for key, _ in parser.items(section, raw=True):
        try:
            yield [key, {"value": parser.get(section, key)}]
        except configparser.Error as e:
            yield [key, error(e)]

def answer(text, here):
    parser = configparser.ConfigParser({"here": here})
    try:
        parser.read_file(io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"), "a.ini")
    except configparser.Error as e:
        return error(e)
    return {"sections": [[name, list(items(parser, name))] for name in parser.sections()]}

texts, here = json.load(sys.stdin)
json.dump([answer(text, here) for text in texts], sys.stdout)
"#;

fn python_answers(texts: &[String]) -> Vec<Value> {
    let mut python = Command::new("python3")
        .args(["-X", "utf8", "-c", ASK])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed: install it");
    let mut stdin = python.stdin.take().unwrap();
    serde_json::to_writer(&mut stdin, &json!([texts, HERE])).unwrap();
    stdin.flush().unwrap();
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn our_answer(text: &str) -> Value {
    let error = |error: IniError| json!({"error": [error.kind, error.message]});
    let ini = match Ini::parse(text, "a.ini", Some(HERE)) {
        Ok(ini) => ini,
        Err(found) => return error(found),
    };
    let items = |section: &str| -> Vec<Value> {
        let items = ini.items(section).into_iter();
        let answer = |key: &str| match ini.get(section, key) {
            Ok(value) => json!({"value": value}),
            Err(found) => error(found),
        };
        items.map(|item| json!([item.key, answer(&item.key)])).collect()
    };
    json!({"sections": ini.sections().map(|name| json!([name, items(name)])).collect::<Vec<_>>()})
}

fn compare(texts: &[String]) {
    for (text, theirs) in texts.iter().zip(python_answers(texts)) {
        assert_eq!(our_answer(text), theirs, "{text:?}");
    }
}

#[test]
fn ini_texts_mean_what_they_mean_to_python() {
    let texts = TEXTS.map(str::to_owned);
    assert!(texts.len() >= 60);
    compare(&texts);
}

#[test]
fn random_ini_texts_mean_what_they_mean_to_python() {
    const PIECES: &[&str] = &[
        "[a]",
        "[b]",
        "[DEFAULT]",
        "[",
        "]",
        "k",
        "K2",
        "x",
        "=",
        ":",
        " ",
        "  ",
        "\t",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "#",
        ";",
        "%",
        "%%",
        "%(k)s",
        "%(x)s",
        "%(here)s",
        "%(",
        ")s",
        "v",
        "é",
        "\u{a0}",
        "\u{1c}",
        "\u{c}",
        "\u{0}",
        "k = v\n",
        "\n[a]\n",
        "\n  more",
        "İ",
        "'",
        "\"",
    ];
    let piece = proptest::sample::select(PIECES);
    let strategy = proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat());
    let mut runner = TestRunner::deterministic();
    let texts: Vec<String> = (0..800)
        .map(|i| {
            let text = strategy.new_tree(&mut runner).unwrap().current();
            // Without a header nearly every text is the same error.
            if i % 4 == 0 { text } else { format!("[a]\n{text}") }
        })
        .collect();
    compare(&texts);
}

const TEXTS: [&str; 72] = [
    "",
    "\n\n",
    "# only a comment\n",
    "[a]",
    "[a]\n[b]\n",
    "[a]\nk=v",
    "[a]\nk = v  \n",
    "[a]\nk: v",
    "[a]\nk = a = b : c",
    "[a]\nk : a = b",
    "[a]\nk=",
    "[a]\nk =\n",
    "[a]\nk\n",
    "[a]\nk\nj\n",
    "[a]\n= v\n",
    "[a]\n= v\n= w\n",
    "[a]\n= v\n  more\n",
    "k = v\n",
    "  k = v\n[a]\n",
    "\u{feff}[a]\nk=v\n",
    "\u{feff}\n[a]\n",
    "[a]\nk = v ; no comment\n",
    "[a]\nk = v # no comment\n",
    "[a]\n; comment\n  # indented comment\nk = v\n",
    "[a]\nk = v\n  w\n",
    "[a]\nk = v\n\n  w\n",
    "[a]\nk = v\n  # between\n  w\n",
    "[a]\nk =\n  v\n  w\n\n\n[b]\n",
    "[a]\n  k = v\n  j = w\n",
    "[a]\n  k = v\n    j = w\n k2 = x\n",
    "[a]\nk = v\n\tw\n",
    "[a]\nk = v\n  [b]\n",
    "  [a]\nk = v\n",
    "[a] trailing\nk = v\n",
    "[a]]\nk = v\n",
    "[]\nk = v\n",
    "[a]\n[]\n",
    "[a\nk = v\n",
    "[a]\n[b\n",
    "[ a ]\nk = v\n",
    "[a]\nk = 1\n[a]\nj = 2\n",
    "[a]\nk = 1\nk = 2\n",
    "[a]\nKey = 1\nkEY = 2\n",
    "[DEFAULT]\nk = 1\n[a]\nj = %(k)s\n",
    "[DEFAULT]\nk = 1\n[DEFAULT]\nj = 2\n[a]\n",
    "[DEFAULT]\nk = 1\n[DEFAULT]\nk = 2\n",
    "[DEFAULT]\nhere = x\n[a]\nj = %(here)s\n",
    "[DEFAULT]\nhere = x\n[DEFAULT]\nhere = y\n",
    "[default]\nk = 1\n[a]\nj = 2\n",
    "[DEFAULT]\nk = %(j)s\n[a]\nj = 2\n[b]\n",
    "[a]\nk = %(here)s/migrations\n",
    "[a]\nhere = /x\nk = %(here)s/migrations\n",
    "[a]\nk = 100%%\n",
    "[a]\nk = 100%\n",
    "[a]\nk = p%40ss\n",
    "[a]\nk = %(j\n",
    "[a]\nk = %(j)\n",
    "[a]\nk = %(j)d\n",
    "[a]\nk = %()s\n",
    "[a]\nk = %(J)s\nj = w\n",
    "[a]\nk = %(PWD)s/x\n",
    "[a]\nk = %(k)s\n",
    "[a]\nk = %(j)s\nj = %(k)s\n",
    "[a]\nk0=%(k1)s\nk1=%(k2)s\nk2=%(k3)s\nk3=%(k4)s\nk4=%(k5)s\nk5=%(k6)s\nk6=%(k7)s\nk7=%(k8)s\nk8=%(k9)s\nk9=x\n",
    "[a]\nk0=%(k1)s\nk1=%(k2)s\nk2=%(k3)s\nk3=%(k4)s\nk4=%(k5)s\nk5=%(k6)s\nk6=%(k7)s\nk7=%(k8)s\nk8=%(k9)s\nk9=%(k10)s\nk10=%%\n",
    "[a]\nk = %(j)s\nj = %%(x)s\n",
    "[a]\r\nk = v\r\n  w\r\n",
    "[a]\rk = v\r",
    "[a]\nk = ${HOME}/x\n",
    "[a]\nk = \"quoted\"\n",
    "[alembic]\nscript_location = %(here)s/m\nsqlalchemy.url = postgresql://u:p%%40@h/d\n[loggers]\nkeys = root\n",
    "[é]\nSCHLÜSSEL\u{a0}=\u{a0}wért\u{a0}\n",
];
