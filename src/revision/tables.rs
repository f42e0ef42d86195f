//! What a function of a revision certainly makes or destroys: calls of `op.…` with literal names.
//! What is computed, or written in SQL, is not seen.

use super::Revision;
use crate::python::ast::{Expr, ExprKind, Stmt, StmtKind};
use crate::python::{self, PieceKind};

/// One thing that a function does to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// `op.create_table`
    Creates(String),
    /// `op.drop_table`
    DropsTable(String),
    /// `op.drop_column`
    DropsColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// `op.rename_table`, or `op.alter_column(…, new_column_name=…)`
    Renames {
        /// `users`, or `users.name`
        from: String,
        /// The new name.
        to: String,
    },
}

impl Revision {
    /// What `upgrade()` does to tables, in order, branches and loops included.
    ///
    /// To be called on a thread with [`python::STACK`] bytes if the text is not trusted.
    pub fn deeds(&self) -> Vec<Deed> {
        let text = self.source.text();
        let mut deeds = Vec::new();
        for piece in python::statements(text).into_iter().filter(|piece| piece.kind == PieceKind::Statement) {
            let code = self.source.slice(piece.span);
            if !code.starts_with("def upgrade") {
                continue;
            }
            for statement in python::parse(code, piece.span.start).unwrap_or_default() {
                statement.walk(&mut |statement| within(statement, &mut deeds));
            }
        }
        deeds
    }
}

fn within(statement: &Stmt, deeds: &mut Vec<Deed>) {
    // `with op.batch_alter_table("users") as batch_op:` names the table for what is inside.
    if let StmtKind::With { items, body } = &statement.kind {
        for (item, bound) in items {
            if let (Some(("batch_alter_table", arguments)), Some(name)) = (call(item, "op"), bound)
                && let (Some(table), Some(name)) = (arguments.text(0, "table_name"), name.dotted_name())
            {
                for statement in body {
                    statement.walk(&mut |statement| {
                        for expression in statement.expressions() {
                            expression.walk(&mut |expr| deeds.extend(in_batch(expr, &name, table)));
                        }
                    });
                }
            }
        }
    }
    for expression in statement.expressions() {
        expression.walk(&mut |expr| deeds.extend(deed(expr)));
    }
}

fn deed(expr: &Expr) -> Option<Deed> {
    let (what, arguments) = call(expr, "op")?;
    let first = || arguments.text(0, "table_name").map(str::to_owned);
    match what {
        "create_table" => Some(Deed::Creates(first()?)),
        "drop_table" => Some(Deed::DropsTable(first()?)),
        "drop_column" => {
            Some(Deed::DropsColumn { table: first()?, column: arguments.text(1, "column_name")?.to_owned() })
        }
        "rename_table" => Some(Deed::Renames {
            from: arguments.text(0, "old_table_name")?.to_owned(),
            to: arguments.text(1, "new_table_name")?.to_owned(),
        }),
        "alter_column" => {
            let from = format!("{}.{}", arguments.text(0, "table_name")?, arguments.text(1, "column_name")?);
            Some(Deed::Renames { from, to: arguments.named("new_column_name")?.to_owned() })
        }
        _ => None,
    }
}

fn in_batch(expr: &Expr, name: &str, table: &str) -> Option<Deed> {
    let (what, arguments) = call(expr, name)?;
    let column = arguments.text(0, "column_name")?.to_owned();
    match what {
        "drop_column" => Some(Deed::DropsColumn { table: table.to_owned(), column }),
        "alter_column" => Some(Deed::Renames {
            from: format!("{table}.{column}"),
            to: arguments.named("new_column_name")?.to_owned(),
        }),
        _ => None,
    }
}

struct Arguments<'a> {
    positional: &'a [Expr],
    keywords: &'a [crate::python::ast::Keyword],
}

impl<'a> Arguments<'a> {
    fn text(&self, position: usize, name: &str) -> Option<&'a str> {
        self.positional.get(position).and_then(string).or_else(|| self.named(name))
    }

    fn named(&self, name: &str) -> Option<&'a str> {
        let keyword = self.keywords.iter().find(|keyword| keyword.name.as_deref() == Some(name))?;
        string(&keyword.value)
    }
}

fn string(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Str(text) => Some(text),
        _ => None,
    }
}

/// The method and the arguments of a call on `receiver`.
fn call<'a>(expr: &'a Expr, receiver: &str) -> Option<(&'a str, Arguments<'a>)> {
    let ExprKind::Call { func, args, keywords } = &expr.kind else { return None };
    let ExprKind::Attribute { value, attr } = &func.kind else { return None };
    let is_it = value.dotted_name().is_some_and(|name| name == receiver);
    is_it.then_some((attr.as_str(), Arguments { positional: args, keywords }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deeds(body: &str) -> Vec<Deed> {
        let text = format!(
            "revision = 'a'\ndown_revision = None\ndef upgrade():\n{body}\ndef downgrade():\n    op.drop_table('no')\n"
        );
        crate::revision::read_texts(vec![("a.py".to_owned(), text)]).first().unwrap().deeds()
    }

    #[test]
    fn what_is_named_literally_is_seen() {
        let found = deeds(
            "    op.create_table('t', sa.Column('a'))\n    if True:\n        op.drop_table(table_name='u')\n    \
             op.drop_column('t', 'c', schema='s')\n    op.rename_table('x', 'y')\n    \
             op.alter_column('t', 'c', new_column_name='d')\n    op.alter_column('t', 'c', nullable=True)\n    \
             op.drop_table(NAME)\n    with op.batch_alter_table('b') as batch:\n        batch.drop_column('c')\n",
        );
        let renames = |from: &str, to: &str| Deed::Renames { from: from.to_owned(), to: to.to_owned() };
        let drops =
            |table: &str, column: &str| Deed::DropsColumn { table: table.to_owned(), column: column.to_owned() };
        let expected = [
            Deed::Creates("t".to_owned()),
            Deed::DropsTable("u".to_owned()),
            drops("t", "c"),
            renames("x", "y"),
            renames("t.c", "d"),
            drops("b", "c"),
        ];
        assert_eq!(found, expected);
    }
}
