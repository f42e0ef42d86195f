//! Messages about revision files and configuration.

use super::{at_head, explained, paste};
use crate::stories::line_of_three;
use crate::support::sandbox::{Sandbox, revision_text};

fn forked() -> Sandbox {
    at_head().revision("b3bb", &["a2aa"])
}

#[test]
fn several_heads() {
    let sandbox = forked();
    for (arguments, name) in [
        (["upgrade", "head"], "multiple-heads-for-argument"),
        (["revision", "-mx"], "multiple-heads-for-new-revision"),
        (["stamp", "head"], "multiple-heads-for-stamp"),
    ] {
        let explained = explained(&sandbox, &arguments);
        explained.settles(name, &["multiple-heads"]);
        explained.says(name, "2 heads: a3aa, b3bb");
        assert_eq!(explained.code, 1);
    }
    explained(&sandbox, &["merge", "a3aa", "a3aa"]).settles("same-head-twice", &[]);
}

#[test]
fn a_second_file_with_the_same_id() {
    let sandbox = at_head();
    sandbox.write("migrations/versions/copy.py", revision_text("a3aa", &["a2aa"], "", "    pass"));
    // Alembic only warns, on stderr.
    let warned = sandbox.alembic(&["heads"]).stderr;
    paste(&sandbox, &warned).settles("revision-present-twice", &["duplicate-revision-id"]);
}

#[test]
fn a_parent_that_no_file_has_ends_in_a_bare_key_error() {
    let sandbox = at_head().revision("b9bb", &["gone1"]);
    let explained = explained(&sandbox, &["heads"]);
    explained.settles("referenced-revision-missing", &["missing-parent"]);
    assert!(explained.pasted.contains("KeyError: 'gone1'"));
    explained.says("referenced-revision-missing", "no file here has revision gone1");
    let traceback = explained.pasted.split("Traceback").nth(1).unwrap();
    let explained = paste(&sandbox, &format!("Traceback{traceback}"));
    explained.settles("referenced-revision-missing", &["missing-parent"]);
}

#[test]
fn a_loop() {
    let sandbox = Sandbox::with_project().revision("c1cc", &["c2cc"]).revision("c2cc", &["c1cc"]);
    explained(&sandbox, &["heads"]).settles("cycle-detected", &["revision-cycle"]);
    let sandbox = Sandbox::with_project().revision("c1cc", &["c1cc"]);
    explained(&sandbox, &["heads"]).settles("cycle-detected", &["revision-cycle"]);
}

#[test]
fn a_label_that_is_taken() {
    let label = "branch_labels = ('shop',)";
    let sandbox = Sandbox::with_project().revision_with("d1dd", &[], label, "    pass").revision_with(
        "e1ee",
        &[],
        label,
        "    pass",
    );
    let explained = explained(&sandbox, &["heads"]);
    explained.settles("branch-label-taken", &["duplicate-branch-label"]);
    explained.says("branch-label-taken", "declared here by d1dd, e1ee");
}

#[test]
fn files_that_are_no_revisions_and_ids_that_cannot_be() {
    let sandbox = at_head();
    sandbox.write("migrations/versions/helper.py", "VALUE = 1\n");
    explained(&sandbox, &["heads"]).settles("no-revision-id-in-file", &["stray-file"]);
    let sandbox = Sandbox::with_project().revision("a-1", &[]);
    explained(&sandbox, &["heads"]).settles("character-not-allowed-in-id", &["invalid-revision-id"]);
}

#[test]
fn no_configuration_and_no_folder() {
    let sandbox = Sandbox::new();
    let said = super::both(&sandbox.alembic(&["heads"]));
    let run = sandbox.doctor_reading(&said, &["explain", "-"]);
    // The message is explained all the same, and what the doctor met is said.
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.stdout.contains("explain no-script-location"), "{said}\n{run}");
    assert!(run.stderr.contains("error: "), "{run}");

    let sandbox = line_of_three();
    std::fs::rename(sandbox.path().join("migrations"), sandbox.path().join("moved")).unwrap();
    let said = super::both(&sandbox.alembic(&["heads"]));
    let run = sandbox.doctor_reading(&said, &["explain", "-"]);
    assert!(run.stdout.contains("explain script-folder-missing"), "{said}\n{run}");
    assert_ne!(run.code, Some(0), "{run}");
}

#[test]
fn a_percent_sign_that_is_no_reference() {
    let sandbox = line_of_three();
    let ini = std::fs::read_to_string(sandbox.path().join("alembic.ini")).unwrap();
    let ini = ini.replace("driver://user:pass@localhost/dbname", "postgresql://app:s3cret%40x@localhost/app");
    sandbox.write("alembic.ini", ini);
    let explained = explained(&sandbox, &["current"]);
    explained.settles("percent-sign-in-configuration", &["broken-configuration-value"]);
    assert!(!explained.document.to_string().contains("s3cret"), "{:#}", explained.document);
}

#[test]
fn a_url_that_sqlalchemy_does_not_understand() {
    let sandbox = line_of_three().database_url("postgres://app@localhost/app");
    let explained = explained(&sandbox, &["current", "--verbose"]);
    assert_eq!(explained.names(), ["dialect-not-known"], "{}", explained.pasted);
}

#[test]
fn a_new_revision_without_a_folder() {
    let sandbox = line_of_three();
    let ini = std::fs::read_to_string(sandbox.path().join("alembic.ini")).unwrap();
    let locations = "[alembic]\nversion_locations = %(here)s/migrations/versions;%(here)s/more\n";
    let ini = ini.replace("[alembic]\n", locations).replace("path_separator = os", "path_separator = ;");
    sandbox.write("alembic.ini", ini);
    std::fs::create_dir(sandbox.path().join("more")).unwrap();
    let root = ["revision", "-mx", "--head", "base"];
    explained(&sandbox, &root).settles("several-version-locations", &[]);
}
