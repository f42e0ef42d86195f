//! alembic.ini, env.py and the URL.

use crate::messages::{About, Message, cause, unseen};

pub(super) const MESSAGES: &[Message] = &[
    Message {
        name: "no-script-location",
        patterns: &[
            "No 'script_location' key found in configuration",
            "No config file '{file..}' found, or file has no '[{section}]' section",
        ],
        crashes: &[],
        means: "Alembic found no configuration that says where the revisions are.",
        causes: &[
            unseen("The command ran in another folder than the one with alembic.ini, as `alembic` looks only there"),
            unseen("alembic.ini was not copied into the image, or -n names a section that it does not have"),
        ],
        test: "run it with -c and the whole path of alembic.ini",
        about: About::Nothing,
    },
    Message {
        name: "script-folder-missing",
        patterns: &["Path doesn't exist: {path..}. Please use the 'init' command"],
        crashes: &[],
        means: "The folder that script_location names is not there. `init` would make an empty one, which is rarely \
                what is missing.",
        causes: &[
            unseen("script_location is relative, and the command ran in another folder: %(here)s/… does not mind"),
            unseen("The folder was not copied into the image"),
            cause("The folders of the revisions are not there", &["missing-version-location", "env-unreadable"]),
        ],
        test: "list the folder that the message names, in the place where the command ran",
        about: About::Nothing,
    },
    Message {
        name: "several-version-locations",
        patterns: &[
            "Multiple version locations present, please specify --version-path",
            "Multiple version_locations present",
            "Path {path..} is not represented in current version locations",
        ],
        crashes: &[],
        means: "A new revision needs a folder, and the configuration names several, or not the one that was asked for.",
        causes: &[
            unseen("--version-path is missing, or is not exactly one of the configured folders"),
            cause("A configured folder is not there", &["missing-version-location"]),
        ],
        test: "compare --version-path with version_locations in the configuration",
        about: About::Nothing,
    },
    Message {
        name: "percent-sign-in-configuration",
        patterns: &[
            "invalid interpolation syntax in",
            "'%' must be followed by '%' or '('",
            "Bad value substitution: option '{option}' in section '{section}'",
        ],
        crashes: &[],
        means: "In an ini file % starts a reference to another value. A plain % has to be written %%.",
        causes: &[
            cause("A value of the configuration holds a single %", &["broken-configuration-value"]),
            cause(
                "env.py hands a URL with % to config.set_main_option(), which reads it like the ini: \
                 url.replace('%', '%%')",
                &["percent-in-url"],
            ),
        ],
        test: "if alembic.ini holds no single %, it is the URL that env.py sets",
        about: About::Nothing,
    },
    Message {
        name: "sslmode-not-known",
        patterns: &["unexpected keyword argument 'sslmode'"],
        crashes: &[],
        means: "`sslmode` is a word of libpq. asyncpg has `ssl` instead, and SQLAlchemy hands the URL's query on as it \
                is.",
        causes: &[
            cause("A URL for libpq is used with asyncpg", &["asyncpg-sslmode"]),
            unseen("The hoster's URL is rewritten to postgresql+asyncpg:// with its ?sslmode= left in"),
        ],
        test: "print the URL that env.py uses, without its password",
        about: About::Nothing,
    },
    Message {
        name: "dialect-not-known",
        patterns: &["Can't load plugin: sqlalchemy.dialects:{dialect}", "Could not parse SQLAlchemy URL from"],
        crashes: &[],
        means: "SQLAlchemy does not know the first word of the URL. Since 1.4 `postgres://` is not understood, only \
                `postgresql://`.",
        causes: &[
            cause("The URL starts with postgres://", &["postgres-scheme"]),
            unseen("The URL is empty, is a placeholder (driver://…), or holds a @, / or : that is not percent-encoded"),
            unseen("The package that brings the dialect is not installed where the command ran"),
        ],
        test: "print the URL that env.py uses, without its password",
        about: About::Nothing,
    },
    Message {
        name: "no-metadata",
        patterns: &["Can't proceed with --autogenerate option; environment script"],
        crashes: &[],
        means: "env.py has no `target_metadata`, so there is nothing to compare the database with.",
        causes: &[unseen(
            "env.py still has `target_metadata = None` of the template, or the import of the models is missing",
        )],
        test: "look at target_metadata in env.py",
        about: About::Nothing,
    },
];
