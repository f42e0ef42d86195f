//! What a revision file imports from elsewhere, and what it does with it.

use std::collections::BTreeMap;

use super::calls::HARMLESS;
use super::module::Module;
use crate::python::ast::{Expr, ExprKind, Stmt, StmtKind};
use crate::source::Span;

/// Something that is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The module: `app.models`, `..helpers`.
    pub module: String,
    /// The name in it, if one is imported: `User`.
    pub name: Option<String>,
    /// The import statement.
    pub span: Span,
    /// What is done with it, in source order.
    pub uses: Vec<(Use, Span)>,
}

/// What is done with something imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// It is the type of a column.
    Type,
    /// Anything else.
    Other,
    /// Rows are read or written, or tables made, by it: a model, a metadata.
    Model,
}

/// Calls whose arguments are models.
const QUERIES: &[&str] = &[
    "query",
    "select",
    "insert",
    "update",
    "delete",
    "exists",
    "aliased",
    "get",
    "get_one",
    "add",
    "add_all",
    "merge",
    "bulk_insert_mappings",
    "bulk_update_mappings",
    "bulk_save_objects",
];

/// The imports of a file, without those of Alembic, SQLAlchemy and Python's own library.
pub(super) fn read(module: &Module<'_>) -> Vec<Import> {
    let mut found = Imports::default();
    for statement in module.statements_with("import ") {
        statement.walk(&mut |statement| collect(statement, &mut found));
    }
    if found.imports.is_empty() {
        return Vec::new();
    }
    for statement in module.statements_with("") {
        statement.walk(&mut |statement| {
            for expression in statement.expressions() {
                found.uses(expression, Use::Other);
            }
        });
    }
    found.imports
}

/// The imports, and which of them a name stands for.
#[derive(Default)]
struct Imports {
    imports: Vec<Import>,
    names: BTreeMap<String, Vec<usize>>,
}

fn collect(statement: &Stmt, found: &mut Imports) {
    let mut add = |bound: &str, module: String, name: Option<&str>| {
        let root = module.split('.').next().unwrap_or_default();
        if !HARMLESS.contains(&root) && root != "__future__" {
            let name = name.map(str::to_owned);
            found.names.entry(bound.to_owned()).or_default().push(found.imports.len());
            found.imports.push(Import { module, name, span: statement.span, uses: Vec::new() });
        }
    };
    match &statement.kind {
        StmtKind::Import(names) => {
            for alias in names {
                let first = alias.name.split('.').next().unwrap_or_default();
                add(alias.asname.as_deref().unwrap_or(first), alias.name.clone(), None);
            }
        }
        StmtKind::ImportFrom { module, level, names } => {
            let dots = ".".repeat(usize::try_from(*level).unwrap_or(0).min(9));
            let module = format!("{dots}{}", module.as_deref().unwrap_or_default());
            for alias in names {
                add(alias.asname.as_deref().unwrap_or(&alias.name), module.clone(), Some(&alias.name));
            }
        }
        _ => {}
    }
}

impl Imports {
    /// Notes where `expression` uses what was imported; `as_what` is what surrounds it.
    fn uses(&mut self, expression: &Expr, as_what: Use) {
        match &expression.kind {
            ExprKind::Name(name) => self.note(name, as_what, expression.span),
            ExprKind::Attribute { .. } => match root(expression) {
                Ok((name, is_model)) => {
                    self.note(name, if is_model { Use::Model } else { as_what }, expression.span);
                }
                Err(other) => self.uses(other, as_what),
            },
            ExprKind::Call { func, args, keywords } => {
                self.uses(func, as_what);
                let called = match &func.kind {
                    ExprKind::Name(name) => name.as_str(),
                    ExprKind::Attribute { attr, .. } => attr,
                    _ => "",
                };
                let inside = match called {
                    "Column" | "ARRAY" | "with_variant" | "Enum" => Use::Type,
                    _ if QUERIES.contains(&called) => Use::Model,
                    _ => as_what,
                };
                args.iter().for_each(|argument| self.uses(argument, inside));
                for keyword in keywords {
                    let is_type = matches!(keyword.name.as_deref(), Some("type_" | "existing_type"));
                    self.uses(&keyword.value, if is_type { Use::Type } else { inside });
                }
            }
            _ => expression.children().into_iter().for_each(|child| self.uses(child, as_what)),
        }
    }

    fn note(&mut self, name: &str, as_what: Use, span: Span) {
        for position in self.names.get(name).into_iter().flatten() {
            if let Some(import) = self.imports.get_mut(*position) {
                import.uses.push((as_what, span));
            }
        }
    }
}

/// The name that a chain of attributes begins with, and whether what follows belongs to a model;
/// what it begins with if that is no name.
fn root(expression: &Expr) -> Result<(&str, bool), &Expr> {
    let (mut current, mut is_model) = (expression, false);
    loop {
        match &current.kind {
            ExprKind::Attribute { value, attr } => {
                is_model |= matches!(attr.as_str(), "__table__" | "__tablename__" | "metadata" | "query");
                current = value;
            }
            ExprKind::Name(name) => return Ok((name, is_model)),
            _ => return Err(current),
        }
    }
}
