//! One revision as Alembic writes it (alembic.script.base.Script.cmd_format), with colours.

use super::style::{FAINT, GOOD, ID, LABEL, NOTE, PLAIN, paint};
use super::words::{Page, clean, shown_path};
use crate::graph::Graph;
use crate::revision::{Field, Revision};

/// Which parts of a line are written. Alembic's commands differ in nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    /// `parent (dependencies) -> `
    pub(super) parents: bool,
    /// ` (labels)`
    pub(super) labels: bool,
    /// ` (branchpoint)` and ` (mergepoint)`
    pub(super) points: bool,
    /// ` (current)`
    pub(super) current: bool,
    /// `, message`
    pub(super) message: bool,
}

/// The sets that every line of a listing asks for, made once.
#[derive(Debug)]
pub(super) struct Marks<'a> {
    graph: &'a Graph,
    heads: Vec<&'a str>,
    real_heads: Vec<&'a str>,
}

impl<'a> Marks<'a> {
    /// The marks of a graph.
    pub(super) fn new(graph: &'a Graph) -> Self {
        let mut heads = graph.heads();
        let mut real_heads = graph.real_heads();
        heads.sort_unstable();
        real_heads.sort_unstable();
        Self { graph, heads, real_heads }
    }

    fn is_head(&self, id: &str) -> bool {
        self.heads.binary_search(&id).is_ok()
    }

    fn is_real_head(&self, id: &str) -> bool {
        self.real_heads.binary_search(&id).is_ok()
    }

    /// The short form, in one line.
    pub(super) fn short(&self, revision: &Revision, parts: Parts) -> String {
        let id = revision.id.as_str();
        let mut line = String::new();
        if parts.parents {
            line.push_str(&clean(&parents(revision)));
            if !revision.depends_on.is_empty() {
                line.push_str(&clean(&format!(" ({})", revision.depends_on.join(", "))));
            }
            line.push_str(" -> ");
        }
        line.push_str(&paint(ID, &clean(id)));
        let labels = self.graph.labels(id);
        if parts.labels && !labels.is_empty() {
            line.push_str(&format!(" {}", paint(LABEL, &clean(&format!("({})", labels.join(", "))))));
        }
        if self.is_real_head(id) {
            line.push_str(&format!(" {}", paint(GOOD, "(head)")));
        } else if self.is_head(id) {
            line.push_str(&format!(" {}", paint(GOOD, "(effective head)")));
        }
        if parts.current {
            line.push_str(&format!(" {}", paint(NOTE, "(current)")));
        }
        if parts.points {
            if self.graph.children(id).len() > 1 {
                line.push_str(" (branchpoint)");
            }
            if revision.down_revision.len() > 1 {
                line.push_str(" (mergepoint)");
            }
        }
        let message = revision.message();
        if parts.message && !message.is_empty() {
            line.push_str(&format!(", {}", clean(&message)));
        }
        line
    }

    /// The long form, several lines.
    pub(super) fn long(&self, page: &mut Page, revision: &Revision, current: bool) {
        let id = revision.id.as_str();
        let children = self.graph.children(id);
        let is_merge = revision.down_revision.len() > 1;
        let mut marks = String::new();
        for (is_so, mark) in [
            (self.is_head(id), "(head)"),
            (children.len() > 1, "(branchpoint)"),
            (is_merge, "(mergepoint)"),
            (current, "(current)"),
        ] {
            if is_so {
                marks.push_str(&format!(" {}", paint(GOOD, mark)));
            }
        }
        page.line(&format!("{} {}{marks}", paint(FAINT, "Rev:"), paint(ID, &clean(id))));
        field(page, if is_merge { "Merges" } else { "Parent" }, &parents(revision));
        if !revision.depends_on.is_empty() {
            field(page, "Also depends on", &revision.depends_on.join(", "));
        }
        if children.len() > 1 {
            field(page, "Branches into", &children.join(", "));
        }
        let labels = self.graph.labels(id);
        if !labels.is_empty() {
            field(page, "Branch names", &labels.join(", "));
        }
        page.line(&format!("{} {}", paint(FAINT, "Path:"), shown_path(revision.source.path())));
        for unknown in &revision.not_static {
            field(page, "Not known", &format!("{} {}", unknown.field.as_str(), unknown.reason));
        }
        page.blank();
        for text in revision.docstring.trim().lines() {
            page.paragraph(4, PLAIN, &clean(text.trim_end()));
        }
    }
}

fn field(page: &mut Page, name: &str, text: &str) {
    let head = format!("{name}: ");
    page.hanging(0, &paint(FAINT, &head), head.len(), PLAIN, &clean(text));
}

/// What stands before the arrow.
fn parents(revision: &Revision) -> String {
    if !revision.down_revision.is_empty() {
        revision.down_revision.join(", ")
    } else if revision.is_unknown(Field::DownRevision) {
        "<not known>".to_owned()
    } else {
        "<base>".to_owned()
    }
}
