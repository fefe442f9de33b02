"""Training against what people would use instead: ``python -m benchmarks.training [--json] [--data-dir DIR]``.

Each line is one workload; ours and the peer's are measured alternately in one run. Times of ``fit`` on the circles are
taken over 10 epochs and multiplied: its epochs all cost the same.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks import peers
from benchmarks.measuring import Line, alternate, seconds, show
from bn_models.datasets import loading
from bn_models.datasets.arrays import Data, DatasetError, Split
from bn_models.spec import TrainingSpec
from bn_models.training.loop import Trained, train
from bn_models.training.program_cache import ProgramCache
from service.client import BNLab
from service.client.embedded import embedded_service

CIRCLES: dict[str, Any] = {"dataset": "circles", "batch_norm": "after_activation", "epochs": 100}
LSTM: dict[str, Any] = {"dataset": "mnist", "network": "rnn", "batch_norm": "after_activation", "shuffle": False}
CNN: dict[str, Any] = {
    "dataset": "mnist", "network": "cnn", "activation": "sigmoid", "optimizer": "adam", "learning_rate": 0.01,
    "batch_norm": {"placement": "before_activation", "on_output": True}, "shuffle": False,
}  # fmt: skip
PLACEMENTS = ("none", "before_activation", "after_activation")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("BNLAB_DATA_DIR"))
    arguments = parser.parse_args()
    show(list(lines(arguments.data_dir)), arguments.json)


def lines(data_dir: Path | None) -> Iterator[Line]:
    fit = yield from circles_in_process()
    yield from circles_over_http(fit)
    try:
        mnist = loading.load(TrainingSpec.model_validate({"dataset": "mnist"}).dataset, data_dir)
    except DatasetError as error:
        print(f"no MNIST, no lines for it: {error}")  # noqa: T201
        return
    yield from lstm(unvalidated(mnist))
    yield from cnn(unvalidated(mnist))
    yield from trainers_side_by_side(data_dir)


def circles_in_process() -> Generator[Line, None, float]:
    """Gives the seconds of 100 epochs of ``fit``."""
    programs, data = ProgramCache(), load(CIRCLES)
    ours, theirs = alternate(
        lambda: run(programs, data, CIRCLES).train_seconds, lambda: 10 * peers.circles(data, epochs=10), rounds=7
    )
    yield Line("circles, 100 epochs, warm", "fit", "s", ours, theirs, 200)
    return theirs


def circles_over_http(fit: float) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder, embedded_service(Path(folder)) as server, BNLab(server) as lab:
        begin = perf_counter()
        submitted = [
            lab.submit({**CIRCLES, "batch_norm": placement, "seed": seed})
            for seed in range(30)
            for placement in PLACEMENTS
        ]
        for job in submitted:
            assert lab.job(job["id"], wait=120)["status"] == "succeeded"
        study = perf_counter() - begin
        single = median(seconds(lambda: lab.job(lab.submit(CIRCLES)["id"], wait=60)) for _ in range(20))
    yield Line("circles over HTTP, submit to model, p50 of 20", "fit alone", "s", single, fit, 30)
    yield Line("90 circles jobs over HTTP", "90 fits", "s", study, 90 * fit, 60)


def lstm(data: Data) -> Iterator[Line]:
    programs, steps = ProgramCache(), 300
    peer = peers.lstm()
    mine, theirs = alternate(
        lambda: ours(programs, data, LSTM, steps), lambda: peers.fit_on_arrays(peer, data, steps), rounds=5
    )
    yield Line("LSTM(32) on 28x28 rows", "fit on arrays", "ms a step", mine, theirs, 10)


def cnn(data: Data) -> Iterator[Line]:
    programs, steps = ProgramCache(), 100
    arrays, generator = peers.mnist_cnn(), peers.mnist_cnn()
    contestants: list[Callable[[], float]] = [
        lambda: ours(programs, data, CNN, steps),
        lambda: peers.fit_from_generator(generator, data, steps),
        lambda: peers.fit_on_arrays(arrays, data, steps),
    ]
    names = [("generator loop", 3.0), ("fit on arrays", 1.5)]
    try:
        torch = peers.TorchCnn(threads=os.cpu_count() or 1)
        contestants.append(lambda: torch.train(data, steps))
        names.append(("PyTorch eager", 1.0))
    except ImportError:
        pass
    mine, *theirs = alternate(*contestants, rounds=5)
    for (name, bar), their in zip(names, theirs, strict=True):
        yield Line("MNIST CNN with BN, one trainer", name, "ms a step", mine, their, bar)


def trainers_side_by_side(data_dir: Path | None) -> Iterator[Line]:
    """Jobs an hour of two trainers with a thread each, and of one with two."""
    two = jobs_an_hour(data_dir, slots=2, threads=1)
    one = jobs_an_hour(data_dir, slots=1, threads=2)
    yield Line("MNIST CNN, 2 trainers x 1 thread", "1 trainer x 2 threads", "jobs/hour", two, one, 1.4)


def jobs_an_hour(data_dir: Path | None, slots: int, threads: int) -> float:
    settings = {"slots": slots, "threads": threads, "data_dir": data_dir}
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_service(Path(folder), **settings) as server,
        BNLab(server) as lab,
    ):
        spec = {**CNN, "epochs": 2, "steps_per_epoch": 400}

        def sweep(jobs: int) -> float:
            begin = perf_counter()
            submitted = [lab.submit({**spec, "seed": seed}) for seed in range(jobs)]
            for job in submitted:
                assert lab.job(job["id"], wait=300)["status"] == "succeeded"
            return perf_counter() - begin

        sweep(slots)  # loads the data, compiles
        return 4 / sweep(4) * 3600


def unvalidated(data: Data) -> Data:
    """The data with one batch of held-out rows: the peers are measured without validation."""
    rows, some = data.validation, slice(peers.BATCH)
    return replace(data, validation=Split(rows.x[some], rows.y[some], rows.raw_x[some], rows.raw_y[some]))


def load(spec: dict[str, Any]) -> Data:
    return loading.load(TrainingSpec.model_validate(spec).dataset, None)


def run(programs: ProgramCache, data: Data, spec: dict[str, Any]) -> Trained:
    *_, trained = train(TrainingSpec.model_validate(spec), data, programs)
    assert isinstance(trained, Trained)
    return trained


def ours(programs: ProgramCache, data: Data, spec: dict[str, Any], steps: int) -> float:
    """Milliseconds a step."""
    return run(programs, data, {**spec, "epochs": 1, "steps_per_epoch": steps}).train_seconds / steps * 1000


if __name__ == "__main__":
    main()
