//! A revision file of any bytes is read without a panic, and the header alone says the same as
//! the whole file.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use alembic_doctor::operation;
use alembic_doctor::python::STACK;
use alembic_doctor::revision::{Depth, Problem, ProblemKind, Revision, read_text};
use alembic_doctor::source::{SourceFile, Span, decode};

type Read = (Option<Revision>, Vec<Problem>);

/// Reads `bytes` as a revision file; the header and the whole file must say the same.
pub fn check(bytes: &[u8]) {
    if let Some((header, whole)) = read_both(bytes) {
        assert_eq!(said(&header), said(&whole));
    }
}

/// What the header says and what the whole file says; nothing if the bytes are no text.
pub fn read_both(bytes: &[u8]) -> Option<(Read, Read)> {
    let source = Arc::new(SourceFile::new("ae10_x.py", decode(bytes.to_vec()).ok()?));
    thread::scope(|scope| {
        // The stack that the product gives it.
        let thread = thread::Builder::new().stack_size(STACK);
        let reader = thread.spawn_scoped(scope, || {
            read_operations(&source);
            (read(&source, Depth::Headers), read(&source, Depth::WholeFiles))
        });
        Some(reader.unwrap().join().unwrap())
    })
}

fn read(source: &Arc<SourceFile>, depth: Depth) -> Read {
    let (revision, problems) = read_text(source, Path::new("ae10_x.py"), depth);
    assert!(revision.is_some() || !problems.is_empty(), "nothing is known, and no problem says why");
    for problem in &problems {
        assert_within(source, problem.location.span);
        problem.location.start();
    }
    if let Some(revision) = &revision {
        revision.message();
        let spans = revision.spans;
        let fields = [spans.down_revision, spans.depends_on, spans.branch_labels].into_iter().flatten();
        let unknown = revision.not_static.iter().map(|value| value.span);
        fields.chain(unknown).chain([spans.revision]).for_each(|span| assert_within(source, span));
    }
    (revision, problems)
}

/// What the functions do is read without a panic, and every place is one in the file.
fn read_operations(source: &SourceFile) {
    let operations = operation::read(source);
    for body in [&operations.upgrade, &operations.downgrade] {
        let mut renderer = operation::ddl::Renderer::new(operation::model::Dialect::Postgresql, true);
        for step in &body.steps {
            assert_within(source, step.span);
            step.conditions.iter().for_each(|condition| assert_within(source, condition.span));
            step.operation.summary();
            renderer.step(step, body);
        }
    }
}

fn assert_within(source: &SourceFile, span: Span) {
    assert!(source.text().get(span.start..span.end).is_some(), "{span:?} is no place in the file");
}

/// Everything that both depths can tell.
fn said((revision, problems): &Read) -> String {
    let problems = problems.iter().filter(|problem| problem.kind != ProblemKind::SyntaxBelowHeader);
    let problems: Vec<_> = problems.map(|it| (it.kind, &it.message, it.location.span, &it.revision)).collect();
    format!("{revision:#?}\n{problems:#?}")
}
