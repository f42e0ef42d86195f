//! Whole projects on disk, the broken ones above all.

use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn at(folder: &tempfile::TempDir) -> Request {
    Request { directory: folder.path().to_owned(), ..Request::default() }
}

fn refused(files: &[(&str, &str)]) -> (String, Option<Location>, Vec<String>) {
    match load(&at(&folder(files))) {
        Err(Error::Invalid { message, location, hints }) => (message, location, hints),
        other => panic!("{other:?}"),
    }
}

#[test]
fn flask_migrate_keeps_everything_beside_its_ini() {
    let root = folder(&[("migrations/alembic.ini", "[alembic]\n"), ("migrations/env.py", "")]);
    let project = load(&at(&root)).unwrap();
    assert_eq!(project.runner, Runner::FlaskMigrate);
    assert_eq!(project.script_directory, Path::new("migrations"));
    assert_eq!(project.version_locations[0].path, Path::new("migrations/versions"));
    assert_eq!(project.found, "migrations/alembic.ini in the current folder (Flask-Migrate)");
    assert_eq!(project.command("upgrade"), "flask db upgrade");
    // Inside of the folder the same project is found, to be run beside it.
    let inside = load(&Request { directory: root.path().join("migrations"), ..Request::default() }).unwrap();
    assert_eq!(inside.directory, root.path());
    assert_eq!(inside.script_directory, Path::new("migrations"));
}

#[test]
fn an_empty_folder_has_no_configuration() {
    let Err(Error::NotFound { tried, .. }) = load(&at(&folder(&[]))) else { panic!() };
    assert!(tried.iter().any(|place| place.ends_with("migrations/alembic.ini: not there")), "{tried:?}");
}

#[test]
fn an_ini_without_the_section_names_the_sections_that_would_do() {
    let (message, location, hints) = refused(&[("alembic.ini", "[core]\nscript_location = m\n")]);
    assert_eq!(message, "No 'script_location' key found in configuration.");
    assert!(location.is_some());
    assert!(hints.iter().any(|hint| hint.contains("-n core")), "{hints:?}");
}

#[test]
fn a_missing_script_folder_is_told_in_alembics_words() {
    let (message, location, _) = refused(&[("alembic.ini", "[alembic]\nscript_location = m\n")]);
    let expected = "Path doesn't exist: m.  Please use the 'init' command to create a new scripts folder.";
    assert_eq!(message, expected);
    assert_eq!(location.unwrap().start().line, 2);
}

#[test]
fn an_ini_that_is_not_utf_8_is_refused_with_the_line() {
    let root = folder(&[]);
    std::fs::write(root.path().join("alembic.ini"), b"[alembic]\nx = \xff\n").unwrap();
    assert!(load(&at(&root)).unwrap_err().to_string().ends_with("is not UTF-8 (line 2)"));
}

#[test]
fn databases_and_other_sections_are_listed() {
    let ini = "[alembic]\nscript_location = m\ndatabases = a,  b\n[a]\nsqlalchemy.url = sqlite:///a.db\n\
               [b]\nsqlalchemy.url = driver://user:pass@localhost/dbname\n[two]\nscript_location = t\n[loggers]\nx=1\n";
    let project = load(&at(&folder(&[("alembic.ini", ini), ("m/env.py", "")]))).unwrap();
    let names: Vec<&str> = project.databases.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(project.databases[0].url.as_ref().unwrap().value, "sqlite:///a.db");
    assert!(project.databases[1].url.is_none());
    let others: Vec<&str> = project.other_sections.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(others, ["two"]);
    assert!(project.broken_values.is_empty());
}

#[test]
fn values_that_alembic_reads_later_do_not_keep_the_project_from_being_read() {
    let ini = "[alembic]\nscript_location = m\nsqlalchemy.url = p://u:s3%40@h/d\nfile_template = %(rev)s\n\
               databases = a , b\ntruncate_slug_length = many\n[b]\n";
    let project = load(&at(&folder(&[("alembic.ini", ini), ("m/env.py", "")]))).unwrap();
    let keys: Vec<&str> = project.broken_values.iter().map(|value| value.key.as_str()).collect();
    assert_eq!(keys, ["sqlalchemy.url", "file_template", "truncate_slug_length", "databases"]);
    assert_eq!(project.broken_values[3].message, "No section: 'a '");
    assert!(project.url.is_none());
    let url = &project.broken_values[0];
    assert!(!url.message.contains("s3") && !url.location.source.text().contains("s3"), "{url:?}");
}

#[test]
fn a_broken_reference_in_the_url_does_not_tell_the_password() {
    let ini = "[alembic]\nscript_location = m\nsqlalchemy.url = p://u:s3cret@%(HOST)s/d\n";
    let project = load(&at(&folder(&[("alembic.ini", ini), ("m/env.py", "")]))).unwrap();
    let message = &project.broken_values[0].message;
    assert!(message.contains("'host'") && !message.contains("s3cret"), "{message}");
}

#[test]
fn a_string_where_an_array_belongs_is_reported() {
    let toml = "[tool.alembic]\nscript_location = 'm'\nversion_locations = 'a/b'\n";
    let project = load(&at(&folder(&[("pyproject.toml", toml), ("m/env.py", "")]))).unwrap();
    assert_eq!(project.version_locations.len(), 3);
    assert_eq!(project.broken_values[0].key, "version_locations");
}

#[test]
fn a_percent_sign_in_the_folders_name_is_a_broken_here() {
    let root = folder(&[("50%/alembic.ini", "[alembic]\nscript_location = m\n"), ("50%/m/env.py", "")]);
    let request = Request { directory: root.path().join("50%"), ..Request::default() };
    assert_eq!(load(&request).unwrap().broken_values[0].key, "here");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_file_makes_it_panic(ini in "(\\[alembic\\]|script_location|version_locations|databases|path_separator|=|:|m|\n| |%|,|\u{0}|é|\\(here\\)s){0,30}",
                              toml in "(\\[tool.alembic\\]|script_location|=|'|m|\n|%|\\[|\\]|\u{0}){0,20}") {
        let root = folder(&[("alembic.ini", &format!("[alembic]\n{ini}")), ("pyproject.toml", &toml), ("m/env.py", "")]);
        let _ = load(&at(&root));
        std::fs::write(root.path().join("alembic.ini"), &ini).unwrap();
        let _ = load(&at(&root));
    }
}
