//! The rows of the version table.

use crate::messages::{About, Crash, Message, cause, cause_of_it, unseen};

pub(super) const MESSAGES: &[Message] = &[
    Message {
        name: "overlapping-revisions",
        patterns: &["Requested revision {id} overlaps with other requested revisions {others}"],
        crashes: &[],
        means: "The version table has two rows of which one is an ancestor of the other, or two targets were given \
                that are. Alembic wants only the newer.",
        causes: &[
            cause_of_it("A row of the version table is implied by another", &["redundant-stamp-row"]),
            cause_of_it("A row is a shortened id of the same line", &["truncated-stamp"]),
            cause("Two files claim the same id", &["duplicate-revision-id"]),
            unseen("Two targets on the command line imply each other"),
        ],
        test: "`alembic-doctor current` lists all rows; if there is one row only, it is the files or the command line",
        about: About::Revision,
    },
    Message {
        name: "database-not-up-to-date",
        patterns: &["Target database is not up to date"],
        crashes: &[],
        means: "`revision --autogenerate` and `check` compare the models with the database, and that makes sense only \
                when the rows of the version table are exactly the heads.",
        causes: &[
            cause("Revisions are pending", &["database-behind"]),
            cause("The database has tables but no stamp", &["unstamped-database"]),
            cause("There are several heads, and not all are applied", &["multiple-heads"]),
            cause("A row is implied by another, so the rows are not the heads", &["redundant-stamp-row"]),
            cause(
                "The stamp is not one of these files",
                &["orphaned-stamp", "database-ahead", "database-diverged", "foreign-stamp", "truncated-stamp"],
            ),
            cause("Alembic reads another version table than the one with the stamp", &["version-table-elsewhere"]),
            cause("Two files claim the same id", &["duplicate-revision-id"]),
            cause("The migration is running just now", &["migration-in-progress"]),
            cause("The migration failed, and what ran it went on", &["migration-failure-ignored"]),
            cause("env.py leaves a transaction open and never commits", &["uncommitted-migrations"]),
            unseen("Alembic looked at another database than this one"),
        ],
        test: "compare `alembic current` with `alembic heads`, and the URL that env.py uses with the one named here",
        about: About::Stamp,
    },
    Message {
        name: "not-on-all-heads",
        patterns: &["Database is not on all head revisions"],
        crashes: &[],
        means: "`current --check-heads` found that the rows of the version table are not exactly the heads.",
        causes: &[
            cause("Revisions are pending", &["database-behind"]),
            cause("The database has tables but no stamp", &["unstamped-database"]),
            cause("There are several heads, and not all are applied", &["multiple-heads"]),
            cause(
                "A row is implied by another, or a head by a dependency",
                &["redundant-stamp-row", "check-heads-disagree"],
            ),
            cause(
                "The stamp is not one of these files",
                &["orphaned-stamp", "database-ahead", "database-diverged", "foreign-stamp", "truncated-stamp"],
            ),
            cause("The migration is running just now", &["migration-in-progress"]),
        ],
        test: "compare `alembic current` with `alembic heads`",
        about: About::Stamp,
    },
    Message {
        name: "waited-in-vain",
        patterns: &["There are still unapplied migrations after {time} seconds"],
        crashes: &[],
        means: "A container waited for the database to reach the head of its own code, and gave up. It can wait for \
                ever when the database is at other code than its image.",
        causes: &[
            cause("The migration has not run: its job was not started, or failed", &["database-behind"]),
            cause("The database is newer than the image that waits", &["database-ahead"]),
            cause(
                "The database is stamped with a revision that the image that waits does not have",
                &["database-diverged", "orphaned-stamp", "foreign-stamp"],
            ),
            cause("The migration is running just now", &["migration-in-progress"]),
            cause("The database has tables but no stamp", &["unstamped-database"]),
            cause("The graph has several heads, and the migration goes to one of them", &["multiple-heads"]),
            unseen("The container that waits and the one that migrates use different images or databases"),
        ],
        test: "compare the heads in the message: if the database's is not in the code of the container that waits, \
               no waiting helps",
        about: About::Stamp,
    },
    Message {
        name: "version-row-not-matched",
        patterns: &[
            "Online migration expected to match one row when updating '{id}' to '{to}' in '{table}'; {count} found",
            "Online migration expected to match one row when deleting '{id}' in '{table}'; {count} found",
        ],
        crashes: &[Crash { within: "self.heads.remove(", pattern: "KeyError: '{id}'" }],
        means: "After a migration Alembic rewrites its row of the version table, and the row was not there, or there \
                more than once. On a database with transactional DDL nothing of that migration is kept.",
        causes: &[
            cause_of_it("The same row stands there more than once", &["duplicate-stamp-rows"]),
            cause_of_it(
                "The row is only the beginning of the id: Alembic reads it, but cannot replace it",
                &["truncated-stamp"],
            ),
            cause("Another run was faster: two processes migrated at once", &["migration-in-progress"]),
            cause(
                "The application migrates when it starts, and two copies started at once",
                &["migrations-race-at-start", "advisory-lock-too-short"],
            ),
            unseen("The migration itself wrote to the version table, or changed the search path"),
            unseen("A rule, trigger or row level security on the version table hides the row"),
        ],
        test: "the number that was found: 2 or more is a duplicate; 0 with the row still there is a shortened id, 0 \
               without it is another run",
        about: About::Revision,
    },
    Message {
        name: "id-too-long-for-version-table",
        patterns: &["value too long for type character varying({width})"],
        crashes: &[],
        means: "A text does not fit into its column. At the end of a migration it is the id that does not fit into \
                version_num, which is 32 characters wide.",
        causes: &[
            cause("A revision's id is longer than the column of the version table", &["revision-id-too-long"]),
            unseen("The migration itself writes data that is too long for one of the tables"),
        ],
        test: "the [SQL: …] below the message: `UPDATE alembic_version` or `INSERT INTO alembic_version` is the id",
        about: About::Nothing,
    },
    Message {
        name: "two-runs-at-once",
        patterns: &[
            "duplicate key value violates unique constraint \"pg_type_typname_nsp_index\"",
            "duplicate key value violates unique constraint \"pg_class_relname_nsp_index\"",
            "duplicate key value violates unique constraint \"alembic_version_pkc\"",
            "UNIQUE constraint failed: alembic_version.version_num",
        ],
        crashes: &[],
        means: "Two sessions created the same table, or wrote the same row of the version table, at the same moment.",
        causes: &[
            cause("Another run is at work just now", &["migration-in-progress"]),
            cause(
                "The application migrates when it starts, and two copies started at once",
                &["migrations-race-at-start", "advisory-lock-too-short"],
            ),
            unseen("Several workers or jobs ran `alembic upgrade` at once, and one of them won"),
            unseen("A migration writes to the version table by itself"),
        ],
        test: "run it once more, alone: if it succeeds, two runs had met; one process should migrate, or an advisory \
               lock in env.py should make the others wait",
        about: About::Stamp,
    },
    Message {
        name: "operations-not-in-a-revision",
        patterns: &["New upgrade operations detected"],
        crashes: &[],
        means: "`alembic check` compared the models with the database and found differences: a revision is missing for \
                them, or the database is not what the revisions make of it.",
        causes: &[
            unseen("The models changed, and no revision was made for it"),
            cause("The stamp is not true: the schema is not what it says", &["untrue-stamp", "half-applied-revision"]),
            unseen("The comparison sees what is meant to differ: types, defaults, tables of others (include_object)"),
        ],
        test: "run the check on a new database after `alembic upgrade heads`: if it is silent there, this database \
               differs from its stamp; if not, a revision is missing",
        about: About::Stamp,
    },
];
