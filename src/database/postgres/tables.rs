//! What the tables look like: one round trip, catalog only, so that a role that may do nothing
//! but connect sees them too.

use std::collections::HashMap;

use super::catalog::BACK_TO_SAVEPOINT;
use super::session::{Answer, Session, text};
use super::sql;
use crate::database::catalog::{
    Catalog, Column, Constraint, EnumType, Index, MOST_PARTS, MOST_RELATIONS, Relation, RelationKind, Tables,
};

impl Session {
    /// Reads tables, columns, indexes, constraints and enumerations; the last part of a look.
    pub(super) async fn read_tables(&self, search_path: &[String]) -> Tables {
        let asked = sql::tables(search_path);
        // One statement's limit for each of them.
        match self.ask_patiently(&format!("SAVEPOINT alembic_doctor; {asked}"), 5).await {
            Ok(answers) => Tables::Read(catalog(&answers)),
            Err(failure) => {
                let _ = self.ask(BACK_TO_SAVEPOINT).await;
                Tables::Failed(failure.words())
            }
        }
    }
}

fn catalog(answers: &[Answer]) -> Catalog {
    let answer = |index: usize| answers.get(index + 1).map(Vec::as_slice).unwrap_or_default();
    let (found, columns, indexes, constraints) = (answer(0), answer(1), answer(2), answer(3));
    let is_cut =
        found.len() > MOST_RELATIONS || [columns, indexes, constraints].iter().any(|parts| parts.len() > MOST_PARTS);
    let mut relations = Vec::new();
    let mut by_oid = HashMap::new();
    for row in found.iter().take(MOST_RELATIONS) {
        by_oid.insert(text(row, 0), relations.len());
        relations.push(Relation {
            schema: Some(text(row, 1).to_owned()),
            name: text(row, 2).to_owned(),
            kind: if matches!(text(row, 3), "r" | "p") { RelationKind::Table } else { RelationKind::Other },
            columns: Some(Vec::new()),
            indexes: Vec::new(),
            constraints: Some(Vec::new()),
        });
    }
    for row in columns {
        let relation = by_oid.get(text(row, 0)).and_then(|index| relations.get_mut(*index));
        if let Some(columns) = relation.and_then(|relation| relation.columns.as_mut()) {
            columns.push(Column {
                name: text(row, 1).to_owned(),
                type_text: text(row, 2).to_owned(),
                nullable: text(row, 3) != "t",
                has_default: text(row, 4) == "t",
            });
        }
    }
    for row in indexes {
        if let Some(relation) = by_oid.get(text(row, 0)).and_then(|index| relations.get_mut(*index)) {
            let (name, unique, valid) = (text(row, 1).to_owned(), text(row, 2) == "t", text(row, 3) == "t");
            relation.indexes.push(Index { name, unique, valid });
        }
    }
    for row in constraints {
        let relation = by_oid.get(text(row, 0)).and_then(|index| relations.get_mut(*index));
        if let Some(constraints) = relation.and_then(|relation| relation.constraints.as_mut()) {
            constraints.push(Constraint {
                name: text(row, 1).to_owned(),
                kind: text(row, 2).chars().next().unwrap_or_default(),
                validated: text(row, 3) == "t",
            });
        }
    }
    let enums = answer(4).iter();
    let enums = enums.map(|row| EnumType { schema: text(row, 0).to_owned(), name: text(row, 1).to_owned() }).collect();
    Catalog::new(relations, enums, is_cut)
}
