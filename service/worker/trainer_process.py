"""The door of a trainer's process: its environment is set before TensorFlow is loaded."""

import logging
import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

from service import logs
from service.worker import xla_cache
from service.worker.messages import TrainerOptions

log = logging.getLogger(__name__)


def run_trainer(connection: "Connection[Any, Any]", options: TrainerOptions) -> None:
    """The trainer's process. TensorFlow is loaded here and nowhere else, after its environment is set."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which tells its trainers what to do
    if hasattr(os, "nice"):
        os.nice(10)  # predictions and pages of the same machine come first
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
    os.environ |= {"TF_NUM_INTRAOP_THREADS": str(options.threads), "TF_NUM_INTEROP_THREADS": "1"}
    os.environ |= {"OMP_NUM_THREADS": str(options.threads)}
    if not options.verbose:
        _silence_native_code()
    logs.configure(options.log_format, "info")  # after that: it writes to where standard error leads now
    try:
        cache = xla_cache.switch_on(options.xla_cache_dir)
    except OSError as error:
        log.warning("compiled programs are not kept: %s", error)
        cache = None
    from service.worker.trainer import Trainer

    Trainer(connection, options, cache).serve()


def _silence_native_code() -> None:
    """Libraries in C++ write to the file descriptor, Python's messages still go where they went."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
