//! Every template that Alembic and Flask-Migrate have shipped: what Python makes of the rendered
//! file is what we read from it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use alembic_doctor::revision::{Depth, read_text};
use alembic_doctor::source::SourceFile;
use serde_json::{Value, json};

use crate::support::alembic;

#[test]
fn headers_of_every_template_read_as_python_reads_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates");
    let rendered =
        Command::new(alembic::python()).arg(folder.join("render.py")).arg(&folder).env("PYTHONUTF8", "1").output();
    let rendered = rendered.unwrap();
    assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
    let cases: Vec<Value> = serde_json::from_slice(&rendered.stdout).unwrap();

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
