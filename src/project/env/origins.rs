//! Follows an expression back to where its value comes from.

use std::cell::{Cell, RefCell};

use super::calls::{Around, Call, as_call, visit};
use super::names::{Binding, Names, Scope};
use super::url::{Override, URL};
use super::{UrlOrigin, shortened};
use crate::project::sections::is_placeholder;
use crate::python::ast::{Expr, ExprKind, Function, StmtKind};
use crate::source::{SourceFile, Span};

/// Where a value comes from, first choice first.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins {
    /// The origins with their places.
    pub(super) list: Vec<(UrlOrigin, Span)>,
    /// Whether the first one, if it has a value, is certainly used, unchanged.
    pub(super) sure: bool,
}

impl Origins {
    fn one(origin: UrlOrigin, span: Span) -> Self {
        Self { list: vec![(origin, span)], sure: true }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn doubtful(mut self) -> Self {
        self.sure = false;
        self
    }

    /// These, and `next` when they have no value.
    pub(super) fn then(mut self, next: Self) -> Self {
        if self.is_empty() {
            return next;
        }
        for (origin, span) in next.list {
            if !self.list.iter().any(|(known, _)| *known == origin) {
                self.list.push((origin, span));
            }
        }
        self
    }
}

/// How many expressions are followed at most, and how deep.
const BUDGET: usize = 2000;
const DEEPEST: usize = 24;

/// What is known while expressions are followed.
pub(super) struct Tracer<'a> {
    source: &'a SourceFile,
    names: &'a Names<'a>,
    calls: &'a [Call<'a>],
    overrides: &'a [Override<'a>],
    /// Expressions being followed: a value that refers to itself adds nothing.
    active: RefCell<Vec<Span>>,
    in_override: Cell<bool>,
    budget: Cell<usize>,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(
        source: &'a SourceFile,
        names: &'a Names<'a>,
        calls: &'a [Call<'a>],
        overrides: &'a [Override<'a>],
    ) -> Self {
        let (active, in_override, budget) = (RefCell::default(), Cell::new(false), Cell::new(BUDGET));
        Self { source, names, calls, overrides, active, in_override, budget }
    }

    /// What the ini says, or what env.py puts in its place.
    pub(super) fn ini(&self) -> Origins {
        let ini = Origins::one(UrlOrigin::Ini, Span::default());
        if self.overrides.is_empty() || self.in_override.replace(true) {
            return ini;
        }
        let mut found = Origins::default();
        let mut always = false;
        for value in self.overrides {
            found = found.then(self.guarded(value.value, &value.around));
            always |= value.around.tests.is_empty() && !value.around.otherwise;
        }
        self.in_override.set(false);
        if self.overrides.len() > 1 {
            found = found.doubtful();
        }
        if always { found } else { found.then(ini) }
    }

    /// The origins of a value that is only used under conditions: testing the value itself
    /// leaves no doubt.
    fn guarded(&self, value: &'a Expr, around: &Around<'a>) -> Origins {
        let found = self.origins(value, around.scope);
        let (base, _) = rewritten(value);
        let is_own = |test: &&Expr| self.text(test) == self.text(base);
        let first = |test: &'a Expr| self.origins(test, around.scope).list.first().map(|(origin, _)| origin.clone());
        let harmless = match around.tests.as_slice() {
            [] => true,
            [test] => is_own(test) || (first(test).is_some() && first(test) == first(base)),
            _ => false,
        };
        if harmless && !around.otherwise { found } else { found.doubtful() }
    }

    /// Where the value of `expression` comes from.
    pub(super) fn origins(&self, expression: &'a Expr, scope: Scope<'a>) -> Origins {
        let left = self.budget.get();
        let is_active = self.active.borrow().contains(&expression.span);
        if left == 0 || is_active || self.active.borrow().len() > DEEPEST {
            return Origins::default();
        }
        self.budget.set(left - 1);
        self.active.borrow_mut().push(expression.span);
        let (base, harmless) = rewritten(expression);
        let found = if base.span == expression.span { self.of_base(base, scope) } else { self.origins(base, scope) };
        self.active.borrow_mut().pop();
        if harmless { found } else { found.doubtful() }
    }

    fn of_base(&self, expression: &'a Expr, scope: Scope<'a>) -> Origins {
        if let Some((key, default)) = env_read(expression) {
            return self.environment(expression, key, default, scope);
        }
        match &expression.kind {
            ExprKind::None => Origins::default(),
            ExprKind::Str(text) if is_placeholder(text) => Origins::default(),
            ExprKind::Str(text) => Origins::one(UrlOrigin::Literal { url: text.clone() }, expression.span),
            ExprKind::FString(_) | ExprKind::Binary { .. } => self.assembled(expression, scope),
            ExprKind::Boolean { or, values } => {
                let parts = values.iter().map(|value| self.origins(value, scope));
                let found = parts.fold(Origins::default(), Origins::then);
                if *or { found } else { found.doubtful() }
            }
            ExprKind::IfElse { test, body, orelse } => {
                let found = self.origins(body, scope).then(self.origins(orelse, scope));
                if self.text(test) == self.text(body) { found } else { found.doubtful() }
            }
            ExprKind::Walrus { value, .. } => self.origins(value, scope),
            ExprKind::Name(name) => self.name(name, expression, scope),
            ExprKind::Subscript { value, index } => self.subscript(expression, value, Some(index), scope),
            ExprKind::Attribute { value, attr } if attr == "url" && as_call_or_name(value) => {
                self.origins(value, scope)
            }
            ExprKind::Call { .. } => self.call(expression, scope),
            _ => self.application(expression),
        }
    }

    fn environment(&self, expression: &Expr, key: &'a Expr, default: Option<&'a Expr>, scope: Scope<'a>) -> Origins {
        let first = match self.names.resolve(key, scope).map(|key| &key.kind) {
            Ok(ExprKind::Str(name)) => Origins::one(UrlOrigin::Environment { name: name.clone() }, expression.span),
            _ => self.application(expression).doubtful(),
        };
        default.map_or(first.clone(), |default| first.then(self.origins(default, scope)))
    }

    fn name(&self, name: &str, expression: &'a Expr, scope: Scope<'a>) -> Origins {
        let bindings = self.names.lookup(name, scope);
        let mut sure = true;
        let mut values = Vec::new();
        for binding in &bindings {
            match binding {
                // `url = url.replace(…)`
                Binding::Value(value) if refers_to(value, name) => sure &= rewritten(value).1,
                Binding::Value(value) => values.push(*value),
                Binding::Opaque(_) => {
                    let argument = scope.and_then(|function| self.argument(function, name));
                    let found = argument.map_or_else(
                        || self.application(expression),
                        |(argument, scope)| self.origins(argument, scope),
                    );
                    return if bindings.len() == 1 { found } else { found.doubtful() };
                }
            }
        }
        if values.is_empty() {
            return self.application(expression);
        }
        sure &= values.len() == 1;
        // A helper's local name stays in its scope; a module name is looked up there again.
        let found = values.into_iter().map(|value| self.origins(value, scope)).fold(Origins::default(), Origins::then);
        if sure { found } else { found.doubtful() }
    }

    /// What the only call of `function` gives for a parameter.
    fn argument(&self, function: &Function, name: &str) -> Option<(&'a Expr, Scope<'a>)> {
        let index = function.parameters.iter().position(|(parameter, _)| parameter == name)?;
        let mut calls = self.calls.iter().filter(|call| call.name == function.name);
        match (calls.next(), calls.next()) {
            (Some(call), None) => Some((call.argument(index, name)?, call.around.scope)),
            _ => None,
        }
    }

    fn subscript(&self, whole: &'a Expr, value: &'a Expr, key: Option<&'a Expr>, scope: Scope<'a>) -> Origins {
        let key = key.and_then(|key| match self.names.resolve(key, scope).map(|key| &key.kind) {
            Ok(ExprKind::Str(key)) => Some(key.clone()),
            _ => None,
        });
        if key.as_deref() == Some(URL) {
            return self.ini();
        }
        let base = self.names.resolve(value, scope).unwrap_or(value);
        if as_call(base, &Around::default()).is_some_and(|call| call.is_any(&["get_x_argument"])) {
            return Origins::one(UrlOrigin::XArgument { key }, whole.span);
        }
        self.application(whole)
    }

    fn call(&self, expression: &'a Expr, scope: Scope<'a>) -> Origins {
        let Some(call) = as_call(expression, &Around { scope, ..Around::default() }) else {
            return self.application(expression);
        };
        if call.is_any(&["create_engine", "create_async_engine"]) {
            return call.argument(0, "url").map_or_else(Origins::default, |url| self.origins(url, scope));
        }
        if call.is_any(&["engine_from_config", "async_engine_from_config"]) {
            return self.engine_section(&call);
        }
        if call.is_any(&["get_main_option", "get_alembic_option", "get_section_option"]) {
            let index = usize::from(call.is_any(&["get_section_option"]));
            let key = call.args.get(index).map(|key| &key.kind);
            let found =
                if key == Some(&ExprKind::Str(URL.to_owned())) { self.ini() } else { self.application(expression) };
            return match call.argument(index + 1, "default") {
                Some(default) => found.then(self.origins(default, scope)),
                None => found,
            };
        }
        if let ExprKind::Call { func, .. } = &expression.kind
            && let ExprKind::Attribute { value, attr } = &func.kind
            && attr == "get"
        {
            let found = self.subscript(expression, value, call.args.first(), scope);
            return call.args.get(1).map_or(found.clone(), |default| found.then(self.origins(default, scope)));
        }
        if call.is_any(&["create", "build", "format", "join"]) || call.name.ends_with("URL") {
            return self.assembled(expression, scope);
        }
        if let Some(function) = self.names.function(&call.name) {
            let found = self.returned(function);
            return if found.is_empty() { self.application(expression) } else { found };
        }
        // An unknown function around a variable: worth naming, but it may change the value.
        if let ([argument], []) = (call.args, call.keywords)
            && self.origins(argument, scope).list.iter().any(|(o, _)| matches!(o, UrlOrigin::Environment { .. }))
        {
            return self.origins(argument, scope).doubtful();
        }
        self.application(expression)
    }

    /// engine_from_config and its asynchronous sister.
    fn engine_section(&self, call: &Call<'a>) -> Origins {
        let scope = call.around.scope;
        let keyword = |name: &str| call.keywords.iter().find(|keyword| keyword.name.as_deref() == Some(name));
        if let Some(url) = keyword("url") {
            return self.origins(&url.value, scope);
        }
        let prefix = call.argument(1, "prefix").map(|prefix| &prefix.kind);
        let Some(section) = call.argument(0, "configuration") else { return self.application(call.expression) };
        if prefix.is_some_and(|prefix| *prefix != ExprKind::Str("sqlalchemy.".to_owned())) {
            return self.application(section).doubtful();
        }
        let resolved = self.names.resolve(section, scope).unwrap_or(section);
        match &resolved.kind {
            ExprKind::Dict(items) => {
                let is_url = |key: &Option<Expr>| key.as_ref().is_some_and(|key| key.kind == ExprKind::Str(URL.into()));
                match items.iter().find(|(key, _)| is_url(key)) {
                    Some((_, url)) => self.origins(url, scope),
                    None => self.application(section),
                }
            }
            _ => match as_call(resolved, &Around::default()) {
                Some(inner) if inner.is_any(&["get_section"]) => {
                    // Other sections than the main one: several databases in one ini.
                    let is_main = inner.args.first().is_some_and(|name| {
                        name.kind == ExprKind::Str("alembic".to_owned())
                            || name.dotted_name().is_some_and(|name| name.ends_with("config_ini_section"))
                    });
                    if is_main { self.ini() } else { self.ini().doubtful() }
                }
                _ if matches!(&section.kind, ExprKind::Name(name) if self.names.is_mutated(name)) => {
                    self.ini().doubtful()
                }
                _ => self.application(section),
            },
        }
    }

    /// What a function of env.py returns.
    fn returned(&self, function: &'a Function) -> Origins {
        let mut found = Origins::default();
        let around = Around { scope: Some(function), ..Around::default() };
        visit(&function.body, &around, &mut |statement, around| {
            if let StmtKind::Return(Some(value)) = &statement.kind
                && around.scope.is_some_and(|scope| std::ptr::eq(scope, function))
            {
                let next = self.guarded(value, around);
                let sure = found.sure || found.is_empty();
                found = std::mem::take(&mut found).then(next);
                found.sure &= sure;
            }
        });
        found
    }

    fn application(&self, expression: &Expr) -> Origins {
        let origin = UrlOrigin::Application { expression: shortened(self.text(expression)) };
        Origins::one(origin, expression.span)
    }

    fn assembled(&self, expression: &'a Expr, scope: Scope<'a>) -> Origins {
        let mut parts = Vec::new();
        self.parts(expression, scope, 0, &mut parts);
        Origins::one(UrlOrigin::Assembled { parts }, expression.span)
    }

    /// Names of variables and settings that go into a value.
    fn parts(&self, expression: &'a Expr, scope: Scope<'a>, depth: usize, found: &mut Vec<String>) {
        let mut note = |name: String| {
            if !found.contains(&name) {
                found.push(name);
            }
        };
        if let Some((key, _)) = env_read(expression) {
            return match self.names.resolve(key, scope).map(|key| &key.kind) {
                Ok(ExprKind::Str(name)) => note(name.clone()),
                _ => note(shortened(self.text(expression))),
            };
        }
        if depth > 6 {
            return;
        }
        match &expression.kind {
            ExprKind::Name(name) => match self.names.resolve(expression, scope) {
                Ok(value) => self.parts(value, scope, depth + 1, found),
                Err(_) => note(name.clone()),
            },
            ExprKind::Attribute { .. } if expression.dotted_name().is_some() => {
                note(expression.dotted_name().unwrap_or_default())
            }
            ExprKind::Call { func, args, keywords } => {
                if func.dotted_name().is_none() {
                    self.parts(func, scope, depth + 1, found);
                }
                args.iter().for_each(|value| self.parts(value, scope, depth + 1, found));
                keywords.iter().for_each(|keyword| self.parts(&keyword.value, scope, depth + 1, found));
            }
            _ => expression.children().into_iter().for_each(|child| self.parts(child, scope, depth + 1, found)),
        }
    }

    fn text(&self, expression: &Expr) -> &'a str {
        self.source.slice(expression.span)
    }
}

fn as_call_or_name(expression: &Expr) -> bool {
    matches!(expression.kind, ExprKind::Call { .. } | ExprKind::Name(_))
}

/// `os.environ["X"]`, `os.environ.get("X", default)`, `os.getenv("X", default)`: key and default.
fn env_read(expression: &Expr) -> Option<(&Expr, Option<&Expr>)> {
    let is_environ = |value: &Expr| matches!(value.dotted_name().as_deref(), Some("os.environ" | "environ"));
    if let ExprKind::Subscript { value, index } = &expression.kind {
        return is_environ(value).then_some((&**index, None));
    }
    let call = as_call(expression, &Around::default())?;
    let is_read = matches!(call.name.as_str(), "os.environ.get" | "environ.get" | "os.getenv" | "getenv");
    let key = call.argument(0, "key").filter(|_| is_read)?;
    Some((key, call.argument(1, "default")))
}

/// The expression below rewriting that keeps the target (another driver, doubled percent signs,
/// `str(…)`), and whether all of it does.
fn rewritten(expression: &Expr) -> (&Expr, bool) {
    let mut current = expression;
    let mut harmless = true;
    loop {
        current = match &current.kind {
            ExprKind::Await(value) => value,
            ExprKind::Call { func, args, keywords } => match (&func.kind, args.as_slice()) {
                (ExprKind::Name(name), [value]) if ["str", "make_url"].contains(&name.as_str()) => value,
                (ExprKind::Attribute { attr, .. }, [value]) if attr == "make_url" => value,
                (ExprKind::Attribute { value, attr }, _) => match attr.as_str() {
                    "strip" | "unicode_string" | "render_as_string" | "get_secret_value" => value,
                    "replace" => {
                        harmless &= args.iter().take(2).all(is_part_of_scheme);
                        value
                    }
                    "set" => {
                        harmless &= keywords.iter().all(|keyword| keyword.name.as_deref() == Some("drivername"));
                        value
                    }
                    _ => return (current, harmless),
                },
                _ => return (current, harmless),
            },
            _ => return (current, harmless),
        }
    }
}

/// `postgres://`, `+asyncpg`, `%`, …: replacing it leaves host and database alone.
fn is_part_of_scheme(expression: &Expr) -> bool {
    let ExprKind::Str(text) = &expression.kind else { return false };
    text.is_empty()
        || text.starts_with('+')
        || text.ends_with("://")
        || text.chars().all(|c| c == '%')
        || ["postgres", "postgresql"].iter().any(|word| text == word || text.starts_with(&format!("{word}+")))
}

/// Whether a value is a rewriting of the name itself.
fn refers_to(value: &Expr, name: &str) -> bool {
    let (base, _) = rewritten(value);
    base.span != value.span && matches!(&base.kind, ExprKind::Name(base) if base == name)
}
