//! Names of tables and other objects, as PostgreSQL compares them.

use std::fmt;

/// A possibly schema-qualified name. Parts that were written without quotes are in lower case, so
/// that equal names are equal values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The schema, where it was written.
    pub schema: Option<String>,
    /// The name itself.
    pub name: String,
}

impl Name {
    /// A name without a schema; `name` as the catalog has it.
    pub fn new(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }

    /// A name in a schema; both as the catalog has them.
    pub fn in_schema(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }

    /// The same schema, another name: a renamed object stays where it is, an index is where its table is.
    pub fn sibling(&self, name: impl Into<String>) -> Self {
        Self { schema: self.schema.clone(), name: name.into() }
    }

    /// From the dotted parts. A database in front is dropped: PostgreSQL accepts only its own there.
    pub(super) fn from_parts(mut parts: Vec<String>) -> Option<Self> {
        let name = parts.pop()?;
        Some(Self { schema: parts.pop(), name })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", Part(schema))?;
        }
        write!(f, "{}", Part(&self.name))
    }
}

/// One part, in quotes where it would otherwise be folded or cut.
struct Part<'a>(&'a str);

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || !byte.is_ascii();
        let mut bytes = self.0.bytes();
        let is_plain = bytes.next().is_some_and(plain) && bytes.all(|b| plain(b) || b.is_ascii_digit() || b == b'$');
        if is_plain { f.write_str(self.0) } else { write!(f, "\"{}\"", self.0.replace('"', "\"\"")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_as_sql_would_have_to_write_it() {
        assert_eq!(Name::in_schema("app", "users").to_string(), "app.users");
        assert_eq!(Name::new("Users").to_string(), "\"Users\"");
        assert_eq!(Name::new("2fa").to_string(), "\"2fa\"");
        assert_eq!(Name::new("a\"b").to_string(), "\"a\"\"b\"");
        assert_eq!(Name::new("größe_2").to_string(), "größe_2");
    }
}
