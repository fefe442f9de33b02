"""when an idempotency key was first used"""

import sqlalchemy as sa
from alembic import op

Seconds: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable: the release before, which may run beside this one, knows nothing of it.
    op.add_column("idempotency_keys", sa.Column("created_at", Seconds, nullable=True))
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys")
    op.drop_column("idempotency_keys", "created_at")
