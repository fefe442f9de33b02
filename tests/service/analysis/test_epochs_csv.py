"""The CSV report: the same bytes as pandas writes."""

import math

import pandas as pd

from bn_models.statistics.runs import ArmRuns, Run
from service.analysis.epochs_csv import epochs_csv

NAN, INF = math.nan, math.inf
ARMS = [
    ArmRuns(
        'a, "b"',
        {"learning_rate": 0.1, "network.hidden_units": [50, 20]},
        [
            Run(3, {"loss": [0.1 + 0.2, NAN], "learning_rate": [1e-7, 1e22]}, diverged_at_epoch=2),
            Run(4, {}, failed=True),
        ],
    ),
    ArmRuns("ä", {"learning_rate": 1.0, "network.hidden_units": [5]}, [Run(3, {"loss": [INF], "mae": [-INF]})]),
]


def test_a_line_an_arm_seed_and_epoch() -> None:
    assert epochs_csv(ARMS).decode().splitlines() == [
        "arm,learning_rate,network.hidden_units,seed,epoch,loss,mae",
        '"a, ""b""",1e-07,"[50, 20]",3,1,0.30000000000000004,',
        '"a, ""b""",1e+22,"[50, 20]",3,2,,',
        "ä,1.0,[5],3,1,inf,-inf",
    ]


def test_the_bytes_are_those_of_pandas() -> None:
    frames = [
        pd.DataFrame(
            {
                "arm": arm.label,
                **{name: str(value) for name, value in arm.settings.items()},
                "seed": run.seed,
                "epoch": range(1, run.epochs + 1),
                **run.metrics,
            }
        )
        for arm in ARMS
        for run in arm.runs
    ]
    assert epochs_csv(ARMS) == pd.concat(frames).to_csv(index=False).encode()


def test_without_runs_there_is_a_header() -> None:
    assert epochs_csv([ArmRuns("a", {"learning_rate": 0.1}, [])]) == b"arm,seed,epoch\n"
    assert epochs_csv([]) == b"arm,seed,epoch\n"
