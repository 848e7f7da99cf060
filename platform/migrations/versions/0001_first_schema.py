"""The first schema: people, campaigns, money, vouchers, redemptions, refunds, audit.

Every invariant on money or quota is a CHECK or UNIQUE here, so no code path can break it. The app connects as
``voucherlab_app``, which may not change or delete what is append-only; auditors as ``voucherlab_auditor``.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

_SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    for statement in _SQL.read_text(encoding="utf-8").split("\n;\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Money is never migrated backwards: restore a backup instead.")
