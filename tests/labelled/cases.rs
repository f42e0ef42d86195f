//! Reads the cases and makes revision files of them.

/// A place where a rule has to report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The revision, which is also the file's name.
    pub id: String,
    pub line: u64,
    pub rule: String,
}

pub struct Revision {
    pub id: String,
    pub text: String,
}

pub struct Case {
    pub name: String,
    pub is_control: bool,
    pub revisions: Vec<Revision>,
    pub labels: Vec<Label>,
}

/// The lines of `upgrade()` and of `downgrade()`, with their marks.
#[derive(Default)]
struct Bodies<'t> {
    up: Vec<&'t str>,
    down: Vec<&'t str>,
}

/// The cases of one file; their ids begin with its name.
pub fn read(file: &str, text: &str) -> Vec<Case> {
    let texts = text.split("=== ").skip(1);
    texts.enumerate().map(|(number, text)| case(&format!("{file}_{number}"), text)).collect()
}

fn case(id: &str, text: &str) -> Case {
    let (name, text) = text.split_once('\n').unwrap();
    let mut case = Case {
        name: name.to_owned(),
        is_control: name.starts_with("safe "),
        revisions: Vec::new(),
        labels: Vec::new(),
    };
    let mut parent: Option<String> = None;
    for (number, text) in text.split("--- next\n").enumerate() {
        let id = format!("{id}_{number}");
        let (up, down) = text.split_once("--- downgrade\n").unwrap_or((text, ""));
        let bodies = Bodies { up: up.trim_end().lines().collect(), down: down.trim_end().lines().collect() };
        let (text, labels) = bodies.write(&id, parent.as_deref());
        case.revisions.push(Revision { id: id.clone(), text });
        case.labels.extend(labels);
        parent = Some(id);
    }
    let is_warned = case.labels.iter().any(|label| label.rule != "autocommit-block-not-alone");
    assert!(!case.is_control || !is_warned, "the control `{name}` has labels");
    case
}

impl Bodies<'_> {
    /// The file and its labels.
    fn write(&self, id: &str, parent: Option<&str>) -> (String, Vec<Label>) {
        let parent = parent.map_or("None".to_owned(), |parent| format!("{parent:?}"));
        let mut file = File { lines: Vec::new(), labels: Vec::new(), id: id.to_owned() };
        file.push(&format!("revision = {id:?}\ndown_revision = {parent}"));
        if self.up.iter().any(|line| line.starts_with("def upgrade")) {
            file.body(&self.up, "");
        } else {
            file.push("from alembic import context, op\nimport sqlalchemy as sa");
            file.push("from sqlalchemy.dialects import postgresql\n\n\ndef upgrade():");
            file.body(&self.up, "    ");
        }
        if !self.down.is_empty() {
            file.push("\n\ndef downgrade():");
            file.body(&self.down, "    ");
        }
        (file.lines.join("\n") + "\n", file.labels)
    }
}

struct File {
    id: String,
    lines: Vec<String>,
    labels: Vec<Label>,
}

impl File {
    fn push(&mut self, text: &str) {
        self.lines.extend(text.lines().map(str::to_owned));
    }

    fn body(&mut self, lines: &[&str], indent: &str) {
        let start = self.lines.len() as i64;
        for line in lines {
            let (code, labels) = split(line);
            let here = self.lines.len() as i64 + 1;
            for (rule, relative) in labels {
                let line = relative.map_or(here, |relative| start + relative) as u64;
                self.labels.push(Label { id: self.id.clone(), line, rule });
            }
            self.lines.push(if code.is_empty() { String::new() } else { format!("{indent}{code}") });
        }
    }
}

/// The code of a line, and its labels with the line of the body that they name.
fn split(line: &str) -> (&str, Vec<(String, Option<i64>)>) {
    if let Some((code, labels)) = line.split_once("  #! ") {
        return (code, labels.split_whitespace().map(|rule| (rule.to_owned(), None)).collect());
    }
    let Some((code, labels)) = line.split_once("  #@") else { return (line, Vec::new()) };
    let (number, labels) = labels.split_once(' ').unwrap();
    let number: i64 = number.parse().unwrap();
    let read = |label: &str| match label.split_once('@') {
        Some((rule, line)) => (rule.to_owned(), Some(line.parse().unwrap())),
        None => (label.to_owned(), Some(number)),
    };
    (code, labels.split_whitespace().map(read).collect())
}
