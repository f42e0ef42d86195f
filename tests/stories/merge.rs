//! `merge`, proved by the real Alembic: the file is one that it would have written, nothing is
//! overwritten, and what it says of the environments comes true.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::sandbox::{Run, Sandbox};
use crate::support::shop::Shop;

/// Two heads, on SQLite.
fn forked() -> Sandbox {
    Sandbox::with_project()
        .database_url("sqlite:///app.db")
        .revision("a1aa", &[])
        .revision("b2bb", &["a1aa"])
        .revision("c3cc", &["a1aa"])
}

fn merge(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.doctor(&[&["merge", "--offline"], arguments].concat())
}

/// The only head, as Alembic says.
fn head(sandbox: &Sandbox) -> String {
    sandbox.alembic(&["heads"]).stdout.trim().to_owned()
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name != "__pycache__").collect();
    names.sort();
    names
}

#[test]
fn the_file_is_what_alembic_would_have_written_but_for_its_docstring() {
    let arguments = ["-m", "join Both lines", "--rev-id", "d4dd", "--branch-label", "joined", "b2bb", "c3cc"];
    let ours = forked();
    let run = merge(&ours, &arguments);
    assert_eq!(run.code, Some(0), "{run}");
    let theirs = forked();
    assert_eq!(theirs.alembic(&[&["merge"], &arguments[..]].concat()).status, 0);
    let name = "d4dd_join_both_lines.py";
    let [ours_text, theirs_text] =
        [&ours, &theirs].map(|one| fs::read_to_string(one.path().join("migrations/versions").join(name)).unwrap());
    // The first line and everything from the ids on, but for the time.
    let plain = |text: &str| {
        let (start, rest) = text.split_once("\nRevision ID").unwrap();
        let first = start.lines().next().unwrap().to_owned();
        let rest: Vec<&str> = rest.lines().filter(|line| !line.starts_with("Create Date")).collect();
        format!("{first}\n{}", rest.join("\n"))
    };
    assert_eq!(plain(&ours_text), plain(&theirs_text));
    assert!(ours_text.contains("they touch nothing in\ncommon, and either order leaves the same."), "{ours_text}");
    assert_eq!(head(&ours), "d4dd (joined) (head)");
    assert_eq!(ours.alembic(&["upgrade", "head"]).status, 0);
    assert_eq!(ours.alembic(&["downgrade", "base"]).status, 0);
}

#[test]
fn names_templates_and_folders_are_the_projects_own() {
    let sandbox = forked().ini(
        "script_location = migrations\nfile_template = %%(year)d/%%(slug)s-%%(rev)s\ntruncate_slug_length = 8\n\
                                recursive_version_locations = true\n",
    );
    let template = sandbox.path().join("migrations/script.py.mako");
    let text = fs::read_to_string(&template).unwrap();
    fs::write(&template, format!("# ours\n{text}")).unwrap();
    let run = merge(&sandbox, &["-m", "join the lines", "--rev-id", "d4dd"]);
    assert_eq!(run.code, Some(0), "{run}");
    let year =
        files(&sandbox.path().join("migrations/versions")).into_iter().find(|name| name.starts_with("20")).unwrap();
    let made = sandbox.path().join("migrations/versions").join(year);
    assert_eq!(files(&made), ["join_-d4dd.py"]);
    assert!(fs::read_to_string(made.join("join_-d4dd.py")).unwrap().starts_with("# ours\n"));
    assert_eq!(head(&sandbox), "d4dd (head)");

    // A template that needs Python: Alembic's own form, and it is said.
    let sandbox = forked();
    fs::write(sandbox.path().join("migrations/script.py.mako"), "${message.title()}\n").unwrap();
    let run = merge(&sandbox, &[]);
    assert!(run.code == Some(0) && run.stderr.contains("line 1 of script.py.mako"), "{run}");
    assert!(head(&sandbox).ends_with("(head)"));
}

#[test]
fn with_several_folders_it_goes_beside_the_first_head() {
    let sandbox = forked().ini("script_location = migrations\nversion_locations = migrations/versions other\n");
    fs::create_dir(sandbox.path().join("other")).unwrap();
    let from = sandbox.path().join("migrations/versions/c3cc_.py");
    fs::rename(from, sandbox.path().join("other/c3cc_.py")).unwrap();
    let run = merge(&sandbox, &["c3cc", "b2bb", "--rev-id", "d4dd"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(files(&sandbox.path().join("other")), ["c3cc_.py", "d4dd_merge_c3cc_and_b2bb.py"]);
    assert_eq!(head(&sandbox), "d4dd (head)");
}

#[test]
fn nothing_is_written_that_was_not_asked_for_or_would_not_work() {
    let sandbox = forked();
    let versions = sandbox.path().join("migrations/versions");
    let before = files(&versions);
    let run = merge(&sandbox, &["--dry-run", "--rev-id", "d4dd"]);
    assert!(run.code == Some(0) && run.stdout.contains("would write migrations/versions/d4dd_"), "{run}");
    assert!(run.stdout.contains("down_revision: Union[str, Sequence[str], None] = ('b2bb', 'c3cc')"), "{run}");
    for (arguments, why) in [
        (&["--rev-id", "a1aa"][..], "a1aa is the id of migrations/versions/a1aa_.py already"),
        (&["--rev-id", "x-y"], "cannot be a revision id"),
        (&["a1aa", "c3cc"], "a1aa is no head"),
        (&["c3cc", "c3cc"], "named twice"),
        (&["c3cc"], "name another one with c3cc: b2bb"),
        (&["nope", "c3cc"], "nope: "),
        (&["--depends-on", "nope"], "nope: "),
        (&["--branch-label", "a@b"], "cannot be a branch label"),
        (&["--prefer", "a1aa"], "name one of the heads"),
    ] {
        let run = merge(&sandbox, arguments);
        assert!(run.code == Some(2) && run.stderr.contains(why), "{arguments:?}: {run}");
    }
    assert_eq!(files(&versions), before);
    // Another revision has the name already.
    let taken = versions.join("d4dd_join.py");
    fs::rename(versions.join("c3cc_.py"), &taken).unwrap();
    let text = fs::read_to_string(&taken).unwrap();
    let run = merge(&sandbox, &["--rev-id", "d4dd", "-m", "join"]);
    assert!(run.code == Some(2) && run.stderr.contains("exists, and is not overwritten"), "{run}");
    assert_eq!(fs::read_to_string(taken).unwrap(), text);
}

#[test]
fn a_head_that_is_left_out_is_named_and_head_is_not_promised() {
    let sandbox = forked().revision("e5ee", &["a1aa"]);
    let run = merge(&sandbox, &["--rev-id", "d4dd", "b2bb", "c3cc"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("a new database: `upgrade d4dd` will run a1aa, "), "{run}");
    assert!(run.stderr.contains("not joined, so `upgrade head` will go on refusing to choose: e5ee"), "{run}");
    assert_ne!(sandbox.alembic(&["upgrade", "head"]).status, 0);
    assert_eq!(sandbox.alembic(&["upgrade", "d4dd"]).status, 0);
}

#[test]
fn what_is_to_be_copied_is_in_one_line() {
    let add = "    op.add_column('t_a1aa', sa.Column('a_name_that_is_rather_long', sa.String))";
    let sandbox = Sandbox::with_project()
        .database_url("sqlite:///app.db")
        .revision_with("a1aa", &[], "", "    op.create_table('t_a1aa', sa.Column('id', sa.Integer))")
        .revision_with("b2bb0123456789ab", &["a1aa"], "", add)
        .revision_with("c3cc0123456789ab", &["a1aa"], "", add);
    assert_eq!(sandbox.alembic(&["upgrade", "b2bb0123456789ab"]).status, 0);
    let run = sandbox.doctor(&["merge", "-m", "join both"]);
    assert_eq!(run.code, Some(1), "{run}");
    let next = run.stdout.lines().find_map(|line| line.strip_prefix("next: ")).unwrap();
    assert!(next.ends_with(" && alembic-doctor rebase c3cc0123456789ab --onto b2bb0123456789ab"), "{run}");
    let guard = run.stdout.lines().find(|line| line.contains("put it under `if ")).unwrap();
    assert!(guard.ends_with("get_columns(\"t_a1aa\")]:`"), "{run}");
}

#[test]
fn what_is_offered_asks_for_the_same_file_of_the_same_heads() {
    let length = |to: usize| format!("op.alter_column(\"t_a1aa\", \"name\", type_=sa.String({to}))");
    let shop = Shop::on_postgres();
    shop.revision_with("c3cc", Some("b2bb"), "op.add_column(\"t_a1aa\", sa.Column(\"name\", sa.String(20)))", "pass");
    shop.revision_with("d4dd", Some("c3cc"), &length(50), &length(20));
    shop.revision_with("e5ee", Some("c3cc"), &length(90), &length(20));
    shop.revision("f6ff", Some("c3cc"));
    shop.upgrade("d4dd");
    let run = shop.sandbox.doctor(&["merge", "d4dd", "e5ee", "-m", "it's one", "--rev-id", "a7aa"]);
    assert_eq!(run.code, Some(1), "{run}");
    let next = run.stdout.lines().find_map(|line| line.strip_prefix("next: ")).unwrap();
    let merge = r"alembic-doctor merge d4dd e5ee -m 'it'\''s one' --rev-id a7aa --prefer d4dd";
    assert_eq!(next, format!("rm migrations/versions/a7aa_it_s_one.py && {merge}"));
    shop.must(next.split_once(" && ").unwrap().0);
    shop.must(merge);
    shop.upgrade_more("a7aa");
    let long = "information_schema.columns WHERE table_name = 't_a1aa' AND character_maximum_length = 50";
    assert_eq!(shop.rows(long), 1);
}

#[test]
fn what_was_not_analysed_has_a_name_in_what_stops_the_merge() {
    let shop = Shop::on_postgres();
    shop.revision_with("c3cc", Some("b2bb"), "op.execute(open(\"none.sql\").read())", "pass");
    shop.revision_with("d4dd", Some("b2bb"), "op.drop_table(\"t_a1aa\")", "pass");
    let run = shop.sandbox.doctor(&["merge", "--rev-id", "e5ee"]);
    assert!(run.code == Some(1) && run.stdout.contains("unknown  what was not analysed"), "{run}");
    let text = fs::read_to_string(shop.path().join("migrations/versions/e5ee_merge_c3cc_and_d4dd.py")).unwrap();
    assert!(text.contains("raise RuntimeError(\"decide first: what was not analysed (migrations/"), "{text}");
}

#[test]
fn a_dependency_is_written_as_alembic_reads_it_unless_it_could_not_record_it() {
    let sandbox = forked().revision("e5ee", &["b2bb"]).revision("z9zz", &[]);
    let merge = |depends: &str| merge(&sandbox, &["--depends-on", depends, "--rev-id", "d4dd", "e5ee", "c3cc"]);
    let run = merge("b2");
    assert!(run.code == Some(2) && run.stderr.contains("e5ee implies b2bb"), "{run}");
    let run = merge("z9");
    assert_eq!(run.code, Some(0), "{run}");
    let text = fs::read_to_string(sandbox.path().join("migrations/versions/d4dd_merge_e5ee_and_c3cc.py")).unwrap();
    assert!(text.contains("= 'z9zz'\n"), "{text}");
    assert_eq!(sandbox.alembic(&["upgrade", "d4dd"]).status, 0);
}

#[test]
fn each_environment_runs_what_was_said() {
    let sandbox = forked();
    let at = |name: &str, target: &str| {
        let url = format!("sqlite:///{name}.db");
        let ini = fs::read_to_string(sandbox.path().join("alembic.ini")).unwrap();
        sandbox.write("alembic.ini", ini.replace("sqlite:///app.db", &url));
        let run = sandbox.alembic(&["upgrade", target]);
        sandbox.write("alembic.ini", ini);
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stderr
    };
    at("one", "b2bb");
    at("two", "c3cc");
    let urls = ["--url", "one=sqlite:///one.db", "--url", "two=sqlite:///two.db", "--url", "new=sqlite:///none.db"];
    let run = sandbox.doctor(&[&["merge", "--rev-id", "d4dd", "--format", "json"], &urls[..]].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    let environments = &document["merge"]["environments"];
    assert_eq!(environments[0]["applied"], json!({"b2bb": "all", "c3cc": "none"}));
    assert_eq!(environments[1]["applied"], json!({"b2bb": "none", "c3cc": "all"}));
    assert!(environments[2]["runs"].is_null() && environments[2]["why_unknown"].is_string(), "{environments:#}");
    assert_eq!(environments[3]["database"], Value::Null);
    for (index, name) in [(0, "one"), (1, "two"), (3, "fresh")] {
        let said: Vec<&str> =
            environments[index]["runs"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        let log = at(name, "head");
        let ran: Vec<&str> = log
            .lines()
            .filter_map(|line| line.split_once("Running upgrade ")?.1.split_once("-> ")?.1.split([',', ' ']).next())
            .collect();
        assert_eq!(said, ran, "{name}: {log}");
    }
}

#[test]
fn on_sqlite_both_orders_end_alike_too() {
    let shop = Shop::new();
    let alter = |length: u32| {
        format!("with op.batch_alter_table(\"t_a1aa\") as b:\n    b.alter_column(\"id\", type_=sa.String({length}))")
    };
    for (id, index, length) in [("c3cc", "ix_one", 10), ("d4dd", "ix_two", 20)] {
        let upgrade = format!("{}\nop.create_index(\"{index}\", \"t_b2bb\", [\"id\"])", alter(length));
        shop.revision_with(id, Some("b2bb"), &upgrade, &format!("op.drop_index(\"{index}\", table_name=\"t_b2bb\")"));
    }
    let run = shop.sandbox.doctor(&["merge", "--rev-id", "e5ee", "--prefer", "c3cc"]);
    assert_eq!(run.code, Some(0), "{run}");
    let mut seen = Vec::new();
    for steps in [&["c3cc", "head"][..], &["d4dd", "head"], &["head"]] {
        let _ = fs::remove_file(shop.path().join("app.db"));
        steps.iter().for_each(|step| shop.upgrade_more(step));
        let connection = rusqlite::Connection::open(shop.path().join("app.db")).unwrap();
        let mut statement = connection.prepare("SELECT name, sql FROM sqlite_master ORDER BY 1").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?))).unwrap();
        let rows: Vec<(String, Option<String>)> = rows.map(Result::unwrap).collect();
        let names: Vec<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"ix_one") && !names.contains(&"ix_two"), "{names:?}");
        assert!(rows.iter().any(|(_, sql)| sql.as_ref().is_some_and(|sql| sql.contains("VARCHAR(10)"))), "{rows:?}");
        seen.push(rows);
    }
    assert!(seen.iter().all(|rows| *rows == seen[0]), "{seen:?}");
    shop.must("alembic downgrade b2bb");
}

#[test]
fn what_must_be_decided_stops_with_a_clear_message_and_changes_nothing() {
    let shop = Shop::on_postgres();
    shop.revision_with("c3cc", Some("b2bb"), "op.execute(\"UPDATE t_a1aa SET id = 1\")", "pass");
    shop.revision_with("d4dd", Some("b2bb"), "op.execute(\"UPDATE t_a1aa SET id = id + 1\")", "pass");
    shop.upgrade("c3cc");
    let run = shop.sandbox.doctor(&["merge", "--rev-id", "e5ee"]);
    assert!(run.code == Some(1) && run.stderr.contains("a person has to decide"), "{run}");
    shop.refuses("alembic upgrade head", "RuntimeError: decide first: t_a1aa (migrations/versions/c3cc_.py:");
    assert_eq!(shop.stamp(), ["c3cc"]);
    assert_eq!(shop.rows("t_a1aa WHERE id = 2"), 0, "nothing of d4dd has stayed");
    let file = "migrations/versions/e5ee_merge_c3cc_and_d4dd.py";
    let text = fs::read_to_string(shop.path().join(file)).unwrap();
    let line = text.lines().find(|line| line.contains("raise RuntimeError")).unwrap();
    shop.edit(file, line, "    pass");
    shop.upgrade_more("head");
    assert_eq!(shop.stamp(), ["e5ee"]);
}
