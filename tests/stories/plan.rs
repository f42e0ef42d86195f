//! `plan`, `history -r` and `show current`: what they say and how they exit.

use serde_json::json;

use super::{line_of_three, report};
use crate::support::sandbox::Sandbox;

#[test]
fn a_plan_without_a_database_is_the_documents_plan() {
    let (document, code) = report(&line_of_three(), &["plan", "--from", "a1aa"]);
    let step = |from: &str, to: &str| json!({"revision": to, "insert": [], "delete": [], "update": [[from, to]]});
    let expected = json!({
        "from": ["a1aa"], "to": "heads", "direction": "upgrade",
        "steps": [step("a1aa", "a2aa"), step("a2aa", "a3aa")],
        "rows_after": ["a3aa"], "error": null, "error_reason": null
    });
    assert_eq!((&document["plan"], code), (&expected, 0));
}

#[test]
fn nothing_to_do_is_a_plan_that_works() {
    let run = line_of_three().doctor(&["plan", "--from", "a3aa"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("nothing to do"), "{run}");
}

#[test]
fn a_refusal_exits_with_1_and_says_why() {
    for (arguments, sentence, reason) in [
        (&["--from", "gone"][..], "Can't locate revision identified by 'gone'", "the version table holds 'gone'"),
        (&["--from", "base", "--to", "a1aa:a2aa"], "Range revision not allowed", "--sql"),
        (&["--from", "a1aa,a2aa"], "Requested revision a2aa overlaps", "who has a2aa has it already"),
        (
            &["--from", "base", "--direction", "downgrade", "--to=-1"],
            "didn't produce 1 migrations",
            "nothing is applied",
        ),
    ] {
        let run = line_of_three().doctor(&[&["plan"], arguments].concat());
        assert_eq!(run.code, Some(1), "{run}");
        let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(sentence) && said.contains(reason), "{run}");
    }
}

#[test]
fn a_graph_that_alembic_cannot_load_has_no_plan() {
    let (document, code) = report(&line_of_three().revision("b1bb", &["lost"]), &["plan", "--from", "base"]);
    assert_eq!((document["plan"]["error"].as_str(), code), (Some("KeyError: 'lost'"), 1));
    assert_eq!(document["plan"]["steps"], json!([]));
}

#[test]
fn rows_that_are_not_known_make_no_plan() {
    let (document, code) = report(&line_of_three().database_url("sqlite:///missing.db"), &["plan"]);
    assert_eq!((document.get("plan"), code), (Some(&json!(null)), 4));
    assert_eq!(document["verdict"], "incomplete");
}

#[test]
fn a_downgrade_needs_a_target_and_only_stamp_has_several() {
    for arguments in [&["plan", "--direction", "downgrade"][..], &["plan", "--to", "a1aa", "--to", "a2aa"]] {
        assert_eq!(line_of_three().doctor(arguments).code, Some(2));
    }
    let fork = Sandbox::with_project().revision("r1aa", &[]).revision("a1aa", &["r1aa"]).revision("b1bb", &["r1aa"]);
    let stamp = ["plan", "--direction", "stamp", "--to", "a1aa", "--to", "b1bb", "--from", "r1aa"];
    let (document, code) = report(&fork, &stamp);
    assert_eq!((&document["plan"]["rows_after"], code), (&json!(["a1aa", "b1bb"]), 0));
    assert_eq!(document["plan"]["to"], "a1aa b1bb");
}

#[test]
fn history_and_show_know_ranges_and_where_the_database_stands() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["upgrade", "a2aa"]).status == 0);
    for range in ["a2aa:", "-1:", ":current", "current:", "a1aa:+1"] {
        let ours = sandbox.doctor(&["history", "-i", "-r", range]);
        let real = sandbox.alembic(&["history", "-i", &format!("-r{range}")]);
        assert_eq!((ours.stdout.as_str(), ours.code), (real.stdout.as_str(), Some(0)), "{range}: {ours}");
    }
    let shown = sandbox.doctor(&["show", "current"]);
    assert!(shown.stdout.starts_with("Rev: a2aa\n"), "{shown}");
    let refused = sandbox.doctor(&["history", "-r", "a3aa:a1aa"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("does not refer to ancestor/descendant revisions"), "{refused}");
    let (document, _) = report(&sandbox, &["history", "-r", "a2aa:"]);
    assert_eq!(document["history"], json!(["a3aa", "a2aa"]));
}

#[test]
fn current_shows_the_rows_that_alembic_hides() {
    let sandbox = line_of_three().database_url("sqlite:///app.db");
    assert!(sandbox.alembic(&["stamp", "a1aa", "a3aa"]).status == 0);
    assert_eq!(sandbox.alembic(&["current"]).stdout, "a3aa (head)\n");
    let run = sandbox.doctor(&["current"]);
    assert!(run.stdout.contains("a1aa is a row too, which `alembic current` hides: a3aa implies it"), "{run}");
}
