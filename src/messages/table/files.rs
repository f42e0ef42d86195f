//! Revision files that Alembic cannot load or link.

use crate::messages::{About, Cause, Crash, Message, cause, cause_of_it, unseen};

const REVISION_MAP: &str = "alembic/script/revision.py";

pub(super) const MESSAGES: &[Message] = &[
    Message {
        name: "revision-present-twice",
        patterns: &["Revision {id} is present more than once"],
        crashes: &[],
        means: "Two files declare the same id. Alembic warns and goes on with one of them, so the other never runs.",
        causes: &[
            cause_of_it("A revision file was copied and its id kept", &["duplicate-revision-id"]),
            cause("The same folder is reached by two ways", &["file-loaded-twice"]),
            unseen("A stale .pyc file of a renamed revision is left, and `sourceless = true` loads it"),
        ],
        test: "search the version folders for the id: two files that say it, or one",
        about: About::Revision,
    },
    Message {
        name: "referenced-revision-missing",
        // A bare id is all that is left of the traceback in many a log.
        patterns: &["Revision {id} referenced from {child..} is not present", "KeyError: '{id#}'"],
        crashes: &[Crash { within: REVISION_MAP, pattern: "KeyError: '{id}'" }],
        means: "A file names a parent or a dependency that no file has. Alembic warns, then crashes with a bare \
                KeyError.",
        causes: MISSING,
        test: "`git log --all -S` with the id finds the commit that had the file",
        about: About::Revision,
    },
    Message {
        name: "cycle-detected",
        patterns: &[
            "Cycle is detected in revisions ({ids..})",
            "Dependency cycle is detected in revisions ({ids..})",
            "Self-loop is detected in revisions ({ids..})",
            "Dependency self-loop is detected in revisions ({ids..})",
        ],
        crashes: &[],
        means: "Following `down_revision` and `depends_on` leads back to the same revision, so nothing can run first.",
        causes: &[
            cause("The headers of these files point at each other in a loop", &["revision-cycle"]),
            cause("Two files claim one id, and so one stands at two places of the line", &["duplicate-revision-id"]),
        ],
        test: "`alembic-doctor check` draws the loop with its files",
        about: About::Nothing,
    },
    Message {
        name: "branch-label-taken",
        patterns: &["Branch name '{label}' in revision {id} already used by revision {other}"],
        crashes: &[],
        means: "Two revisions declare the same branch label, or a label equals a revision's id.",
        causes: &[
            cause_of_it("The label is declared twice", &["duplicate-branch-label"]),
            cause("Two files claim one id, and each brings its label", &["duplicate-revision-id"]),
        ],
        test: "search the version folders for the label",
        about: About::Label,
    },
    Message {
        name: "file-reached-twice",
        patterns: &["File {path} loaded twice! ignoring."],
        crashes: &[],
        means: "The same file is reached by two of the version locations. Alembic ignores the second time.",
        causes: &[cause(
            "Two version locations overlap, or a link leads from one into the other",
            &["file-loaded-twice"],
        )],
        test: "compare the version_locations of the configuration",
        about: About::Nothing,
    },
    Message {
        name: "no-revision-id-in-file",
        patterns: &["Could not determine revision id from filename {file}"],
        crashes: &[],
        means: "A Python file among the revisions has no `revision = …`. Every Alembic command stops at it.",
        causes: &[
            cause("A file that is no revision was put into the version folder", &["stray-file"]),
            cause("The line with the id is broken", &["unreadable-revision", "invalid-revision-value"]),
        ],
        test: "open the file",
        about: About::Nothing,
    },
    Message {
        name: "character-not-allowed-in-id",
        patterns: &["Character(s) '{characters..}' not allowed in revision identifier '{id}'"],
        crashes: &[],
        means: "A revision id holds a character that Alembic needs for its own: @, -, + and, in newer versions, more.",
        causes: &[
            cause_of_it("A file declares such an id", &["invalid-revision-id"]),
            unseen("`--rev-id` was given one"),
        ],
        test: "search the version folders for the id",
        about: About::Revision,
    },
    Message {
        name: "crash-in-revision-map",
        patterns: &[],
        crashes: &[Crash { within: REVISION_MAP, pattern: "AssertionError" }],
        means: "Alembic's own revision map crashed without a word. That is not a bug in a migration: the files or the \
                rows of the version table are in a state that Alembic does not expect.",
        causes: &[
            cause("A row of the version table is empty or not a whole id", &["truncated-stamp"]),
            cause(
                "A row is implied by another, or stands there twice",
                &["redundant-stamp-row", "duplicate-stamp-rows"],
            ),
            cause("A merge is applied by one side only", &["merge-step-crashes"]),
            cause(
                "The files do not fit together",
                &[
                    "missing-parent",
                    "missing-dependency",
                    "duplicate-revision-id",
                    "invalid-revision-value",
                    "revision-cycle",
                ],
            ),
            unseen("A relative identifier goes below the first revision (`downgrade head-99`)"),
        ],
        test: "`alembic heads` needs no database: if it crashes too, it is the files",
        about: About::Stamp,
    },
];

const MISSING: &[Cause] = &[
    cause_of_it("The file of the parent was deleted, renamed, or is on another git branch", &["missing-parent"]),
    cause_of_it("A dependency is not there", &["missing-dependency"]),
    cause("The file is there, but its id cannot be read", &["unreadable-revision", "identifier-not-static"]),
    cause("A folder with revisions is configured, but is not there", &["missing-version-location"]),
];
