"""add customers

Revision ID: c41b7f93d206
Revises: 7d9e2b40c8aa
Create Date: 2026-10-12 11:05:30.771942

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = 'c41b7f93d206'
down_revision: Union[str, Sequence[str], None] = '7d9e2b40c8aa'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table(
        "customers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("email", sa.String(320), nullable=False),
    )


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table("customers")
