//! Python code that migrates: `alembic.command.upgrade(…)`, Flask-Migrate's `upgrade()`, and
//! Alembic as a process.

use std::collections::{BTreeMap, BTreeSet};

use super::Action;
use super::command::{self, Runs};
use super::script::{Migration, written};
use crate::python::ast::{Expr, ExprKind, Function, Keyword, Stmt, StmtKind};
use crate::python::{self, suppresses};
use crate::source::Span;

/// Functions that run when an application starts.
const STARTS: [&str; 11] = [
    "lifespan",
    "startup",
    "on_startup",
    "startup_event",
    "app_startup",
    "on_start",
    "create_app",
    "app_lifespan",
    "before_server_start",
    "setup_app",
    "startup_handler",
];

/// How a call runs a migration.
struct Called {
    action: Action,
    program: &'static str,
    /// It is a process whose exit code nobody looks at.
    unchecked: bool,
}

/// What is around a statement.
#[derive(Clone, Default)]
struct Around<'a> {
    function: Option<&'a str>,
    is_conditional: bool,
    in_loop: bool,
    ignored: Option<(Span, String)>,
    /// In the handler of a `try` whose body has this upgrade.
    after_failed: Option<Span>,
}

/// Reads the migrations of a module; nothing of a module that cannot be parsed.
pub(super) fn read(text: &str) -> Vec<Migration> {
    let mut statements = Vec::new();
    for piece in python::statements(text) {
        let parsed = text.get(piece.span.start..piece.span.end).map(|text| python::parse(text, piece.span.start));
        statements.extend(parsed.and_then(Result::ok).unwrap_or_default());
    }
    let mut reader =
        Reader { text, names: BTreeMap::new(), found: Vec::new(), calls: BTreeMap::new(), starts: BTreeMap::new() };
    statements.iter().for_each(|statement| statement.walk(&mut |statement| reader.import(statement)));
    if reader.names.is_empty() && !text.contains("subprocess") && !text.contains("os.system") {
        return Vec::new();
    }
    statements.iter().for_each(|statement| statement.walk(&mut |statement| reader.note(statement)));
    reader.block(&statements, &Around::default());
    reader.finish()
}

struct Reader<'a> {
    text: &'a str,
    /// What a name of the module is: `alembic.command`, `alembic.command.upgrade`, …
    names: BTreeMap<String, String>,
    found: Vec<(Option<&'a str>, Migration)>,
    /// Which functions of the module each function names.
    calls: BTreeMap<&'a str, BTreeSet<String>>,
    /// Functions that run at the start, with the place that says so.
    starts: BTreeMap<&'a str, Span>,
}

impl<'a> Reader<'a> {
    fn import(&mut self, statement: &Stmt) {
        let known = |name: &str| {
            ["alembic", "flask_migrate"].iter().any(|module| name == *module || name.starts_with(&format!("{module}.")))
        };
        match &statement.kind {
            StmtKind::Import(aliases) => {
                for alias in aliases.iter().filter(|alias| known(&alias.name)) {
                    let full = alias.asname.as_ref().map_or("alembic", |_| alias.name.as_str());
                    let name = alias.asname.clone().unwrap_or_else(|| "alembic".to_owned());
                    self.names.insert(name, full.to_owned());
                }
            }
            StmtKind::ImportFrom { module: Some(module), names, level: 0 } if known(module) => {
                for alias in names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.names.insert(name.clone(), format!("{module}.{}", alias.name));
                }
            }
            _ => {}
        }
    }

    /// Functions that run at the start, and what each function names.
    fn note(&mut self, statement: &'a Stmt) {
        let StmtKind::Function(function) = &statement.kind else { return };
        if let Some(span) = start_of(function, statement.span) {
            self.starts.insert(&function.name, span);
        }
        let named = self.calls.entry(&function.name).or_default();
        for inner in &function.body {
            inner.walk(&mut |inner| {
                for expression in inner.expressions() {
                    expression.walk(&mut |part| {
                        if let ExprKind::Name(name) = &part.kind {
                            named.insert(name.clone());
                        }
                    });
                }
            });
        }
    }

    fn block(&mut self, statements: &'a [Stmt], around: &Around<'a>) {
        for statement in statements {
            self.statement(statement, around);
        }
    }

    fn statement(&mut self, statement: &'a Stmt, around: &Around<'a>) {
        match &statement.kind {
            StmtKind::Function(function) => {
                let inside = Around { function: Some(&function.name), ..Around::default() };
                return self.block(&function.body, &inside);
            }
            StmtKind::Class { body, .. } => return self.block(body, &Around::default()),
            StmtKind::Try { body, handlers, orelse, finally } => {
                let before = self.found.len();
                let swallowing = handlers.iter().find(|handler| handler.swallows() && !around.in_loop);
                let ignored = swallowing.map(|handler| {
                    let place = handler.kinds.as_ref().map(|kinds| kinds.span);
                    let place = place.or_else(|| handler.body.first().map(|statement| statement.span));
                    (place.unwrap_or(statement.span), "this handler only says that it failed, and goes on".to_owned())
                });
                let inside = Around { ignored: ignored.or_else(|| around.ignored.clone()), ..around.clone() };
                self.block(body, &inside);
                let is_upgrade = |found: &&(Option<&str>, Migration)| matches!(found.1.action, Action::Upgrade(_));
                let upgrade = self.found.iter().skip(before).find(is_upgrade).map(|(_, found)| found.span);
                let inside = Around { is_conditional: true, after_failed: upgrade, ..around.clone() };
                handlers.iter().for_each(|handler| self.block(&handler.body, &inside));
                self.block(orelse, around);
                return self.block(finally, around);
            }
            StmtKind::With { items, body } => {
                let suppressed = items.iter().find(|(item, _)| suppresses(item)).map(|(item, _)| item.span);
                let ignored = suppressed.map(|span| (span, "`suppress` drops its failure".to_owned()));
                items.iter().for_each(|(item, _)| self.expression(item, false, around));
                return self
                    .block(body, &Around { ignored: ignored.or_else(|| around.ignored.clone()), ..around.clone() });
            }
            _ => {}
        }
        let is_dropped = matches!(statement.kind, StmtKind::Expr(_));
        for expression in statement.expressions() {
            self.expression(expression, is_dropped, around);
        }
        let is_loop = matches!(statement.kind, StmtKind::For { .. } | StmtKind::While { .. });
        let inside = Around { is_conditional: true, in_loop: around.in_loop || is_loop, ..around.clone() };
        statement.blocks().into_iter().for_each(|block| self.block(block, &inside));
    }

    fn expression(&mut self, expression: &'a Expr, is_dropped: bool, around: &Around<'a>) {
        let mut found = Vec::new();
        expression.walk(&mut |part| {
            if let ExprKind::Call { func, args, keywords } = &part.kind
                && let Some(called) = self.called(func, args, keywords, is_dropped && is_the_call(expression, part))
            {
                found.push((part.span, called));
            }
        });
        for (span, called) in found {
            let unchecked =
                called.unchecked.then(|| (span, "nobody looks at the exit code of this process".to_owned()));
            self.found.push((
                around.function,
                Migration {
                    span,
                    written: written(called.program, &called.action),
                    action: called.action,
                    ignored: unchecked.or_else(|| around.ignored.clone()),
                    is_conditional: around.is_conditional,
                    after_failed: around.after_failed,
                    starts: None,
                },
            ));
        }
    }

    fn called(&self, func: &Expr, args: &[Expr], keywords: &[Keyword], is_dropped: bool) -> Option<Called> {
        let name = func.dotted_name()?;
        let (first, rest) = name.split_once('.').map_or((name.as_str(), None), |(first, rest)| (first, Some(rest)));
        let full = self.names.get(first).map(|known| rest.map_or(known.clone(), |rest| format!("{known}.{rest}")));
        let keyword = |name: &str| {
            keywords.iter().find(|keyword| keyword.name.as_deref() == Some(name)).map(|keyword| &keyword.value)
        };
        let target = |at: usize| match args.get(at).or_else(|| keyword("revision")).map(|target| &target.kind) {
            Some(ExprKind::Str(target)) => Some(target.clone()),
            _ => None,
        };
        let of = |action: Action, program: &'static str| Some(Called { action, program, unchecked: false });
        match full.as_deref() {
            Some("alembic.command.upgrade") if keyword("sql").is_none() => {
                return of(Action::Upgrade(target(1)?), "alembic");
            }
            Some("alembic.command.stamp") if keyword("sql").is_none() => {
                return of(Action::Stamp(target(1)?), "alembic");
            }
            Some("flask_migrate.upgrade") => {
                return of(Action::Upgrade(target(1).unwrap_or_else(|| "head".to_owned())), "flask");
            }
            Some("flask_migrate.stamp") => {
                return of(Action::Stamp(target(1).unwrap_or_else(|| "head".to_owned())), "flask");
            }
            Some("alembic.config.main" | "alembic.config.CommandLine.main") => {
                let words = words(args.first().or_else(|| keyword("argv"))?);
                let action = command::action(&words.iter().map(String::as_str).collect::<Vec<_>>(), true)?;
                return of(action, "alembic");
            }
            _ => {}
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_process = match last {
            "run" | "call" | "Popen" => name.starts_with("subprocess."),
            "check_call" | "check_output" | "create_subprocess_exec" | "create_subprocess_shell" => true,
            "system" => name == "os.system",
            _ => false,
        };
        if !is_process {
            return None;
        }
        let words = if last == "create_subprocess_exec" {
            args.iter().filter_map(word).collect()
        } else {
            words(args.first()?)
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Runs::Migration { action, from } = command::runs(&words) else { return None };
        let program =
            if words.get(from).is_some_and(|word| command::base(word) == "alembic") { "alembic" } else { "flask" };
        let is_checked = keyword("check").is_some_and(|check| check.kind != ExprKind::Bool(false));
        let can_be_dropped = matches!(name.as_str(), "subprocess.run" | "subprocess.call" | "os.system");
        let unchecked = can_be_dropped && is_dropped && !is_checked && !self.text.contains("returncode");
        Some(Called { action, program, unchecked })
    }

    /// The migrations, those that run at the start of the application marked.
    fn finish(self) -> Vec<Migration> {
        let mut at_start = self.starts.clone();
        let mut callers = self.starts.clone();
        while !callers.is_empty() {
            let mut called = BTreeMap::new();
            for (caller, span) in callers {
                let named = self.calls.get(caller).into_iter().flatten();
                let functions = named.filter_map(|name| Some(*self.calls.get_key_value(name.as_str())?.0));
                for function in functions.filter(|function| !at_start.contains_key(function)) {
                    called.entry(function).or_insert(span);
                }
            }
            at_start.extend(called.iter().map(|(name, span)| (*name, *span)));
            callers = called;
        }
        self.found
            .into_iter()
            .map(|(function, mut migration)| {
                migration.starts = function.and_then(|name| at_start.get(name)).copied();
                migration
            })
            .collect()
    }
}

/// `x()` or `await x()` as a whole.
fn is_the_call(expression: &Expr, call: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Await(value) => value.span == call.span,
        _ => expression.span == call.span,
    }
}

/// Where it says that the function runs when the application starts.
fn start_of(function: &Function, span: Span) -> Option<Span> {
    let decorated = function.decorators.iter().find(|decorator| match &decorator.kind {
        ExprKind::Call { func, args, .. } => {
            let is_event = func.dotted_name().is_some_and(|name| name.ends_with(".on_event"));
            is_event && args.first().is_some_and(|event| event.kind == ExprKind::Str("startup".to_owned()))
        }
        _ => false,
    });
    let name = function.name.trim_start_matches('_');
    let named = STARTS.contains(&name).then(|| Span::new(span.start, span.start + 3 + function.name.len()));
    decorated.map(|decorator| decorator.span).or(named)
}

/// The words of a command line: a list of strings, or one string.
fn words(argument: &Expr) -> Vec<String> {
    match &argument.kind {
        ExprKind::List(items) | ExprKind::Tuple(items) => {
            items.iter().map(|item| word(item).unwrap_or_else(|| "…".to_owned())).collect()
        }
        ExprKind::Str(line) if !line.contains(['|', ';', '&']) => line.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn word(item: &Expr) -> Option<String> {
    match &item.kind {
        ExprKind::Str(text) => Some(text.clone()),
        _ => item.dotted_name().filter(|name| name == "sys.executable"),
    }
}

#[cfg(test)]
mod tests;
