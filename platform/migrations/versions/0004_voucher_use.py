"""Why a till last refused a voucher, for its holder; and which step's dynamic code a redemption used up."""

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS = (
    # One row a voucher, overwritten: the holder asks for the last reason only.
    """
    CREATE TABLE redemption_refusal (
      voucher_id text PRIMARY KEY REFERENCES voucher,
      merchant_id text NOT NULL,
      code text NOT NULL,
      refused_at timestamptz NOT NULL
    )
    """,
    "GRANT SELECT, INSERT, UPDATE ON redemption_refusal TO voucherlab_app",
    "GRANT SELECT ON redemption_refusal TO voucherlab_auditor",
    # Null for a static code, so a redemption with one costs no entry of the index.
    "ALTER TABLE redemption ADD COLUMN code_step bigint",
    "CREATE UNIQUE INDEX redemption_of_dynamic_code ON redemption (voucher_id, code_step) WHERE code_step IS NOT NULL",
    # For those that were taken back whole; the others are found by redemption_of_voucher.
    "CREATE INDEX redemption_taken_back ON redemption (voucher_id) WHERE reversed",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Money is never migrated backwards: restore a backup instead.")
