//! What a revision means: its header, and what `upgrade()` and `downgrade()` do, however it is
//! written. Two texts with the same meaning do the same to a database.
//!
//! Not counted are comments, docstrings, layout, quotes, type annotations, imports, the names of
//! local variables, `print` and log lines, the order of keyword arguments, `text()` around what is
//! executed, and the white space of strings that span several lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{Field, Revision};
use crate::python::{self, Definition, STACK};
use crate::source::Span;

/// What a revision means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// Parents, dependencies and labels.
    header: [(Field, String); 3],
    /// `upgrade()` and `downgrade()`.
    functions: [Code; 2],
}

/// The functions that Alembic runs.
pub const FUNCTIONS: [&str; 2] = ["upgrade", "downgrade"];

/// A function with everything of its module that it uses: the statements of each definition, by its
/// name.
type Code = BTreeMap<String, Vec<Statement>>;

/// A statement in canonical form, and where it stands, which does not matter.
#[derive(Debug, Clone)]
struct Statement {
    text: String,
    span: Span,
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Statement {}

/// Something that does not do what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// `upgrade` or `downgrade`.
    pub function: &'static str,
    /// What of the module was changed: the function itself, or something that it uses.
    pub name: String,
    /// The statements of now that differ; `None` when it is gone.
    pub span: Option<Span>,
}

impl Meaning {
    /// What `revision` means. `None` when its text is no Python that is understood.
    ///
    /// To be called on a thread with [`STACK`] bytes if the text is not trusted.
    pub fn of(revision: &Revision) -> Option<Self> {
        let definitions = python::definitions(revision.source.text()).ok()?;
        let listed = |field: Field, values: &[String]| {
            let text = if revision.is_unknown(field) { "?".to_owned() } else { values.join("\n") };
            (field, text)
        };
        let header = [
            listed(Field::DownRevision, &revision.down_revision),
            listed(Field::DependsOn, &revision.depends_on),
            listed(Field::BranchLabels, &revision.branch_labels),
        ];
        Some(Self { header, functions: FUNCTIONS.map(|function| code(function, &definitions)) })
    }

    /// The same, whatever the revision continues.
    #[must_use]
    pub fn without_parents(mut self) -> Self {
        self.header.iter_mut().filter(|(field, _)| *field == Field::DownRevision).for_each(|(_, text)| text.clear());
        self
    }

    /// A hash of the whole meaning, the same in every release.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        self.header.iter().for_each(|(_, text)| add(text));
        for (name, statements) in self.functions.iter().flatten() {
            add(name);
            statements.iter().for_each(|statement| add(&statement.text));
        }
        hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// What of the functions does not do what it did.
    pub fn differences(&self, now: &Self) -> Vec<Difference> {
        let mut found: Vec<Difference> = Vec::new();
        for (function, (before, now)) in FUNCTIONS.into_iter().zip(self.functions.iter().zip(&now.functions)) {
            let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            for name in names {
                let (old, new) = (before.get(name), now.get(name));
                // A helper that both functions use is told once.
                if old != new && !found.iter().any(|other| other.name == *name) {
                    let span = new.and_then(|new| differing(old.map_or(&[], Vec::as_slice), new));
                    found.push(Difference { function, name: name.clone(), span });
                }
            }
        }
        found
    }
}

/// From the first to the last statement that differs.
fn differing(old: &[Statement], new: &[Statement]) -> Option<Span> {
    let same = |(old, new): &(&Statement, &Statement)| old == new;
    let front = old.iter().zip(new).take_while(same).count();
    let back = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    let back = back.min(new.len().saturating_sub(front)).min(old.len().saturating_sub(front));
    let changed = new.get(front..new.len() - back).filter(|changed| !changed.is_empty());
    // Something was only taken away: the statement before it, or the whole.
    let changed = changed.or_else(|| new.get(front.saturating_sub(1)..front).filter(|before| !before.is_empty()));
    let (first, last) = (changed.unwrap_or(new).first()?, changed.unwrap_or(new).last()?);
    Some(Span::new(first.span.start, last.span.end.max(first.span.start)))
}

/// The function with all that it uses.
fn code(function: &str, definitions: &[Definition]) -> Code {
    let mut code = Code::default();
    let mut waiting = vec![function.to_owned()];
    let fields = [Field::Revision, Field::DownRevision, Field::DependsOn, Field::BranchLabels];
    while let Some(name) = waiting.pop() {
        let is_field = fields.iter().any(|field| field.as_str() == name);
        if is_field || code.contains_key(&name) {
            continue;
        }
        let mut statements = Vec::new();
        for definition in definitions.iter().filter(|definition| definition.name == name) {
            let own = definition.statements.iter().cloned();
            statements.extend(own.map(|(text, span)| Statement { text, span }));
            waiting.extend(definition.uses.iter().cloned());
        }
        if !statements.is_empty() {
            code.insert(name, statements);
        }
    }
    code
}

/// The meanings of several revisions, in parallel.
pub fn meanings(revisions: &[&Revision]) -> Vec<Option<Meaning>> {
    let Ok(pool) = rayon::ThreadPoolBuilder::new().stack_size(STACK).build() else {
        return vec![None; revisions.len()];
    };
    pool.install(|| revisions.par_iter().map(|revision| Meaning::of(revision)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(body: &str) -> Meaning {
        let text = format!("\"\"\"m\"\"\"\nimport sqlalchemy as sa\nrevision = 'a'\ndown_revision = None\n{body}\n");
        let read = crate::revision::read_texts(vec![("a.py".to_owned(), text)]);
        Meaning::of(read.first().unwrap()).unwrap()
    }

    const BEFORE: &str = "
NAMES = ['x']

def helper(table):
    op.add_column(table, sa.Column('a', sa.Integer(), nullable=True))

def upgrade():
    for name in NAMES:
        helper(name)
    op.execute('UPDATE t SET a = 1')

def downgrade():
    op.drop_table('t')
";

    #[test]
    fn how_it_is_written_does_not_matter() {
        let after = "
from __future__ import annotations
import logging

NAMES: list[str] = [
    \"x\",
]
UNUSED = 1

def helper(name: str) -> None:
    '''Add it.'''
    op.add_column(
        name, sa.Column(\"a\", sa.Integer(), nullable=True)  # here
    )

def upgrade() -> None:
    '''Up.'''
    print('hello')
    for other in NAMES:
        helper(other)
    op.execute(sa.text(\"\"\"
        UPDATE t
           SET a = 1
    \"\"\"))

def downgrade() -> None:
    (op.drop_table('t'))
    pass
";
        assert_eq!(meaning(BEFORE), meaning(after));
        assert_eq!(meaning(BEFORE).fingerprint(), meaning(after).fingerprint());
        assert_eq!(meaning(BEFORE).differences(&meaning(after)), []);
    }

    #[test]
    fn what_it_does_matters() {
        for (from, to, name) in [
            ("['x']", "['x', 'y']", "NAMES"),
            ("nullable=True", "nullable=False", "helper"),
            ("a = 1", "a = 2", "upgrade"),
            ("for name in NAMES:", "for name in NAMES if True else []:", "upgrade"),
            ("drop_table('t')", "drop_table('u')", "downgrade"),
            ("op.drop_table('t')", "not op.drop_table('t')", "downgrade"),
            ("a = 1')", "a = 1'); op.execute('x')", "upgrade"),
        ] {
            let after = meaning(&BEFORE.replace(from, to));
            let found = meaning(BEFORE).differences(&after);
            assert_eq!(found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), [name], "{to}");
            assert_ne!(meaning(BEFORE).fingerprint(), after.fingerprint(), "{to}");
        }
    }

    #[test]
    fn operators_and_numbers_matter() {
        let with = |expression: &str| meaning(&format!("def upgrade():\n    if {expression}:\n        op.f()\n"));
        let different = ["a < b", "a > b", "a == 1.5", "a == 2.5", "not a", "-a", "a in b", "a not in b", "a == b'x'"];
        let all: BTreeSet<String> = different.iter().map(|expression| with(expression).fingerprint()).collect();
        assert_eq!(all.len(), different.len());
    }

    #[test]
    fn the_statements_that_differ_are_shown() {
        let body = "def upgrade():\n    op.a()\n    op.b()\n    op.c()\n";
        let after = body.replace("op.b()", "op.x()\n    op.y()");
        let text = format!("\"\"\"m\"\"\"\nimport sqlalchemy as sa\nrevision = 'a'\ndown_revision = None\n{after}\n");
        let found = meaning(body).differences(&meaning(&after));
        let span = found.first().unwrap().span.unwrap();
        assert_eq!(text.get(span.start..span.end), Some("op.x()\n    op.y()"));
        let found = meaning(&after).differences(&meaning(&after.replace("    op.x()\n", "")));
        assert!(found.first().unwrap().span.is_some());
    }

    #[test]
    fn the_header_counts() {
        let read = |down: &str| {
            let text = format!("revision = 'b'\ndown_revision = {down}\ndef upgrade():\n    pass\n");
            Meaning::of(crate::revision::read_texts(vec![("b.py".to_owned(), text)]).first().unwrap()).unwrap()
        };
        assert_ne!(read("'a'").fingerprint(), read("'x'").fingerprint());
        assert_eq!(read("'a'").fingerprint(), read("\"a\"").fingerprint());
    }
}
