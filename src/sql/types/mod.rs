//! PostgreSQL's types as text, and what changing one into another costs.

mod cost;

pub use cost::{Cost, cost};

/// A type with its aliases resolved: `int4` and `integer` are equal, so are `timestamp(6)` and `timestamp`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataType {
    /// PostgreSQL's own name for it, or the written one (with its schema) for a type of this database.
    pub name: String,
    /// What stands in brackets: a length, precision and scale. What PostgreSQL adds is added:
    /// `char` is `char(1)`, `numeric(5)` is `numeric(5,0)`.
    pub modifiers: Vec<i64>,
    /// An array of it. PostgreSQL does not tell dimensions apart.
    pub array: bool,
    /// It is one of PostgreSQL's own types that this module knows.
    pub built_in: bool,
}

/// The aliases that the grammar or the catalog knows, in lower case with single blanks.
const ALIASES: &[(&str, &str)] = &[
    ("int", "integer"),
    ("int4", "integer"),
    ("int2", "smallint"),
    ("int8", "bigint"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("bool", "boolean"),
    ("varchar", "character varying"),
    ("char varying", "character varying"),
    ("nchar varying", "character varying"),
    ("national character varying", "character varying"),
    ("national char varying", "character varying"),
    ("char", "character"),
    ("nchar", "character"),
    ("national character", "character"),
    ("national char", "character"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("time", "time without time zone"),
    ("timetz", "time with time zone"),
    ("varbit", "bit varying"),
];

const BUILT_IN: &[&str] = &[
    "\"char\"",
    "bigint",
    "bit",
    "bit varying",
    "boolean",
    "box",
    "bpchar",
    "bytea",
    "character",
    "character varying",
    "cidr",
    "circle",
    "date",
    "daterange",
    "double precision",
    "inet",
    "int4range",
    "int8range",
    "integer",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "numrange",
    "oid",
    "path",
    "point",
    "polygon",
    "real",
    "smallint",
    "text",
    "time with time zone",
    "time without time zone",
    "timestamp with time zone",
    "timestamp without time zone",
    "tsquery",
    "tsrange",
    "tstzrange",
    "tsvector",
    "uuid",
    "xml",
];

/// Microseconds: what the types of date and time have without a number, and the most they can have.
const FINEST: i64 = 6;

impl DataType {
    /// Reads a type as SQL writes it. None where it is no type, or one with modifiers that are not
    /// numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let (text, array) = without_array(&folded(text));
        let (words, modifiers) = without_brackets(&text)?;
        let words = words.strip_prefix("pg_catalog.").unwrap_or(&words);
        if words.is_empty() {
            return None;
        }
        let name = ALIASES.iter().find(|(alias, _)| *alias == words).map_or(words, |(_, name)| *name);
        let mut parsed = Self { name: name.to_owned(), modifiers, array, built_in: BUILT_IN.contains(&name) };
        parsed.complete()?;
        Some(parsed)
    }

    /// Adds what PostgreSQL would, and refuses what it would refuse.
    fn complete(&mut self) -> Option<()> {
        if self.name == "float" {
            let digits = self.modifiers.first().copied().unwrap_or(53);
            self.name = if digits <= 24 { "real" } else { "double precision" }.to_owned();
            self.modifiers.clear();
            self.built_in = true;
        }
        // The fields of an interval are no part of the modifiers that are compared here.
        if self.name.starts_with("interval ") {
            self.built_in = false;
        }
        let most = match self.name.as_str() {
            "numeric" => 2,
            "bit" | "bit varying" | "character" | "character varying" | "bpchar" | "interval" => 1,
            name if name.starts_with("time") => 1,
            _ if self.built_in => 0,
            _ => usize::MAX,
        };
        if self.modifiers.len() > most {
            return None;
        }
        match self.name.as_str() {
            "character" | "bit" if self.modifiers.is_empty() => self.modifiers.push(1),
            // `bpchar(n)` is `char(n)`; only without a length it is something of its own.
            "bpchar" if !self.modifiers.is_empty() => self.name = "character".to_owned(),
            "numeric" if self.modifiers.len() == 1 => self.modifiers.push(0),
            name if (name == "interval" || name.starts_with("time")) && self.precision() == FINEST => {
                self.modifiers.clear();
            }
            _ => {}
        }
        Some(())
    }

    /// Digits of a second, for the types of date and time.
    fn precision(&self) -> i64 {
        self.modifiers.first().copied().unwrap_or(FINEST).min(FINEST)
    }
}

/// Lower case outside of quotes, single blanks, none at brackets and commas.
fn folded(text: &str) -> String {
    let mut folded = String::new();
    let mut quoted = false;
    for char in text.trim().chars() {
        quoted ^= char == '"';
        if quoted {
            folded.push(char);
        } else if char.is_whitespace() {
            if !folded.ends_with(' ') {
                folded.push(' ');
            }
        } else {
            if "([,)]".contains(char) && folded.ends_with(' ') {
                folded.pop();
            }
            folded.extend(char.to_lowercase());
        }
    }
    folded
}

fn without_array(text: &str) -> (String, bool) {
    let mut text = text.trim();
    let mut array = false;
    while let Some((element, _)) = text.strip_suffix(']').and_then(|open| open.rsplit_once('[')) {
        text = element.trim();
        array = true;
    }
    match text.strip_suffix(" array") {
        Some(element) => (element.trim().to_owned(), true),
        None => (text.to_owned(), array),
    }
}

/// `timestamp(3) with time zone` to its words and its numbers.
fn without_brackets(text: &str) -> Option<(String, Vec<i64>)> {
    let Some((before, rest)) = text.split_once('(') else { return Some((text.to_owned(), Vec::new())) };
    let (inner, after) = rest.split_once(')')?;
    let numbers: Result<Vec<_>, _> = inner.split(',').map(|number| number.trim().parse()).collect();
    let words = format!("{} {}", before.trim(), after.trim());
    Some((words.trim().to_owned(), numbers.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        let (one, other) = (DataType::parse(one).unwrap(), DataType::parse(other).unwrap());
        one == other
    }

    #[test]
    fn aliases_are_the_same_type() {
        for (one, other) in [
            ("INT4", "integer"),
            ("VARCHAR(10)", "character varying (10)"),
            ("char", "character(1)"),
            ("bpchar(3)", "char(3)"),
            ("numeric(5)", "decimal( 5 , 0 )"),
            ("timestamp(3) WITH TIME ZONE", "timestamptz(3)"),
            ("timestamp(6)", "timestamp without time zone"),
            ("float(24)", "float4"),
            ("float", "double precision"),
            ("int[3][]", "integer ARRAY"),
            ("pg_catalog.int8", "bigint"),
            ("App.Mood", "app.mood"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("\"char\"", "char"),
            ("text", "text[]"),
            ("numeric", "numeric(5)"),
            ("\"Mood\"", "mood"),
            ("bpchar", "char"),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_type_is_none() {
        for text in ["", "  ", "varchar(n)", "varchar(10", "integer(3)", "numeric(1,2,3)"] {
            assert_eq!(DataType::parse(text), None, "{text}");
        }
    }
}
