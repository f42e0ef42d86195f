//! What the pages claim.

use alembic_doctor::sql::Lock;

/// What the example of a page finds besides `schema.sql`.
pub const SETUPS: &[(&str, &str)] = &[
    (
        "concurrent-index-if-not-exists",
        "ALTER TABLE users ADD COLUMN email text; CREATE INDEX ix_users_email ON users (email); \
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_users_email'::regclass",
    ),
    ("concurrently-in-transaction", "ALTER TABLE users ADD COLUMN email text"),
    ("create-table-references-busy-table", "DROP TABLE orders"),
    ("downgrade-not-inverse", "DROP TABLE users; ALTER TABLE orders DROP COLUMN user_id"),
    ("drop-unnamed-constraint", "ALTER TABLE users ADD COLUMN email text"),
    ("enum-left-behind", "DROP TABLE users"),
    ("row-by-row-migration", "ALTER TABLE users ADD COLUMN active boolean"),
    ("unbatched-backfill", "ALTER TABLE users ADD COLUMN active boolean"),
];

/// An example that fails.
pub struct Failure {
    pub page: &'static str,
    /// SQL that makes a first run fail, whose remains make the second fail.
    pub before: &'static str,
    /// The command that fails is the last.
    pub commands: &'static [(&'static str, &'static str)],
    /// What the page and the error have in common.
    pub words: &'static [&'static str],
}

pub const FAILURES: &[Failure] = &[
    Failure {
        page: "autocommit-block-not-alone",
        before: "CREATE INDEX ix_users_email ON users (name)",
        commands: &[("upgrade", "head")],
        words: &["column \"email\" of relation \"users\" already exists"],
    },
    Failure {
        page: "concurrently-in-transaction",
        before: "",
        commands: &[("upgrade", "head")],
        words: &["CREATE INDEX CONCURRENTLY cannot run inside a transaction block"],
    },
    Failure {
        page: "downgrade-missing",
        before: "",
        commands: &[("upgrade", "head"), ("downgrade", "base"), ("upgrade", "head")],
        words: &["column \"email\" of relation \"users\" already exists"],
    },
    Failure {
        page: "drop-unnamed-constraint",
        before: "",
        commands: &[("upgrade", "head"), ("downgrade", "base")],
        words: &["Can't emit DROP CONSTRAINT for constraint", "it has no name"],
    },
    Failure {
        page: "enum-left-behind",
        before: "",
        commands: &[("upgrade", "head"), ("downgrade", "base"), ("upgrade", "head")],
        words: &["type \"mood\" already exists"],
    },
    Failure {
        page: "enum-value-in-transaction",
        before: "",
        commands: &[("upgrade", "head")],
        words: &["unsafe use of new value \"archived\" of enum type state"],
    },
    Failure {
        page: "missing-enum-type",
        before: "",
        commands: &[("upgrade", "head")],
        words: &["type \"mood\" does not exist"],
    },
    Failure {
        page: "not-null-without-proof",
        before: "",
        commands: &[("upgrade", "head")],
        words: &["column \"email\" of relation \"users\" contains null values"],
    },
    Failure {
        page: "offline-unsafe",
        before: "",
        commands: &[("sql", "head")],
        words: &["AttributeError: 'NoneType' object has no attribute 'fetchall'"],
    },
];

/// A lock that a page names.
pub struct Claim {
    pub page: &'static str,
    /// What was there before, and the statement; without it the example of the page.
    pub statement: Option<(&'static [&'static str], &'static str)>,
    pub table: &'static str,
    pub lock: Lock,
}

const fn example(page: &'static str, table: &'static str, lock: Lock) -> Claim {
    Claim { page, statement: None, table, lock }
}

const CHECK_LATER: &str = "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID";
const KEY_LATER: &str = "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users NOT VALID";

pub const LOCKS: &[Claim] = &[
    example("create-table-references-busy-table", "users", Lock::ShareRowExclusive),
    example("custom-type-false-diff", "users", Lock::AccessExclusive),
    example("foreign-key-locks-parent", "orders", Lock::ShareRowExclusive),
    example("foreign-key-locks-parent", "users", Lock::ShareRowExclusive),
    Claim {
        page: "foreign-key-locks-parent",
        statement: Some((&[KEY_LATER], "ALTER TABLE orders VALIDATE CONSTRAINT fk")),
        table: "orders",
        lock: Lock::ShareUpdateExclusive,
    },
    example("mixed-schema-and-data", "users", Lock::AccessExclusive),
    Claim {
        page: "not-null-without-proof",
        statement: Some((&[], "ALTER TABLE users ALTER COLUMN age SET NOT NULL")),
        table: "users",
        lock: Lock::AccessExclusive,
    },
    example("not-valid-and-validate-together", "users", Lock::AccessExclusive),
    Claim {
        page: "not-valid-and-validate-together",
        statement: Some((&[CHECK_LATER], "ALTER TABLE users VALIDATE CONSTRAINT c")),
        table: "users",
        lock: Lock::ShareUpdateExclusive,
    },
    Claim {
        page: "not-valid-and-validate-together",
        statement: Some((&[], KEY_LATER)),
        table: "users",
        lock: Lock::ShareRowExclusive,
    },
    example("type-change-rewrites", "orders", Lock::AccessExclusive),
];

/// What holds when the example has run: a query and its one value.
pub const DAMAGE: &[(&str, &str, &str)] = &[
    (
        "concurrent-index-if-not-exists",
        "SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'ix_users_email'::regclass",
        "false",
    ),
    ("drop-add-rename", "SELECT count(display_name)::text FROM users", "0"),
];

/// What holds when the fix has run: a query and its one value.
pub const AFTERWARDS: &[(&str, &str, &str)] = &[
    ("concurrent-index-if-not-exists", "SELECT bool_and(indisvalid)::text FROM pg_index", "true"),
    ("drop-add-rename", "SELECT count(display_name)::text FROM users", "3"),
    ("enum-value-in-transaction", "SELECT count(*)::text FROM users WHERE state = 'archived'", "3"),
    ("not-null-without-proof", "SELECT count(*)::text FROM users WHERE email IS NULL", "0"),
    ("unbatched-backfill", "SELECT count(*)::text FROM users WHERE active", "3"),
];
