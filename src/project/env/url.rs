//! Where the URL is used, and so where it comes from.
//!
//! The engine that env.py makes counts; without one, the object that it calls `connect()` on;
//! without that, the URL of offline mode.

use std::sync::Arc;

use super::calls::{Around, Call, visit};
use super::names::Names;
use super::origins::{Origins, Tracer};
use super::{EnvPy, UrlOrigin};
use crate::python::ast::{Expr, ExprKind, Stmt, StmtKind};
use crate::source::{Location, SourceFile};

/// The ini's key.
pub(super) const URL: &str = "sqlalchemy.url";

/// A place where env.py changes what the ini says about the URL.
#[derive(Debug)]
pub(super) struct Override<'a> {
    /// The new value.
    pub(super) value: &'a Expr,
    /// What surrounds it.
    pub(super) around: Around<'a>,
    /// Whether it is set as an option of the ini, which interpolates it.
    pub(super) is_option: bool,
}

/// Fills in how the URL is found.
pub(super) fn read(
    env: &mut EnvPy,
    source: &Arc<SourceFile>,
    statements: &[Stmt],
    names: &Names<'_>,
    calls: &[Call<'_>],
) {
    let overrides = overrides(statements, calls);
    let tracer = Tracer::new(source, names, calls, &overrides);
    let mut found = merge(engines(&tracer, calls));
    if found.is_empty() {
        found = merge(connections(&tracer, calls));
    }
    if found.is_empty() {
        found = merge(offline(&tracer, calls)).doubtful();
    }
    if found.is_empty() && !overrides.is_empty() {
        found = tracer.ini().doubtful();
    }
    if changes_environment(statements, calls) {
        found = found.doubtful();
    }
    if let (true, Some((UrlOrigin::Environment { name }, _))) = (found.sure, found.list.first()) {
        env.url_variable = Some(name.clone());
    }
    let options = overrides.iter().filter(|change| change.is_option);
    env.ini_overrides = options.map(|change| Location::new(source, change.value.span)).collect();
    env.replacements = replacements(calls);
    env.url = found.list.into_iter().map(|(origin, span)| (origin, Location::new(source, span))).collect();
}

/// `.replace("a", "b")` and `.set(drivername="b")`.
fn replacements(calls: &[Call<'_>]) -> Vec<(String, String)> {
    let text = |expression: &Expr| match &expression.kind {
        ExprKind::Str(text) => Some(text.clone()),
        _ => None,
    };
    calls
        .iter()
        .filter_map(|call| {
            if call.is_any(&["replace"])
                && let [old, new, ..] = call.args
            {
                return Some((text(old)?, text(new)?));
            }
            let drivername = call.keywords.iter().find(|keyword| keyword.name.as_deref() == Some("drivername"))?;
            call.is_any(&["set", "_replace"])
                .then(|| ("drivername".to_owned(), text(&drivername.value).unwrap_or_default()))
        })
        .collect()
}

fn overrides<'a>(statements: &'a [Stmt], calls: &[Call<'a>]) -> Vec<Override<'a>> {
    let is_url = |expression: Option<&&'a Expr>| expression.is_some_and(|e| e.kind == ExprKind::Str(URL.to_owned()));
    let mut found = Vec::new();
    for call in calls {
        let arguments: Vec<&Expr> =
            call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).collect();
        let at = if call.is_any(&["set_main_option"]) {
            0
        } else if call.is_any(&["set_section_option"]) {
            1
        } else {
            continue;
        };
        if is_url(arguments.get(at))
            && let Some(value) = arguments.get(at + 1)
        {
            found.push(Override { value, around: call.around.clone(), is_option: true });
        }
    }
    visit(statements, &Around::default(), &mut |statement, around| {
        if let StmtKind::Assign { targets, value } = &statement.kind {
            for target in targets {
                if let ExprKind::Subscript { index, .. } = &target.kind
                    && is_url(Some(&&**index))
                {
                    found.push(Override { value, around: around.clone(), is_option: false });
                }
            }
        }
    });
    found
}

/// Engines that env.py makes itself.
fn engines<'a>(tracer: &Tracer<'a>, calls: &[Call<'a>]) -> Vec<Origins> {
    let makes = |call: &&Call<'a>| {
        call.is_any(&["create_engine", "create_async_engine", "engine_from_config", "async_engine_from_config"])
    };
    calls.iter().filter(makes).map(|call| tracer.origins(call.expression, call.around.scope)).collect()
}

/// Engines that come from elsewhere and are connected to.
fn connections<'a>(tracer: &Tracer<'a>, calls: &[Call<'a>]) -> Vec<Origins> {
    calls
        .iter()
        .filter(|call| call.is_any(&["connect"]))
        .filter_map(|call| match &call.expression.kind {
            ExprKind::Call { func, .. } => match &func.kind {
                ExprKind::Attribute { value, .. } => Some(tracer.origins(value, call.around.scope)),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// `context.configure(url=…)`
fn offline<'a>(tracer: &Tracer<'a>, calls: &[Call<'a>]) -> Vec<Origins> {
    calls
        .iter()
        .filter(|call| call.is_any(&["configure"]))
        .filter_map(|call| {
            let keyword = call.keywords.iter().find(|keyword| keyword.name.as_deref() == Some("url"))?;
            Some(tracer.origins(&keyword.value, call.around.scope))
        })
        .collect()
}

/// Several uses that agree are one; otherwise nothing is certain.
fn merge(uses: Vec<Origins>) -> Origins {
    let mut uses = uses.into_iter().filter(|found| !found.is_empty());
    let Some(first) = uses.next() else { return Origins::default() };
    uses.fold(first, |all, next| {
        let agree = all.sure && next.sure && all.list.iter().map(|(o, _)| o).eq(next.list.iter().map(|(o, _)| o));
        let merged = all.then(next);
        if agree { merged } else { merged.doubtful() }
    })
}

/// Whether env.py itself decides what is in the environment.
fn changes_environment(statements: &[Stmt], calls: &[Call<'_>]) -> bool {
    let is_environ = |value: &Expr| value.dotted_name().is_some_and(|name| name.ends_with("environ"));
    let overriding = calls.iter().any(|call| {
        (call.is_any(&["load_dotenv"]) && call.keywords.iter().any(|k| k.name.as_deref() == Some("override")))
            || call.name.ends_with("environ.setdefault")
            || call.name.ends_with("environ.update")
    });
    let mut assigned = false;
    visit(statements, &Around::default(), &mut |statement, _| {
        if let StmtKind::Assign { targets, .. } = &statement.kind {
            assigned |= targets
                .iter()
                .any(|target| matches!(&target.kind, ExprKind::Subscript { value, .. } if is_environ(value)));
        }
    });
    overriding || assigned
}
