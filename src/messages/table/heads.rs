//! More heads than a command can take.

use crate::messages::{About, Cause, Message, cause, unseen};

const TWO_HEADS: &[Cause] = &[
    cause("Two revisions continue the same one, most often because two git branches were merged", &["multiple-heads"]),
    cause("Two files claim the same id", &["duplicate-revision-id"]),
    cause("A second revision without a parent starts a line of its own", &["multiple-bases"]),
    cause(
        "One head only depends on the other (`depends_on`), which makes neither of them less of a head",
        &["check-heads-disagree"],
    ),
    unseen("Several heads are meant to be here, and the command should say which: `heads`, or LABEL@head"),
];
const TEST: &str = "`alembic heads` lists them, `alembic-doctor graph` shows where they part";

pub(super) const MESSAGES: &[Message] = &[
    Message {
        name: "multiple-heads-for-argument",
        patterns: &["Multiple head revisions are present for given argument '{argument}'"],
        crashes: &[],
        means: "The command was given a word that must name one revision, and it names several.",
        causes: TWO_HEADS,
        test: TEST,
        about: About::Heads,
    },
    Message {
        name: "multiple-heads-for-new-revision",
        patterns: &[
            "Multiple heads are present; please specify the head revision on which the new revision should be based",
        ],
        crashes: &[],
        means: "A new revision continues the head, and there are several.",
        causes: TWO_HEADS,
        test: TEST,
        about: About::Heads,
    },
    Message {
        name: "multiple-heads-for-stamp",
        patterns: &["Multiple heads are present; please specify a single target revision"],
        crashes: &[],
        means: "`stamp head` writes one row, and there are several heads.",
        causes: TWO_HEADS,
        test: TEST,
        about: About::Heads,
    },
    Message {
        name: "multiple-heads-in-script-directory",
        patterns: &["The script directory has multiple heads", "The script directory has multiple bases"],
        crashes: &[],
        means: "Code asked Alembic for the head (or the base) of the revisions, and there are several.",
        causes: TWO_HEADS,
        test: TEST,
        about: About::Heads,
    },
    Message {
        name: "several-current-heads",
        patterns: &["Version table '{table}' has more than one head present"],
        crashes: &[],
        means: "Code asked for the current revision, and the version table has several rows.",
        causes: &[
            cause("A row is implied by another", &["redundant-stamp-row"]),
            cause("The same row stands there twice", &["duplicate-stamp-rows"]),
            cause("Both heads of a fork were applied", &["multiple-heads"]),
            unseen("Several rows are meant to be there; the code should call get_current_heads()"),
        ],
        test: "`alembic-doctor current` lists all rows",
        about: About::Stamp,
    },
    Message {
        name: "not-a-head",
        patterns: &["Revision {id} is not a head revision; please specify --splice"],
        crashes: &[],
        means: "A new revision was to continue one that others continue already, which makes a second head.",
        causes: &[
            unseen("The revision is an old one: without --head the new one continues the newest"),
            unseen("A second branch is wanted: then --splice says so"),
        ],
        test: "`alembic heads` lists what can be continued",
        about: About::Revision,
    },
    Message {
        name: "same-head-twice",
        patterns: &["Duplicate head revisions specified"],
        crashes: &[],
        means: "`merge` was given the same revision twice.",
        causes: &[
            unseen("One id was typed twice, or two words name the same revision"),
            cause("Two files claim the same id", &["duplicate-revision-id"]),
        ],
        test: "`alembic heads` lists what can be merged",
        about: About::Heads,
    },
];
