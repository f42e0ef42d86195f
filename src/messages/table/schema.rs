//! Tables and columns that are there, or are not, against what a migration expects.

use crate::messages::{About, Message, cause, cause_of_it, unseen};

pub(super) const MESSAGES: &[Message] = &[
    Message {
        name: "object-already-exists",
        patterns: &[
            "relation \"{table}\" already exists",
            "column \"{column}\" of relation \"{table}\" already exists",
            "constraint \"{constraint}\" for relation \"{table}\" already exists",
            "type \"{type}\" already exists",
            "schema \"{schema}\" already exists",
            "table {table} already exists",
            "table \"{table}\" already exists",
            "index {index} already exists",
            "duplicate column name: {column}",
            "Table '{table}' already exists",
            "Duplicate column name '{column}'",
        ],
        crashes: &[],
        means: "A migration creates what is there already. Nothing is wrong with creating it: it has run before, or \
                something else made it.",
        causes: &[
            cause(
                "The tables were made without Alembic (`create_all`, a dump), or the stamp was lost, so Alembic starts \
                 from the first revision",
                &["unstamped-database"],
            ),
            cause(
                "The stamp is in another version table than the one that Alembic reads",
                &["version-table-elsewhere"],
            ),
            cause("The migration ran before and stopped in the middle", &["half-applied-revision"]),
            cause("Another run is at work just now, or two ran at once", &["migration-in-progress"]),
            cause(
                "The application migrates when it starts, and two copies started at once",
                &["migrations-race-at-start", "advisory-lock-too-short"],
            ),
            cause(
                "env.py never commits, which on SQLite and MySQL loses the stamp and keeps the tables",
                &["uncommitted-migrations"],
            ),
            cause("The stamp is older than the schema", &["untrue-stamp", "truncated-stamp"]),
            unseen("Two revisions create the same thing, one on each of two merged branches"),
            unseen("The application calls create_all() at its start, before the migration runs"),
            unseen("A PostgreSQL enum is created by hand and once more with the table that uses it"),
        ],
        test: "look whether the object is exactly what the revision creates (\\d in psql, .schema in sqlite3): if all \
               of the revision is there, the stamp is too old; if only the first part is, it stopped in the middle",
        about: About::Object,
    },
    Message {
        name: "object-does-not-exist",
        patterns: &[
            "relation \"{table}\" does not exist",
            "column \"{column}\" does not exist",
            "column \"{column}\" of relation \"{table}\" does not exist",
            "column {column} does not exist",
            "constraint \"{constraint}\" of relation \"{table}\" does not exist",
            "table \"{table}\" does not exist",
            "index \"{index}\" does not exist",
            "type \"{type}\" does not exist",
            "no such table: {table}",
            "no such column: {column}",
            "no such index: {index}",
            "Unknown column '{column}' in",
        ],
        crashes: &[],
        means: "The code or a migration uses what this database does not have.",
        causes: &[
            cause_of_it("The revision that makes it is pending", &["database-behind"]),
            cause(
                "The database was stamped without running the revisions, or a revision lost its effect",
                &["untrue-stamp", "half-applied-revision"],
            ),
            cause("A script stamps the database without looking", &["blind-stamp"]),
            cause("The migration failed, and what ran it went on", &["migration-failure-ignored"]),
            cause(
                "env.py leaves a transaction open and never commits: the log says Running upgrade, and nothing stays",
                &["uncommitted-migrations"],
            ),
            cause_of_it(
                "A revision was put below one that had run already, so it never runs here",
                &["reparented-revision", "inserted-revision"],
            ),
            cause_of_it("The revision is on a second head that `upgrade head` does not reach", &["multiple-heads"]),
            cause(
                "Alembic and the application look at different schemas or version tables",
                &["version-table-elsewhere"],
            ),
            cause("The database is at newer code, which removed it", &["database-ahead", "orphaned-stamp"]),
            cause("Alembic migrated another database than the application uses", &["url-fallback"]),
            cause("A revision was edited after it had run here", &["edited-revision"]),
            cause(
                "A data migration works with the application's models, which have columns of later revisions",
                &["application-import-in-migration"],
            ),
        ],
        test: "ask the same database for the object and for `SELECT * FROM alembic_version`: a stamp at head without \
               the object means that the revision did not do its work here",
        about: About::Object,
    },
    Message {
        name: "unsafe-use-of-enum-value",
        patterns: &[
            "unsafe use of new value \"{value}\" of enum type",
            "ALTER TYPE ... ADD cannot run inside a transaction block",
        ],
        crashes: &[],
        means: "A value was added to an enum, and PostgreSQL lets nobody use it before the transaction that added it \
                is committed (before PostgreSQL 12 it cannot be added in a transaction at all). Alembic runs all \
                pending revisions in one transaction.",
        causes: &[
            cause(
                "The revision that adds the value uses it too (in a default, an UPDATE or a CHECK), or a later one does \
                 that shares its transaction; on PostgreSQL 11 and older: it stands outside of autocommit_block()",
                &["enum-value-in-transaction"],
            ),
            unseen(
                "A later revision uses it in a way that is not seen, and both are pending: they share one transaction",
            ),
        ],
        test: "search the pending revisions for the value: put ALTER TYPE … ADD VALUE into \
               `with op.get_context().autocommit_block():`, in a revision of its own",
        about: About::Nothing,
    },
];
