//! The real Alembic, asked by `real_alembic.py` in one process.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::support::alembic;

pub(super) struct RealAlembic {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl RealAlembic {
    pub(super) fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/real_alembic.py");
        // Alembic keeps children in sets: a fixed seed makes a failure repeatable.
        let mut child = Command::new(alembic::python())
            .arg(script)
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONUTF8", "1")
            .env_remove("PYTHONPATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { questions: child.stdin.take(), child, answers }
    }

    pub(super) fn ask(&mut self, question: &Value) -> Value {
        let questions = self.questions.as_mut().unwrap();
        writeln!(questions, "{question}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "real_alembic.py ended at {question}");
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for RealAlembic {
    fn drop(&mut self) {
        self.questions.take();
        let _ = self.child.wait();
    }
}
