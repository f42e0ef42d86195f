//! Whether the catalog has a table or a part of one: "yes" only where a migration would meet it, "no"
//! only when it is nowhere.
//!
//! A table of that name in another schema or another case, or a view in its place, makes the
//! answer unknown: env.py may set a search path, translate schemas, or follow tenants.

use crate::database::catalog::{Relation, RelationKind};
use crate::database::{Catalog, Look};
use crate::facts::Stamp;
use crate::operation::model::TableName;
use crate::schema::Part;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    There,
    Absent,
    Unknown,
}

/// The catalog, and where names without a schema lead.
pub(super) struct View<'a> {
    catalog: &'a Catalog,
    /// The search path and the schema of the stamp; none where that is not known, or for SQLite.
    schemas: Vec<&'a str>,
}

impl<'a> View<'a> {
    pub(super) fn new(catalog: &'a Catalog, look: &'a Look, stamp: &'a Stamp) -> Self {
        let mut schemas: Vec<&str> = look.search_path.iter().map(String::as_str).collect();
        if !schemas.is_empty() {
            schemas.extend(stamp.table_schema.as_deref());
            schemas.extend(stamp.table(look).and_then(|table| table.schema.as_deref()));
        }
        Self { catalog, schemas }
    }

    fn is_met(&self, relation: &Relation) -> bool {
        let Some(schema) = relation.schema.as_deref() else { return true };
        self.schemas.is_empty() || self.schemas.contains(&schema)
    }
}

pub(super) fn of_table(view: &View<'_>, name: &TableName) -> Presence {
    match candidates(view, name) {
        Some(found) if found.is_empty() => Presence::Absent,
        Some(_) => Presence::There,
        None => Presence::Unknown,
    }
}

/// The schema in which a table is there.
pub(super) fn schema_of<'a>(view: &View<'a>, name: &TableName) -> Option<&'a str> {
    candidates(view, name)?.first()?.schema.as_deref()
}

/// The schemas that have a table of that name where no migration would meet it.
pub(super) fn elsewhere<'a>(view: &View<'a>, name: &TableName) -> Vec<&'a str> {
    let hidden = view.catalog.named(&name.name).filter(|relation| name.schema.is_none() && !view.is_met(relation));
    if candidates(view, name).is_none() { hidden.filter_map(|one| one.schema.as_deref()).collect() } else { Vec::new() }
}

pub(super) fn of_part(view: &View<'_>, name: &TableName, part: &Part) -> Presence {
    let Some(found) = candidates(view, name).filter(|found| !found.is_empty()) else { return Presence::Unknown };
    let mut answers = found.iter().map(|relation| in_relation(relation, part));
    let first = answers.next().unwrap_or(Presence::Unknown);
    match first {
        // Another table of that name may be the one that is meant.
        Presence::Absent if answers.any(|answer| answer != Presence::Absent) => Presence::Unknown,
        first => first,
    }
}

/// The relations that the name can mean, the one that a migration would meet first; `None` when it
/// is not known.
fn candidates<'c>(view: &View<'c>, name: &TableName) -> Option<Vec<&'c Relation>> {
    let catalog = view.catalog;
    // PostgreSQL tells cases apart, SQLite does not.
    let is_exact = |relation: &Relation| relation.schema.is_none() || relation.name == name.name;
    let mut named: Vec<&Relation> = catalog.named(&name.name).collect();
    let Some(schema) = &name.schema else {
        if named.is_empty() {
            return (!catalog.is_cut()).then_some(named);
        }
        let is_met = |relation: &Relation| is_exact(relation) && view.is_met(relation);
        named.sort_by_key(|relation| !is_met(relation));
        return named.first().is_some_and(|first| is_met(first)).then_some(named);
    };
    // SQLite's other schemas are other files, which nobody looked at.
    let has_no_schemas = catalog.relations().iter().any(|relation| relation.schema.is_none());
    let in_schema: Vec<&Relation> =
        named.iter().copied().filter(|one| one.schema.as_deref() == Some(schema) && is_exact(one)).collect();
    let is_known = !in_schema.is_empty() || named.is_empty() && !catalog.is_cut() && !has_no_schemas;
    is_known.then_some(in_schema)
}

fn in_relation(relation: &Relation, part: &Part) -> Presence {
    let is = |is_there: bool| if is_there { Presence::There } else { Presence::Absent };
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    // In another case it is another name to PostgreSQL, but raw SQL may have written it so.
    let among = |names: &mut dyn Iterator<Item = &String>, name: &str| {
        let found: Vec<&String> = names.filter(|found| same(found, name)).collect();
        match found.iter().any(|found| relation.schema.is_none() || *found == name) {
            false if !found.is_empty() => Presence::Unknown,
            is_there => is(is_there),
        }
    };
    let answer = match part {
        Part::Column(name) => match &relation.columns {
            Some(columns) => among(&mut columns.iter().map(|column| &column.name), name),
            None => Presence::Unknown,
        },
        Part::NotNull(name) => {
            let columns = relation.columns.iter().flatten();
            let found = columns.filter(|column| same(&column.name, name)).map(|column| is(!column.nullable)).next();
            found.unwrap_or(Presence::Unknown)
        }
        Part::Index(name) => among(&mut relation.indexes.iter().map(|index| &index.name), name),
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

    fn in_public(catalog: &Catalog) -> View<'_> {
        View { catalog, schemas: vec!["public"] }
    }

    fn column(name: &str) -> Part {
        Part::Column(name.to_owned())
    }

    fn named(schema: Option<&str>, name: &str) -> TableName {
        TableName { schema: schema.map(str::to_owned), name: name.to_owned() }
    }

    #[test]
    fn a_table_is_absent_only_when_it_is_nowhere() {
        let relations = vec![relation(Some("tenant"), "Users", &["id"]), relation(Some("public"), "Wiki", &["id"])];
        let catalog = Catalog::new(relations, Vec::new(), false);
        assert_eq!(of_table(&in_public(&catalog), &named(None, "Users")), Presence::Unknown);
        assert_eq!(elsewhere(&in_public(&catalog), &named(None, "Users")), ["tenant"]);
        assert_eq!(of_table(&in_public(&catalog), &named(Some("public"), "Users")), Presence::Unknown);
        assert_eq!(of_table(&in_public(&catalog), &named(Some("tenant"), "Users")), Presence::There);
        assert_eq!(of_table(&in_public(&catalog), &named(None, "Wiki")), Presence::There);
        assert_eq!(of_table(&in_public(&catalog), &named(None, "wiki")), Presence::Unknown, "it is another table");
        let nowhere_known = View { catalog: &catalog, schemas: Vec::new() };
        assert_eq!(of_table(&nowhere_known, &named(None, "Users")), Presence::There);
        assert_eq!(of_table(&in_public(&catalog), &named(None, "orders")), Presence::Absent);
        assert_eq!(of_table(&in_public(&catalog), &named(Some("public"), "orders")), Presence::Absent);
    }

    #[test]
    fn what_was_cut_is_not_known() {
        let catalog = Catalog::new(vec![relation(Some("public"), "users", &["id"])], Vec::new(), true);
        assert_eq!(of_table(&in_public(&catalog), &named(None, "orders")), Presence::Unknown);
        assert_eq!(of_table(&in_public(&catalog), &named(None, "users")), Presence::There);
    }

    #[test]
    fn an_attached_file_was_not_looked_at() {
        let catalog = Catalog::new(vec![relation(None, "users", &["id"])], Vec::new(), false);
        assert_eq!(of_table(&in_public(&catalog), &named(Some("other"), "orders")), Presence::Unknown);
    }

    #[test]
    fn a_column_of_a_namesake_makes_it_unknown_and_so_does_a_view() {
        let relations =
            vec![relation(Some("public"), "users", &["id"]), relation(Some("old"), "users", &["id", "email"])];
        let catalog = Catalog::new(relations, Vec::new(), false);
        let users = named(None, "users");
        assert_eq!(of_part(&in_public(&catalog), &users, &column("id")), Presence::There);
        assert_eq!(of_part(&in_public(&catalog), &users, &column("ID")), Presence::Unknown);
        assert_eq!(of_part(&in_public(&catalog), &users, &column("email")), Presence::Unknown);
        assert_eq!(of_part(&in_public(&catalog), &users, &column("phone")), Presence::Absent);
        assert_eq!(of_part(&in_public(&catalog), &named(Some("public"), "users"), &column("email")), Presence::Absent);

        let view = Relation { kind: RelationKind::Other, ..relation(Some("public"), "users", &["id"]) };
        let catalog = Catalog::new(vec![view], Vec::new(), false);
        assert_eq!(of_part(&in_public(&catalog), &users, &column("email")), Presence::Unknown);
    }

    #[test]
    fn indexes_and_nullability_are_seen_and_names_of_constraints_prove_only_presence() {
        let mut users = relation(Some("public"), "users", &["id"]);
        users.indexes = vec![Index { name: "ix_a".to_owned(), unique: false, valid: true }];
        users.constraints = Some(Vec::new());
        let catalog = Catalog::new(vec![users], Vec::new(), false);
        let users = named(None, "users");
        assert_eq!(of_part(&in_public(&catalog), &users, &Part::Index("ix_a".to_owned())), Presence::There);
        assert_eq!(of_part(&in_public(&catalog), &users, &Part::Index("ix_b".to_owned())), Presence::Absent);
        assert_eq!(of_part(&in_public(&catalog), &users, &Part::NotNull("id".to_owned())), Presence::Absent);
        assert_eq!(of_part(&in_public(&catalog), &users, &Part::NotNull("x".to_owned())), Presence::Unknown);
        assert_eq!(of_part(&in_public(&catalog), &users, &Part::Constraint("uq".to_owned())), Presence::Unknown);
    }
}
