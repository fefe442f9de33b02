"""model aliases"""

import sqlalchemy as sa
from alembic import op

Seconds: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_aliases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_model_aliases")),
        sa.UniqueConstraint("id", name=op.f("uq_model_aliases_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "model_alias_versions",
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("created_at", Seconds, nullable=False),
        sa.ForeignKeyConstraint(
            ["alias"], ["model_aliases.name"], name=op.f("fk_model_alias_versions_alias"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_model_alias_versions_job_id")),
        sa.PrimaryKeyConstraint("alias", "version", name=op.f("pk_model_alias_versions")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_model_alias_versions_job_id"), "model_alias_versions", ["job_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_model_alias_versions_job_id"), "model_alias_versions")
    op.drop_table("model_alias_versions")
    op.drop_table("model_aliases")
