//! Whether a step of an upgrade can be taken back.

use crate::operation::{Body, ConditionKind, Operation, Operations, Step};
use crate::source::masked_sql as shown;
use crate::sql::{Action, Command, ObjectKind, Write, WriteKind, statements};

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
            () => match (lost(upgrade, destroys), lost(downgrade, drops)) {
                (Some(step), _) => Self::LosesData(format!("upgrade() does {}", words(step))),
                (None, Some(step)) => Self::LosesData(format!("downgrade() does {}", words(step))),
                (None, None) => match (opaque(upgrade), opaque(downgrade)) {
                    (_, Some(reason)) => Self::Unknown(format!("downgrade(): {reason}")),
                    (Some(reason), None) => Self::Unknown(format!("upgrade(): {reason}")),
                    (None, None) => Self::Yes,
                },
            },
        }
    }
}

/// The first step that loses rows or values, by what its SQL does if it is SQL.
fn lost(body: &Body, is_loss: fn(&Command) -> bool) -> Option<&Step> {
    body.steps.iter().find(|step| match &step.operation {
        Operation::DropTable(_) | Operation::DropColumn(_) => true,
        Operation::Sql(sql) => statements(&sql.text).iter().any(|statement| is_loss(&statement.command)),
        _ => false,
    })
}

/// What was in a table or a column goes with it.
fn drops(command: &Command) -> bool {
    match command {
        Command::Drop(drop) => matches!(drop.kind, ObjectKind::Table | ObjectKind::Schema),
        Command::AlterTable(alter) => alter.actions.iter().any(|action| matches!(action, Action::DropColumn { .. })),
        _ => false,
    }
}

/// The same, and rows that go by themselves. In `downgrade()` these may be the rows that `upgrade()` brought.
fn destroys(command: &Command) -> bool {
    let deletes = |write: &Write| write.kind == WriteKind::Delete;
    drops(command)
        || matches!(command, Command::Truncate { .. })
        || matches!(command, Command::Write(write) if deletes(write))
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
        assert!(matches!(reversible("f(op.get_bind())", &add), Reversible::Unknown(why) if why.contains("upgrade()")));
    }

    #[test]
    fn sql_counts_as_the_directives_do() {
        let sql = |text: &str| format!("op.execute('{text}')");
        let down = |text: &str| format!("def downgrade():\n    {}", sql(text));
        let lost = |up: &str, back: &str| match reversible(&sql(up), &down(back)) {
            Reversible::LosesData(why) => why.split(' ').next().unwrap_or_default().to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(lost("ALTER TABLE t ADD COLUMN a int", "ALTER TABLE t DROP COLUMN a"), "downgrade()");
        assert_eq!(lost("SELECT 1; DROP TABLE t", "CREATE TABLE t (a int)"), "upgrade()");
        assert_eq!(lost("DELETE FROM t WHERE a = 1", "INSERT INTO t VALUES (1)"), "upgrade()");
        assert_eq!(lost("INSERT INTO t VALUES (1)", "DELETE FROM t WHERE a = 1"), "Yes");
    }
}
