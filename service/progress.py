"""Live progress bars of jobs, one each, in the terminal."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service.client import BNLab, Job, ServerError


def watch(server: str, jobs: Sequence[Job], console: Console) -> list[Job]:
    """Shows the jobs' progress until all have ended; gives them as they ended, in the same order."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[news]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
            return list(pool.map(lambda job: _follow(server, job, bars), jobs))


def _follow(server: str, job: Job, bars: Progress) -> Job:
    bar = bars.add_task(job["name"] or job["id"], total=job["progress"]["epochs"], news="queued")
    with BNLab(server) as lab:
        for event in lab.events(job["id"]):
            data: Job = event.json()
            if event.event == "done":
                bars.update(bar, completed=data["progress"]["epoch"], news=data["status"])
                return data
            elif event.event == "epoch":
                bars.update(bar, completed=data["epoch"], news=_news(data))
            else:
                bars.update(bar, news=data["status"])
    raise ServerError(f"the events of job {job['id']} ended before it did")


def _news(metrics: Job) -> str:
    name = "val_mae" if "val_mae" in metrics else "val_accuracy"
    return f"{name} {_short(metrics[name])}"


def _short(number: Any) -> str:
    return f"{number:.3f}" if isinstance(number, float | int) else str(number)
