"""the numbers of seeds that a study had before it grew"""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable: the release before, which may run beside this one, knows nothing of it.
    op.add_column("studies", sa.Column("grown_from", sa.Text(), nullable=True))
    # Studies that grew before: the jobs of one growth were all made at the same moment.
    made = "SELECT study_id, COUNT(*) FROM jobs WHERE arm = 0 AND study_id IS NOT NULL GROUP BY study_id, created_at"
    connection = op.get_bind()
    rows = connection.execute(sa.text(f"{made} ORDER BY study_id, created_at")).all()
    for study_id, growths in groupby(rows, key=lambda row: row[0]):
        sizes, total = [], 0
        for _, count in growths:
            sizes.append(total := total + count)
        if len(sizes) > 1:
            grown = sa.text("UPDATE studies SET grown_from = :sizes WHERE id = :id")
            connection.execute(grown, {"sizes": str(sizes[:-1]), "id": study_id})


def downgrade() -> None:
    op.drop_column("studies", "grown_from")
