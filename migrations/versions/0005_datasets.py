"""datasets"""

import sqlalchemy as sa
from alembic import op

Seconds: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "datasets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Seconds, nullable=False),
        sa.Column("source_sha256", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("blob", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["blob"], ["blobs.id"], name=op.f("fk_datasets_blob")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_datasets")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_jobs_dataset_id"), "jobs", ["dataset", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_jobs_dataset_id"), "jobs")
    op.drop_table("datasets")
