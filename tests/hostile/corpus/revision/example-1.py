"""add order coupon

Revision ID: e85a0d6f127b
Revises: 7d9e2b40c8aa
Create Date: 2026-10-13 08:52:14.330586

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = 'e85a0d6f127b'
down_revision: Union[str, Sequence[str], None] = '7d9e2b40c8aa'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.add_column("orders", sa.Column("coupon", sa.String(40), nullable=True))


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_column("orders", "coupon")
