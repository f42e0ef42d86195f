//! `plan`, `history -r` and `show current`: what they say and how they exit.

use serde_json::json;

use super::{line_of_three, report};
use crate::support::sandbox::Sandbox;

#[test]
fn a_plan_without_a_database_is_the_documents_plan() {
    let (document, code) = report(&line_of_three(), &["plan", "--from", "a1aa"]);
    let step = |from: &str, to: &str| {
        json!({"revision": to, "insert": [], "delete": [], "update": [[from, to]], "operations": [], "opaque": [],
               "lock": null, "on": null, "rewrite": null, "scan": null, "locks": [], "depends_on": [],
               "reversible": {"answer": "yes", "why": null}})
    };
    let expected = json!({
        "from": ["a1aa"], "to": "heads", "direction": "upgrade", "dialect": "postgresql",
        "pg_version": {"major": 15, "source": "assumed"},
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

/// A line of two revisions, the second of which does several things.
fn busy() -> Sandbox {
    let upgrade = "    op.add_column('t', sa.Column('c', sa.Integer(), nullable=False))\n    \
                   if op.get_bind().dialect.name == 'sqlite':\n        op.execute('VACUUM')\n    \
                   helper(op.get_bind())";
    Sandbox::with_project().revision("a1aa", &[]).revision_with("a2aa", &["a1aa"], "from shop import helper", upgrade)
}

#[test]
fn each_step_of_a_plan_says_what_it_does() {
    let (document, code) = report(&busy(), &["plan", "--from", "a1aa"]);
    let step = &document["plan"]["steps"][0];
    assert_eq!(code, 0);
    assert_eq!(step["operations"].as_array().unwrap().len(), 1, "{step:#}");
    let operation = &step["operations"][0];
    assert_eq!(operation["kind"], "add-column");
    assert_eq!(operation["table"], "t");
    assert_eq!(operation["sql"], json!(["ALTER TABLE t ADD COLUMN c INTEGER NOT NULL"]));
    assert_eq!(step["opaque"][0]["why"], "`shop.helper` is called, which is not in this file");
    assert_eq!(step["opaque"][0]["line"].as_u64().unwrap(), operation["line"].as_u64().unwrap() + 3);

    let run = busy().doctor(&["plan", "--from", "a1aa"]);
    let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("add column t.c (line"), "{run}");
    assert!(said.contains("2 operations, 1 not analysed"), "{run}");
}

#[test]
fn each_step_of_a_plan_says_what_it_locks_and_whether_it_can_be_taken_back() {
    let upgrade = "    op.alter_column('t', 'a', existing_type=sa.String(9), type_=sa.String(20))\n    \
                   op.create_index('ix', 't', ['a'])\n    op.alter_column('t', 'b', type_=sa.BigInteger())";
    let sandbox = Sandbox::with_project().revision_with("a1aa", &[], "", upgrade);
    let (document, _) = report(&sandbox, &["plan", "--from", "base", "--pg-version", "17"]);
    assert_eq!(document["plan"]["pg_version"], json!({"major": 17, "source": "asked"}));
    let step = &document["plan"]["steps"][0];
    assert_eq!((&step["lock"], &step["on"]), (&json!("ACCESS EXCLUSIVE"), &json!("t")));
    assert_eq!((&step["rewrite"], &step["scan"]), (&json!(null), &json!(true)));
    assert_eq!(step["depends_on"], json!(["it depends on the type that b has now"]));
    let known = |index: usize| {
        let operation = &step["operations"][index];
        [&operation["lock"], &operation["rewrite"], &operation["scan"]].map(Clone::clone)
    };
    assert_eq!(known(0), [json!("ACCESS EXCLUSIVE"), json!(false), json!(false)]);
    assert_eq!(known(1), [json!("SHARE"), json!(false), json!(true)]);
    assert_eq!(step["reversible"]["answer"], "no");

    let run = sandbox.doctor(&["plan", "--from", "base"]);
    let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "SHARE on t, reads all its rows)",
        "strongest lock: ACCESS EXCLUSIVE on t",
        "cannot be taken back: downgrade() does nothing",
        "locks as PostgreSQL 15 takes them (assumed: --pg-version names another one)",
    ] {
        assert!(said.contains(text), "{text}: {run}");
    }
}

#[test]
fn what_may_not_run_is_shown_with_its_condition() {
    let upgrade = "    if 'c' not in sa.inspect(op.get_bind()).get_table_names():\n        op.drop_table('t')";
    let sandbox = Sandbox::with_project().revision_with("a1aa", &[], "", upgrade);
    let (document, _) = report(&sandbox, &["plan", "--from", "base"]);
    let operation = &document["plan"]["steps"][0]["operations"][0];
    assert_eq!(operation["sql"], json!(["DROP TABLE t"]));
    assert_eq!(operation["conditions"], json!(["only if `'c' not in sa.inspect(op.get_bind()).get_table_names()`"]));
}

#[test]
fn the_dialect_of_the_project_decides_the_sql() {
    let (document, _) = report(&busy().database_url("sqlite:///x.db"), &["plan", "--from", "a1aa"]);
    let operations = &document["plan"]["steps"][0]["operations"];
    assert_eq!(document["plan"]["dialect"], "sqlite");
    assert_eq!(operations[1]["sql"], json!(["VACUUM"]));
    assert_eq!(operations[1]["conditions"], json!(["only on sqlite"]));
    let (document, _) = report(&busy().database_url("mysql://h/x"), &["plan", "--from", "a1aa"]);
    assert_eq!(document["plan"]["dialect"], json!(null));
}

#[test]
fn a_revision_is_shown_with_what_it_does() {
    for command in ["show", "explain"] {
        let run = busy().doctor(&[command, "a2aa"]);
        assert!(run.stdout.contains("upgrade()") && run.stdout.contains("add column t.c (line"), "{run}");
        assert!(run.stdout.contains("SQL: VACUUM (line"), "{run}");
        assert!(run.stdout.contains("3 operations, 1 not analysed"), "{run}");
    }
}
