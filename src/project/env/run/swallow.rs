//! Handlers around the migrations that make their failure vanish.

use std::collections::BTreeSet;

use crate::python::ast::{ExprKind, Stmt, StmtKind};
use crate::python::suppresses;
use crate::source::Span;

/// Where a failure of `run_migrations()` ends.
pub(super) fn find(statements: &[Stmt], context: &[String]) -> Vec<Span> {
    let mut reaching: BTreeSet<String> = BTreeSet::new();
    loop {
        let before = reaching.len();
        for statement in statements {
            statement.walk(&mut |statement| {
                if let StmtKind::Function(function) = &statement.kind
                    && !reaching.contains(&function.name)
                    && reaches(&function.body, context, &reaching)
                {
                    reaching.insert(function.name.clone());
                }
            });
        }
        if reaching.len() == before {
            break;
        }
    }
    let mut found = Vec::new();
    look(statements, context, &reaching, &mut found);
    found
}

fn look(statements: &[Stmt], context: &[String], reaching: &BTreeSet<String>, found: &mut Vec<Span>) {
    for statement in statements {
        match &statement.kind {
            // A loop tries again.
            StmtKind::For { .. } | StmtKind::While { .. } => continue,
            StmtKind::Try { body, handlers, .. } if reaches(body, context, reaching) => {
                let swallowing = handlers.iter().filter(|handler| handler.swallows());
                found.extend(swallowing.map(|handler| {
                    let kinds = handler.kinds.as_ref().map(|kinds| kinds.span);
                    kinds.or_else(|| handler.body.first().map(|first| first.span)).unwrap_or(statement.span)
                }));
            }
            StmtKind::With { items, body } if reaches(body, context, reaching) => {
                found.extend(items.iter().filter(|(item, _)| suppresses(item)).map(|(item, _)| item.span));
            }
            _ => {}
        }
        statement.blocks().into_iter().for_each(|block| look(block, context, reaching, found));
    }
}

/// Whether the statements call `run_migrations()`, or name a function that does.
fn reaches(statements: &[Stmt], context: &[String], reaching: &BTreeSet<String>) -> bool {
    let mut reaches = false;
    for statement in statements {
        statement.walk(&mut |statement| {
            for expression in statement.expressions() {
                expression.walk(&mut |part| {
                    reaches |= match &part.kind {
                        ExprKind::Name(name) => reaching.contains(name),
                        ExprKind::Call { func, .. } => func.dotted_name().is_some_and(|name| {
                            let before = name.strip_suffix("run_migrations");
                            before.is_some_and(|before| context.iter().any(|context| context == before))
                        }),
                        _ => false,
                    };
                });
            }
        });
    }
    reaches
}
