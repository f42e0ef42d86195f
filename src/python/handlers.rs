//! Whether an `except` makes a failure vanish.

use super::ast::{Expr, ExprKind, Handler, Stmt, StmtKind};

/// What a handler may call and still do no more than say that something failed.
const SAYS: [&str; 24] = [
    "print",
    "debug",
    "info",
    "warning",
    "warn",
    "error",
    "exception",
    "critical",
    "log",
    "echo",
    "secho",
    "write",
    "flush",
    "print_exc",
    "format_exc",
    "capture_exception",
    "capture_message",
    "str",
    "repr",
    "type",
    "format",
    "getLogger",
    "get_logger",
    "join",
];

/// What is caught that a failing migration raises.
const BROAD: [&str; 9] = [
    "Exception",
    "BaseException",
    "SQLAlchemyError",
    "DBAPIError",
    "DatabaseError",
    "OperationalError",
    "ProgrammingError",
    "CommandError",
    "CalledProcessError",
];

impl Handler {
    /// Whether it catches what a failing migration raises, and only says so: nothing is raised,
    /// ended, kept or returned, so the caller cannot know.
    pub fn swallows(&self) -> bool {
        self.is_broad() && only_says(&self.body)
    }

    fn is_broad(&self) -> bool {
        let Some(kinds) = &self.kinds else { return true };
        let is_broad = |kind: &Expr| {
            let name = kind.dotted_name().unwrap_or_default();
            name.rsplit('.').next().is_some_and(|name| BROAD.contains(&name))
        };
        match &kinds.kind {
            ExprKind::Tuple(kinds) => kinds.iter().any(is_broad),
            _ => is_broad(kinds),
        }
    }
}

/// Whether `contextlib.suppress(…)` with these arguments hides such a failure.
pub fn suppresses(item: &Expr) -> bool {
    let ExprKind::Call { func, args, .. } = &item.kind else { return false };
    let name = func.dotted_name().unwrap_or_default();
    (name == "suppress" || name == "contextlib.suppress")
        && args.iter().any(|kind| kind.dotted_name().is_some_and(|name| BROAD.contains(&name.as_str())))
}

fn only_says(body: &[Stmt]) -> bool {
    body.iter().all(|statement| match &statement.kind {
        StmtKind::Expr(value) => calls_only_say(value),
        StmtKind::If { test, body, orelse } => calls_only_say(test) && only_says(body) && only_says(orelse),
        StmtKind::Return(None) => true,
        StmtKind::Return(Some(value)) => value.kind == ExprKind::None,
        StmtKind::Import(_) | StmtKind::ImportFrom { .. } => true,
        // `pass`
        StmtKind::Other(parts) => parts.is_empty(),
        _ => false,
    })
}

fn calls_only_say(value: &Expr) -> bool {
    let mut only = true;
    value.walk(&mut |part| {
        if let ExprKind::Call { func, .. } = &part.kind {
            let name = match &func.kind {
                ExprKind::Name(name) => name.as_str(),
                ExprKind::Attribute { attr, .. } => attr.as_str(),
                _ => "",
            };
            only &= SAYS.contains(&name);
        }
        only &= !matches!(part.kind, ExprKind::Walrus { .. });
    });
    only
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::parse;

    fn swallows(handler: &str) -> bool {
        let text = format!("try:\n    run()\n{handler}\n");
        let statements = parse(&text, 0).unwrap();
        let StmtKind::Try { handlers, .. } = &statements[0].kind else { panic!() };
        handlers[0].swallows()
    }

    #[test]
    fn handlers_that_only_say_so_swallow() {
        for handler in [
            "except Exception: pass",
            "except: print('no')",
            "except Exception as e:\n    logger.warning('failed: %s', e)",
            "except (OperationalError, ValueError) as e:\n    log.error(str(e))\n    return",
            "except Exception as e:\n    if verbose:\n        traceback.print_exc()",
        ] {
            assert!(swallows(handler), "{handler}");
        }
    }

    #[test]
    fn handlers_that_may_do_more_do_not() {
        for handler in [
            "except ImportError: pass",
            "except Exception: raise",
            "except Exception as e:\n    logger.error(e)\n    sys.exit(1)",
            "except Exception as e:\n    failed = e",
            "except Exception as e:\n    if 'exists' not in str(e):\n        raise",
            "except Exception as e:\n    return False",
            "except Exception as e:\n    fail(e)",
            "except Exception as e:\n    errors.append(e)",
        ] {
            assert!(!swallows(handler), "{handler}");
        }
    }
}
