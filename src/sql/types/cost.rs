//! What `ALTER COLUMN … TYPE` has to do with the rows.

use super::DataType;
use crate::sql::Answer;

/// The work of a change of type, apart from the lock, which is always ACCESS EXCLUSIVE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cost {
    /// The catalog changes, the rows stay. Indexes over expressions or with a `WHERE` are built
    /// anew all the same, and `CHECK` constraints of the column are checked again.
    Catalog,
    /// The rows stay, every index with this column is built anew.
    Indexes,
    /// Every row is written again, and every index of the table.
    Rewrite,
    /// It cannot be said, for this reason.
    Unknown(String),
}

impl Cost {
    /// Whether the table is written again.
    pub fn rewrite(&self) -> Answer {
        match self {
            Self::Catalog | Self::Indexes => Answer::No,
            Self::Rewrite => Answer::Yes,
            Self::Unknown(reason) => Answer::Unknown(reason.clone()),
        }
    }

    /// Whether all rows are read. Where only indexes are built, that happens if there are any.
    pub fn scan(&self) -> Answer {
        match self {
            Self::Catalog => Answer::No,
            Self::Indexes | Self::Rewrite => Answer::Yes,
            Self::Unknown(reason) => Answer::Unknown(reason.clone()),
        }
    }
}

/// Pairs of which the rows are the same and the indexes are not.
const SAME_ROWS: &[(&str, &str)] = &[
    ("bit", "bit varying"),
    ("character varying", "bpchar"),
    ("character varying", "citext"),
    ("citext", "character varying"),
    ("citext", "text"),
    ("integer", "oid"),
    ("oid", "integer"),
    ("text", "bpchar"),
    ("text", "citext"),
];

/// Pairs of which rows and indexes are the same.
const SAME_INDEXES: &[(&str, &str)] = &[
    ("character", "bpchar"),
    ("character varying", "text"),
    ("cidr", "inet"),
    ("text", "character varying"),
    ("xml", "character varying"),
    ("xml", "text"),
];

/// The cost of changing `from` into `to`, without `USING`. `utc` says whether the session's
/// TimeZone is UTC, which decides between `timestamp` and `timestamptz`.
///
/// The answers were measured on PostgreSQL 15 to 18; the documentation of 12 to 14 says nothing else.
pub fn cost(from: &str, to: &str, utc: Option<bool>) -> Cost {
    let no_type = |text: &str| Cost::Unknown(format!("\"{text}\" is not read as a type"));
    let Some(old) = DataType::parse(from) else { return no_type(from) };
    let Some(new) = DataType::parse(to) else { return no_type(to) };
    if old == new {
        return Cost::Catalog;
    }
    if let Some(unknown) = [&old, &new].into_iter().find(|side| !side.built_in && side.name != "citext") {
        return Cost::Unknown(format!("{} is not one of the built-in types whose rows are known", unknown.name));
    }
    if old.array || new.array {
        return array(&old, &new);
    }
    if old.name == new.name {
        return if widens(&old, &new) { Cost::Catalog } else { Cost::Rewrite };
    }
    // Whatever the pair, a length or precision of the new type has to be applied to each row.
    if !new.modifiers.is_empty() {
        return Cost::Rewrite;
    }
    let pair = (old.name.as_str(), new.name.as_str());
    match pair {
        ("timestamp without time zone", "timestamp with time zone")
        | ("timestamp with time zone", "timestamp without time zone") => match utc {
            Some(true) => Cost::Indexes,
            Some(false) => Cost::Rewrite,
            None => Cost::Unknown("it depends on whether the session's TimeZone is UTC".to_owned()),
        },
        _ if SAME_INDEXES.contains(&pair) => Cost::Catalog,
        _ if SAME_ROWS.contains(&pair) => Cost::Indexes,
        _ => Cost::Rewrite,
    }
}

/// Elements are converted one by one, unless only the limit goes away.
fn array(old: &DataType, new: &DataType) -> Cost {
    let loses_limit = old.array && new.array && old.name == new.name && new.modifiers.is_empty();
    if loses_limit { Cost::Catalog } else { Cost::Rewrite }
}

/// Whether every value of the old type is one of the new type as it is.
fn widens(old: &DataType, new: &DataType) -> bool {
    match new.name.as_str() {
        "character varying" | "bit varying" => match (old.modifiers.as_slice(), new.modifiers.as_slice()) {
            (_, []) => true,
            ([old], [new]) => new >= old,
            _ => false,
        },
        "numeric" => match (old.modifiers.as_slice(), new.modifiers.as_slice()) {
            (_, []) => true,
            ([old_digits, old_scale], [digits, scale]) => digits >= old_digits && scale == old_scale,
            _ => false,
        },
        name if name == "interval" || name.starts_with("time") => new.precision() >= old.precision(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // What the costs are is compared with the real servers, in tests/locks.
    #[test]
    fn what_cannot_be_known_is_said() {
        assert!(matches!(cost("timestamp", "timestamptz", None), Cost::Unknown(_)));
        assert!(matches!(cost("varchar(5)", "app.mood", None), Cost::Unknown(reason) if reason.contains("app.mood")));
        assert!(matches!(cost("varchar(n)", "text", None), Cost::Unknown(reason) if reason.contains("varchar(n)")));
        assert_eq!(cost("app.mood", "App.Mood", None), Cost::Catalog);
    }
}
