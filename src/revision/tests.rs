//! What headers say: the forms of Alembic, what is not known, and that both ways of reading agree.

use super::*;
use proptest::prelude::*;

fn at(text: &str, name: &str, depth: Depth) -> (Option<Revision>, Vec<Problem>) {
    let source = Arc::new(SourceFile::new(name, text));
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(crate::python::STACK);
        thread.spawn_scoped(scope, || read_text(&source, Path::new(name), depth)).unwrap().join().unwrap()
    })
}

/// Read both ways, which must agree on everything but errors below the header.
fn both(text: &str) -> (Option<Revision>, Vec<Problem>) {
    let (headers, header_problems) = at(text, "x.py", Depth::Headers);
    let (whole, whole_problems) = at(text, "x.py", Depth::WholeFiles);
    assert_eq!(format!("{headers:?}"), format!("{whole:?}"), "{text}");
    let above: Vec<String> = whole_problems
        .iter()
        .filter(|problem| problem.kind != ProblemKind::SyntaxBelowHeader)
        .map(|problem| format!("{problem:?}"))
        .collect();
    assert_eq!(header_problems.iter().map(|problem| format!("{problem:?}")).collect::<Vec<_>>(), above, "{text}");
    (whole, whole_problems)
}

fn revision(text: &str) -> Revision {
    let (revision, problems) = both(text);
    assert!(problems.is_empty(), "{text}: {problems:?}");
    revision.unwrap()
}

fn problem(text: &str) -> (ProblemKind, String) {
    let (_, problems) = both(text);
    let problem = problems.first().unwrap_or_else(|| panic!("no problem: {text}"));
    (problem.kind, problem.message.clone())
}

/// The reason why `down_revision` is not known.
fn not_static(text: &str) -> String {
    let revision = revision(&format!("revision = 'r'\n{text}"));
    assert!(revision.down_revision.is_empty());
    let unknown: Vec<&NotStatic> =
        revision.not_static.iter().filter(|value| value.field == Field::DownRevision).collect();
    unknown.first().unwrap_or_else(|| panic!("known: {text}")).reason.clone()
}

const TEMPLATE: &str = r#""""add users

Revision ID: 27c6a30d7c24
Revises: None
Create Date: 2011-11-08 11:40:27.089406

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = '27c6a30d7c24'
down_revision: Union[str, Sequence[str], None] = ('a', "b")
branch_labels: Union[str, Sequence[str], None] = None
depends_on = "c"


def upgrade() -> None:
    op.execute("select 'revision'")
"#;

#[test]
fn alembics_own_template_is_read() {
    for text in [TEMPLATE.to_owned(), TEMPLATE.replace('\n', "\r\n"), TEMPLATE.replace('\n', "\r")] {
        let read = revision(&text);
        assert_eq!(read.id, "27c6a30d7c24");
        assert_eq!(read.down_revision, ["a", "b"]);
        assert_eq!(read.depends_on, ["c"]);
        assert!(read.branch_labels.is_empty() && read.not_static.is_empty());
        assert_eq!(read.create_date.as_deref(), Some("2011-11-08 11:40:27.089406"));
        assert_eq!(read.message(), "add users");
        assert_eq!(read.source.slice(read.spans.revision), "'27c6a30d7c24'");
        assert_eq!(read.source.slice(read.spans.down_revision.unwrap()), "('a', \"b\")");
    }
}

#[test]
fn constants_of_every_form_are_evaluated() {
    for (header, expected) in [
        ("down_revision = ['a', 'b']", vec!["a", "b"]),
        ("down_revision = {'b', 'a', 'b'}", vec!["b", "a"]),
        ("down_revision = {'a': 1}", vec!["a"]),
        ("down_revision = 'a' 'b' + \"c\"", vec!["abc"]),
        ("down_revision = ('a',) + ('b',)", vec!["a", "b"]),
        ("a = 'x'\nb: str = a + 'y'\ndown_revision = (a, b)", vec!["x", "xy"]),
        ("n = 7\ndown_revision = f'{n}_a'", vec!["7_a"]),
        ("down_revision = '%s-%d' % ('a', 1)", vec!["a-1"]),
        ("down_revision = '{}_{{}}'.format('a')", vec!["a_{}"]),
        ("x, down_revision = 'q', 'a'", vec!["a"]),
        ("down_revision = other = 'a'", vec!["a"]),
        ("down_revision = tuple(['a'])", vec!["a"]),
        ("if x:\n  down_revision = 'b'\ndown_revision = 'a'", vec!["a"]),
        ("down_revision = 'b'\ndown_revision: Final = 'a'", vec!["a"]),
        ("down_revision = ''", vec![""]),
        ("down_revision = ()", vec![]),
        ("down_revision = (None,)", vec![]),
        ("down_revision = None; x = 1", vec![]),
        ("a, b = b, a = 'x', 'y'\ndown_revision = a", vec!["y"]),
        ("def down_revision_of(): pass\ndown_revision = 'a'", vec!["a"]),
        ("deps = []\ndeps.append('a')\ndown_revision = 'b'", vec!["b"]),
        ("def upgrade():\n  globals()['upgrade_%s' % 1]()\ndown_revision = 'b'", vec!["b"]),
        ("down_revision = f\"{'a'}\"\nx = f\"{y[\"z\"]}\"", vec!["a"]),
    ] {
        assert_eq!(revision(&format!("revision = 'r'\n{header}\n")).down_revision, expected, "{header}");
    }
}

#[test]
fn what_python_would_have_to_compute_is_not_guessed() {
    for (header, reason) in [
        ("down_revision = parent(revision)", "is the result of a call to `parent`"),
        ("from a.b import down_revision", "is imported from `a.b`"),
        ("from a import X\ndown_revision = X", "is imported from `a`"),
        ("import cli\ndown_revision = (cli.X,)", "is taken from `cli.X`"),
        ("down_revision = 'a'\ndown_revision += 'b'", "is changed by an operator with `=`"),
        ("d = []\nd.append('a')\ndown_revision = d", "is changed by `.append()`"),
        ("d = []\ne = d\ne.append('a')\ndown_revision = d", "is changed by `.append()`"),
        ("d = []\ndown_revision = d\nd.append('a')", "is changed by `.append()`"),
        ("d = []\nx = {'k': d}\nx['k'].append('a')\ndown_revision = d", "may be changed where `d` is used"),
        ("d = ['a']\nfill(d)\ndown_revision = d", "may be changed where `d` is used"),
        (
            "d = []\ntry:\n  d += ['a']\nexcept E:\n  pass\ndown_revision = tuple(d)",
            "is changed by an operator with `=`",
        ),
        ("d = ['a']\nd[0] = 'b'\ndown_revision = d", "is changed by an assignment to a part of it"),
        ("d = ['a']\nfor x in d: down_revision = x", "is assigned inside `for`"),
        ("if a:\n  down_revision = 'a'\nelse:\n  down_revision = 'b'", "is assigned inside `if`"),
        ("try:\n  down_revision = 'a'\nexcept E:\n  pass", "is assigned inside `try`"),
        ("with x as down_revision: pass", "is assigned inside `with`"),
        ("while x:\n  down_revision = 'a'", "is assigned inside `while`"),
        ("down_revision = None\nmatch x:\n  case down_revision: pass", "may be bound by `match`"),
        ("print(down_revision := 'a')", "is assigned by `:=`"),
        ("down_revision = 'a'\ndel down_revision", "is deleted"),
        (
            "down_revision = 'a'\ndef f():\n  global down_revision\n  down_revision = 'b'\nf()",
            "may be changed by the function `f`",
        ),
        (
            "down_revision = ['a']\ndef f(): down_revision.append('b')\ndef g(): f()\ng()",
            "may be changed by the function `f`",
        ),
        ("globals()['down_revision'] = 'a'", "is assigned through `globals()`"),
        ("down_revision = 'a'\nglobals().update(x)", "may be changed by `globals().update(x)`"),
        ("down_revision = 'a'\nexec(x)", "may be changed by `exec(x)`"),
        ("down_revision = 'a'\nfrom x import *", "may come from `from x import *`"),
        ("from x import *", "may come from `from x import *`"),
        ("down_revision = 'a' if x else 'b'", "depends on a condition"),
        ("down_revision = f'{x:>4}'", "is the name `x`, which is not assigned above"),
        ("down_revision, *x = y", "is the name `y`, which is not assigned above"),
        ("def down_revision(): pass", "is a function"),
        ("down_revision = '\\ud800'", "has a character that is no Unicode"),
        ("down_revision = t'{x}'", "stands in a statement with syntax of a newer Python than can be read here"),
    ] {
        assert_eq!(not_static(header), reason, "{header}");
    }
}

#[test]
fn a_chain_of_doublings_ends() {
    let text = format!("down_revision = 'ab'\n{}", "down_revision = down_revision + down_revision\n".repeat(60));
    assert_eq!(not_static(&text), "is too large");
    let nested = "down_revision = (down_revision, down_revision)\n".repeat(60);
    let (_, problems) = both(&format!("revision = 'r'\ndown_revision = 'ab'\n{nested}"));
    assert_eq!(problems[0].kind, ProblemKind::InvalidValue);
}

#[test]
fn values_that_alembic_cannot_use_are_invalid() {
    for (text, message) in [
        ("revision = 5", "its `revision` is an integer, and must be a string"),
        ("revision = None", "its `revision` is None, and must be a string"),
        ("revision = b'x'", "its `revision` is bytes, and must be a string"),
        ("revision = ('x',)", "its `revision` is a tuple, and must be a string"),
        ("revision = 'r'", "does not set `down_revision`, and Alembic cannot load it"),
        (
            "revision = 'r'\ndown_revision = 5",
            "its `down_revision` is an integer, and must be a string, several, or None",
        ),
        (
            "revision = 'r'\ndown_revision = (None, 'a')",
            "its `down_revision` is a tuple with None in it, and must be a string, several, or None",
        ),
        (
            "revision = 'r'\ndown_revision = False",
            "its `down_revision` is a boolean, and must be a string, several, or None",
        ),
        (
            "revision = 'r'\ndown_revision = None\ndepends_on = ''",
            "its `depends_on` is an empty string, which Alembic takes for a cycle in a base",
        ),
    ] {
        assert_eq!(problem(text), (ProblemKind::InvalidValue, message.to_owned()), "{text}");
    }
    let (kept, _) = both("revision = 'r'\ndown_revision = 5");
    assert!(kept.unwrap().is_unknown(Field::DownRevision));
    assert!(revision("revision = ''\ndown_revision = 'a'\ndepends_on = ''").depends_on.is_empty());
    assert_eq!(revision("revision = 'r'\ndown_revision = 'a'\nbranch_labels = ''").branch_labels, [""]);
}

#[test]
fn a_file_without_an_id_is_stray_unless_its_name_is_hexadecimal() {
    assert_eq!(problem("x = 1").0, ProblemKind::Stray);
    assert_eq!(problem("").0, ProblemKind::Stray);
    let (legacy, problems) = at("down_revision = None", "deadbeef.py", Depth::Headers);
    assert!(problems.is_empty());
    assert_eq!(legacy.unwrap().id, "deadbeef");
    assert!(at("down_revision = None", "deadbeef_x.py", Depth::Headers).0.is_none());
}

#[test]
fn an_id_that_is_not_static_is_told() {
    let (kind, message) = problem("revision = f()\ndown_revision = None");
    assert_eq!(kind, ProblemKind::IdNotStatic);
    assert_eq!(message, "its `revision` is the result of a call to `f`, so its id is known only to Python");
}

#[test]
fn a_syntax_error_below_the_header_is_found_in_whole_files_only() {
    let text = "revision = 'r'\ndown_revision = None\ndef upgrade():\n    x = = 1\n";
    let (read, problems) = both(text);
    assert_eq!(read.unwrap().id, "r");
    assert_eq!(problems[0].kind, ProblemKind::SyntaxBelowHeader);
    assert_eq!(problems[0].message, "syntax error at line 4, column 9: invalid syntax");
    assert!(at(text, "x.py", Depth::Headers).1.is_empty());
    let newer = "revision = 'r'\ndown_revision = None\ndef upgrade():\n    x = f\"{y[\"a\"]}\"\n";
    assert!(both(newer).1.is_empty());
}

#[test]
fn a_broken_header_still_tells_what_it_can() {
    let (read, problems) = both("revision = 'r'\ndown_revision = 'a\nbranch_labels = 'l'\n");
    let read = read.unwrap();
    assert_eq!((read.id.as_str(), read.branch_labels.as_slice()), ("r", ["l".to_owned()].as_slice()));
    assert!(read.is_unknown(Field::DownRevision));
    assert_eq!(problems[0].kind, ProblemKind::Unreadable);
    assert_eq!(problems[0].location.start().line, 2);
    assert_eq!(problems[0].revision.as_deref(), Some("r"));
    assert_eq!(problem("revision = 'r\ndown_revision = None").0, ProblemKind::Unreadable);
    assert_eq!(problem("\u{1}\u{2}%&/(").0, ProblemKind::Unreadable);
}

#[test]
fn merge_conflict_markers_make_only_what_is_between_them_unknown() {
    let text = "revision = 'r'\n<<<<<<< HEAD\ndown_revision = 'a'\n=======\ndown_revision = 'b'\n>>>>>>> x\nbranch_labels = 'l'\n";
    let (read, problems) = both(text);
    let read = read.unwrap();
    assert_eq!(read.branch_labels, ["l"]);
    assert!(read.is_unknown(Field::DownRevision));
    assert_eq!(problems[0].kind, ProblemKind::Unreadable);
    assert_eq!(problems[0].message, "has an unresolved merge conflict at line 2: <<<<<<< HEAD");
    let ambiguous = "<<<<<<< a\nrevision = 'r'\n=======\nrevision = 's'\n>>>>>>> b\ndown_revision = None\n";
    let (none, problems) = both(ambiguous);
    assert!(none.is_none());
    assert_eq!((problems.len(), problems[0].kind), (1, ProblemKind::Unreadable));
}

#[test]
fn hostile_nesting_is_unreadable_and_not_the_end() {
    for text in
        ["(".repeat(10_000), format!("revision = {}1", "-".repeat(50_000)), format!("x = 1{}", "+1".repeat(50_000))]
    {
        let (_, problems) = both(&text);
        assert!(!problems.is_empty());
    }
    let below = format!("revision = 'r'\ndown_revision = None\nx = {}", "(".repeat(10_000));
    let (read, problems) = both(&below);
    assert_eq!(read.unwrap().id, "r");
    assert!(problems[0].message.contains("200 brackets"), "{problems:?}");
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

fn read_folder(folder: &Path) -> Revisions {
    let listing = files::list(folder, &[Path::new("")], true, false);
    read::read_all(listing, folder, Depth::WholeFiles)
}

const PLAIN: &str = "revision = 'r'\ndown_revision = None\n";

#[test]
fn bad_files_hide_nothing_of_the_good_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write(path, "0_random.py", [0x9f, 0x00, 0xff, 0x12, 0x80]);
    write(path, "1_nul.py", "revision = 'a\0'");
    write(path, "2_bom.py", format!("\u{feff}{}", PLAIN.replace("'r'", "'bom'")));
    write(path, "3_crlf.py", PLAIN.replace("'r'", "'crlf'").replace('\n', "\r\n"));
    write(path, "4_latin.py", b"# coding: latin-1\nrevision = '\xe9'\ndown_revision = None\n");
    write(path, "5_not_utf8.py", b"revision = '\xe9'\n");
    write(
        path,
        "6_large.py",
        format!("{}x = [\n{}]\n", PLAIN.replace("'r'", "'large'"), "    'abcdefghi',\n".repeat(330_000)),
    );
    write(path, "7_deep.py", "(".repeat(10_000));
    std::fs::create_dir(path.join("8_folder.py")).unwrap();
    std::os::unix::fs::symlink("9_loop.py", path.join("9_loop.py")).unwrap();
    write(path, "a_stray.py", "def helper(): pass\n");
    std::os::unix::net::UnixListener::bind(path.join("b_socket.py")).unwrap();

    let read = read_folder(path);
    let ids: Vec<&str> = read.revisions.iter().map(|revision| revision.id.as_str()).collect();
    assert_eq!(ids, ["bom", "crlf", "é", "large"]);
    assert_eq!(read.files, 11);
    let problems: Vec<(String, ProblemKind)> =
        read.problems.iter().map(|problem| (problem.location.path().display().to_string(), problem.kind)).collect();
    let unreadable = |name: &str| (name.to_owned(), ProblemKind::Unreadable);
    assert_eq!(
        problems,
        [
            unreadable("0_random.py"),
            unreadable("1_nul.py"),
            unreadable("5_not_utf8.py"),
            unreadable("7_deep.py"),
            unreadable("9_loop.py"),
            ("a_stray.py".to_owned(), ProblemKind::Stray),
            unreadable("b_socket.py"),
        ]
    );
    let not_utf8 = &read.problems[2];
    assert_eq!((not_utf8.location.start().line, not_utf8.location.start().column), (1, 13));
}

#[test]
fn files_without_permission_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "x.py", PLAIN);
    std::fs::set_permissions(folder.path().join("x.py"), std::fs::Permissions::from_mode(0)).unwrap();
    let read = read_folder(folder.path());
    // The superuser may read everything.
    if std::fs::read(folder.path().join("x.py")).is_ok() {
        assert_eq!(read.revisions.len(), 1);
    } else {
        assert_eq!(read.problems[0].message, "cannot be read: permission denied");
    }
}

/// Statements that touch the header in odd ways, and some that do not.
fn odd_module() -> impl Strategy<Value = String> {
    let statement = prop::sample::select(vec![
        "revision = 'a'",
        "revision: str = \"b\"",
        "down_revision = None",
        "down_revision = ('a', 'b')",
        "down_revision = revision",
        "depends_on = ['x']",
        "depends_on = list",
        "x = depends_on",
        "x.append('y')",
        "depends_on.append('z')",
        "branch_labels = 'l' + revision",
        "revision = down_revision = 'c'",
        "revision, down_revision = 'd', 'e'",
        "if x:\n    revision = 'f'",
        "if x:\n    pass",
        "def f():\n    global revision",
        "f()",
        "def upgrade():\n    op.execute('revision')",
        "class revision: pass",
        "import revision",
        "import os",
        "from x import *",
        "from sqlalchemy import *",
        "del revision",
        "revision += 'x'",
        "exec('')",
        "globals()['revision'] = 1",
        "print(revision := 'g')",
        "for depends_on in x: pass",
        "try:\n    import a\nexcept E as revision:\n    pass",
        "'''doc'''",
        "x = 1; revision = 'h'",
        "revision = 5",
        "revision = (",
        "def broken(:\n    revision = 'i'",
        "x = f\"{y[\"revision\"]}\"",
        "<<<<<<< a",
        "=======",
        ">>>>>>> b",
        "@deco\ndef g():\n    revision",
        "revision = 'j\\n'",
        "__doc__ = 'k'",
        "match x:\n    case revision: pass",
        "with x as revision: pass",
        "async def revision(): pass",
        "lambda: revision",
        "vars()",
        "revision",
        "def h(x=revision): pass",
        "'revision'.join(x)",
        "revision = '''m'''",
    ]);
    prop::collection::vec(statement, 0..7).prop_map(|statements| statements.join("\n") + "\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn reading_headers_only_agrees_with_reading_all(text in odd_module()) {
        both(&text);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = crate::source::decode(bytes) {
            both(&text);
        }
    }
}
