//! Revision files with operations of all kinds, most of them on tables that are there.

use std::fs;
use std::path::Path;

use crate::generated::header;

/// Writes a line of `count` revisions into `folder`.
pub(crate) fn write_mixed_revisions(folder: &Path, count: u32) {
    for number in 0..count {
        let parent = number.checked_sub(1).map_or("None".to_owned(), |parent| format!("'{parent:012x}'"));
        let table = format!("table_{}", number % 50);
        let text = format!(
            "{}def upgrade() -> None:\n    \
             op.create_table('new_{number}', sa.Column('id', sa.Integer(), nullable=False), \
             sa.Column('name', sa.String(length=255), nullable=True), sa.PrimaryKeyConstraint('id'))\n    \
             op.create_index('ix_new_{number}', 'new_{number}', ['name'], unique=False)\n    \
             op.add_column('{table}', sa.Column('column_{number}', sa.String(length=50), nullable=True))\n    \
             op.alter_column('{table}', 'name', existing_type=sa.String(length=50), type_=sa.Text())\n    \
             op.create_index('ix_{number}', '{table}', ['column_{number}'], unique=False)\n    \
             op.create_foreign_key('fk_{number}', '{table}', 'new_{number}', ['column_{number}'], ['id'])\n    \
             op.execute(\"UPDATE {table} SET column_{number} = name WHERE column_{number} IS NULL\")\n\n\n\
             def downgrade() -> None:\n    op.drop_constraint('fk_{number}', '{table}', type_='foreignkey')\n    \
             op.drop_column('{table}', 'column_{number}')\n    op.drop_table('new_{number}')\n",
            header(number, &parent)
        );
        fs::write(folder.join(format!("{number:012x}_change_{number}.py")), text).unwrap();
    }
}
