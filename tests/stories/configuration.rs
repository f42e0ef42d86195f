//! Configurations that cannot be used: exit code 2, with what was tried and where.

use crate::support::sandbox::Sandbox;

/// The words on stderr of a run that ends with exit code 2.
fn refused(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let run = sandbox.doctor(arguments);
    assert_eq!(run.code, Some(2), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.is_empty(), "errors go to stderr: {}", run.stdout);
    run.stderr
}

#[test]
fn an_empty_folder_says_what_was_tried_in_order() {
    let said = refused(&Sandbox::new(), &[]);
    let ini = said.find("alembic.ini").expect("alembic.ini is tried");
    let migrations = said.find("migrations").expect("migrations/ is tried");
    assert!(ini < migrations, "{said}");
}

#[test]
fn an_ini_without_the_section_names_the_section() {
    let sandbox = Sandbox::new().file("alembic.ini", "[other]\nscript_location = migrations\n");
    assert!(refused(&sandbox, &["-c", "alembic.ini"]).contains("[alembic]"));
}

#[test]
fn a_percent_mistake_is_named_with_its_line() {
    let sandbox = Sandbox::new().file("alembic.ini", "[alembic]\nscript_location = %(here/migrations\n");
    let said = refused(&sandbox, &[]);
    assert!(said.contains("alembic.ini:2"), "{said}");
    assert!(said.contains('%'), "{said}");
}

#[test]
fn a_percent_mistake_in_the_url_does_not_keep_the_graph_from_being_read() {
    let sandbox = super::line_of_three();
    let ini = std::fs::read_to_string(sandbox.path().join("alembic.ini")).unwrap();
    let broken =
        regex_free_replace(&ini, "sqlalchemy.url", "sqlalchemy.url = postgresql://app:s3cret%40x@localhost/app");
    sandbox.write("alembic.ini", broken);
    let (document, code) = super::report(&sandbox, &["check"]);
    assert_eq!(super::findings(&document), ["broken-configuration-value"]);
    assert_eq!(code, 1);
    assert_eq!(document["graph"]["heads"], serde_json::json!(["a3aa"]));
    super::assert_no_secret(&sandbox.doctor(&["check"]), "s3cret");
}

/// The line that starts with `key` replaced.
fn regex_free_replace(text: &str, key: &str, line: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|old| if old.starts_with(key) { line } else { old }).collect();
    lines.join("\n") + "\n"
}

#[test]
fn an_ini_that_is_not_text_is_named() {
    let sandbox = Sandbox::new().file("alembic.ini", [0xff, 0xfe, 0x00, 0x01]);
    assert!(refused(&sandbox, &[]).contains("alembic.ini"));
}

#[test]
fn a_configuration_file_that_does_not_exist_is_named() {
    let said = refused(&super::line_of_three(), &["-c", "nope.ini"]);
    assert!(said.contains("nope.ini"), "{said}");
}

#[test]
fn a_project_is_found_from_a_folder_inside_it() {
    let sandbox = super::line_of_three();
    std::fs::create_dir_all(sandbox.path().join("src/app")).unwrap();
    let run = sandbox.doctor_in("src/app", &["heads"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("a3aa"), "{}", run.stdout);
}

#[test]
fn the_layout_of_flask_migrate_is_found() {
    let sandbox = super::line_of_three();
    std::fs::rename(sandbox.path().join("alembic.ini"), sandbox.path().join("migrations/alembic.ini")).unwrap();
    sandbox.write("migrations/alembic.ini", "[alembic]\n");
    let run = sandbox.doctor(&["heads"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("a3aa"), "{}", run.stdout);
}

#[test]
fn an_unknown_rule_or_environment_is_a_usage_error() {
    let sandbox = super::line_of_three();
    assert!(refused(&sandbox, &["check", "--select", "no-such-rule"]).contains("no-such-rule"));
    assert!(refused(&sandbox, &["--env", "prod"]).contains("prod"));
    assert!(refused(&sandbox, &["--url-env", "NOT_SET_ANYWHERE"]).contains("NOT_SET_ANYWHERE"));
}
