//! What a revision does, compared with the real Alembic: each revision is read and rendered, and
//! the statements are those that `alembic upgrade --sql` and `alembic downgrade --sql` print.

use std::collections::BTreeMap;

use alembic_doctor::operation::ddl::{Line, Renderer, script};
use alembic_doctor::operation::model::Dialect;
use alembic_doctor::operation::{Body, read};
use alembic_doctor::source::SourceFile;
use serde_json::{Value, json};

use crate::support::alembic::Session;
use crate::support::postgres::newest;

const DIALECTS: [(&str, Dialect, bool); 2] =
    [("postgresql", Dialect::Postgresql, true), ("sqlite", Dialect::Sqlite, false)];

/// How the rendering of many revisions agrees with Alembic.
#[derive(Debug, Default)]
struct Agreement {
    /// Functions that Alembic prints, and those of them that we print alike.
    functions: usize,
    alike: usize,
    /// Statements of Alembic's, and those of them in functions that we print alike.
    statements: usize,
    statements_alike: usize,
    /// Functions that Alembic refuses, and those of them that we do not render either.
    refused: usize,
    refused_alike: usize,
    /// Why something is not rendered, and how often.
    unknown: BTreeMap<String, usize>,
    /// Differences, to be shown.
    wrong: Vec<String>,
}

impl Agreement {
    fn compare(&mut self, text: &str, dialect: (&str, Dialect, bool), session: &mut Session) {
        let answer = session.ask(&json!({"command": "offline", "text": text, "dialect": dialect.0}));
        let operations = read(&SourceFile::new("one.py", text));
        for (way, body) in [("upgrade", &operations.upgrade), ("downgrade", &operations.downgrade)] {
            self.compare_way(text, dialect, way, body, &answer[way]);
        }
    }

    fn compare_way(&mut self, text: &str, dialect: (&str, Dialect, bool), way: &str, body: &Body, answer: &Value) {
        let ours = script(&mut Renderer::new(dialect.1, true), body, dialect.2);
        let unknown: Vec<&String> = ours.iter().filter_map(|line| line.statement.as_ref().err()).collect();
        let Some(printed) = answer.as_array() else {
            self.refused += 1;
            if unknown.is_empty() {
                self.wrong.push(format!("{} {way}: rendered, but Alembic refuses: {answer}\n{text}", dialect.0));
            } else {
                self.refused_alike += 1;
            }
            return;
        };
        let theirs = own_statements(printed);
        self.functions += 1;
        self.statements += theirs.len();
        for reason in &unknown {
            let quoted = reason.split('`').step_by(2).collect::<Vec<_>>().join("…");
            *self.unknown.entry(format!("{}: {quoted}", dialect.0)).or_default() += 1;
        }
        if !unknown.is_empty() {
            return;
        }
        let ours: Vec<String> = ours.iter().map(|line| normal(line.statement.as_ref().unwrap())).collect();
        if ours == theirs {
            self.alike += 1;
            self.statements_alike += theirs.len();
        } else {
            self.wrong.push(difference(&ours, &theirs, dialect.0, way, text));
        }
    }

    fn report(&self, what: &str) {
        println!(
            "{what}: {} of {} functions alike ({:.1} %), {} of {} statements; {} of {} refusals alike",
            self.alike,
            self.functions,
            100.0 * self.alike as f64 / self.functions.max(1) as f64,
            self.statements_alike,
            self.statements,
            self.refused_alike,
            self.refused
        );
        for (reason, times) in &self.unknown {
            println!("  not rendered {times} times: {reason}");
        }
    }
}

/// The statements of the revision itself, without those that begin, end and note it.
fn own_statements(printed: &[Value]) -> Vec<String> {
    let printed: Vec<&str> = printed.iter().map(|text| text.as_str().unwrap()).collect();
    let start = printed.iter().position(|text| text.starts_with("-- Running")).unwrap() + 1;
    let is_note = |text: &&str| text.contains("INTO alembic_version") || text.contains("FROM alembic_version");
    let end = printed.iter().position(is_note).unwrap();
    printed[start..end].iter().map(|text| normal(text.strip_suffix(';').unwrap_or(text))).collect()
}

/// A statement with one blank where there are many.
fn normal(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn difference(ours: &[String], theirs: &[String], dialect: &str, way: &str, text: &str) -> String {
    let at = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at)).unwrap();
    format!("{dialect} {way}\n  ours:   {:?}\n  theirs: {:?}\n{text}", ours.get(at), theirs.get(at))
}

fn written() -> Vec<String> {
    let blocks = include_str!("written.txt").split("\n---\n");
    let indented = |block: &str| {
        let lines = block.trim_end().lines().map(|line| format!("    {line}\n"));
        lines.collect::<String>()
    };
    let revision = |block: &str| {
        format!(
            "\"\"\"written\"\"\"\nfrom alembic import context, op\nimport sqlalchemy as sa\n\
             from sqlalchemy.dialects import postgresql\n\nrevision = \"one\"\ndown_revision = None\n\n\n\
             def upgrade():\n{}\n\ndef downgrade():\n    pass\n",
            indented(block)
        )
    };
    // Each line of a block without blocks of its own is a case too.
    let single = |block: &&str| !block.contains("\n ") && block.lines().all(|line| line.starts_with("op."));
    let lines = blocks.clone().filter(single).flat_map(str::lines).map(revision);
    blocks.clone().map(revision).chain(lines).collect()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn written_revisions_render_as_alembic_prints_them() {
    let mut session = Session::start("operations/session.py");
    let mut agreement = Agreement::default();
    for text in written() {
        for dialect in DIALECTS {
            agreement.compare(&text, dialect, &mut session);
        }
    }
    agreement.report("written revisions");
    assert!(agreement.wrong.is_empty(), "{} differ\n{}", agreement.wrong.len(), agreement.wrong.join("\n\n"));
    assert!(agreement.alike * 100 >= agreement.functions * 90, "too little is rendered");
}

#[test]
fn generated_revisions_are_known_and_render_as_alembic_prints_them() {
    let mut session = Session::start("operations/session.py");
    let seed = number("ALEMBIC_DOCTOR_TEST_SEED", 1);
    let count = number("ALEMBIC_DOCTOR_TEST_REVISIONS", 120);
    let database = newest().database();
    let texts = session.ask(&json!({"command": "generate", "seed": seed, "count": count, "url": database.url()}));
    let mut agreement = Agreement::default();
    let (mut steps, mut opaque, mut notes) = (0, 0, Vec::new());
    for text in texts.as_array().unwrap() {
        let text = text.as_str().unwrap();
        let operations = read(&SourceFile::new("one.py", text));
        for body in [&operations.upgrade, &operations.downgrade] {
            steps += body.steps.len();
            opaque += body.opaque();
            notes.extend(body.steps.iter().flat_map(|step| step.notes.clone()));
        }
        for dialect in DIALECTS {
            agreement.compare(text, dialect, &mut session);
        }
    }
    println!("{steps} operations, {opaque} not analysed, {} notes", notes.len());
    agreement.report("generated revisions");
    assert!(agreement.wrong.is_empty(), "{} differ\n{}", agreement.wrong.len(), agreement.wrong.join("\n\n"));
    assert_eq!((opaque, notes), (0, Vec::new()));
    assert!(agreement.alike * 100 >= agreement.functions * 90, "too little is rendered");
}

#[test]
fn the_lines_of_a_script_know_their_step() {
    let text = "from alembic import op\ndef upgrade():\n    with op.get_context().autocommit_block():\n        \
        op.execute('SELECT 1')\n";
    let body = read(&SourceFile::new("one.py", text)).upgrade;
    let lines = script(&mut Renderer::new(Dialect::Postgresql, true), &body, true);
    let own = |text: &str, step| Line { statement: Ok(text.to_owned()), step };
    assert_eq!(lines, [own("COMMIT", None), own("SELECT 1", Some(0)), own("BEGIN", None)]);
}
