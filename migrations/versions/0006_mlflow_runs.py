"""which jobs MLflow knows"""

import sqlalchemy as sa
from alembic import op

Seconds: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mlflow_runs",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("logged_end", Seconds, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", Seconds, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_mlflow_runs_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_mlflow_runs")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("mlflow_runs")
