//! A revision file of any bytes is read without a panic, and the header alone says the same as
//! the whole file.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use alembic_doctor::python::STACK;
use alembic_doctor::revision::{Depth, Problem, ProblemKind, Revision, read_text};
use alembic_doctor::source::{SourceFile, Span, decode};

/// Reads `bytes` as a revision file, on a thread with the stack that the product gives it.
pub fn check(bytes: &[u8]) {
    let Ok(text) = decode(bytes.to_vec()) else { return };
    thread::scope(|scope| {
        let reader = thread::Builder::new().stack_size(STACK);
        reader.spawn_scoped(scope, || read(&Arc::new(SourceFile::new("ae10_x.py", text)))).unwrap().join().unwrap();
    });
}

fn read(source: &Arc<SourceFile>) {
    let header = read_text(source, Path::new("ae10_x.py"), Depth::Headers);
    let whole = read_text(source, Path::new("ae10_x.py"), Depth::WholeFiles);
    for (revision, problems) in [&header, &whole] {
        assert!(revision.is_some() || !problems.is_empty(), "nothing is known, and no problem says why");
        for problem in problems {
            assert_within(source, problem.location.span);
            problem.location.start();
        }
        if let Some(revision) = revision {
            revision.message();
            let spans = revision.spans;
            let fields = [spans.down_revision, spans.depends_on, spans.branch_labels].into_iter().flatten();
            let unknown = revision.not_static.iter().map(|value| value.span);
            fields.chain(unknown).chain([spans.revision]).for_each(|span| assert_within(source, span));
        }
    }
    assert_eq!(said(&header), said(&whole));
}

fn assert_within(source: &SourceFile, span: Span) {
    assert!(source.text().get(span.start..span.end).is_some(), "{span:?} is no place in the file");
}

/// Everything that both depths can tell.
fn said((revision, problems): &(Option<Revision>, Vec<Problem>)) -> String {
    let problems = problems.iter().filter(|problem| problem.kind != ProblemKind::SyntaxBelowHeader);
    let problems: Vec<_> = problems.map(|it| (it.kind, &it.message, it.location.span, &it.revision)).collect();
    format!("{revision:#?}\n{problems:#?}")
}
