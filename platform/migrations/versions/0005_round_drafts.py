"""Why a round was sent back last, and a way to take a batch out of a draft round."""

from alembic import op

revision = "0005"
down_revision = "0004"

_STATEMENTS = (
    "ALTER TABLE round ADD COLUMN rejection jsonb",
    # With its owner's rights and for drafts only: the platform's role itself still may not delete a batch.
    """
    CREATE FUNCTION remove_draft_batch(gone text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
      PERFORM FROM batch b JOIN round r ON r.id = b.round_id
        WHERE b.id = gone AND b.state = 'draft' AND r.state = 'draft';
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no draft: %', gone;
      END IF;
      DELETE FROM ledger_account WHERE batch_id = gone;
      DELETE FROM batch_stock WHERE batch_id = gone;
      DELETE FROM batch WHERE id = gone;
      RETURN true;
    END $$
    """,
    "REVOKE ALL ON FUNCTION remove_draft_batch(text) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION remove_draft_batch(text) TO voucherlab_app",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Money is never migrated backwards: restore a backup instead.")
