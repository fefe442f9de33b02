"""studies"""

import sqlalchemy as sa
from alembic import op

Seconds: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "studies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("preset", sa.Text(), nullable=True),
        sa.Column("design", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at", Seconds, nullable=False),
        sa.Column("cancelled_at", Seconds, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
        sqlite_strict=True,
    )
    op.add_column("jobs", sa.Column("arm", sa.Integer(), nullable=True))
    with op.batch_alter_table("idempotency_keys") as batch_op:
        batch_op.alter_column("job_id", existing_type=sa.Text(), nullable=True)
        batch_op.add_column(sa.Column("study_id", sa.Text(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_idempotency_keys_study_id"), "studies", ["study_id"], ["id"], ondelete="CASCADE"
        )


def downgrade() -> None:
    op.execute("DELETE FROM idempotency_keys WHERE job_id IS NULL")
    with op.batch_alter_table("idempotency_keys") as batch_op:
        batch_op.drop_constraint(op.f("fk_idempotency_keys_study_id"), type_="foreignkey")
        batch_op.drop_column("study_id")
        batch_op.alter_column("job_id", existing_type=sa.Text(), nullable=False)
    op.drop_column("jobs", "arm")
    op.drop_table("studies")
