//! What `alembic upgrade --sql` prints for one revision.

use super::{Rendered, Renderer};
use crate::operation::Body;

/// One step of a script, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The statement; none where it is not known, and the reason.
    pub statement: Result<String, String>,
    /// Index of the step in the body, if it is one of the revision's own.
    pub step: Option<usize>,
}

/// The statements of a body between those that begin and end its transaction, in which neither
/// those nor the version table's are.
///
/// `transactional`: whether the dialect's DDL is part of transactions, as on PostgreSQL.
pub fn script(renderer: &mut Renderer, body: &Body, transactional: bool) -> Vec<Line> {
    let own = |text: &str| Line { statement: Ok(text.to_owned()), step: None };
    let mut lines = Vec::new();
    let mut block = None;
    for (index, step) in body.steps.iter().enumerate() {
        let rendered = renderer.step(step, body);
        if matches!(rendered, Rendered::Skipped) {
            continue;
        }
        let own_block = step.in_autocommit.then_some(step.autocommit_blocks);
        if transactional && own_block != block {
            if block.is_some() {
                lines.push(own("BEGIN"));
            }
            if own_block.is_some() {
                lines.push(own("COMMIT"));
            }
            block = own_block;
        }
        match rendered {
            Rendered::Sql(statements) => {
                lines.extend(statements.into_iter().map(|text| Line { statement: Ok(text), step: Some(index) }));
            }
            Rendered::Unknown(reason) => lines.push(Line { statement: Err(reason), step: Some(index) }),
            Rendered::Skipped => {}
        }
    }
    if block.is_some() {
        lines.push(own("BEGIN"));
    }
    lines
}
