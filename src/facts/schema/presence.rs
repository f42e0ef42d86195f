//! Whether the catalog has a table or a part of one: "no" only when it is nowhere.
//!
//! A table of that name in another schema or another case, or a view in its place, makes the
//! answer unknown: env.py may set a search path, translate schemas, or follow tenants.

use crate::database::Catalog;
use crate::database::catalog::{Relation, RelationKind};
use crate::operation::model::TableName;
use crate::schema::Part;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    There,
    Absent,
    Unknown,
}

pub(super) fn of_table(catalog: &Catalog, name: &TableName) -> Presence {
    match candidates(catalog, name) {
        Some(found) if found.is_empty() => Presence::Absent,
        Some(_) => Presence::There,
        None => Presence::Unknown,
    }
}

pub(super) fn of_part(catalog: &Catalog, name: &TableName, part: &Part) -> Presence {
    let Some(found) = candidates(catalog, name).filter(|found| !found.is_empty()) else { return Presence::Unknown };
    let mut answers = found.iter().map(|relation| in_relation(relation, part));
    let first = answers.next().unwrap_or(Presence::Unknown);
    match first {
        // Another table of that name may be the one that is meant.
        Presence::Absent if answers.any(|answer| answer != Presence::Absent) => Presence::Unknown,
        first => first,
    }
}

/// The relations that the name can mean, those of the search path first; `None` when it is not
/// known.
fn candidates<'c>(catalog: &'c Catalog, name: &TableName) -> Option<Vec<&'c Relation>> {
    let named: Vec<&Relation> = catalog.named(&name.name).collect();
    let Some(schema) = &name.schema else {
        return (!named.is_empty() || !catalog.is_cut()).then_some(named);
    };
    // SQLite's other schemas are other files, which nobody looked at.
    let has_no_schemas = catalog.relations().iter().any(|relation| relation.schema.is_none());
    let in_schema: Vec<&Relation> =
        named.iter().copied().filter(|relation| relation.schema.as_deref() == Some(schema)).collect();
    let is_known = !in_schema.is_empty() || named.is_empty() && !catalog.is_cut() && !has_no_schemas;
    is_known.then_some(in_schema)
}

fn in_relation(relation: &Relation, part: &Part) -> Presence {
    let is = |is_there: bool| if is_there { Presence::There } else { Presence::Absent };
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let answer = match part {
        Part::Column(name) => match &relation.columns {
            Some(columns) => is(columns.iter().any(|column| same(&column.name, name))),
            None => Presence::Unknown,
        },
        Part::NotNull(name) => {
            let columns = relation.columns.iter().flatten();
            let found = columns.filter(|column| same(&column.name, name)).map(|column| is(!column.nullable)).next();
            found.unwrap_or(Presence::Unknown)
        }
        Part::Index(name) => is(relation.indexes.iter().any(|index| same(&index.name, name))),
        Part::Constraint(name) => match &relation.constraints {
            // A naming convention may have made another name of it.
            Some(constraints) if constraints.iter().any(|one| same(&one.name, name)) => Presence::There,
            _ => Presence::Unknown,
        },
    };
    match (relation.kind, answer) {
        // What stands in the place of a table need not have all of it.
        (RelationKind::Other, Presence::Absent) => Presence::Unknown,
        (_, answer) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::catalog::{Column, Index};

    fn relation(schema: Option<&str>, name: &str, columns: &[&str]) -> Relation {
        let column = |name: &&str| Column { name: (*name).to_owned(), nullable: true, ..Column::default() };
        Relation {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
            columns: Some(columns.iter().map(column).collect()),
            ..Relation::default()
        }
    }

    fn column(name: &str) -> Part {
        Part::Column(name.to_owned())
    }

    fn named(schema: Option<&str>, name: &str) -> TableName {
        TableName { schema: schema.map(str::to_owned), name: name.to_owned() }
    }

    #[test]
    fn a_table_is_absent_only_when_it_is_nowhere() {
        let catalog = Catalog::new(vec![relation(Some("tenant"), "Users", &["id"])], Vec::new(), false);
        assert_eq!(of_table(&catalog, &named(None, "users")), Presence::There);
        assert_eq!(of_table(&catalog, &named(Some("public"), "users")), Presence::Unknown);
        assert_eq!(of_table(&catalog, &named(Some("tenant"), "users")), Presence::There);
        assert_eq!(of_table(&catalog, &named(None, "orders")), Presence::Absent);
        assert_eq!(of_table(&catalog, &named(Some("public"), "orders")), Presence::Absent);
    }

    #[test]
    fn what_was_cut_is_not_known() {
        let catalog = Catalog::new(vec![relation(Some("public"), "users", &["id"])], Vec::new(), true);
        assert_eq!(of_table(&catalog, &named(None, "orders")), Presence::Unknown);
        assert_eq!(of_table(&catalog, &named(None, "users")), Presence::There);
    }

    #[test]
    fn an_attached_file_was_not_looked_at() {
        let catalog = Catalog::new(vec![relation(None, "users", &["id"])], Vec::new(), false);
        assert_eq!(of_table(&catalog, &named(Some("other"), "orders")), Presence::Unknown);
    }

    #[test]
    fn a_column_of_a_namesake_makes_it_unknown_and_so_does_a_view() {
        let relations =
            vec![relation(Some("public"), "users", &["id"]), relation(Some("old"), "users", &["id", "email"])];
        let catalog = Catalog::new(relations, Vec::new(), false);
        let users = named(None, "users");
        assert_eq!(of_part(&catalog, &users, &column("ID")), Presence::There);
        assert_eq!(of_part(&catalog, &users, &column("email")), Presence::Unknown);
        assert_eq!(of_part(&catalog, &users, &column("phone")), Presence::Absent);
        assert_eq!(of_part(&catalog, &named(Some("public"), "users"), &column("email")), Presence::Absent);

        let view = Relation { kind: RelationKind::Other, ..relation(Some("public"), "users", &["id"]) };
        let catalog = Catalog::new(vec![view], Vec::new(), false);
        assert_eq!(of_part(&catalog, &users, &column("email")), Presence::Unknown);
    }

    #[test]
    fn indexes_and_nullability_are_seen_and_names_of_constraints_prove_only_presence() {
        let mut users = relation(Some("public"), "users", &["id"]);
        users.indexes = vec![Index { name: "ix_a".to_owned(), unique: false, valid: true }];
        users.constraints = Some(Vec::new());
        let catalog = Catalog::new(vec![users], Vec::new(), false);
        let users = named(None, "users");
        assert_eq!(of_part(&catalog, &users, &Part::Index("ix_a".to_owned())), Presence::There);
        assert_eq!(of_part(&catalog, &users, &Part::Index("ix_b".to_owned())), Presence::Absent);
        assert_eq!(of_part(&catalog, &users, &Part::NotNull("id".to_owned())), Presence::Absent);
        assert_eq!(of_part(&catalog, &users, &Part::NotNull("x".to_owned())), Presence::Unknown);
        assert_eq!(of_part(&catalog, &users, &Part::Constraint("uq".to_owned())), Presence::Unknown);
    }
}
