//! Work that leaves no trace in the catalog: whether it has been done is not known, and doing it
//! again may do it twice.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::operation::model::Verb;
use crate::operation::{Operation, Step};
use crate::schema::mention::words;

/// The revisions of these whose work on rows would be done twice if they had run before. What goes
/// into tables that they make themselves would not: without them it is gone too.
pub(super) fn twice<'i>(facts: &Facts, ids: impl IntoIterator<Item = &'i str>) -> Vec<&'i str> {
    let ids: Vec<&str> = ids.into_iter().collect();
    let all = || ids.iter().filter_map(|id| facts.operations_of(id)).flat_map(|read| &read.upgrade.steps);
    let made: BTreeSet<&str> = all()
        .filter_map(|step| match &step.operation {
            Operation::CreateTable(create) => Some(create.table.name.as_str()),
            _ => None,
        })
        .collect();
    let repeats =
        |step: &Step| works_on_rows(step).is_some_and(|table| !table.is_some_and(|table| made.contains(&*table)));
    ids.iter()
        .filter(|id| facts.operations_of(id).is_none_or(|read| read.upgrade.steps.iter().any(repeats)))
        .copied()
        .collect()
}

/// Whether a revision works on rows, or does what is not known.
pub(super) fn is_more_than_tables(facts: &Facts, id: &str) -> bool {
    facts.operations_of(id).is_none_or(|read| read.upgrade.steps.iter().any(|step| works_on_rows(step).is_some()))
}

/// Whether the step may change rows, and of which table, if that is known.
fn works_on_rows(step: &Step) -> Option<Option<String>> {
    match &step.operation {
        Operation::Opaque { .. } => Some(None),
        Operation::BulkInsert(insert) => Some(Some(insert.table.name.clone())),
        Operation::Data(data) if data.verb == Verb::Select => None,
        Operation::Data(data) => Some(data.table.as_ref().map(|table| table.name.clone())),
        Operation::Sql(sql) => of_sql(&sql.text),
        _ => None,
    }
}

fn of_sql(text: &str) -> Option<Option<String>> {
    const ROWS: [&str; 10] =
        ["insert", "update", "delete", "merge", "truncate", "copy", "replace", "do", "call", "execute"];
    let words = words(text);
    // A query changes something where it calls a function that does.
    let calls = words.contains("select") && text.contains('(');
    if !calls && !words.iter().any(|word| ROWS.contains(&word.as_str())) {
        return None;
    }
    let text = text.trim().trim_end_matches(';').to_lowercase();
    let mut first = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let target = match (first.next(), first.next(), first.next()) {
        (Some("insert"), Some("into"), Some(table)) | (Some("delete"), Some("from"), Some(table)) => Some(table),
        (Some("update"), Some(table), Some("set")) => Some(table),
        _ => None,
    };
    // A schema before the name, or a second statement, leaves it open.
    Some(target.filter(|_| !text.contains(';')).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{revision_with, with_relations};

    fn repeats(steps: &str) -> bool {
        let first = revision_with("a1", &[], "op.create_table('users', sa.Column('id', sa.Integer))");
        let steps = format!("op.create_table('orders', sa.Column('id', sa.Integer))\n    {steps}");
        let facts = with_relations(vec![first, revision_with("b2", &["a1"], &steps)], &["a1"], Vec::new());
        !twice(&facts, ["b2"]).is_empty()
    }

    #[test]
    fn rows_of_other_tables_would_be_changed_twice() {
        for step in [
            "op.execute('UPDATE users SET id = id + 1')",
            "op.execute('INSERT INTO orders VALUES (1); UPDATE users SET id = 2')",
            "op.execute('SELECT rebuild()')",
            "op.bulk_insert(sa.table('users', sa.column('id')), [{'id': 1}])",
            "from app import helpers; helpers.run(op)",
        ] {
            assert!(repeats(step), "{step}");
        }
    }

    #[test]
    fn a_table_of_its_own_and_no_rows_at_all_are_safe() {
        for step in [
            "pass",
            "op.execute('INSERT INTO orders SELECT id FROM users')",
            "op.execute('COMMENT ON TABLE users IS NULL')",
            "op.execute('SELECT 1')",
            "op.add_column('users', sa.Column('email', sa.Text))",
        ] {
            assert!(!repeats(step), "{step}");
        }
    }
}
