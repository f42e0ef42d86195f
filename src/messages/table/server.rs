//! What the database server, or something before it, refuses.

use crate::messages::{About, Message, cause, unseen};

pub(super) const MESSAGES: &[Message] = &[
    Message {
        name: "permission-denied",
        patterns: &[
            "permission denied for table {table}",
            "permission denied for relation {table}",
            "permission denied for schema {schema}",
            "permission denied for database {database}",
            "must be owner of table {table}",
            "must be owner of relation {table}",
        ],
        crashes: &[],
        means: "The role that runs the migration may not do this. Since PostgreSQL 15 nobody but the database's owner \
                may create tables in the schema public.",
        causes: &[
            cause("The role may not read the version table", &["version-table-unreadable"]),
            cause(
                "The version table is not there yet, and the role may not create it",
                &["version-table-not-creatable"],
            ),
            unseen("The role may read but not write, or may not create the tables of the migration in this schema"),
            unseen("The tables belong to another role, which ran the earlier migrations"),
            cause("Alembic looks for its version table in a schema that is not its own", &["version-table-elsewhere"]),
        ],
        test: "as the role that migrates: `SELECT current_user, has_schema_privilege('public', 'CREATE')`, and \\dt for \
               the owner of the table",
        about: About::Nothing,
    },
    Message {
        name: "lock-timeout",
        patterns: &[
            "canceling statement due to lock timeout",
            "canceling statement due to statement timeout",
            "could not obtain lock on relation \"{table}\"",
            "deadlock detected",
            "database is locked",
        ],
        crashes: &[],
        means: "A statement waited for a lock that another session held, and gave up. The migration was rolled back as \
                far as the database can.",
        causes: &[
            cause("Another migration is at work just now", &["migration-in-progress"]),
            unseen("A session of the application uses the table in a long or forgotten transaction"),
            unseen("A backup, an autovacuum against wraparound or a long report holds the table"),
        ],
        test: "while it waits: `SELECT pid, state, xact_start, query FROM pg_stat_activity WHERE \
               cardinality(pg_blocking_pids(pid)) > 0 OR state LIKE 'idle in transaction%'`",
        about: About::Nothing,
    },
    Message {
        name: "read-only-transaction",
        patterns: &["cannot execute {statement..} in a read-only transaction", "attempt to write a readonly database"],
        crashes: &[],
        means: "The connection may only read.",
        causes: &[
            cause(
                "The URL leads to a standby, or the role or the database has default_transaction_read_only set",
                &["read-only-endpoint"],
            ),
            unseen("The SQLite file, or its folder, is not writable"),
        ],
        test: "over the same URL: `SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')`",
        about: About::Nothing,
    },
    Message {
        name: "startup-parameter-refused",
        patterns: &[
            "unsupported startup parameter: {parameter}",
            "unsupported startup parameter in options: {parameter}",
        ],
        crashes: &[],
        means: "The server before PostgreSQL is a pooler (PgBouncer), and it does not pass this parameter on.",
        causes: &[
            cause("The URL leads to a pooler instead of the database", &["pooled-endpoint"]),
            unseen("The URL or env.py sets `options` or a server setting that the pooler does not know"),
        ],
        test: "migrate over the direct address of the database, or add the parameter to the pooler's \
               ignore_startup_parameters",
        about: About::Nothing,
    },
    Message {
        name: "prepared-statement-lost",
        patterns: &[
            "prepared statement \"{statement}\" does not exist",
            "prepared statement \"{statement}\" already exists",
        ],
        crashes: &[],
        means: "A pooler gave the same client another server connection between two statements, and prepared \
                statements belong to the connection.",
        causes: &[
            cause("The URL leads to a pooler in transaction mode", &["pooled-endpoint"]),
            unseen("Two parts of the application share a connection that was not meant to be shared"),
        ],
        test: "migrate over the direct address of the database: if the message is gone, it is the pooler",
        about: About::Nothing,
    },
    Message {
        name: "cannot-connect",
        patterns: &[
            "password authentication failed for user \"{role}\"",
            "no pg_hba.conf entry for",
            "database \"{database}\" does not exist",
            "role \"{role}\" does not exist",
            "could not translate host name",
            "could not connect to server",
            "Connection refused",
            "unable to open database file",
            "remaining connection slots are reserved",
            "too many clients already",
        ],
        crashes: &[],
        means: "No session with the database came about, so nothing of the migration ran.",
        causes: &[
            cause("The URL's password holds a % that is doubled where it must not be", &["percent-in-url"]),
            cause("The variable is not set, and env.py took another URL in its place", &["url-fallback"]),
            cause("The same is true from here", &["database-unreachable"]),
            unseen("Alembic used another URL, role or network than this run"),
            unseen("The database was not up yet when the command ran, and is now"),
        ],
        test: "compare the address in the message with the one that is shown here",
        about: About::Nothing,
    },
];
