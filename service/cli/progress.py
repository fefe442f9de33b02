"""Live progress bars of jobs, one each, in the terminal."""

import threading
from collections.abc import Mapping, Sequence
from queue import SimpleQueue
from typing import Any

from httpx_sse import ServerSentEvent
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service.cli.rendering import short
from service.client import BNLab, JobJson, ServerError

News = tuple[int, ServerSentEvent | Exception]
"""Which of the jobs, and what came of it."""


def watch(server: str | None, jobs: Sequence[JobJson], console: Console) -> list[JobJson]:
    """Follows the jobs until all have ended; gives them as they ended, in the same order. Bars only on a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[news]}"),
        TimeElapsedColumn(),
    )
    news: SimpleQueue[News] = SimpleQueue()
    for number, job in enumerate(jobs):
        # Daemons, so that Ctrl-C need not wait for the jobs to end.
        threading.Thread(target=_follow, args=(server, job["id"], number, news), daemon=True).start()
    ended: dict[int, JobJson] = {}
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = [bars.add_task(job["name"] or job["id"], total=job["progress"]["epochs"], news="") for job in jobs]
        while len(ended) < len(jobs):
            number, event = news.get()
            if isinstance(event, Exception):
                raise event
            data: dict[str, Any] = event.json()
            if event.event == "done":
                ended[number] = data
                bars.update(tasks[number], completed=data["progress"]["epoch"], news=data["status"])
            elif event.event == "epoch":
                bars.update(tasks[number], completed=data["epoch"], news=_news(data))
            else:
                bars.update(tasks[number], news=data["status"])
    return [ended[number] for number in range(len(jobs))]


def _follow(server: str | None, job_id: str, number: int, news: SimpleQueue[News]) -> None:
    try:
        with BNLab(server) as lab:
            for event in lab.events(job_id):
                news.put((number, event))
                if event.event == "done":
                    return
        raise ServerError(f"the events of job {job_id} ended before it did")
    except Exception as error:
        news.put((number, error))


def _news(metrics: Mapping[str, Any]) -> str:
    name = "val_mae" if "val_mae" in metrics else "val_accuracy"
    return f"{name} {short(metrics[name])}"
