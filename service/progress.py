"""Live progress bars of jobs, one each, in the terminal."""

import threading
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service.client import BNLab, Job


def watch(server: str, jobs: Sequence[Job], console: Console) -> list[Job]:
    """Shows the jobs' progress until all have ended; gives them as they ended, in the same order."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[news]}"),
        TimeElapsedColumn(),
    )
    ended: dict[str, Job] = {}
    with Progress(*columns, console=console) as bars:
        threads = [threading.Thread(target=_follow, args=(server, job, bars, ended)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return [ended[job["id"]] for job in jobs if job["id"] in ended]


def _follow(server: str, job: Job, bars: Progress, ended: dict[str, Job]) -> None:
    bar = bars.add_task(job["name"] or job["id"], total=job["progress"]["epochs"], news="queued")
    with BNLab(server) as lab:
        for event in lab.events(job["id"]):
            data = event.json()
            if event.event == "done":
                ended[job["id"]] = data
                bars.update(bar, completed=data["progress"]["epoch"], news=data["status"])
            elif event.event == "epoch":
                bars.update(bar, completed=data["epoch"], news=f"val_accuracy {_short(data['val_accuracy'])}")
            else:
                bars.update(bar, news=data["status"])


def _short(number: Any) -> str:
    return f"{number:.3f}" if isinstance(number, float | int) else str(number)
