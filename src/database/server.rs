//! What a look shows of the server and of the session on it, besides the tables.

use std::fmt;

/// Where the server itself says that it was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerAddress {
    /// An address and a port.
    Tcp(String),
    /// A Unix socket.
    Socket,
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => f.write_str(address),
            Self::Socket => f.write_str("a Unix socket"),
        }
    }
}

/// A setting that the server keeps for a role, a database, or both (`pg_db_role_setting`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSetting {
    /// The role; `None` for all roles.
    pub role: Option<String>,
    /// The database, which is the one that was looked at; `None` for all databases.
    pub database: Option<String>,
    /// The setting.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl RoleSetting {
    /// The statement that made it: `ALTER ROLE app SET search_path`.
    pub fn statement(&self) -> String {
        let (of, within) = match (&self.role, &self.database) {
            (Some(role), None) => (format!("ROLE {role}"), String::new()),
            (Some(role), Some(database)) => (format!("ROLE {role}"), format!(" IN DATABASE {database}")),
            (None, Some(database)) => (format!("DATABASE {database}"), String::new()),
            (None, None) => ("ROLE ALL".to_owned(), String::new()),
        };
        format!("ALTER {of}{within} SET {}", self.name)
    }
}

/// A schema, and what the role may do in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// Its owner; of one that belongs to `pg_database_owner`, the owner of the database.
    pub owner: String,
    /// Whether the role has `USAGE`.
    pub may_use: bool,
    /// Whether the role has `CREATE`.
    pub may_create: bool,
}

/// Why it seems that not the server itself answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pooler {
    /// Whether the process that answered is another than the one that was announced at the start:
    /// something in between speaks the protocol.
    pub is_certain: bool,
    /// What shows it, a line each.
    pub signs: Vec<String>,
    /// The `options` of the URL, if it has any.
    pub options: Option<String>,
    /// What a connection with them was answered, if it was refused.
    pub refusal: Option<String>,
}

/// The setting of that name that holds for a session of `role`: the narrowest one wins.
pub fn effective<'a>(settings: &'a [RoleSetting], role: &str, name: &str) -> Option<&'a RoleSetting> {
    let holds = |setting: &&RoleSetting| setting.name == name && setting.role.as_deref().is_none_or(|own| own == role);
    // A role's own setting beats the database's (PostgreSQL: process_settings).
    settings.iter().filter(holds).max_by_key(|setting| (setting.role.is_some(), setting.database.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(role: Option<&str>, database: Option<&str>, value: &str) -> RoleSetting {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (role, database) = (owned(role), owned(database));
        RoleSetting { role, database, name: "search_path".to_owned(), value: value.to_owned() }
    }

    #[test]
    fn the_narrowest_setting_holds() {
        let settings = [
            setting(None, None, "all"),
            setting(None, Some("app"), "database"),
            setting(Some("r"), None, "role"),
            setting(Some("r"), Some("app"), "both"),
            setting(Some("other"), Some("app"), "other"),
        ];
        let value = |count: usize, role: &str| {
            effective(settings.get(..count).unwrap(), role, "search_path").map(|setting| setting.value.as_str())
        };
        assert_eq!(
            [1, 2, 3, 4].map(|count| value(count, "r")),
            [Some("all"), Some("database"), Some("role"), Some("both")]
        );
        assert_eq!(value(5, "x"), Some("database"));
        assert_eq!(effective(&settings, "r", "role"), None);
        assert_eq!(settings.get(3).unwrap().statement(), "ALTER ROLE r IN DATABASE app SET search_path");
    }
}
