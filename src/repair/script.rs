//! A new revision file, as Alembic would write it (alembic.script.base.ScriptDirectory.generate_revision):
//! the project's own `script.py.mako` where that can be rendered without Python, else Alembic's
//! generic form; named by `file_template`.

mod file_name;
mod mako;
mod python;

use crate::project::Naming;

pub use file_name::{Moment, NameError};

/// What stands in a new revision file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// `revision`
    pub id: String,
    /// `-m`, which names the file too.
    pub message: String,
    /// More of the docstring, below the message; without the empty line between them.
    pub details: String,
    /// `down_revision`
    pub parents: Vec<String>,
    /// `branch_labels`
    pub branch_labels: Vec<String>,
    /// `depends_on`
    pub depends_on: Vec<String>,
    /// The body of `upgrade()`, its lines not indented; empty for `pass`.
    pub upgrade: String,
    /// The body of `downgrade()`.
    pub downgrade: String,
}

/// The text of a new file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// What to write.
    pub text: String,
    /// Why the project's own template was not used, if it was not.
    pub fallback: Option<String>,
}

/// Alembic's own template (1.16.2 and newer), for projects whose template needs Python.
const GENERIC: &str = r#""""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

# revision identifiers, used by Alembic.
revision: str = ${repr(up_revision)}
down_revision: Union[str, Sequence[str], None] = ${repr(down_revision)}
branch_labels: Union[str, Sequence[str], None] = ${repr(branch_labels)}
depends_on: Union[str, Sequence[str], None] = ${repr(depends_on)}


def upgrade() -> None:
    """Upgrade schema."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Downgrade schema."""
    ${downgrades if downgrades else "pass"}
"#;

impl Script {
    /// The file's text. `template` is the project's `script.py.mako`, `created` the text of
    /// `create_date`, `databases` the names in the ini's `databases`, for the multidb template.
    pub fn render(&self, template: Option<&str>, created: &str, databases: Option<&str>) -> Rendered {
        let values = mako::Values { script: self, created, databases };
        let fallback = match template.map(|template| mako::render(template, &values)) {
            Some(Ok(text)) => return Rendered { text, fallback: None },
            Some(Err(reason)) => reason,
            None => "the project has no script.py.mako".to_owned(),
        };
        // Its own forms are all known to the renderer.
        let text = mako::render(GENERIC, &values).unwrap_or_default();
        Rendered { text, fallback: Some(fallback) }
    }

    /// The file's name, with `/` where the template has them.
    ///
    /// # Errors
    /// `file_template` asks for what Alembic does not have either, or for a form that is not known
    /// here.
    pub fn file_name(&self, naming: &Naming, moment: &Moment) -> Result<String, NameError> {
        file_name::file_name(naming, &self.id, &self.message, moment)
    }
}
