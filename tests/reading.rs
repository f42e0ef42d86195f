//! Header values against the real Python: what is called known must be what Python has.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use alembic_doctor::revision::{Depth, Field, read_text};
use alembic_doctor::source::SourceFile;

/// Each is executed as a module of its own; `missing` stands for names that do not exist.
const HEADERS: &[&str] = &[
    "down_revision = 'a'",
    "down_revision: str = 'a'",
    "down_revision = x = 'a'",
    "x, (down_revision, y) = 1, ('a', 2)",
    "[x, down_revision] = ['b', 'a']",
    "down_revision = 'a' \\\n  'b'",
    "down_revision = ('a'\n   'b')",
    "down_revision = 'a',",
    "down_revision = ('a', 'b') + ('c',)",
    "down_revision = ['a'] + ['b']",
    "down_revision = {'a': 1, 'b': 2, 'a': 3}",
    "down_revision = r'\\a' + 'b\\x41\\u00e9\\N{DIGIT ONE}\\101\\\n'",
    "down_revision = '''a\nb'''",
    "down_revision = '''a\r\nb'''",
    "n = 12\ndown_revision = f'{n}_a{{}}'",
    "n = None\ndown_revision = f'{n}{True}'",
    "n = 12\ndown_revision = f'{n:>4}'",
    "n = 12\ndown_revision = f'{n!r}'",
    "n = 'a'\ndown_revision = f'{n!r}'",
    "n = 'a'\ndown_revision = f'{n=}'",
    "down_revision = '%s_%s%%' % ('a', 1)",
    "down_revision = '%05d' % 1",
    "down_revision = '{}-{}'.format('a', 2)",
    "down_revision = '{0}'.format('a')",
    "a = ['x']\nb = a\nb.append('y')\ndown_revision = a",
    "a = ['x']\nb = (a,)\nb[0].append('y')\ndown_revision = a",
    "a = ['x']\nb = {'k': a}\nb['k'].append('y')\ndown_revision = a",
    "a = ['x']\nb = a\nb += ['y']\ndown_revision = a",
    "a = ['x']\nc = [a, 1]\nfor b in c[:1]: b.append('y')\ndown_revision = a",
    "a = ['x']\ndown_revision = a\ndel a[0]",
    "a = ['x']\ndown_revision = tuple(a)\na.append('y')",
    "a = ['x']\ndef f(): a.append('y')\ndown_revision = a\nf()",
    "a = ['x']\ndef f(): a.append('y')\nclass C:\n  f()\ndown_revision = a",
    "a = ['x']\ndef f(): a.append('y')\ndef d(g): g()\n@d\ndef h(): f()\ndown_revision = a",
    "a = ['x']\n(lambda: a.append('y'))()\ndown_revision = a",
    "a = ['x']\nclass C:\n  b = a\nC.b.append('y')\ndown_revision = a",
    "a = ['x']\ndef f(b=a): b.append('y')\nf()\ndown_revision = a",
    "down_revision = 'a'\ndef f():\n  globals()['down_revision'] = 'b'\nf()",
    "down_revision = 'a'\ndef f():\n  globals()['down_revision'] = 'b'",
    "down_revision = 'a'\ndef f():\n  global down_revision\n  down_revision = 'b'\ng = f\ng()",
    "down_revision = 'a'\nimport sys\nsetattr(sys.modules.get(__name__, object), 'x', 1)",
    "down_revision = 'a'\n__builtins__\nglobals().update(down_revision='b')",
    "down_revision = 'a'\nvars()['down_revision'] = 'b'",
    "down_revision = 'a'\nexec(\"down_revision = 'b'\")",
    "down_revision = 'a'\n[down_revision := x for x in 'bc']",
    "if True:\n  down_revision = 'a'\nelse:\n  down_revision = 'b'",
    "down_revision = 'b'\nif False:\n  down_revision = 'a'",
    "try:\n  missing\n  down_revision = 'a'\nexcept NameError:\n  down_revision = 'b'",
    "for down_revision in ('a', 'b'): pass",
    "down_revision = 'a'\nmatch 'b':\n  case down_revision: pass",
    "tuple = list\ndown_revision = tuple(['a'])",
    "def tuple(x): return 'b'\ndown_revision = tuple(['a'])",
    "*down_revision, x = 'a', 'b', 'c'",
    "a, b = 'x', 'y'\na, b = b, a\ndown_revision = a",
    "down_revision = 'a'; down_revision = 'b'",
    "down_revision = 'a' if 1 else 'b'",
    "down_revision = None or 'a'",
    "down_revision = ('a')",
    "down_revision = ((('a',)))",
    "down_revision = [*('a', 'b')]",
    "down_revision = 'a'.upper()",
    "down_revision = 'ab'[0]",
    "down_revision = 'a' * 2",
    "# coding: utf8\ndown_revision = 'é'",
    "if 1: pass\nelif 0: pass\nelse: pass\ndown_revision = 'a'",
    "def f():\n\tpass\n# c\ndown_revision = 'a'\n\x0c\nx = 1",
    "class down_revision: pass\ndown_revision = 'a'",
    "down_revision: str\ndown_revision = 'a'",
    "down_revision = \"\"\"\"a\"\"\"",
    "down_revision = ''\"a\"",
];

const PYTHON: &str = r#"
import json, sys
answers = []
for text in json.load(sys.stdin):
    names = {"__name__": "m"}
    try:
        exec(compile(text, "m", "exec"), names)
        value = names.get("down_revision", 0)
        items = [] if value is None else [value] if isinstance(value, str) else list(value)
    except Exception as error:
        items = [type(error).__name__]
    answers.append(items if all(isinstance(item, str) for item in items) else [repr(items)])
json.dump(answers, sys.stdout)
"#;

fn answers_of_python(texts: &[String]) -> Vec<Vec<String>> {
    let mut python = Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("these tests compare with the real Python: python3 must be installed");
    python.stdin.take().unwrap().write_all(serde_json::to_string(texts).unwrap().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "python3 failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_value_that_is_known_is_the_one_that_python_has() {
    let texts: Vec<String> = HEADERS.iter().map(|header| format!("revision = 'r'\n{header}\n")).collect();
    let mut known = 0;
    for (text, expected) in texts.iter().zip(answers_of_python(&texts)) {
        for depth in [Depth::Headers, Depth::WholeFiles] {
            let source = Arc::new(SourceFile::new("x.py", text.as_str()));
            let (revision, problems) = read_text(&source, Path::new("x.py"), depth);
            let revision = revision.unwrap_or_else(|| panic!("no revision: {text}\n{problems:?}"));
            if !revision.is_unknown(Field::DownRevision) {
                assert_eq!(revision.down_revision, expected, "{text}");
                known += 1;
            }
        }
    }
    // Or nothing would be compared.
    assert!(known >= 60, "only {known} values are known");
}
