//! Identifiers that Alembic cannot find, or cannot walk from: alembic.script.revision.

use crate::messages::{About, Message, cause, cause_of_it, unseen};

pub(super) const MESSAGES: &[Message] = &[
    Message {
        name: "cannot-locate-revision",
        patterns: &[
            "Can't locate revision identified by '{id}'",
            "No such revision or branch '{id}'",
            "No such branch: '{id}'",
            "Multiple revisions start with '{id}'",
            "Revision {id} is not a member of branch '{label}'",
        ],
        crashes: &[],
        means: "Alembic looked for this revision in the files and found none, or more than one. It may have been typed, \
                or it may be a row of the version table: then it is not what was typed, and any command that reads the \
                database fails like this.",
        causes: &[
            cause_of_it(
                "The version table holds it, and no file here has it: the file was deleted, renamed, or is on another \
                 git branch, or the database belongs to newer code or to another project",
                &["orphaned-stamp", "database-ahead", "database-diverged", "foreign-stamp"],
            ),
            cause_of_it(
                "The version table holds it, but not as a whole id: shortened, in another case, or with blanks",
                &["truncated-stamp"],
            ),
            cause("A folder with revisions is configured, but is not there", &["missing-version-location"]),
            cause(
                "The file is there, but its id cannot be read",
                &["unreadable-revision", "identifier-not-static", "stray-file"],
            ),
            unseen("It was mistyped, is the beginning of several ids, or is a branch label that no revision has"),
            unseen("The command ran with another configuration, or in another checkout, than this one"),
        ],
        test: "`alembic heads` needs no database: if it works, the message is about a row of the version table or \
               about what was typed, and not about the files",
        about: About::Identifier,
    },
    Message {
        name: "not-a-downgrade-target",
        patterns: &[
            "Destination {id} is not a valid downgrade target from current head(s)",
            "Not a valid downgrade target from current heads",
        ],
        crashes: &[],
        means: "A downgrade goes from the rows of the version table down to a revision below them. The one that was \
                asked for is not below any of them.",
        causes: &[
            unseen("The revision is not applied, is above the current one, or is on another branch"),
            cause(
                "The stamp is not what it should be",
                &["redundant-stamp-row", "truncated-stamp", "orphaned-stamp", "database-ahead", "database-diverged"],
            ),
        ],
        test: "`alembic current` shows where the database stands, `alembic history -i` what is below it",
        about: About::Revision,
    },
    Message {
        name: "relative-revision-too-far",
        patterns: &["Relative revision {relative} didn't produce {count} migrations", "Walked too far"],
        crashes: &[],
        means: "A relative identifier (+2, -1) counts steps from the current revision, and there are fewer.",
        causes: &[
            unseen("The database is nearer to the end than thought: at the head there is no +1, at the base no -1"),
            cause("The database is not stamped at all, so there is nothing to count from", &["unstamped-database"]),
            unseen("`upgrade -N` or `downgrade +N`: each goes one way only"),
        ],
        test: "`alembic current` shows where the steps start; naming the revision instead needs no counting",
        about: About::Stamp,
    },
    Message {
        name: "ambiguous-walk",
        patterns: &[
            "Ambiguous walk",
            "Ambiguous upgrade from multiple current revisions",
            "downgrade -1 from multiple heads is ambiguous",
        ],
        crashes: &[],
        means: "A relative identifier meets a branch point, a merge, or several current revisions, and could go on in \
                more than one way.",
        causes: &[
            cause("The graph has several heads", &["multiple-heads"]),
            cause("The version table has a row too many", &["redundant-stamp-row"]),
            unseen("The step goes over a branch point or a merge: name the revision, or LABEL@+N"),
        ],
        test: "`alembic current` with more than one line means several current revisions; else it is the graph",
        about: About::Heads,
    },
    Message {
        name: "range-not-related",
        patterns: &[
            "Requested range {range} does not refer to ancestor/descendant revisions along the same branch",
            "History range requires [start]:[end]",
        ],
        crashes: &[],
        means: "A range goes from an older revision to a newer one that descends from it; these two do not.",
        causes: &[
            unseen("The ends are the wrong way round, or on two branches"),
            cause("The graph has several heads", &["multiple-heads"]),
        ],
        test: "`alembic history` lists the revisions, the newest first",
        about: About::Nothing,
    },
    Message {
        name: "range-not-allowed",
        patterns: &[
            "Range revision not allowed",
            "downgrade with --sql requires <fromrev>:<torev>",
            "Stamp operation with --sql only supports a single starting revision at a time",
        ],
        crashes: &[],
        means: "FROM:TO is for `--sql`, where no database says where to start. Without --sql the start is the stamp.",
        causes: &[unseen("A range without --sql, or `downgrade --sql` or `stamp --sql` without exactly one start")],
        test: "with --sql write FROM:TO, without it only TO",
        about: About::Nothing,
    },
];
