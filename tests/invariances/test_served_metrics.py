"""The numbers beside a model are the model's: recomputed from its predictions they are ``result.final``.

For every kind of network and of output, with ``restore_best`` or the last epoch's weights, diverged or not.
"""

import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from tests.support.table_files import npz
from tests.support.uploaded_runs import Run, Upload, UploadedRuns

pytestmark = pytest.mark.slow
Array = np.ndarray[Any, Any]
ROWS, TEST_ROWS, EPOCHS = 24, 8, 6

NETWORKS: dict[str, dict[str, Any]] = {
    "mlp": {"kind": "mlp", "hidden_units": [5]},
    "cnn": {"kind": "cnn", "conv_filters": [3], "kernel_size": 2, "dense_units": []},
    "rnn": {"kind": "rnn", "cell": "gru", "units": [4]},
}
OUTPUTS: dict[str, int] = {"softmax": 3, "sigmoid": 2, "regression": 0}
"""With their numbers of classes."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UploadedRuns]:
    with UploadedRuns(tmp_path_factory.mktemp("uploads")) as runs:
        yield runs


@pytest.fixture(scope="module", params=OUTPUTS)
def upload(request: pytest.FixtureRequest, runs: UploadedRuns) -> Upload:
    """Small images, which every kind of network takes."""
    generator, classes = np.random.default_rng(0), OUTPUTS[request.param]
    x = generator.normal(size=(ROWS, 3, 3))
    if not classes:
        return runs.upload(npz(x=x, y=generator.normal(50, 10, ROWS)), "npz", task="regression", test_fraction=1 / 3)
    words = np.array(["b", "a", "c"])[np.arange(ROWS) % classes]
    return runs.upload(npz(x=x, y=words), "npz", test_fraction=1 / 3)


@pytest.mark.parametrize("network", NETWORKS)
@settings(
    max_examples=12, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    seed=st.integers(0, 2**32 - 1),
    learning_rate=st.sampled_from([0.01, 0.3, 10.0, 1e4, 1e6]),
    placement=st.sampled_from(["none", "before_activation"]),
    restore_best=st.sampled_from([None, False, True]),
    momentum=st.floats(0, 0.99),
)
@example(seed=0, learning_rate=1e6, placement="before_activation", restore_best=None, momentum=0.99)
@example(seed=1, learning_rate=1e6, placement="before_activation", restore_best=True, momentum=0.5)
@example(seed=2, learning_rate=1e5, placement="none", restore_best=None, momentum=0.0)
@example(seed=9, learning_rate=0.3, placement="before_activation", restore_best=True, momentum=0.9)
def test_metrics_recomputed_from_predictions_are_the_final_ones(
    runs: UploadedRuns,
    upload: Upload,
    network: str,
    seed: int,
    learning_rate: float,
    placement: Literal["none", "before_activation"],
    restore_best: bool | None,
    momentum: float,
) -> None:
    stopping = {"monitor": "val_loss", "patience": 2, "restore_best": restore_best}
    run = runs.train(
        upload, network=NETWORKS[network], activation="relu", batch_size=8, epochs=EPOCHS, seed=seed,
        learning_rate=learning_rate, batch_norm={"placement": placement, "momentum": momentum},
        early_stopping=None if restore_best is None else stopping,
    )  # fmt: skip
    event(f"diverged: {run.result.diverged_at_epoch is not None}, of the last epoch: {of_last_epoch(run)}")
    arrays, labels = upload.arrays, upload.found["labels"]
    check_final(run, labels, "val", arrays["x_test"], arrays["y_test"])
    check_final(run, labels, "train", arrays["x_train"], arrays["y_train"])


@pytest.mark.parametrize("network", NETWORKS)
def test_some_of_these_runs_diverge_and_some_are_of_an_earlier_epoch(
    runs: UploadedRuns, upload: Upload, network: str
) -> None:
    fields: dict[str, Any] = {
        "network": NETWORKS[network], "activation": "relu", "batch_size": 8, "batch_norm": "before_activation",
    }  # fmt: skip
    assert runs.train(upload, learning_rate=1e6, epochs=EPOCHS, **fields).result.diverged_at_epoch is not None
    stopping = {"monitor": "val_loss", "patience": 2, "restore_best": True}
    stopped = [
        runs.train(upload, learning_rate=0.3, epochs=EPOCHS, seed=seed, early_stopping=stopping, **fields)
        for seed in range(5)
    ]
    assert not all(map(of_last_epoch, stopped))


def of_last_epoch(run: Run) -> bool:
    return run.final["epoch"] == run.result.epochs_run


def check_final(run: Run, labels: list[str], rows: str, x: Array, y: Array) -> None:
    """Fails when ``final`` is not what the served model answers for its raw ``rows`` x with the targets y."""
    final, epoch = run.final, int(run.final["epoch"])
    predictions = run.model.predict(x).astype(np.float64)
    assert final["loss"] == pytest.approx(run.epochs[epoch - 1]["loss"], nan_ok=True)
    if labels:
        answers = run.model.classes(run.model.predict(x))
        assert final[f"{rows}_accuracy"] == np.mean([answer == labels[i] for answer, i in zip(answers, y, strict=True)])
        finite = np.isfinite(predictions).all(axis=1)
        likeliest = predictions.argmax(1) if predictions.shape[1] > 1 else predictions[:, 0] > 0.5
        assert final[f"{rows}_accuracy"] == np.mean(finite & (likeliest == y))
        of_class = predictions if predictions.shape[1] > 1 else np.hstack([1 - predictions, predictions])
        probability = of_class[np.arange(len(y)), y]
        if finite.all() and probability.min() > 1e-3:  # below, float32 has few digits of what is left of 1
            assert final[f"{rows}_loss"] == pytest.approx(-np.log(probability).mean(), rel=1e-3, abs=1e-4)
    else:
        errors = np.abs(predictions[:, 0] - y)
        assert same(final[f"{rows}_mae"], errors.mean(), 1e-4)
        if math.isfinite(final[f"{rows}_loss"]):
            assert same(final[f"{rows}_loss"], (errors**2).mean(), 1e-3)


def same(first: float, second: float, relative: float) -> bool:
    """Alike, or both not finite."""
    if not math.isfinite(first):
        return not math.isfinite(second)
    return first == pytest.approx(second, rel=relative)
