"""the program of a job"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("program", sa.Text(), nullable=False, server_default=""))
    op.create_index(op.f("ix_jobs_status_priority_program_id"), "jobs", ["status", "priority", "program", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_jobs_status_priority_program_id"), "jobs")
    op.drop_column("jobs", "program")
