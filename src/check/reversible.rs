//! Whether a step of an upgrade can be taken back.

use crate::operation::{Body, ConditionKind, Operation, Operations, Step};
use crate::source::masked_sql as shown;

/// Whether `downgrade()` takes a revision back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reversible {
    /// It does, as far as can be seen.
    Yes,
    /// It does, and rows or values are lost on the way; which.
    LosesData(String),
    /// It does not; why.
    No(String),
    /// It cannot be told; why.
    Unknown(String),
}

impl Reversible {
    pub(super) fn of(operations: &Operations) -> Self {
        let Operations { upgrade, downgrade, .. } = operations;
        let stops = downgrade.steps.iter().find(|step| {
            let is_always = step.conditions.iter().all(|condition| matches!(condition.kind, ConditionKind::Try));
            is_always && matches!(step.operation, Operation::Raise { .. })
        });
        let does_nothing = upgrade.steps.is_empty();
        match () {
            () if downgrade.span.is_none() => Self::No("downgrade() is missing".to_owned()),
            () if stops.is_some() => Self::No("downgrade() raises".to_owned()),
            () if downgrade.steps.is_empty() && !does_nothing => Self::No("downgrade() does nothing".to_owned()),
            () if does_nothing => Self::Yes,
            () => match (lost(upgrade), lost(downgrade)) {
                (Some(step), _) => Self::LosesData(format!("upgrade() does {}", words(step))),
                (None, Some(step)) => Self::LosesData(format!("downgrade() does {}", words(step))),
                (None, None) => match opaque(downgrade) {
                    Some(reason) => Self::Unknown(format!("downgrade(): {reason}")),
                    None => Self::Yes,
                },
            },
        }
    }
}

/// The first step that drops rows or values.
fn lost(body: &Body) -> Option<&Step> {
    body.steps.iter().find(|step| matches!(step.operation, Operation::DropTable(_) | Operation::DropColumn(_)))
}

fn words(step: &Step) -> String {
    shown(&step.operation.summary())
}

fn opaque(body: &Body) -> Option<String> {
    body.steps.iter().find_map(|step| match &step.operation {
        Operation::Opaque { reason } => Some(shown(reason)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::read;
    use crate::source::SourceFile;

    fn reversible(upgrade: &str, downgrade: &str) -> Reversible {
        let text = format!(
            "from alembic import op\nimport sqlalchemy as sa\n\n\ndef upgrade():\n    {upgrade}\n\n\n{downgrade}\n"
        );
        Reversible::of(&read(&SourceFile::new("a.py", text)))
    }

    #[test]
    fn what_downgrade_does_decides() {
        let index = "op.create_index('ix', 't', ['a'])";
        let down = |body: &str| format!("def downgrade():\n    {body}");
        assert_eq!(reversible(index, &down("op.drop_index('ix')")), Reversible::Yes);
        assert_eq!(reversible("pass", &down("pass")), Reversible::Yes);
        assert!(matches!(reversible(index, ""), Reversible::No(why) if why.contains("missing")));
        assert!(matches!(reversible(index, &down("pass")), Reversible::No(why) if why.contains("nothing")));
        assert!(
            matches!(reversible(index, &down("raise ValueError()")), Reversible::No(why) if why.contains("raises"))
        );
        assert!(matches!(reversible(index, &down("f(op.get_bind())")), Reversible::Unknown(_)));
        let drop = "op.drop_column('t', 'a')";
        let add = down("op.add_column('t', sa.Column('a', sa.Integer()))");
        assert!(matches!(reversible(drop, &add), Reversible::LosesData(why) if why.contains("upgrade()")));
    }
}
