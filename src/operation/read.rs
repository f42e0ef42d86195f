//! Reads the operations of revision files.

use rayon::prelude::*;

use super::imports;
use super::module::{Binding, Module, Unreadable};
use super::reader::Reader;
use super::{Body, Operation, Operations, Step};
use crate::python::STACK;
use crate::revision::Revision;
use crate::source::{SourceFile, Span};

/// The operations of each revision, in the same order, read in parallel.
pub fn read_all(revisions: &[&Revision]) -> Vec<Operations> {
    match rayon::ThreadPoolBuilder::new().stack_size(STACK).build() {
        Ok(pool) => pool.install(|| revisions.par_iter().map(|revision| read(&revision.source)).collect()),
        Err(error) => {
            let reason = format!("the file was not read: no thread could be started ({error})");
            revisions.iter().map(|_| unread(&reason)).collect()
        }
    }
}

/// The operations of one file.
///
/// To be called on a thread with [`STACK`] bytes of stack if the text is not trusted.
pub fn read(source: &SourceFile) -> Operations {
    let module = Module::new(source);
    Operations {
        upgrade: body(&module, "upgrade"),
        downgrade: body(&module, "downgrade"),
        imports: imports::read(&module),
    }
}

fn unread(reason: &str) -> Operations {
    let body = || Body { steps: vec![opaque(reason.to_owned(), Span::default())], ..Body::default() };
    Operations { upgrade: body(), downgrade: body(), imports: Vec::new() }
}

/// What the function `name` does; in a project with several databases, its siblings
/// (`upgrade_<database>`) too.
fn body(module: &Module<'_>, name: &str) -> Body {
    let mut body = Body::default();
    let siblings = databases(module, name);
    if siblings.is_empty() {
        follow(module, name, None, &mut body);
        return body;
    }
    for (function, database) in siblings {
        follow(module, function, Some(database), &mut body);
    }
    body
}

/// The functions for each database, if `name` hands over to them: `globals()["upgrade_%s" % engine_name]()`.
fn databases<'t>(module: &Module<'t>, name: &str) -> Vec<(&'t str, &'t str)> {
    let Some(Ok((_, span))) = module.function(name) else { return Vec::new() };
    if !module.source.slice(span).contains("globals()") {
        return Vec::new();
    }
    let of_database = |function: &'t str| {
        let database = function.strip_prefix(name)?.strip_prefix('_')?;
        (!database.is_empty()).then_some((function, database))
    };
    module.function_names().into_iter().filter_map(of_database).collect()
}

fn follow(module: &Module<'_>, name: &str, database: Option<&str>, body: &mut Body) {
    let not_here = |reason: &str| format!("`{name}` {reason}");
    let (function, span) = match module.function(name) {
        None => match module.lookup(name) {
            None => return,
            Some(Binding::Function(function)) => {
                (function, function.body.first().map(|first| first.span).unwrap_or_default())
            }
            Some(Binding::Import(from)) => {
                body.span = body.span.or(Some(Span::default()));
                body.steps.push(opaque(not_here(&format!("is imported from `{from}`")), Span::default()));
                return;
            }
            Some(Binding::Value(value)) => {
                body.span = body.span.or(Some(value.span));
                body.steps.push(opaque(not_here("is not defined by `def`"), value.span));
                return;
            }
            Some(Binding::Class(span)) => {
                body.span = body.span.or(Some(span));
                body.steps.push(opaque(not_here("is not a function"), span));
                return;
            }
            Some(Binding::Opaque(reason, span)) => {
                body.span = body.span.or(Some(span));
                body.steps.push(opaque(not_here(reason), span));
                return;
            }
        },
        Some(Ok(found)) => found,
        Some(Err(Unreadable(reason, span))) => {
            body.span = body.span.or(Some(span));
            body.steps.push(Step { database: database.map(str::to_owned), ..opaque(reason, span) });
            return;
        }
    };
    body.span = body.span.or(Some(span));
    let mut reader = Reader::new(module);
    reader.follow(function, span);
    // Each function has batches of its own.
    let offset = body.batches.len();
    for mut step in reader.steps {
        step.batch = step.batch.map(|batch| batch + offset);
        step.database = database.map(str::to_owned);
        body.steps.push(step);
    }
    body.batches.append(&mut reader.batches);
    body.live.append(&mut reader.needs_database);
}

fn opaque(reason: String, span: Span) -> Step {
    Step::new(Operation::Opaque { reason }, span)
}
