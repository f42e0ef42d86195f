//! What is certain after some steps.

use super::{Schema, replay};
use crate::operation::{self, model::TableName};
use crate::source::SourceFile;

/// What is certain after `upgrade()` with this body, on `dialect`, a line each.
fn after_on(dialect: &str, block: &str) -> Vec<String> {
    let lines: Vec<String> = block.lines().map(|line| format!("    {line}")).collect();
    let text = format!("from alembic import op\nimport sqlalchemy as sa\n\ndef upgrade():\n{}\n", lines.join("\n"));
    let source = SourceFile::new("x.py", text);
    let mut schema = Schema::default();
    replay(&mut schema, 0, &operation::read(&source).upgrade.steps, &source, dialect);
    let mut certain = Vec::new();
    for (name, table) in schema.tables() {
        let sign = |is_present| if is_present { '+' } else { '-' };
        certain.extend(table.status.map(|status| format!("{}{name}", sign(status.is_present()))));
        let parts = table.parts.iter().filter(|(part, _)| !matches!(part, super::Part::NotNull(_)));
        certain.extend(parts.map(|(part, status)| {
            let (super::Part::Column(part)
            | super::Part::Index(part)
            | super::Part::Constraint(part)
            | super::Part::NotNull(part)) = part;
            format!("{}{name}.{part}", sign(status.is_present()))
        }));
    }
    certain
}

fn after(block: &str) -> Vec<String> {
    after_on("postgresql", block)
}

const USERS: &str = "op.create_table('users', sa.Column('id', sa.Integer), sa.Column('email', sa.String))\n";

fn after_users(steps: &str) -> Vec<String> {
    after(&format!("{USERS}{steps}"))
}

#[test]
fn tables_and_columns_come_and_go() {
    assert_eq!(after_users(""), ["+users", "+users.email", "+users.id"]);
    assert_eq!(after_users("op.drop_table('users')"), ["-users"]);
    assert_eq!(after_users("op.drop_column('users', 'email')"), ["+users", "-users.email", "+users.id"]);
    assert_eq!(after("op.add_column('old', sa.Column('a', sa.Integer))"), ["+old.a"]);
}

#[test]
fn what_is_renamed_keeps_what_is_known() {
    assert_eq!(after_users("op.rename_table('users', 'people')"), ["+people", "+people.email", "+people.id", "-users"]);
    assert_eq!(
        after_users("op.alter_column('users', 'email', new_column_name='mail')"),
        ["+users", "-users.email", "+users.id", "+users.mail"]
    );
}

#[test]
fn an_index_may_go_with_its_column() {
    let index = "op.create_index('ix', 'users', ['email'])\nop.create_index('iy', 'users', ['id'])\n";
    assert_eq!(after_users(index), ["+users", "+users.email", "+users.id", "+users.ix", "+users.iy"]);
    let dropped = after_users(&format!("{index}op.drop_column('users', 'email')"));
    assert_eq!(dropped, ["+users", "-users.email", "+users.id", "+users.iy"]);
    assert!(after_users(&format!("{index}op.drop_index('ix')")).contains(&"-users.ix".to_owned()));
}

#[test]
fn sql_makes_what_it_names_unknown_and_nothing_else() {
    let orders = "op.create_table('orders', sa.Column('id', sa.Integer))\n";
    for (sql, left) in [
        ("ALTER TABLE Users RENAME TO people", vec!["+orders", "+orders.id"]),
        ("UPDATE users SET id = 1", vec!["+orders", "+orders.id", "+users", "+users.email", "+users.id"]),
        ("DROP SCHEMA public CASCADE", vec![]),
    ] {
        assert_eq!(after_users(&format!("{orders}op.execute('{sql}')")), left, "{sql}");
    }
}

#[test]
fn a_step_that_may_not_run_makes_its_table_unknown() {
    assert_eq!(after_users("if something():\n    op.drop_table('users')"), Vec::<String>::new());
    assert_eq!(after("if something():\n    op.create_table('t', sa.Column('a', sa.Integer))"), Vec::<String>::new());
    let column = "if something():\n    op.add_column('users', sa.Column('x', sa.Integer))";
    assert_eq!(after_users(column), ["+users", "+users.email", "+users.id"]);
}

#[test]
fn the_dialect_decides() {
    let block = "if op.get_bind().dialect.name == 'sqlite':\n    op.create_table('t', sa.Column('a', sa.Integer))";
    assert_eq!(after_on("sqlite", block), ["+t", "+t.a"]);
    assert_eq!(after_on("postgresql", block), Vec::<String>::new());
}

#[test]
fn a_table_that_may_have_been_there_before_has_no_certain_columns() {
    assert_eq!(after("op.create_table('t', sa.Column('a', sa.Integer), if_not_exists=True)"), ["+t"]);
}

#[test]
fn one_table_under_two_names_is_not_taken_for_two() {
    let both = "op.create_table('t', sa.Column('a', sa.Integer), schema='public')\nop.drop_table('t')";
    assert_eq!(after(both), ["-t"]);
    let apart = "op.create_table('t', schema='a')\nop.drop_table('t', schema='b')";
    assert_eq!(after(apart), ["+a.t", "-b.t"]);
}

#[test]
fn nothing_is_known_of_other_code() {
    assert_eq!(after_users("from app.helpers import tidy\ntidy(op)"), Vec::<String>::new());
}

#[test]
fn what_is_taken_for_certain_can_be_asked() {
    let mut schema = Schema::default();
    let name = TableName::new("t");
    let origin = super::Origin { revision: 0, span: crate::source::Span::default() };
    schema.assume(&name, None, origin);
    assert!(schema.status(&name, None).is_some_and(super::Status::is_present));
    assert_eq!(schema.status(&name, Some(&super::Part::Column("a".to_owned()))), None);
}
