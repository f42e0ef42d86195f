//! Files that are no good revisions: each is named with its place, and the others keep their answer.

use super::{finding, findings, line_of_three, report};
use crate::support::sandbox::Sandbox;

/// The finding for `versions/bad.py` with these bytes, beside three good revisions.
fn beside_three(bytes: impl AsRef<[u8]>) -> (serde_json::Value, i32) {
    let sandbox = line_of_three().file("migrations/versions/bad.py", bytes);
    let (document, code) = report(&sandbox, &["check"]);
    let heads = document["graph"]["heads"].as_array().unwrap();
    assert!(heads.contains(&"a3aa".into()), "the other files keep their answer: {document:#}");
    (document, code)
}

fn unreadable(bytes: impl AsRef<[u8]>, says: &str) {
    let (document, code) = beside_three(bytes);
    assert_eq!(code, 1);
    let found = finding(&document, "unreadable-revision");
    assert!(found["location"]["path"].as_str().unwrap().ends_with("versions/bad.py"));
    assert!(found["location"]["line"].as_u64().unwrap() >= 1);
    let message = found["message"].as_str().unwrap();
    assert!(message.to_lowercase().contains(says), "{message}");
}

#[test]
fn random_bytes_are_not_text() {
    unreadable([0xff, 0xfe, 0x9f, 0x80, 0x0a, 0xd8], "utf-8");
}

#[test]
fn nul_bytes_are_no_python() {
    unreadable(b"revision = 'b1bb'\ndown_revision = 'a3aa'\nx = '\0'\n", "nul");
}

#[test]
fn ten_thousand_parentheses_are_refused() {
    let text = format!("revision = {}'b1bb'{}\ndown_revision = None\n", "(".repeat(10_000), ")".repeat(10_000));
    unreadable(text, "200 brackets");
}

#[test]
fn a_file_of_five_megabytes_is_read() {
    let text =
        format!("revision = 'b1bb'\ndown_revision = 'a3aa'\nDATA = [\n{}]\n", "    'some data',\n".repeat(320_000));
    assert!(text.len() > 5 << 20);
    let sandbox = line_of_three().file("migrations/versions/bad.py", text);
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!((findings(&document), code), (vec![], 0));
    assert_eq!(document["graph"]["heads"], serde_json::json!(["b1bb"]));
}

#[test]
fn a_byte_order_mark_crlf_and_a_coding_cookie_are_python() {
    let good: [&[u8]; 3] = [
        b"\xef\xbb\xbfrevision = 'b1bb'\ndown_revision = 'a3aa'\n",
        b"revision = 'b1bb'\r\ndown_revision = 'a3aa'\r\n",
        b"# -*- coding: latin-1 -*-\n\"\"\"caf\xe9\"\"\"\nrevision = 'b1bb'\ndown_revision = 'a3aa'\n",
    ];
    for bytes in good {
        let sandbox = line_of_three().file("migrations/versions/b.py", bytes);
        let (document, code) = report(&sandbox, &["check"]);
        assert_eq!((findings(&document), code), (vec![], 0));
        assert_eq!(document["graph"]["heads"], serde_json::json!(["b1bb"]));
    }
}

#[test]
fn a_syntax_error_below_the_header_hides_nothing_of_the_header() {
    let text = "revision = 'b1bb'\ndown_revision = 'a3aa'\n\ndef upgrade():\n    op.add_column((\n";
    let sandbox = line_of_three().file("migrations/versions/bad.py", text);
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!(document["graph"]["heads"], serde_json::json!(["b1bb"]));
    assert_eq!((findings(&document), code), (vec!["unreadable-revision"], 1));
}

#[test]
fn merge_conflict_markers_in_the_header_are_not_decided() {
    let text =
        "revision = 'b1bb'\n<<<<<<< HEAD\ndown_revision = 'a3aa'\n=======\ndown_revision = 'a2aa'\n>>>>>>> other\n";
    let (document, code) = beside_three(text);
    assert_eq!(code, 1);
    assert_eq!(finding(&document, "unreadable-revision")["location"]["line"], 2);
}

#[test]
fn syntax_that_is_newer_than_the_parser_still_yields_its_header() {
    let text = "revision = 'b1bb'\ndown_revision = 'a3aa'\n\ndef upgrade():\n    x = f'{a['b']}'\n";
    let sandbox = line_of_three().file("migrations/versions/new.py", text);
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!(document["graph"]["heads"], serde_json::json!(["b1bb"]));
    assert_eq!((findings(&document), code), (vec![], 0), "Python 3.12 reads it");
}

#[test]
fn a_helper_module_breaks_alembic_and_is_named() {
    let sandbox = line_of_three().file("migrations/versions/helpers.py", "def add_column():\n    pass\n");
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!((findings(&document), code), (vec!["stray-file"], 1));
    let refused = sandbox.alembic(&["heads"]);
    assert!(refused.stdout.contains("Could not determine revision id from filename helpers.py"), "{}", refused.stdout);
}

#[test]
fn values_that_python_computes_are_not_guessed() {
    let text = "import os\nrevision = 'b1bb'\ndown_revision = os.environ['PARENT']\n";
    let (document, code) = beside_three(text);
    assert_eq!(code, 1);
    assert_eq!(finding(&document, "identifier-not-static")["revision"], "b1bb");
    let sandbox = line_of_three().file("migrations/versions/bad.py", text);
    let heads = sandbox.doctor(&["heads"]);
    assert_eq!(heads.code, Some(1));
    assert!(heads.stderr.contains("identifier-not-static"), "{}", heads.stderr);
}

#[test]
fn a_broken_file_does_not_hide_a_missing_parent() {
    let sandbox = line_of_three().revision("b1bb", &["gone"]).file("migrations/versions/bad.py", "def x(:\n");
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!((findings(&document), code), (vec!["unreadable-revision", "missing-parent"], 1));
    let missing = finding(&document, "missing-parent");
    assert_eq!(missing["severity"], "warning", "it may be the broken file: {missing:#}");
    assert!(missing["evidence"].to_string().contains("bad.py"));
}

#[test]
fn a_directory_named_like_a_module_and_a_loop_of_links_are_no_revisions() {
    let sandbox = line_of_three();
    std::fs::create_dir(sandbox.path().join("migrations/versions/x.py")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../versions", sandbox.path().join("migrations/versions/loop")).unwrap();
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!((findings(&document), code), (vec![], 0));
    assert!(sandbox.alembic(&["heads"]).stdout.starts_with("a3aa"));
}

#[test]
fn two_files_with_one_id_are_both_named() {
    let sandbox = line_of_three().file("migrations/versions/z.py", "revision = 'a3aa'\ndown_revision = 'a2aa'\n");
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!(code, 1);
    let found = finding(&document, "duplicate-revision-id");
    assert!(found.to_string().contains("z.py") && found.to_string().contains("a3aa_.py"), "{found:#}");
}

#[test]
fn loops_are_found_however_they_close() {
    type Revisions<'a> = &'a [(&'a str, &'a [&'a str], &'a str)];
    let cases: [(Revisions, &str); 4] = [
        (&[("b1bb", &["b1bb"], "")], "b1bb"),
        (&[("b1bb", &["b3bb"], ""), ("b2bb", &["b1bb"], ""), ("b3bb", &["b2bb"], "")], "b2bb"),
        (&[("b1bb", &[], "depends_on = 'b2bb'"), ("b2bb", &["b1bb"], "")], "b2bb"),
        // Entered from a base and left towards a head: Alembic's own check misses it.
        (&[("m1", &["a1aa", "y1"], ""), ("x1", &["m1"], ""), ("y1", &["x1"], ""), ("tip", &["x1"], "")], "y1"),
    ];
    for (revisions, member) in cases {
        let mut sandbox = line_of_three();
        for (id, down, lines) in revisions {
            sandbox = sandbox.revision_with(id, down, lines, "    pass");
        }
        let (document, code) = report(&sandbox, &["check"]);
        assert_eq!(code, 1);
        let cycle = finding(&document, "revision-cycle");
        assert!(cycle.to_string().contains(member), "{cycle:#}");
    }
}

#[test]
fn terminal_escapes_in_ids_never_reach_the_terminal() {
    let text = "revision = 'b1\\x1b[31mbb'\ndown_revision = 'a3aa\\x1b]0;owned\\x07'\n";
    let sandbox = line_of_three().file("migrations/versions/bad.py", text);
    for arguments in
        [vec!["check"], vec!["graph"], vec!["history"], vec!["heads"], vec!["check", "--format", "concise"]]
    {
        let run = sandbox.doctor(&arguments);
        for stream in [&run.stdout, &run.stderr] {
            assert!(!stream.contains('\u{1b}') && !stream.contains('\u{7}'), "{arguments:?}: {stream:?}");
        }
    }
    for format in ["dot", "mermaid", "json"] {
        let run = sandbox.doctor(&["graph", "--format", format]);
        assert!(!run.stdout.contains('\u{1b}'), "{format}: {:?}", run.stdout);
    }
}

#[test]
fn no_revision_at_all_is_exit_code_3() {
    let sandbox = Sandbox::with_project().database_url("sqlite:///app.db");
    let run = sandbox.doctor(&["check"]);
    assert_eq!(run.code, Some(3), "{}{}", run.stdout, run.stderr);
    std::fs::remove_dir_all(sandbox.path().join("migrations/versions")).unwrap();
    let (document, code) = report(&sandbox, &["check"]);
    assert_eq!(code, 3);
    assert_eq!(findings(&document), ["missing-version-location"]);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_named_and_never_passed_over() {
    use std::os::unix::fs::PermissionsExt as _;

    for (closed, says) in [
        ("migrations/versions", "cannot be listed"),
        ("migrations/versions/a3aa_.py", "cannot be read"),
        ("migrations/env.py", "cannot be read"),
    ] {
        let sandbox = line_of_three();
        let path = sandbox.path().join(closed);
        let mode = |bits| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(bits)).unwrap();
        mode(0o000);
        let run = sandbox.doctor_bound_by_permissions(&["check"]);
        mode(0o755);
        assert!(matches!(run.code, Some(1 | 3)), "{closed}: {run}");
        let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(&format!("{closed} {says}")) || said.contains(&format!("env.py {says}")), "{run}");
        assert!(said.to_lowercase().contains("permission denied"), "{run}");
        assert!(!said.contains("healthy"), "{run}");
    }
}
