"""The process that logs finished jobs to MLflow, which is loaded here and nowhere else."""

import logging
import os
import time

from service import logs
from service.database.engine import Database
from service.processes import stop_event
from service.settings import Settings


def run_mlflow_export(settings: Settings) -> None:
    """Logs finished jobs to MLflow until it is told to end. MLflow is loaded here and nowhere else."""
    logs.configure(settings.log_format, settings.log_level)
    stop = stop_event()
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # we try again ourselves
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    try:
        from service.mlflow_export.exporter import Exporter
    except ImportError as error:
        logging.getLogger(__name__).error(
            "mlflow_tracking_uri is set, but MLflow cannot be loaded (%s): pip install 'bnlab[mlflow]'", error
        )
        stop.wait()
        return
    assert settings.mlflow_tracking_uri is not None
    database = Database(settings.database)
    Exporter(database, settings.mlflow_tracking_uri, time.time).run(stop)
    database.close()
