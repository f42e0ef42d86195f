//! The tables of a database as its catalog has them: plain data, bounded.
//!
//! What a name means to a project is not known here; all schemas are in it, so that a reader can
//! tell "nowhere" from "somewhere else".

use std::collections::HashMap;

/// The most tables and views that are read.
pub const MOST_RELATIONS: usize = 5_000;

/// The most columns (and indexes, and constraints) that are read.
pub const MOST_PARTS: usize = 200_000;

/// Whether the tables were read.
#[derive(Debug, Clone, Default)]
pub enum Tables {
    /// Nobody asked for them.
    #[default]
    NotRead,
    /// They could not be read in time, or failed otherwise; the server's words.
    Failed(String),
    /// They were read.
    Read(Catalog),
}

impl Tables {
    /// What was read, if anything was.
    pub fn catalog(&self) -> Option<&Catalog> {
        match self {
            Self::Read(catalog) => Some(catalog),
            Self::NotRead | Self::Failed(_) => None,
        }
    }
}

/// Tables, views and enumerations outside the system schemas.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    relations: Vec<Relation>,
    enums: Vec<EnumType>,
    /// Whether there is more than was read: what is not in it may be there all the same.
    is_cut: bool,
    /// Relations by their name in lower case.
    by_name: HashMap<String, Vec<usize>>,
}

/// A table or a view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relation {
    /// Its schema; `None` for SQLite.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// Its columns in order; `None` when they cannot be read.
    pub columns: Option<Vec<Column>>,
    /// Its indexes, also those behind constraints.
    pub indexes: Vec<Index>,
    /// Its constraints, but NOT NULL; `None` for SQLite, whose catalog has no names of them.
    pub constraints: Option<Vec<Constraint>>,
}

/// Kinds of relations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RelationKind {
    /// A table, also a partitioned one or a partition.
    #[default]
    Table,
    /// A view, a materialized view, a foreign or a virtual table: it stands for a table that may
    /// look otherwise.
    Other,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as the catalog prints it.
    pub type_text: String,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// Whether there is a default, or an expression that generates it.
    pub has_default: bool,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Whether it is unique.
    pub unique: bool,
    /// Whether it can be used: a concurrent build that failed leaves one that cannot.
    pub valid: bool,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// Its name.
    pub name: String,
    /// `pg_constraint.contype`: `c` check, `f` foreign key, `p` primary key, `u` unique, `x`
    /// exclusion.
    pub kind: char,
    /// Whether the rows that are there have been checked.
    pub validated: bool,
}

/// An enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumType {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
}

impl Catalog {
    /// What was read; `is_cut` when there is more.
    pub fn new(relations: Vec<Relation>, enums: Vec<EnumType>, is_cut: bool) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, relation) in relations.iter().enumerate() {
            by_name.entry(relation.name.to_lowercase()).or_default().push(index);
        }
        Self { relations, enums, is_cut, by_name }
    }

    /// All tables and views, those of the search path first.
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }

    /// The enumerations.
    pub fn enums(&self) -> &[EnumType] {
        &self.enums
    }

    /// Whether there is more than was read.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Every relation of that name in any schema, whatever its case.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Relation> {
        let found = self.by_name.get(&name.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter_map(|index| self.relations.get(*index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_schema_and_case() {
        let relation = |schema: &str, name: &str| Relation {
            schema: Some(schema.to_owned()),
            name: name.to_owned(),
            ..Relation::default()
        };
        let relations = vec![relation("public", "users"), relation("old", "Users"), relation("public", "orders")];
        let catalog = Catalog::new(relations, Vec::new(), false);
        let schemas: Vec<_> = catalog.named("USERS").filter_map(|relation| relation.schema.as_deref()).collect();
        assert_eq!(schemas, ["public", "old"]);
        assert_eq!(catalog.named("user").count(), 0);
    }
}
