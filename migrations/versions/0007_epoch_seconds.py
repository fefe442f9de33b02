"""how long epochs took"""

import sqlalchemy as sa
from alembic import op

Seconds: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

BOUNDS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, float("inf"))

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    histogram = op.create_table(
        "epoch_seconds",
        sa.Column("up_to", Seconds, nullable=False),
        sa.Column("epochs", sa.Integer(), nullable=False),
        sa.Column("seconds", Seconds, nullable=False),
        sa.PrimaryKeyConstraint("up_to", name=op.f("pk_epoch_seconds")),
        sqlite_strict=True,
    )
    # All rows are there from the start: workers only ever add to them, and cannot both insert one.
    op.bulk_insert(histogram, [{"up_to": up_to, "epochs": 0, "seconds": 0.0} for up_to in BOUNDS])


def downgrade() -> None:
    op.drop_table("epoch_seconds")
