//! What a table consists of.

/// Something that belongs to a table, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A column.
    Column(String),
    /// An index.
    Index(String),
    /// A constraint.
    Constraint(String),
    /// That the column takes no NULL.
    NotNull(String),
}
