"""Runs migrations on the connection of the caller, or on BNLAB_DATABASE when started as ``alembic``."""

import os

from alembic import context
from sqlalchemy.engine import Connection

from service.database.engine import Database
from service.database.tables import Base


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with Database(os.environ.get("BNLAB_DATABASE") or "sqlite:///bnlab.db").engine.begin() as own:
        migrate(own)
