//! What Alembic makes of a header: alembic.script.base.Script._from_filename and
//! alembic.script.revision.Revision (`util.to_tuple`, `tuple_rev_as_scalar`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::header::{Header, NAMES};
use super::value::{Binding, Unknown, Value};
use super::{Depth, Field, NotStatic, Problem, ProblemKind, Revision, Spans};
use crate::source::{Location, SourceFile, Span, printable};

/// The revision of a file, and its problems in the order of their importance.
pub(super) fn assemble(
    header: &Header,
    source: &Arc<SourceFile>,
    path: &Path,
    depth: Depth,
) -> (Option<Revision>, Vec<Problem>) {
    let mut file = File { source, path, problems: Vec::new(), id: None };
    let Some((id, id_span)) = file.id(header) else { return (None, file.problems) };
    file.id = Some(id.clone());

    let mut revision = Revision {
        id,
        down_revision: Vec::new(),
        depends_on: Vec::new(),
        branch_labels: Vec::new(),
        docstring: String::new(),
        create_date: None,
        source: Arc::clone(source),
        path: PathBuf::from(path),
        spans: Spans { revision: id_span, ..Spans::default() },
        not_static: Vec::new(),
    };
    for (index, field) in [(1, Field::DownRevision), (2, Field::DependsOn), (3, Field::BranchLabels)] {
        file.list(header.binding(index), field, &mut revision);
    }
    if let Some(Binding { value: Value::Str(docstring), .. }) = header.binding(NAMES.len() - 1) {
        revision.docstring.clone_from(docstring);
        revision.create_date = create_date(docstring);
    }
    file.syntax(header, &revision, depth);
    (Some(revision), file.problems)
}

struct File<'a> {
    source: &'a Arc<SourceFile>,
    path: &'a Path,
    problems: Vec<Problem>,
    id: Option<String>,
}

impl File<'_> {
    fn problem(&mut self, kind: ProblemKind, message: impl Into<String>, span: Span) {
        let location = Location::new(self.source, span);
        self.problems.push(Problem { kind, message: message.into(), location, revision: self.id.clone() });
    }

    fn id(&mut self, header: &Header) -> Option<(String, Span)> {
        let Some(binding) = header.binding(0) else {
            return self.legacy_id(header).map(|id| (id, Span::default()));
        };
        match &binding.value {
            Value::Str(id) => return Some((id.clone(), binding.span)),
            Value::Unknown(unknown) if unknown.broken => self.broken(header, Some(unknown)),
            Value::Unknown(unknown) => {
                let message = format!("its `revision` {}, so its id is known only to Python", unknown.reason);
                self.problem(ProblemKind::IdNotStatic, message, unknown.span);
            }
            other => {
                let message = format!("its `revision` is {}, and must be a string", other.kind());
                self.problem(ProblemKind::InvalidValue, message, binding.span);
            }
        }
        None
    }

    /// A file from before Alembic 0.2: its id is its name, if that is hexadecimal.
    fn legacy_id(&mut self, header: &Header) -> Option<String> {
        if header.conflict.is_some() || !header.errors.is_empty() {
            self.broken(header, None);
            return None;
        }
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let hex = name.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
        let (id, rest) = name.split_at_checked(hex)?;
        if hex > 0 && rest == ".py" {
            return Some(id.to_owned());
        }
        let message = "does not set `revision`, so that it is no revision, and Alembic cannot load it";
        self.problem(ProblemKind::Stray, message, Span::default());
        None
    }

    fn list(&mut self, binding: Option<&Binding>, field: Field, revision: &mut Revision) {
        let Some(binding) = binding else {
            if field == Field::DownRevision {
                let message = "does not set `down_revision`, and Alembic cannot load it";
                self.invalid(field, message, "is missing", revision.spans.revision, revision);
            }
            return;
        };
        let name = field.as_str();
        let (list, place) = match field {
            Field::DependsOn => (&mut revision.depends_on, &mut revision.spans.depends_on),
            Field::BranchLabels => (&mut revision.branch_labels, &mut revision.spans.branch_labels),
            Field::DownRevision | Field::Revision => (&mut revision.down_revision, &mut revision.spans.down_revision),
        };
        *place = Some(binding.span);
        match strings(&binding.value, field) {
            Ok(items) if field == Field::DependsOn && items == [""] => {
                // Alembic counts it as a dependency when it looks for bases, and as none elsewhere.
                if revision.down_revision.is_empty() && !revision.is_unknown(Field::DownRevision) {
                    let message = "its `depends_on` is an empty string, which Alembic takes for a cycle in a base";
                    self.problem(ProblemKind::InvalidValue, message, binding.span);
                }
            }
            Ok(items) => *list = items,
            Err(Wrong::Unknown(unknown)) => {
                let (reason, span) = (unknown.reason.clone(), unknown.span);
                revision.not_static.push(NotStatic { field, reason, span });
            }
            Err(Wrong::Kind(kind)) => {
                let message = format!("its `{name}` is {kind}, and must be a string, several, or None");
                self.invalid(field, &message, &format!("is {kind}"), binding.span, revision);
            }
        }
    }

    /// Alembic crashes, so the field has no value that the graph could rely on.
    fn invalid(&mut self, field: Field, message: &str, reason: &str, span: Span, revision: &mut Revision) {
        self.problem(ProblemKind::InvalidValue, message, span);
        revision.not_static.push(NotStatic { field, reason: reason.to_owned(), span });
    }

    fn syntax(&mut self, header: &Header, revision: &Revision, depth: Depth) {
        if header.conflict.is_some() {
            return self.broken(header, None);
        }
        let broken = (1..4).filter_map(|index| header.binding(index)).find_map(|binding| match &binding.value {
            Value::Unknown(unknown) if unknown.broken => Some(unknown),
            _ => None,
        });
        if broken.is_some() && !revision.not_static.is_empty() {
            self.broken(header, broken);
        } else if depth == Depth::WholeFiles
            && let Some(error) = header.errors.first()
        {
            let at = self.source.line_column(error.offset);
            let message = format!("syntax error at line {}, column {}: {}", at.line, at.column, error.message);
            self.problem(ProblemKind::SyntaxBelowHeader, message, self.point(error.offset));
        }
    }

    /// The header itself is no Python.
    fn broken(&mut self, header: &Header, unknown: Option<&Unknown>) {
        if let Some(marker) = header.conflict {
            let line = self.source.line_column(marker.start).line;
            let text = printable(self.source.slice(marker));
            let message = format!("has an unresolved merge conflict at line {line}: {text}");
            return self.problem(ProblemKind::Unreadable, message, marker);
        }
        let inside = |span: Span| header.errors.iter().find(|error| (span.start..=span.end).contains(&error.offset));
        let error = unknown.and_then(|unknown| inside(unknown.span)).or_else(|| header.errors.first());
        match error {
            Some(error) => {
                let at = self.source.line_column(error.offset);
                let message = format!("syntax error at line {}, column {}: {}", at.line, at.column, error.message);
                self.problem(ProblemKind::Unreadable, message, self.point(error.offset));
            }
            None => self.problem(ProblemKind::Unreadable, "cannot be read as Python", Span::default()),
        }
    }

    /// The character at `offset`.
    fn point(&self, offset: usize) -> Span {
        let next = self.source.text().get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Span::new(offset, offset + next)
    }
}

enum Wrong<'a> {
    Unknown(&'a Unknown),
    Kind(String),
}

/// The items of a value: `util.to_tuple`, then `tuple_rev_as_scalar`.
fn strings(value: &Value, field: Field) -> Result<Vec<String>, Wrong<'_>> {
    let items = match value {
        Value::None => return Ok(Vec::new()),
        Value::Unknown(unknown) => return Err(Wrong::Unknown(unknown)),
        Value::Tuple(items) | Value::Shared(_, items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    // One item is the same as that item itself, and None is nothing.
    if items == [Value::None] && field != Field::BranchLabels {
        return Ok(Vec::new());
    }
    items
        .iter()
        .map(|item| match item {
            Value::Str(text) => Ok(text.clone()),
            Value::Unknown(unknown) => Err(Wrong::Unknown(unknown)),
            other if std::ptr::eq(other, value) => Err(Wrong::Kind(other.kind().to_owned())),
            other => Err(Wrong::Kind(format!("{} with {} in it", value.kind(), other.kind()))),
        })
        .collect()
}

/// The text after `Create Date:`, as Alembic's template writes it.
fn create_date(docstring: &str) -> Option<String> {
    let date = docstring.lines().find_map(|line| line.trim().strip_prefix("Create Date:"))?.trim();
    (!date.is_empty()).then(|| date.to_owned())
}
