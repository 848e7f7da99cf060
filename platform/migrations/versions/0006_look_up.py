"""Redemptions are found by the number of their order, whichever shop made it."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("CREATE INDEX redemption_of_order_no ON redemption (order_no)")


def downgrade() -> None:
    raise RuntimeError("Money is never migrated backwards: restore a backup instead.")
