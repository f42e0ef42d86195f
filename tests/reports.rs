//! Reports for other programs, and what a person has called known: comments, settings, baseline.

use std::fs;
use std::io::{Seek as _, Write as _};
use std::process::Command;

use serde_json::Value;

use crate::support::alembic;
use crate::support::sandbox::{Run, Sandbox, revision_text};

/// Two heads and two bases: an error and a warning.
fn forked() -> Sandbox {
    Sandbox::with_project().revision("a1aa", &[]).revision("b2bb", &["a1aa"]).revision("z9zz", &[])
}

fn check(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.doctor(&[&["check"], arguments].concat())
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {run}"))
}

/// The names of the findings of `check`.
fn names(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let document = json(&check(sandbox, &[&["--format", "json"], arguments].concat()));
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["name"].as_str().unwrap().to_owned()).collect()
}

/// Adds a comment behind the first line that holds `text`.
fn comment(sandbox: &Sandbox, id: &str, text: &str, comment: &str) {
    let path = sandbox.path().join(format!("migrations/versions/{id}_.py"));
    let lines = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    let line = lines.iter_mut().find(|line| line.contains(text)).unwrap();
    line.push_str(&format!("  # {comment}"));
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

fn python(arguments: &[&str], input: &str) -> (String, bool) {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(input.as_bytes()).unwrap();
    file.rewind().unwrap();
    let done = Command::new(alembic::python()).args(arguments).stdin(file).output().unwrap();
    (String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned(), done.status.success())
}

fn is_valid_sarif(text: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports");
    let (said, valid) = python(&[&format!("{folder}/validate.py"), &format!("{folder}/sarif-schema-2.1.0.json")], text);
    assert!(valid, "{said}\n{text}");
}

#[test]
fn sarif_agrees_with_its_schema_and_exits_with_0_on_findings() {
    let sandbox = forked();
    comment(&sandbox, "z9zz", "down_revision:", "alembic-doctor: ignore[multiple-bases] a plugin");
    let run = check(&sandbox, &["--format", "sarif"]);
    assert_eq!(run.code, Some(0), "{run}");
    is_valid_sarif(&run.stdout);
    let log = json(&run);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules: Vec<&str> = results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    assert_eq!(rules, ["multiple-heads", "multiple-bases"]);
    assert_eq!(results[1]["suppressions"][0]["kind"], "inSource");
    assert_eq!(results[1]["suppressions"][0]["justification"], "a plugin");
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    assert!(place["region"]["startLine"].as_u64().unwrap() > 1, "{place}");
    let described = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let index = usize::try_from(results[0]["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(described[index]["id"], "multiple-heads");
    assert!(described[index]["help"]["markdown"].as_str().unwrap().contains("## How to fix"));
    assert_eq!(log["runs"][0]["invocations"][0]["exitCode"], 1);
}

#[test]
fn sarif_of_a_database_a_broken_file_and_an_odd_name_agrees_with_its_schema() {
    let sandbox = forked().database_url("sqlite:///app.db");
    sandbox.write("migrations/versions/ä ö#.py", "revision = (");
    let run = sandbox.doctor(&["--format", "sarif"]);
    is_valid_sarif(&run.stdout);
    assert!(run.stdout.contains("migrations/versions/%C3%A4%20%C3%B6%23.py"), "{run}");
    assert_eq!(run.code, Some(4), "{run}");
    let healthy = Sandbox::with_project().revision("a1aa", &[]);
    is_valid_sarif(&check(&healthy, &["--format", "sarif"]).stdout);
}

#[test]
fn paths_start_at_the_root_of_the_repository_wherever_the_doctor_runs() {
    let outer = Sandbox::new();
    let inner = forked();
    fs::remove_dir(inner.path().join(".git")).unwrap();
    fs::rename(inner.path(), outer.path().join("backend")).unwrap();
    for format in ["sarif", "gitlab", "junit", "markdown"] {
        let run = outer.doctor_in("backend", &["check", "--format", format]);
        assert!(run.stdout.contains("backend/migrations/versions/z9zz_.py"), "{format}: {run}");
    }
}

#[test]
fn gitlab_s_report_has_what_gitlab_asks_for() {
    let run = check(&forked(), &["--format", "gitlab"]);
    assert_eq!(run.code, Some(1), "{run}");
    let entries = json(&run);
    let entry = &entries[0];
    assert_eq!(entry["check_name"], "multiple-heads");
    assert_eq!(entry["severity"], "critical");
    assert_eq!(entry["fingerprint"].as_str().unwrap().len(), 32);
    assert_eq!(entry["location"]["path"], "migrations/versions/z9zz_.py");
    assert!(entry["location"]["lines"]["begin"].as_u64().unwrap() > 1);
    assert!(entry["description"].as_str().unwrap().contains("2 heads"));
    let healthy = check(&Sandbox::with_project().revision("a1aa", &[]), &["--format", "gitlab"]);
    assert_eq!((healthy.stdout.as_str(), healthy.code), ("[]\n", Some(0)));
}

#[test]
fn junit_is_xml_that_counts_right() {
    const READ: &str = "
import sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.read())
cases = root.findall('.//testcase')
assert int(root.get('tests')) == len(cases), root.attrib
assert int(root.get('failures')) == len(root.findall('.//failure')), root.attrib
assert int(root.get('errors')) == len(root.findall('.//error')), root.attrib
for suite in root:
    assert int(suite.get('tests')) == len(suite.findall('testcase')), suite.attrib
print(len(cases), root.get('failures'), root.get('errors'))
";
    let counts = |run: &Run| {
        let (said, read) = python(&["-c", READ], &run.stdout);
        assert!(read, "{said}\n{run}");
        said.trim().to_owned()
    };
    assert_eq!(counts(&check(&forked(), &["--format", "junit"])), "2 1 0");
    assert_eq!(counts(&check(&Sandbox::with_project().revision("a1aa", &[]), &["--format", "junit"])), "1 0 0");
    assert_eq!(counts(&check(&Sandbox::with_project(), &["--format", "junit"])), "1 0 1", "nothing to look at");
    let unknown = Sandbox::with_project().revision("a<&\"]]>", &[]).database_url("postgresql://u:s3cret@127.0.0.1:1/x");
    let run = unknown.doctor(&["--format", "junit"]);
    assert!(!run.stdout.contains("s3cret"), "{run}");
    assert!(counts(&run).ends_with(" 1"), "{run}");
}

#[test]
fn markdown_says_it_all_and_nothing_in_it_is_markup() {
    let sandbox = forked();
    let text =
        revision_text("y8yy", &["b2bb"], "", "    pass").replacen("y8yy\n", "<img src=x> @all [x](y) | `z`\n", 1);
    sandbox.write("migrations/versions/y8yy_.py", text);
    let run = check(&sandbox, &["--format", "markdown"]);
    assert!(run.stdout.starts_with("### alembic-doctor: 1 error, 1 warning\n"), "{run}");
    assert!(run.stdout.contains("**next** `alembic-doctor merge"), "{run}");
    assert!(run.stdout.contains("**do not** "), "{run}");
    assert!(run.stdout.contains("\\<img src=x\\> \\@all \\[x\\](y) \\|"), "{run}");
    assert!(run.stdout.contains("change the `down_revision` of"), "in code a backslash would be seen: {run}");

    let sandbox = Sandbox::with_project().revision_with("a1aa", &[], "", "    op.execute('DROP TABLE \"`_$a$\"')");
    let run = check(&sandbox, &["--format", "markdown"]);
    assert!(run.stdout.contains("DROP TABLE \"\\`\\_\\$a\\$\""), "a lone backtick, and no formula: {run}");
}

#[test]
fn a_comment_sets_a_finding_aside_and_the_report_says_so() {
    let sandbox = forked();
    comment(&sandbox, "z9zz", "down_revision:", "alembic-doctor: ignore[multiple-bases, multiple-heads] a plugin");
    let run = check(&sandbox, &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("set aside: 2 by comments"), "{run}");
    assert!(check(&sandbox, &["-v"]).stdout.contains("  multiple-heads: 2 heads"), "{run}");
    assert_eq!(json(&check(&sandbox, &["--format", "json"]))["summary"]["suppressed"], 2);
}

#[test]
fn a_comment_that_sets_nothing_aside_is_found() {
    let sandbox = Sandbox::with_project().revision("a1aa", &[]);
    comment(&sandbox, "a1aa", "revision: str", "alembic-doctor: ignore[multiple-heads, no-such-rule]");
    comment(&sandbox, "a1aa", "branch_labels:", "alembic-doctor: ignore[database-behind] a rule that did not run");
    let document = json(&check(&sandbox, &["--format", "json"]));
    let messages: Vec<&str> =
        document["findings"].as_array().unwrap().iter().map(|finding| finding["message"].as_str().unwrap()).collect();
    assert_eq!(
        messages,
        [
            "Nothing here is ignored: multiple-heads finds nothing on this line",
            "There is no rule no-such-rule, so this comment ignores nothing",
        ]
    );
}

#[test]
fn what_is_ignored_until_a_day_counts_again_after_it() {
    let sandbox = forked();
    comment(&sandbox, "z9zz", "down_revision:", "alembic-doctor: ignore[multiple-bases] until = 2020-01-31 soon");
    assert_eq!(names(&sandbox, &[]), ["multiple-heads", "multiple-bases", "unused-ignore"]);
    let sandbox = forked();
    comment(&sandbox, "z9zz", "down_revision:", "alembic-doctor: ignore[multiple-bases] until = 2999-12-31 soon");
    assert_eq!(names(&sandbox, &[]), ["multiple-heads"]);
}

#[test]
fn the_settings_accept_what_agrees_in_every_key() {
    let accept = |lines: &str| {
        let sandbox = forked();
        sandbox.write("alembic-doctor.toml", format!("[[accept]]\nreason = \"known\"\n{lines}\n"));
        names(&sandbox, &[])
    };
    assert_eq!(accept("rule = \"multiple-bases\""), ["multiple-heads"]);
    assert_eq!(accept("rule = \"multiple-bases\"\npath = \"migrations/versions/z9zz_.py\""), ["multiple-heads"]);
    assert_eq!(accept("rule = \"multiple-bases\"\nrevision = \"a1aa\"").len(), 2);
    assert_eq!(accept("rule = \"multiple-bases\"\nuntil = 2999-01-31"), ["multiple-heads"]);
    assert_eq!(accept("rule = \"multiple-bases\"\nuntil = 2020-01-31").len(), 2);

    let sandbox = forked();
    sandbox.write("alembic-doctor.toml", "[[accept]]\nrule = \"multiple-bases\"\n");
    let run = check(&sandbox, &[]);
    assert!(run.code == Some(2) && run.stderr.contains("reason"), "a reason is asked for: {run}");
}

#[test]
fn a_baseline_leaves_out_what_was_there_and_nothing_else() {
    let sandbox = forked();
    let run = check(&sandbox, &["--write-baseline", "baseline.toml"]);
    assert_eq!(run.code, Some(0), "{run}");
    let other = sandbox.doctor(&["heads", "--write-baseline", "other.toml"]);
    assert!(other.code == Some(2) && other.stderr.contains("only `diagnose` and `check`"), "{other}");
    assert_eq!(check(&sandbox, &["--write-baseline", "baseline.toml"]).code, Some(2), "it is not overwritten");
    let run = check(&sandbox, &["--baseline", "baseline.toml"]);
    assert!(run.code == Some(0) && run.stdout.contains("set aside: 2 by the baseline"), "{run}");

    // The lines move, and the findings stay what they are.
    let path = sandbox.path().join("migrations/versions/z9zz_.py");
    fs::write(&path, format!("# one more line\n{}", fs::read_to_string(&path).unwrap())).unwrap();
    assert_eq!(names(&sandbox, &["--baseline", "baseline.toml"]), Vec::<String>::new());

    let sandbox = sandbox.revision("y8yy", &[]);
    let left = names(&sandbox, &["--baseline", "baseline.toml"]);
    assert!(left.contains(&"multiple-heads".to_owned()), "a third head is a new finding: {left:?}");

    fs::remove_file(sandbox.path().join("migrations/versions/y8yy_.py")).unwrap();
    fs::remove_file(&path).unwrap();
    let run = check(&sandbox, &["--baseline", "baseline.toml"]);
    assert!(run.stdout.contains("2 findings of the baseline found no more"), "{run}");

    sandbox.write("alembic-doctor.toml", "baseline = \"gone.toml\"\n");
    assert_eq!(check(&sandbox, &[]).code, Some(2), "a baseline that is not there is an error");
}

/// Two columns that are dropped, line below line.
fn two_drops() -> Sandbox {
    let drops = "    op.drop_column('t', 'a')\n    op.drop_column('t', 'b')";
    Sandbox::with_project().revision_with("a1aa", &[], "", drops)
}

#[test]
fn a_comment_behind_code_counts_for_its_own_line_only() {
    let sandbox = two_drops();
    comment(&sandbox, "a1aa", "'a'", "alembic-doctor: ignore[ban-drop-column] nobody reads a");
    let document = json(&check(&sandbox, &["--format", "json", "--select", "ban-drop-column"]));
    assert_eq!(document["summary"]["suppressed"], 1);
    assert!(document["findings"][0]["evidence"][0].as_str().unwrap().contains("DROP COLUMN b"), "{document:#}");
}

#[test]
fn a_comment_of_a_rule_that_is_left_out_is_not_called_unused() {
    let sandbox = Sandbox::with_project().revision_with("a1aa", &[], "", "    op.execute('UPDATE t SET a = 1')");
    comment(&sandbox, "a1aa", "UPDATE", "alembic-doctor: ignore[unbatched-backfill] t is small");
    let unused = |arguments: &[&str]| names(&sandbox, arguments).contains(&"unused-ignore".to_owned());
    assert!(!unused(&[]));
    assert!(!unused(&["--ignore", "unbatched-backfill"]));
    assert!(!unused(&["--select", "unused-ignore"]));
    sandbox.write("alembic-doctor.toml", "[severity]\nunbatched-backfill = \"off\"\n");
    assert!(!unused(&[]));
}

#[test]
fn an_accepted_finding_stays_so_while_one_entry_counts() {
    let sandbox = forked();
    let entry = |until: &str| format!("[[accept]]\nrule = \"multiple-bases\"\nreason = \"known\"\nuntil = {until}\n");
    sandbox.write("alembic-doctor.toml", entry("2020-01-31") + &entry("2999-01-31"));
    assert_eq!(names(&sandbox, &[]), ["multiple-heads"]);
    sandbox.write("alembic-doctor.toml", "[[accept]]\nrule = \"multiple-base\"\nreason = \"a slip\"\n");
    let run = check(&sandbox, &[]);
    assert!(run.code == Some(2) && run.stderr.contains("`multiple-base`"), "{run}");
}

#[test]
fn a_baseline_fits_when_a_file_is_renamed_and_wherever_the_doctor_runs() {
    let outer = Sandbox::new();
    let inner = two_drops();
    fs::remove_dir(inner.path().join(".git")).unwrap();
    fs::rename(inner.path(), outer.path().join("backend")).unwrap();
    let run = outer.doctor_in("backend", &["check", "--write-baseline", "../baseline.toml"]);
    assert_eq!(run.code, Some(0), "{run}");
    let folder = outer.path().join("backend/migrations/versions");
    fs::rename(folder.join("a1aa_.py"), folder.join("2027_a1aa_drop.py")).unwrap();
    let known = ["check", "--format", "json", "--baseline"];
    for (place, baseline) in [(["-C", "backend"], "../baseline.toml"), (["-c", "backend/alembic.ini"], "baseline.toml")]
    {
        let run = outer.doctor(&[&place[..], &known, &[baseline]].concat());
        assert_eq!(json(&run)["findings"], serde_json::json!([]), "{place:?}: {run}");
    }

    // Another column is another finding, though Squawk says the same of it.
    let path = folder.join("2027_a1aa_drop.py");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("'b'", "'c'")).unwrap();
    let run = outer.doctor(&[&["-C", "backend"][..], &known, &["../baseline.toml"]].concat());
    assert!(json(&run)["findings"][0]["evidence"].to_string().contains("DROP COLUMN c"), "{run}");
}

#[test]
fn a_baseline_has_comments_that_ignore_nothing_too_and_says_only_of_what_was_looked_for_that_it_is_gone() {
    let sandbox = two_drops();
    comment(&sandbox, "a1aa", "revision: str", "alembic-doctor: ignore[multiple-heads] once");
    assert_eq!(check(&sandbox, &["--write-baseline", "baseline.toml"]).code, Some(0));
    let run = check(&sandbox, &["--baseline", "baseline.toml"]);
    assert!(!run.stdout.contains("no more") && !run.stdout.contains("unused-ignore"), "{run}");
    let run = check(&sandbox, &["--baseline", "baseline.toml", "--ignore", "ban-drop-column"]);
    assert!(!run.stdout.contains("no more"), "{run}");
}
