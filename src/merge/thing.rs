//! The things that operations touch, and what an operation needs of them and leaves of them.

use std::fmt;

use crate::operation::model::TableName;

/// Something in a database that two operations can meet at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A table, view, sequence or index: they share their names.
    Relation(TableName),
    /// A column.
    Column(TableName, String),
    /// A property of a column.
    Property(TableName, String, Property),
    /// A constraint of a table.
    Constraint(TableName, String),
    /// The primary key of a table, whatever its name.
    PrimaryKey(TableName),
    /// The comment on a table.
    Comment(TableName),
    /// A type.
    Type(TableName),
    /// A label of an enumeration.
    Label(TableName, String),
    /// The order of the labels of an enumeration.
    Labels(TableName),
    /// What hangs on a table from outside: foreign keys and views.
    Dependents(TableName),
    /// What hangs on a column from outside.
    ColumnDependents(TableName, String),
    /// Views that read a column, and columns that are computed from it.
    Views(TableName, String),
    /// The key that a foreign key leads to; no columns where they are not named.
    ReferredKey(TableName, Vec<String>),
    /// Anything else by its kind and name: `schema app`, `extension citext`.
    Other(String),
}

/// What can be changed of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// Its type.
    Type,
    /// Whether it takes NULL.
    Nullable,
    /// What the server puts where no value is given.
    Default,
    /// Its comment.
    Comment,
}

impl Property {
    /// As a noun.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Nullable => "NOT NULL",
            Self::Default => "default",
            Self::Comment => "comment",
        }
    }
}

impl Thing {
    /// Its own name, without that of its table.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Relation(name) | Self::Type(name) => Some(&name.name),
            Self::Column(_, name) | Self::Constraint(_, name) => Some(name),
            _ => None,
        }
    }

    /// Whether only its being there counts, and not what it is like.
    pub(super) fn is_counted(&self) -> bool {
        matches!(self, Self::Dependents(_) | Self::ColumnDependents(..) | Self::Views(..) | Self::ReferredKey(..))
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relation(name) | Self::Dependents(name) | Self::ReferredKey(name, _) => write!(f, "{name}"),
            Self::Column(table, column) | Self::ColumnDependents(table, column) => write!(f, "{table}.{column}"),
            Self::Views(table, column) => write!(f, "a view of {table}.{column}"),
            Self::Property(table, column, property) => write!(f, "the {} of {table}.{column}", property.as_str()),
            Self::Constraint(table, name) => write!(f, "constraint {name} of {table}"),
            Self::PrimaryKey(table) => write!(f, "the primary key of {table}"),
            Self::Comment(table) => write!(f, "the comment on {table}"),
            Self::Type(name) => write!(f, "type {name}"),
            Self::Label(name, label) => write!(f, "label '{label}' of type {name}"),
            Self::Labels(name) => write!(f, "the order of the labels of type {name}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// What must hold for an operation to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing.
    Nothing,
    /// It is there.
    Present,
    /// It is not there.
    Absent,
}

/// What an operation leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaves {
    /// It as it was.
    AsIs,
    /// It is not there any more.
    Gone,
    /// It is there, like this.
    There(Value),
    /// It is there: like this, unless it was there before.
    Ensured(Value),
}

/// What something is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Told from all others by this text.
    Known(String),
    /// Written so; another text may mean the same.
    Unclear(String),
}

impl Value {
    /// Whether two are alike; `None` if that is not known.
    pub(super) fn is_like(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Known(one), Self::Known(two)) => Some(one == two),
            (Self::Known(one) | Self::Unclear(one), Self::Known(two) | Self::Unclear(two)) => {
                (one == two).then_some(true)
            }
        }
    }
}

/// What an operation needs of one thing, and leaves of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touch {
    pub(super) thing: Thing,
    pub(super) need: Need,
    pub(super) leaves: Leaves,
}

impl Touch {
    pub(super) fn new(thing: Thing, need: Need, leaves: Leaves) -> Self {
        Self { thing, need, leaves }
    }

    /// It must be there, and stays as it is.
    pub(super) fn uses(thing: Thing) -> Self {
        Self::new(thing, Need::Present, Leaves::AsIs)
    }
}
