"""Where people must be to claim a batch: a circle, or null for everywhere."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE batch ADD COLUMN claim_area jsonb CHECK ((claim_area ->> 'radius_m')::integer > 0)")


def downgrade() -> None:
    raise RuntimeError("Money is never migrated backwards: restore a backup instead.")
