//! Every template that Alembic and Flask-Migrate have shipped: what Python makes of the rendered
//! file is what we read from it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use alembic_doctor::project::Naming;
use alembic_doctor::repair::{Moment, Script};
use alembic_doctor::revision::{Depth, read_text};
use alembic_doctor::source::SourceFile;
use serde_json::{Value, json};

use crate::support::alembic::{self, Session};

/// Every template, rendered by Mako with many headers.
fn rendered() -> Vec<Value> {
    let folder = folder();
    let rendered =
        Command::new(alembic::python()).arg(folder.join("render.py")).arg(&folder).env("PYTHONUTF8", "1").output();
    let rendered = rendered.unwrap();
    assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
    serde_json::from_slice(&rendered.stdout).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates")
}

#[test]
fn templates_render_as_mako_renders_them() {
    let strings = |value: &Value| -> Vec<String> {
        match value {
            Value::Null => Vec::new(),
            Value::String(one) => vec![one.clone()],
            several => several.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        }
    };
    let mut alike = BTreeSet::new();
    let mut need_python = BTreeSet::new();
    for case in &rendered() {
        let name = case["template"].as_str().unwrap().to_owned();
        let template = fs::read_to_string(folder().join(format!("{name}.mako"))).unwrap();
        let given = &case["given"];
        let script = Script {
            id: "e5f6a7b8c9d0".to_owned(),
            message: given["message"].as_str().unwrap().to_owned(),
            parents: strings(&given["parents"]),
            branch_labels: strings(&given["labels"]),
            depends_on: strings(&given["dependencies"]),
            ..Script::default()
        };
        let ours = script.render(Some(&template), "2026-11-22 10:11:12.131415", Some("engine1, engine2"));
        if let Some(reason) = ours.fallback {
            assert!(reason.starts_with("line "), "{reason}");
            need_python.insert(name);
            continue;
        }
        assert_eq!(ours.text, case["source"].as_str().unwrap(), "{name}");
        alike.insert(name);
    }
    println!("{} templates render alike, {} need Python: {need_python:?}", alike.len(), need_python.len());
    // They ask the Flask application for its databases.
    assert!(need_python.iter().all(|name| name.starts_with("flask-multidb")), "{need_python:?}");
    assert_eq!((alike.len(), need_python.len()), (14, 4));
}

#[test]
fn headers_of_every_template_read_as_python_reads_them() {
    let cases = rendered();

    let mut templates = BTreeSet::new();
    for case in &cases {
        templates.insert(case["template"].as_str().unwrap());
        let text = case["source"].as_str().unwrap();
        for depth in [Depth::Headers, Depth::WholeFiles] {
            let (revision, problems) = read_text(&Arc::new(SourceFile::new("x.py", text)), Path::new("x.py"), depth);
            assert!(problems.is_empty(), "{problems:?}\n{text}");
            let revision = revision.unwrap();
            let read = json!({
                "revision": revision.id,
                "down_revision": revision.down_revision,
                "branch_labels": revision.branch_labels,
                "depends_on": revision.depends_on,
                "docstring": revision.docstring,
            });
            assert_eq!(read, case["header"], "{depth:?}\n{text}");
            // A docstring that Alembic broke in two keeps its date all the same.
            assert_eq!(revision.create_date.as_deref(), Some("2026-11-22 10:11:12.131415"), "{text}");
        }
    }
    println!("{} headers of {} templates read alike", cases.len(), templates.len());
    assert_eq!(templates.len(), 18);
}

#[test]
fn new_files_are_named_and_dated_as_alembic_does() {
    let templates = [
        "%(rev)s_%(slug)s",
        "%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d-%(rev)s_%(slug)s",
        "%(epoch)s-%(rev)s",
        "%(year)d/%(month)02d/%(second)5d%(day)-4d%(rev)s%%",
        "%(nothing)s",
    ];
    let messages =
        ["add users", "Zwölf €: \"x\" & Straße", "", "aaa bbb ccc ddd eee fff ggg hhh iii jjj kkk lll", "ONE_two"];
    let zones =
        [None, Some("UTC"), Some("utc"), Some("Europe/Paris"), Some("europe/paris"), Some("EST"), Some("Nowhere")];
    let lengths = [40, 7, 1];
    let mut session = Session::shared();
    let mut compared = 0;
    for (index, (template, message)) in templates.iter().flat_map(|t| messages.iter().map(move |m| (t, m))).enumerate()
    {
        for zone in zones {
            let length = lengths[index % lengths.len()];
            let (epoch, microsecond) = (1_767_323_045 + 86_400 * 40 * index as i64, [0, 5, 123_456][index % 3]);
            let mut question = json!({
                "command": "new_file", "folder": ".", "message": message, "epoch": epoch, "microsecond": microsecond,
                "file_template": template, "truncate_slug_length": length,
            });
            if let Some(zone) = zone {
                question["timezone"] = json!(zone);
            }
            let theirs = session.ask(&question);
            let naming = Naming {
                file_template: (*template).to_owned(),
                truncate_slug_length: length,
                timezone: Some(zone.unwrap_or("UTC").to_owned()),
            };
            let timestamp = jiff::Timestamp::new(epoch, microsecond * 1_000).unwrap();
            let script = Script { id: "a1b2c3d4e5f6".into(), message: (*message).to_owned(), ..Script::default() };
            let ours = Moment::new(timestamp, &naming)
                .and_then(|moment| Ok((script.file_name(&naming, &moment)?, moment.text())));
            match ours {
                Ok((name, created)) => {
                    assert_eq!(theirs["name"], json!(name), "{question}");
                    // Without a zone the time is the machine's, and none is written.
                    let created = if zone.is_none() { created.replace("+00:00", "") } else { created };
                    assert_eq!(theirs["created"], json!(created), "{question}");
                }
                Err(error) => assert!(theirs["error"].is_string(), "{error}: {theirs} {question}"),
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 175);
}
