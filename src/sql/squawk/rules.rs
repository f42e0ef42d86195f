//! Which of Squawk's rules are on, and why.

/// One of Squawk's rules, and what we make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultRule {
    /// Squawk's name.
    pub name: &'static str,
    /// It is on unless it is excluded.
    pub on: bool,
    /// It does not apply to a table that the same transaction created.
    pub spares_new_tables: bool,
    /// Why it is on, or why not.
    pub why: &'static str,
    /// A statement that it warns of; empty for those that are off.
    pub example: &'static str,
}

/// All of them; the table in the documentation is this one.
pub const RULES: &[DefaultRule] = &[
    on("require-concurrent-index-creation", "CREATE INDEX ix ON t (a)", "writes wait while the index is built"),
    on("require-concurrent-index-deletion", "DROP INDEX ix", "reads and writes wait for the lock"),
    on("require-concurrent-reindex", "REINDEX INDEX ix", "reads and writes wait while the index is built"),
    on(
        "require-concurrent-partition-detach",
        "ALTER TABLE t DETACH PARTITION p",
        "reads and writes of the whole table wait for the lock",
    ),
    on(
        "constraint-missing-not-valid",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
        "all rows are checked under the lock",
    ),
    on(
        "adding-foreign-key-constraint",
        "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES p (id)",
        "all rows are compared under a lock on both tables",
    ),
    on(
        "adding-field-with-default",
        "ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()",
        "a value for each row rewrites the table",
    ),
    on(
        "adding-required-field",
        "ALTER TABLE t ADD COLUMN a integer NOT NULL",
        "it fails as soon as the table has a row",
    ),
    on(
        "adding-serial-primary-key-field",
        "ALTER TABLE t ADD COLUMN id serial PRIMARY KEY",
        "the index is built under the strongest lock",
    ),
    on(
        "disallowed-unique-constraint",
        "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)",
        "the index is built under the strongest lock",
    ),
    on("prefer-repack", "VACUUM FULL t", "VACUUM FULL and CLUSTER rewrite the table under the strongest lock"),
    on(
        "renaming-column",
        "ALTER TABLE t RENAME COLUMN a TO b",
        "code that runs during the deployment still uses the old name",
    ),
    on("renaming-table", "ALTER TABLE t RENAME TO u", "code that runs during the deployment still uses the old name"),
    on(
        "ban-drop-column",
        "ALTER TABLE t DROP COLUMN a",
        "data is lost, and code that runs during the deployment still reads it",
    ),
    on("ban-drop-table", "DROP TABLE t", "data is lost, and code that runs during the deployment still reads it"),
    always_on("ban-drop-schema", "DROP SCHEMA s", "everything in it is lost"),
    always_on("ban-drop-database", "DROP DATABASE d", "everything in it is lost"),
    always_on("ban-drop-sequence", "DROP SEQUENCE s", "the numbers that were given out are forgotten"),
    always_on("ban-drop-extension", "DROP EXTENSION e", "what uses its types and functions goes with it"),
    always_on("ban-truncate-cascade", "TRUNCATE t CASCADE", "tables are emptied that the statement does not name"),
    on("ban-set-schema", "ALTER TABLE t SET SCHEMA s", "code that runs during the deployment looks in the old schema"),
    on(
        "ban-drop-generated-expression",
        "ALTER TABLE t ALTER COLUMN a DROP EXPRESSION",
        "new rows have no value from then on",
    ),
    on("ban-alter-identity", "ALTER TABLE t ALTER COLUMN id DROP IDENTITY", "inserts that were right before may fail"),
    always_on(
        "ban-create-domain-with-constraint",
        "CREATE DOMAIN d AS integer CHECK (VALUE > 0)",
        "its constraint can only be changed by reading every table that uses it",
    ),
    always_on(
        "ban-alter-domain-with-add-constraint",
        "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)",
        "every table that uses it is read under a lock",
    ),
    always_on("ban-duplicate-column-assignments", "UPDATE t SET a = 1, a = 2", "PostgreSQL refuses the statement"),
    always_on(
        "identifier-too-long",
        "CREATE TABLE tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt (id integer)",
        "PostgreSQL cuts the name, and two names may become one",
    ),
    always_on(
        "unused-ignore",
        "-- squawk-ignore no-such-rule\nSELECT 1",
        "a comment that ignores a rule which does not exist ignores nothing",
    ),
    off("changing-column-type", "it cannot know the old type; type-change-rewrites does"),
    off("adding-not-nullable-field", "it cannot see the CHECK of an earlier revision; not-null-without-proof does"),
    off(
        "ban-concurrent-index-creation-in-transaction",
        "it does not know Alembic's transactions; concurrently-in-transaction does",
    ),
    off("transaction-nesting", "wrong for the COMMIT and BEGIN around an autocommit_block"),
    off("ban-uncommitted-transaction", "wrong for the COMMIT and BEGIN around an autocommit_block"),
    off("require-lock-timeout", "it cannot see env.py and the role; missing-lock-timeout does"),
    off("require-statement-timeout", "it cannot see env.py and the role; missing-statement-timeout does"),
    off("require-timeout-settings", "another name for the two above"),
    off(
        "prefer-robust-stmts",
        "Alembic's transaction undoes what came before an error; IF NOT EXISTS would accept an invalid index",
    ),
    off("ban-drop-not-null", "it only permits more; no data is lost"),
    off("ban-drop-default", "the usual last step after a new column was filled"),
    off("ban-drop-constraint", "the usual last step after SET NOT NULL was proven by a CHECK"),
    off("ban-drop-view", "views are replaced by dropping them first"),
    off("ban-drop-function", "functions are replaced by dropping them first"),
    off("ban-drop-type", "an enum goes with its last table"),
    off("ban-drop-domain", "a domain goes with its last table"),
    off("renaming-object", "names of constraints and indexes are no interface"),
    off("require-enum-value-ordering", "style"),
    off("prefer-bigint-over-int", "style"),
    off("prefer-bigint-over-smallint", "style"),
    off("prefer-identity", "style"),
    off("prefer-text-field", "style"),
    off("prefer-timestamptz", "style"),
    off("ban-char-field", "style"),
    off("require-table-schema", "off in Squawk, too"),
    off("ban-drop-trigger", "off in Squawk, too"),
    off("ban-alter-generated-expression", "off in Squawk, too"),
    off("ban-drop-index", "off in Squawk, too"),
    off("ban-set-default", "off in Squawk, too"),
    off("ban-disable-trigger", "off in Squawk, too"),
    off("ban-replica-identity", "off in Squawk, too"),
    off("ban-drop-policy", "off in Squawk, too"),
    off("ban-revoke", "off in Squawk, too"),
    off("ban-replace-view-function", "off in Squawk, too"),
    off("ban-alter-policy-condition", "off in Squawk, too"),
    off("ban-alter-policy-roles", "off in Squawk, too"),
    off("ban-create-policy", "off in Squawk, too"),
    off("ban-alter-function-options", "off in Squawk, too"),
    off("ban-alter-view-options", "off in Squawk, too"),
    off("ban-alter-role-options", "off in Squawk, too"),
    off("ban-alter-database-options", "off in Squawk, too"),
    off("ban-alter-row-level-security", "off in Squawk, too"),
    off("ban-new-write-restriction", "off in Squawk, too"),
    off("ban-add-enum-value", "off in Squawk, too"),
    off("ban-add-composite-attribute", "off in Squawk, too"),
    off("ban-add-column", "off in Squawk, too"),
    off("ban-detach-inheritance", "off in Squawk, too"),
    off("ban-alter-sequence-values", "off in Squawk, too"),
    off("ban-alter-system-options", "off in Squawk, too"),
    off("ban-alter-extension", "off in Squawk, too"),
];

/// On, and about locks, rows or clients that a new table does not have.
const fn on(name: &'static str, example: &'static str, why: &'static str) -> DefaultRule {
    DefaultRule { name, on: true, spares_new_tables: true, why, example }
}

const fn always_on(name: &'static str, example: &'static str, why: &'static str) -> DefaultRule {
    DefaultRule { name, on: true, spares_new_tables: false, why, example }
}

/// Off; who switches it on gets it as Squawk has it.
const fn off(name: &'static str, why: &'static str) -> DefaultRule {
    DefaultRule { name, on: false, spares_new_tables: false, why, example: "" }
}
