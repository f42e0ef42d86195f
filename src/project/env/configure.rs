//! The keyword arguments of every `context.configure(…)` call.

use super::calls::Call;
use super::names::Names;
use super::{EnvPy, Fact, shortened};
use crate::python::ast::{Expr, ExprKind, Stmt, StmtKind};
use crate::source::SourceFile;

/// Fills in what the calls say.
pub(super) fn read(env: &mut EnvPy, source: &SourceFile, statements: &[Stmt], names: &Names<'_>, calls: &[Call<'_>]) {
    let context = context_names(statements, &["configure"]);
    let configures: Vec<&Call<'_>> = calls
        .iter()
        .filter(|call| call.name.strip_suffix("configure").is_some_and(|name| context.iter().any(|c| c == name)))
        .collect();
    let reader = Reader { source, names, configures };
    env.version_table = reader.fact("version_table", string, |_| None);
    env.version_table_schema = reader.fact("version_table_schema", string, |_| None);
    env.transaction_per_migration = reader.fact("transaction_per_migration", boolean, |_| None);
    env.render_as_batch = reader.fact("render_as_batch", boolean, |_| None);
    env.include_schemas = reader.fact("include_schemas", boolean, |_| None);
    env.target_metadata = reader.fact("target_metadata", |_| None, Some);
}

/// What may stand before the functions of the context: `context.`, `ctx.`, `alembic.context.`, or
/// nothing when one of `functions` is imported by itself.
pub(super) fn context_names(statements: &[Stmt], functions: &[&str]) -> Vec<String> {
    let mut found = vec!["context.".to_owned(), "alembic.context.".to_owned()];
    let mut note = |statement: &Stmt| match &statement.kind {
        StmtKind::ImportFrom { module: Some(module), names, .. } => {
            for alias in names {
                let name = alias.asname.as_ref().unwrap_or(&alias.name);
                match (module.as_str(), alias.name.as_str()) {
                    ("alembic", "context") => found.push(format!("{name}.")),
                    ("alembic.context", function) if name == function && functions.contains(&function) => {
                        found.push(String::new())
                    }
                    _ => {}
                }
            }
        }
        StmtKind::Import(names) => {
            for alias in names {
                match (alias.name.as_str(), &alias.asname) {
                    ("alembic.context", Some(name)) => found.push(format!("{name}.")),
                    ("alembic", Some(name)) => found.push(format!("{name}.context.")),
                    _ => {}
                }
            }
        }
        _ => {}
    };
    statements.iter().for_each(|statement| statement.walk(&mut |statement| note(statement)));
    found
}

struct Reader<'a> {
    source: &'a SourceFile,
    names: &'a Names<'a>,
    configures: Vec<&'a Call<'a>>,
}

/// One call's value for a key.
enum Given<'a> {
    Nothing,
    Value(&'a Expr),
    Hidden(String),
}

impl<'a> Reader<'a> {
    /// What all calls say about `key`: `constant` reads a constant, `written` may keep the text
    /// of anything else.
    fn fact<T: PartialEq>(
        &self,
        key: &str,
        constant: fn(&Expr) -> Option<T>,
        written: fn(String) -> Option<T>,
    ) -> Fact<T> {
        if self.configures.is_empty() {
            return Fact::Unknown { reason: "env.py does not call context.configure itself".to_owned() };
        }
        let mut facts = self.configures.iter().map(|call| self.one(call, key, constant, written));
        let Some(first) = facts.next() else { return Fact::Absent };
        let mut agreed = first;
        for fact in facts {
            if let Fact::Unknown { .. } = agreed {
                break;
            }
            if matches!(fact, Fact::Unknown { .. }) {
                agreed = fact;
            } else if fact != agreed {
                let lines: Vec<String> = self.configures.iter().map(|call| self.line(call.expression)).collect();
                let reason = format!("the context.configure calls in lines {} disagree", lines.join(" and "));
                agreed = Fact::Unknown { reason };
            }
        }
        agreed
    }

    fn one<T>(
        &self,
        call: &'a Call<'a>,
        key: &str,
        constant: fn(&Expr) -> Option<T>,
        written: fn(String) -> Option<T>,
    ) -> Fact<T> {
        let value = match self.given(call, key) {
            Given::Nothing => return Fact::Absent,
            Given::Hidden(reason) => return Fact::Unknown { reason },
            Given::Value(value) => value,
        };
        let text = |expression: &Expr| self.source.slice(expression.span).to_owned();
        let resolved = match self.names.resolve(value, call.around.scope) {
            Ok(resolved) => resolved,
            Err(reason) => return written(text(value)).map_or(Fact::Unknown { reason }, Fact::Known),
        };
        match constant(resolved).or_else(|| written(text(resolved))) {
            Some(value) => Fact::Known(value),
            // Alembic takes None for "not given".
            None if resolved.kind == ExprKind::None => Fact::Absent,
            None => Fact::Unknown { reason: format!("it is computed: `{}`", shortened(&text(resolved))) },
        }
    }

    fn given(&self, call: &'a Call<'a>, key: &str) -> Given<'a> {
        if let Some(keyword) = call.keywords.iter().find(|keyword| keyword.name.as_deref() == Some(key)) {
            return Given::Value(&keyword.value);
        }
        for keyword in call.keywords.iter().filter(|keyword| keyword.name.is_none()) {
            match self.in_dict(&keyword.value, call, key) {
                Given::Nothing => {}
                found => return found,
            }
        }
        Given::Nothing
    }

    /// The key in a `**dict`, if the dictionary is known.
    fn in_dict(&self, dict: &'a Expr, call: &'a Call<'a>, key: &str) -> Given<'a> {
        let hidden = |why: &str| Given::Hidden(format!("it may be in `**{}`, {why}", self.source.slice(dict.span)));
        if let ExprKind::Name(name) = &dict.kind
            && self.names.is_mutated(name)
        {
            return hidden("which is changed on the way");
        }
        let Ok(resolved) = self.names.resolve(dict, call.around.scope) else { return hidden("which is not a literal") };
        match &resolved.kind {
            ExprKind::Dict(items) => {
                let mut found = Given::Nothing;
                for (name, value) in items {
                    match name.as_ref().map(|name| &name.kind) {
                        Some(ExprKind::Str(name)) if name == key => found = Given::Value(value),
                        Some(ExprKind::Str(_)) => {}
                        _ => return hidden("which has computed keys"),
                    }
                }
                found
            }
            ExprKind::Call { func, args, keywords } if func.dotted_name().as_deref() == Some("dict") => {
                if !args.is_empty() || keywords.iter().any(|keyword| keyword.name.is_none()) {
                    return hidden("which is not a literal");
                }
                let keyword = keywords.iter().find(|keyword| keyword.name.as_deref() == Some(key));
                keyword.map_or(Given::Nothing, |keyword| Given::Value(&keyword.value))
            }
            _ => hidden("which is not a literal"),
        }
    }

    fn line(&self, expression: &Expr) -> String {
        self.source.line_column(expression.span.start).line.to_string()
    }
}

fn string(expression: &Expr) -> Option<String> {
    match &expression.kind {
        ExprKind::Str(text) => Some(text.clone()),
        _ => None,
    }
}

fn boolean(expression: &Expr) -> Option<bool> {
    match expression.kind {
        ExprKind::Bool(value) => Some(value),
        _ => None,
    }
}
