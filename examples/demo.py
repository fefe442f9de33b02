"""The circles experiment from nothing: starts the service, trains with and without batch normalization, predicts.

Everything goes over HTTP, as with any other client. The published accuracies are those of
"How to Accelerate Learning of Deep Neural Networks With Batch Normalization" (machinelearningmastery.com).
"""

import sys
import tempfile
from pathlib import Path
from statistics import mean, median
from typing import Any

from rich.console import Console
from rich.table import Table
from sklearn.datasets import make_circles

from bnlab import BNLab
from service.cli.progress import watch
from service.client import JobJson
from service.client.embedded import embedded_service

PUBLISHED = {"none": (0.838, 0.846), "before_activation": (0.826, 0.830), "after_activation": (0.846, 0.848)}
SEEDS = 5
POINT = [0.1, -0.2]


def main() -> None:
    console = Console()
    console.print("starting the service")
    with tempfile.TemporaryDirectory(prefix="bnlab-demo-") as folder, embedded_service(Path(folder)) as server:
        console.print(f"the service runs on {server}", highlight=False)
        with BNLab(server) as lab:
            submitted = [lab.submit(experiment(placement, seed)) for placement in PUBLISHED for seed in range(SEEDS)]
            ended = watch(server, submitted, console)
            if any(job["status"] != "succeeded" for job in ended) or len(ended) != len(submitted):
                sys.exit(f"not every job succeeded: {[job['error'] for job in ended]}")
            console.print(results(lab, ended))
            best = max(ended, key=lambda job: job["result"]["final"]["val_accuracy"])
            [[probability]] = lab.predict(best["id"], [POINT])
            console.print(
                f"POST /v1/models/{best['id']}:predict\n"
                f"the point {POINT} is on the inner circle with probability {probability:.3f}",
                highlight=False,
            )


def experiment(placement: str, seed: int) -> dict[str, Any]:
    return {
        "name": f"{placement}, seed {seed}",
        "dataset": {"name": "circles", "n_samples": 1000, "noise": 0.1, "seed": 1, "test_fraction": 0.5},
        "network": {"kind": "mlp", "hidden_units": [50]},
        "kernel_initializer": "he_uniform",
        "batch_norm": placement,
        "optimizer": {"name": "sgd", "momentum": 0.9},
        "learning_rate": 0.01,
        "epochs": 100,
        "seed": seed,
    }


def results(lab: BNLab, jobs: list[JobJson]) -> Table:
    """Mean accuracies of each arm beside the published ones.

    The published training accuracy is one in inference mode, so ours is, too: predicted over HTTP.
    """
    points, labels = make_circles(1000, noise=0.1, random_state=1)
    points, labels = points[:500].tolist(), labels[:500].tolist()
    title = f"accuracy, mean of {SEEDS} seeds (published: one run)"
    table = Table("batch norm", "train", "published", "test", "published", "training seconds", title=title)
    for placement, published in PUBLISHED.items():
        arm = [job for job in jobs if job["spec"]["batch_norm"]["placement"] == placement]
        probabilities = [lab.predict(job["id"], points) for job in arm]
        train = mean((p > 0.5) == label for run in probabilities for [p], label in zip(run, labels, strict=True))
        test = mean(job["result"]["final"]["val_accuracy"] for job in arm)
        seconds = median(job["result"]["train_seconds"] for job in arm)
        shown = (train, published[0], test, published[1])
        table.add_row(placement.removesuffix("_activation"), *(f"{value:.3f}" for value in shown), f"{seconds:.3f}")
    return table


if __name__ == "__main__":
    main()
