"""Risk alerts, what processes have seen of possible attacks, and a version for who is frozen."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

_SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    for statement in _SQL.read_text(encoding="utf-8").split("\n;\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Money is never migrated backwards: restore a backup instead.")
