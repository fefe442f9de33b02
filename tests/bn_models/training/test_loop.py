from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest

from bn_models.datasets.arrays import Preprocessing
from bn_models.datasets.division import Table
from bn_models.datasets.loading import load
from bn_models.spec import TrainingSpec
from bn_models.training.checkpoint import CheckpointError, decode
from bn_models.training.loop import CheckpointTaken, EpochEnd, EpochProgress, Event, Trained, train
from bn_models.training.program_cache import ProgramCache

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def programs() -> ProgramCache:
    return ProgramCache()


@pytest.fixture(scope="module")
def stoppable() -> ProgramCache:
    """Programs that can be stopped after every epoch, and after every step of a long one."""
    return ProgramCache(call_seconds=0.0)


def spec_of(**fields: Any) -> TrainingSpec:
    return TrainingSpec.model_validate({"dataset": {"name": "moons", "n_samples": 150}, "epochs": 12, **fields})


def events_of(spec: TrainingSpec, programs: ProgramCache, **options: Any) -> list[Event]:
    return list(train(spec, load(spec.dataset, None, seed=spec.seed), programs, **options))


def trained(events: list[Event]) -> Trained:
    last = events[-1]
    assert isinstance(last, Trained)
    return last


def rows(events: list[Event]) -> list[tuple[int, dict[str, float]]]:
    """Epochs and metrics, but for the seconds."""
    return [
        (event.epoch, {name: value for name, value in event.metrics.items() if name != "seconds"})
        for event in events
        if isinstance(event, EpochEnd)
    ]


def state(spec: TrainingSpec, programs: ProgramCache) -> list[bytes]:
    """The bits of every variable as the last run left them."""
    program, _ = programs.get(spec, load(spec.dataset, None, seed=spec.seed))
    return [value.tobytes() for value in program.values()]


def stopping_after(calls: int) -> Callable[[], bool]:
    asked = iter(range(calls))
    return lambda: next(asked, None) is None


EVERYTHING: dict[str, Any] = {
    "dropout": 0.3,
    "optimizer": "adam",
    "learning_rate_schedule": {"name": "exponential", "decay_steps": 5},
}


def test_events_of_a_run(programs: ProgramCache) -> None:
    events = events_of(spec_of(), programs)
    assert [event.epoch for event in events if isinstance(event, EpochEnd)] == list(range(1, 13))
    result = trained(events)
    assert (result.epochs_run, result.diverged_at_epoch, result.stopped_early) == (12, None, False)
    assert result.resume_exact is None
    assert result.train_seconds > result.compile_seconds > 0
    losses = [metrics["val_loss"] for _, metrics in rows(events)]
    assert result.best is not None
    assert result.best["val_loss"] == min(losses)
    assert result.best["epoch"] == losses.index(min(losses)) + 1
    assert result.final["val_loss"] == losses[-1]


def test_a_program_is_compiled_once_for_all_seeds_and_learning_rates(programs: ProgramCache) -> None:
    events_of(spec_of(), programs)
    for fields in ({"seed": 1}, {"learning_rate": 0.1, "learning_rate_schedule": "cosine"}, {"epochs": 3}):
        assert trained(events_of(spec_of(**fields), programs)).compile_seconds == 0.0


def test_equal_specs_end_with_equal_bits(programs: ProgramCache) -> None:
    spec = spec_of(**EVERYTHING)
    first, bits = rows(events_of(spec, programs)), state(spec, programs)
    events_of(spec_of(**EVERYTHING, seed=1), programs)
    assert state(spec, programs) != bits
    assert rows(events_of(spec, programs)) == first
    assert state(spec, programs) == bits
    fresh = ProgramCache()
    assert rows(events_of(spec, fresh)) == first
    assert state(spec, fresh) == bits


@pytest.mark.parametrize("early", [None, {"patience": 3}], ids=["plain", "early stopping"])
def test_a_run_resumed_from_any_checkpoint_ends_with_the_same_bits(
    early: Any, programs: ProgramCache, stoppable: ProgramCache
) -> None:
    spec = spec_of(**EVERYTHING, early_stopping=early, steps_per_epoch=3)
    expected, bits = events_of(spec, programs), state(spec, programs)
    everywhere = events_of(spec, stoppable, checkpoint_seconds=0.0)
    checkpoints = [event for event in everywhere if isinstance(event, CheckpointTaken)]
    assert [taken.epoch for taken in checkpoints] == list(range(1, trained(expected).epochs_run))
    for taken in checkpoints:
        events_of(spec_of(**EVERYTHING, steps_per_epoch=3, seed=9), programs)  # someone else's run in between
        resumed = events_of(spec, programs, checkpoint=taken.state)
        assert rows(resumed) == rows(expected)[taken.epoch :]
        assert state(spec, programs) == bits
        assert trained(resumed).resume_exact is True
        assert trained(resumed).best == trained(expected).best


@pytest.mark.parametrize("early", [None, {"patience": 4, "monitor": "val_accuracy"}], ids=["plain", "early stopping"])
def test_a_run_stopped_again_and_again_ends_with_the_same_bits(
    early: Any, programs: ProgramCache, stoppable: ProgramCache
) -> None:
    spec = spec_of(**EVERYTHING, early_stopping=early)
    expected, bits = rows(events_of(spec, programs)), state(spec, programs)
    checkpoint, seen = None, []
    for _ in range(100):
        events = events_of(spec, stoppable, checkpoint=checkpoint, should_stop=stopping_after(2))
        seen += rows(events)
        if isinstance(events[-1], Trained):
            break
        assert isinstance(events[-1], CheckpointTaken)
        checkpoint = events[-1].state
    assert len(seen) > 3
    assert seen == expected
    assert state(spec, stoppable) == bits


LONG: dict[str, Any] = {
    "dataset": {"name": "digits", "test_fraction": 0.5},
    "network": {"kind": "cnn", "conv_filters": [3], "pool_after": [True], "dense_units": [4]},
    "batch_size": 4,
    "dropout": 0.2,
    "epochs": 3,
}


@pytest.mark.parametrize("calls_inside", [2, 100, 224, 225])  # 225 steps, the last one partial, and validation
def test_a_long_epoch_can_be_stopped_inside(calls_inside: int, programs: ProgramCache, stoppable: ProgramCache) -> None:
    spec = spec_of(**LONG)
    expected, bits = events_of(spec, programs), state(spec, programs)
    one_epoch = events_of(spec_of(**LONG | {"epochs": 1}, evaluate_training="never"), stoppable)
    stopped = events_of(spec, stoppable, should_stop=stopping_after(len(one_epoch) + calls_inside))
    progress, checkpoint = stopped[-2:]
    assert isinstance(checkpoint, CheckpointTaken)
    assert isinstance(progress, EpochProgress)
    assert (checkpoint.epoch, progress.epoch) == (1, 2)
    resumed = events_of(spec, programs, checkpoint=checkpoint.state)
    assert rows(stopped) + rows(resumed) == rows(expected)
    assert state(spec, programs) == bits


def test_stopped_before_the_first_epoch(programs: ProgramCache) -> None:
    assert events_of(spec_of(), programs, should_stop=lambda: True) == []


def test_another_environment_is_resumed_but_not_called_exact(programs: ProgramCache) -> None:
    spec = spec_of(batch_size=15)
    events = events_of(spec, ProgramCache(xla="off", call_seconds=0.0), should_stop=stopping_after(1))
    assert isinstance(events[-1], CheckpointTaken)
    resumed = trained(events_of(spec, programs, checkpoint=events[-1].state))
    assert (resumed.epochs_run, resumed.resume_exact) == (12, False)


def test_a_checkpoint_of_another_spec_is_refused(stoppable: ProgramCache) -> None:
    events = events_of(spec_of(), stoppable, should_stop=stopping_after(1))
    assert isinstance(events[-1], CheckpointTaken)
    assert decode(events[-1].state).epoch == events[-1].epoch
    with pytest.raises(CheckpointError, match="another spec"):
        events_of(spec_of(seed=1), stoppable, checkpoint=events[-1].state)


@pytest.mark.parametrize("early", [None, {"patience": 2}])
def test_a_diverged_run_stops_at_that_epoch(early: Any, programs: ProgramCache) -> None:
    spec = spec_of(batch_norm="none", learning_rate=1e6, epochs=40, early_stopping=early)
    events = events_of(spec, programs)
    result = trained(events)
    assert result.diverged_at_epoch == result.epochs_run == len(rows(events)) < 40
    last = rows(events)[-1][1]
    assert not (np.isfinite(last["loss"]) and np.isfinite(last["val_loss"]))
    assert all(np.isfinite(metrics["loss"]) for _, metrics in rows(events)[:-1])


def test_a_diverged_run_repeats_to_the_bit(programs: ProgramCache) -> None:
    """However many epochs share a call, the one that diverged is the last to touch the weights."""
    spec = spec_of(batch_norm="none", activation="linear", learning_rate=10.0, epochs=40)  # 9 or 10 epochs, 30 seeds
    first = trained(events_of(spec, programs))
    assert first.diverged_at_epoch is not None
    assert first.diverged_at_epoch > 1
    bits = state(spec, programs)
    again = trained(events_of(spec, ProgramCache()))
    assert first.diverged_at_epoch == again.diverged_at_epoch
    assert state(spec, programs) == bits


def test_early_stopping_restores_the_best_weights(programs: ProgramCache) -> None:
    spec = spec_of(learning_rate=0.3, epochs=60, early_stopping={"patience": 3})
    events = events_of(spec, programs)
    result = trained(events)
    assert result.stopped_early
    assert result.best is not None
    assert result.epochs_run == len(rows(events)) == result.best["epoch"] + 3
    data = load(spec.dataset, None)
    right = (np.asarray(result.model(data.validation.x, training=False))[:, 0] > 0.5) == data.validation.y
    assert right.mean() == pytest.approx(result.best["val_accuracy"])
    kept = trained(events_of(spec_of(learning_rate=0.3, epochs=result.epochs_run), programs))
    assert kept.final["epoch"] == result.epochs_run
    assert not kept.stopped_early


def test_final_is_of_the_weights_that_are_left(programs: ProgramCache) -> None:
    """With ``restore_best`` an epoch before the last one; the same after a resume in between."""
    spec = spec_of(learning_rate=0.3, epochs=60, early_stopping={"patience": 3, "monitor": "val_accuracy"})
    events = events_of(spec, programs)
    final = trained(events).final
    curve = [event.metrics for event in events if isinstance(event, EpochEnd)]
    of_epoch = {name: value for name, value in final.items() if not name.startswith("train_")}
    assert of_epoch == {"epoch": final["epoch"], **curve[int(final["epoch"]) - 1]}
    assert final["val_accuracy"] == max(row["val_accuracy"] for row in curve)
    assert final["epoch"] < len(curve)


def test_gelu_and_every_other_activation_train(programs: ProgramCache) -> None:
    for activation in ("gelu", "leaky_relu", "selu"):
        result = trained(events_of(spec_of(activation=activation, epochs=1), ProgramCache(xla="off")))
        assert np.isfinite(result.final["loss"])


# --- training rows in inference mode, rows apart to validate on, rows of every seed's own ---

APART: dict[str, Any] = {"name": "moons", "n_samples": 150, "validation_fraction": 0.4, "resample": True}
SHORT: dict[str, Any] = {**EVERYTHING, "dataset": APART}
LONG_APART: dict[str, Any] = LONG | {"dataset": {**LONG["dataset"], "validation_fraction": 0.1, "resample": True}}
LENGTHS = pytest.mark.parametrize("fields", [SHORT, LONG_APART], ids=["short epochs", "long epochs"])


def worth(model: Any, split: Any) -> tuple[float, float]:
    """Mean loss and accuracy of a Keras model in inference mode, computed apart from the compiled functions."""
    outputs = np.asarray(model(split.x, training=False), np.float64)
    p = np.stack([1 - outputs[:, 0], outputs[:, 0]], axis=1) if outputs.shape[1] == 1 else outputs
    return -np.log(p[np.arange(len(p)), split.y]).mean(), (p.argmax(axis=1) == split.y).mean()


@LENGTHS
def test_training_has_the_same_bits_whenever_the_training_rows_are_evaluated(
    fields: dict[str, Any], programs: ProgramCache
) -> None:
    found = {}
    for when in ("end", "epochs", "never"):
        spec = spec_of(**fields, evaluate_training=when)
        events = events_of(spec, programs)
        curve = [
            (epoch, {name: value for name, value in metrics.items() if not name.startswith("train_")})
            for epoch, metrics in rows(events)
        ]
        found[when] = (curve, state(spec, programs), trained(events).best)
        assert ("train_loss" in rows(events)[-1][1]) == (when == "epochs")
        assert ("train_loss" in trained(events).final) == (when != "never")
    assert found["end"] == found["epochs"] == found["never"]


@LENGTHS
@pytest.mark.parametrize("early", [None, {"patience": 1, "monitor": "val_accuracy"}], ids=["plain", "restore_best"])
@pytest.mark.parametrize("when", ["end", "epochs"])
def test_final_is_what_the_model_is_worth_on_all_its_rows(
    when: str, early: Any, fields: dict[str, Any], programs: ProgramCache
) -> None:
    spec = spec_of(**fields, learning_rate=0.03, early_stopping=early, evaluate_training=when)
    result = trained(events_of(spec, programs))
    data = result.data
    assert data.test is not None
    for prefix, split in {"train": data.train, "val": data.validation, "test": data.test}.items():
        loss, accuracy = worth(result.model, split)
        assert result.final[f"{prefix}_loss"] == pytest.approx(loss, rel=1e-4)
        assert result.final[f"{prefix}_accuracy"] == pytest.approx(accuracy)


def test_test_rows_are_in_no_epoch_and_choose_nothing(programs: ProgramCache) -> None:
    """Other test rows, everything else the same: the run is the same but for the last look at them."""
    spec = spec_of(**EVERYTHING, dataset=APART, early_stopping={"patience": 2})
    data = load(spec.dataset, None, seed=spec.seed)
    assert data.test is not None
    turned = replace(data, test=replace(data.test, y=1 - data.test.y))
    first, second = (list(train(spec, rows, programs)) for rows in (data, turned))
    assert rows(first) == rows(second)
    assert not any(name.startswith("test_") for _, metrics in rows(first) for name in metrics)
    accuracy = trained(first).final["test_accuracy"]
    assert trained(second).final["test_accuracy"] == pytest.approx(1 - accuracy)


def test_without_validation_rows_apart_nothing_is_said_of_test_rows(programs: ProgramCache) -> None:
    final = trained(events_of(spec_of(), programs)).final
    assert not any(name.startswith("test_") for name in final)
    assert {"train_loss", "train_accuracy", "val_loss", "val_accuracy"} <= set(final)


def test_how_rows_are_divided_and_evaluated_compiles_nothing_anew(programs: ProgramCache) -> None:
    sizes = {"name": "moons", "n_samples": 200, "test_fraction": 0.25}
    events_of(spec_of(dataset=sizes | {"n_samples": 250, "test_fraction": 0.4}), programs)  # 150 and 100
    for dataset in (
        {"name": "moons", "n_samples": 250, "test_fraction": 0.4, "resample": True},
        {"name": "moons", "n_samples": 260, "test_fraction": 10 / 260, "validation_fraction": 0.4},  # 150, 100 and 10
    ):
        for when in ("epochs", "end"):
            spec = spec_of(dataset=dataset, evaluate_training=when, seed=3)
            assert trained(events_of(spec, programs)).compile_seconds == 0.0


@LENGTHS
@pytest.mark.parametrize("early", [None, {"patience": 2}], ids=["plain", "early stopping"])
def test_a_run_over_rows_of_its_own_resumes_to_the_bit(
    early: Any, fields: dict[str, Any], programs: ProgramCache, stoppable: ProgramCache
) -> None:
    spec = spec_of(**fields, evaluate_training="epochs", early_stopping=early, seed=5)
    expected, bits = events_of(spec, programs), state(spec, programs)
    checkpoints = [
        event for event in events_of(spec, stoppable, checkpoint_seconds=0.0) if isinstance(event, CheckpointTaken)
    ]
    assert len(checkpoints) == trained(expected).epochs_run - 1
    for taken in checkpoints[:: max(1, len(checkpoints) // 3)]:
        resumed = events_of(spec, programs, checkpoint=taken.state)
        assert rows(resumed) == rows(expected)[taken.epoch :]
        assert state(spec, programs) == bits
        for name, value in trained(expected).final.items():
            assert name == "seconds" or trained(resumed).final[name] == value


@pytest.mark.parametrize("calls_from_the_end", [1, 2, 3, 4])
def test_a_run_can_be_stopped_while_it_is_evaluated(calls_from_the_end: int, stoppable: ProgramCache) -> None:
    """After its last epoch as in the middle of one: what follows the checkpoint before is done again."""
    spec = spec_of(**LONG_APART | {"epochs": 2}, evaluate_training="epochs")
    calls = count()
    expected = events_of(spec, stoppable, checkpoint_seconds=0.0, should_stop=lambda: next(calls) < 0)
    bits, asked = state(spec, stoppable), next(calls) - calls_from_the_end
    stopped = events_of(spec, stoppable, checkpoint_seconds=0.0, should_stop=stopping_after(asked))
    assert not isinstance(stopped[-1], Trained)
    *_, taken = (event for event in stopped if isinstance(event, CheckpointTaken))
    resumed = events_of(spec, stoppable, checkpoint=taken.state)
    assert rows(resumed) == rows(expected)[taken.epoch :]
    assert state(spec, stoppable) == bits


def test_a_diverged_run_is_right_on_no_row(programs: ProgramCache) -> None:
    spec = spec_of(batch_norm="none", activation="linear", learning_rate=1e6, epochs=40, dataset=APART)
    final = trained(events_of(spec, programs)).final
    for split in ("train", "val", "test"):
        assert not np.isfinite(final[f"{split}_loss"])
        assert final[f"{split}_accuracy"] == 0.0


def test_a_regression_is_measured_in_its_own_units() -> None:
    found = {"sha256": "0" * 64, "task": "regression", "row_shape": (2,), "train_rows": 80, "test_rows": 30}
    spec = spec_of(dataset={"name": "own", **found, "validation_fraction": 0.25}, epochs=5, evaluate_training="epochs")
    x = np.random.default_rng(0).normal(size=(110, 2)).astype(np.float32)
    y = 400.0 + 50.0 * x.sum(1).astype(np.float64)
    target = Preprocessing(0.01, 390.0)
    table = Table(x[:80], y[:80], x[80:], y[80:], Preprocessing(), target, fitted=True)
    data = table.divided(spec.dataset, (0,))
    events = list(train(spec, data, ProgramCache(xla="off")))
    result = trained(events)
    assert data.test is not None
    for prefix, split in {"train": data.train, "val": data.validation, "test": data.test}.items():
        errors = np.asarray(result.model(split.x, training=False))[:, 0] - split.raw_y  # its unit is in the model now
        assert result.final[f"{prefix}_mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-4)
        assert result.final[f"{prefix}_loss"] == pytest.approx((errors**2).mean(), rel=1e-4)
    assert rows(events)[-1][1]["train_mae"] == result.final["train_mae"]
