"""Diagnostics against numpy, and training with them against training without, to the bit."""

from typing import Any

import numpy as np
import pytest

from bn_models.datasets.arrays import Data, Preprocessing, Split
from bn_models.datasets.loading import load
from bn_models.diagnostics.observer import PERCENTILES, PROBE_ROWS, SAMPLE, Diagnosis
from bn_models.spec import TrainingSpec
from bn_models.training.loop import CheckpointTaken, EpochEnd, Event, Trained, train
from bn_models.training.program_cache import ProgramCache

pytestmark = pytest.mark.slow

Array = np.ndarray[Any, Any]
DIGITS = {"name": "digits", "test_fraction": 0.8}
CASES: dict[str, dict[str, Any]] = {
    "mlp": {"dropout": 0.3, "optimizer": "adam", "batch_norm": "before_activation"},
    "mlp, XLA": {"optimizer": "rmsprop", "batch_norm": {"on_input": True, "on_output": True}},
    "mlp, early stopping": {"dropout": 0.3, "learning_rate": 0.3, "early_stopping": {"patience": 2}},
    "cnn": {
        "dataset": DIGITS, "network": {"kind": "cnn", "conv_filters": [3], "dense_units": [4]}, "dropout": 0.2,
        "batch_size": 4, "epochs": 3,
    },
    "rnn": {"dataset": DIGITS, "network": {"kind": "rnn", "units": [4]}, "dropout": 0.2, "epochs": 3},
}  # fmt: skip


@pytest.fixture(scope="module")
def programs() -> ProgramCache:
    return ProgramCache()


def spec_of(**fields: Any) -> TrainingSpec:
    base = {"dataset": {"name": "moons", "n_samples": 150}, "epochs": 12, "diagnostics": True}
    return TrainingSpec.model_validate({**base, **fields})


def events_of(spec: TrainingSpec, programs: ProgramCache, **options: Any) -> list[Event]:
    return list(train(spec, load(spec.dataset, None), programs, **options))


def metrics(events: list[Event]) -> list[dict[str, float]]:
    """But for the seconds."""
    ends = [event.metrics for event in events if isinstance(event, EpochEnd)]
    return [{name: value for name, value in one.items() if name != "seconds"} for one in ends]


def diagnoses(events: list[Event]) -> dict[int, Diagnosis]:
    ends = [event for event in events if isinstance(event, EpochEnd)]
    return {event.epoch: event.diagnostics for event in ends if event.diagnostics is not None}


def bits(spec: TrainingSpec, programs: ProgramCache) -> list[bytes]:
    """Of weights, moving statistics, random number generators and the optimizer, as the last run left them."""
    return [value.tobytes() for value in programs.get(spec, load(spec.dataset, None))[0].values()]


def layers_of(diagnosis: Diagnosis) -> dict[str, dict[str, Any]]:
    return {layer["name"]: layer for layer in diagnosis["layers"]}


# --- what they must not do ---


@pytest.mark.parametrize("name", CASES)
def test_training_ends_with_the_same_bits_with_and_without(name: str) -> None:
    off, on = spec_of(**CASES[name], diagnostics=False), spec_of(**CASES[name])
    without, together = ProgramCache(), ProgramCache()
    expected = events_of(off, without)
    assert diagnoses(expected) == {}
    found = events_of(on, together)
    assert list(diagnoses(found)) == list(range(1, len(metrics(found)) + 1))
    assert metrics(found) == metrics(expected)
    assert bits(on, together) == bits(off, without)
    assert metrics(events_of(off, together)) == metrics(expected)  # in a program that has an observer


def test_a_program_is_shared_by_runs_with_and_without(programs: ProgramCache) -> None:
    data = load(spec_of().dataset, None)
    program, _ = programs.get(spec_of(diagnostics=False), data)
    assert programs.get(spec_of(), data)[0] is program
    assert programs.get(spec_of(), data)[1] == programs.get(spec_of(diagnostics=False), data)[1] == 0.0


def test_a_resumed_run_has_the_same_diagnostics(programs: ProgramCache) -> None:
    spec = spec_of(dropout=0.3, optimizer="adam")
    expected = diagnoses(events_of(spec, programs))
    everywhere = events_of(spec, programs, checkpoint_seconds=0.0)
    for taken in [event for event in everywhere if isinstance(event, CheckpointTaken)][:2]:
        resumed = diagnoses(events_of(spec, programs, checkpoint=taken.state))
        assert resumed == {epoch: one for epoch, one in expected.items() if epoch > taken.epoch}


def test_long_runs_are_sampled_and_the_last_epoch_is_looked_at(programs: ProgramCache) -> None:
    events = events_of(spec_of(epochs=123), programs)
    assert list(diagnoses(events)) == [*range(1, 101), 110, 120, 123]
    assert metrics(events) == metrics(events_of(spec_of(epochs=123, diagnostics=False), programs))


# --- what they say ---


def diagnose(spec: TrainingSpec, weights: dict[str, Array], xla: Any = "off") -> Diagnosis:
    """Of a network with given weights, by layer, counted by class, and name: ``Dense_1/kernel``."""
    programs, data = ProgramCache(xla=xla), load(spec.dataset, None)
    program, _ = programs.get(spec, data)
    program.reset(spec)
    seen: dict[str, int] = {}
    for layer in program.model.layers:
        kind = type(layer).__name__
        number = seen[kind] = seen.get(kind, 0) + 1
        for weight in layer.weights:
            if (key := f"{kind}_{number}/{weight.name}") in weights:
                weight.assign(weights[key])
    before = [value.tobytes() for value in program.values()]
    assert program.observer is not None
    found = program.observer.observe(programs.resident(data))
    assert [value.tobytes() for value in program.values()] == before
    return found


def sigmoid(z: Array) -> Array:
    value: Array = 1 / (1 + np.exp(-z))
    return value


class Small:
    """2 inputs, 3 sigmoid units behind batch normalization, 1 sigmoid output, in float64."""

    spec = spec_of(
        network={"kind": "mlp", "hidden_units": [3]}, activation="sigmoid", batch_norm="before_activation",
        dropout=0.5, batch_size=16,
    )  # fmt: skip
    epsilon = 0.001

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.kernel, self.output = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))
        self.gamma, self.beta = rng.normal(3, 1, 3), rng.normal(0, 1, 3)
        self.mean, self.variance = rng.normal(0, 1, 3), rng.uniform(0.1, 2, 3)
        data = load(self.spec.dataset, None)
        self.x, self.y = data.validation.x.astype(float), data.validation.y

    def weights(self) -> dict[str, Array]:
        bn = "FusedBatchNormalization_1"
        return {
            "Dense_1/kernel": self.kernel, "Dense_2/kernel": self.output, f"{bn}/gamma": self.gamma,
            f"{bn}/beta": self.beta, f"{bn}/moving_mean": self.mean, f"{bn}/moving_variance": self.variance,
        }  # fmt: skip

    def inside(self, kernel: Array, x: Array, mean: Array | None = None, variance: Array | None = None) -> Array:
        """z; with the batch's statistics unless others are given."""
        linear = x @ kernel
        mean = linear.mean(0) if mean is None else mean
        variance = linear.var(0) if variance is None else variance
        z: Array = self.gamma * (linear - mean) / np.sqrt(variance + self.epsilon) + self.beta
        return z

    def loss(self, kernel: Array) -> float:
        p = sigmoid(sigmoid(self.inside(kernel, self.x)) @ self.output)[:, 0]
        return float(-np.mean(np.where(self.y == 1, np.log(p), np.log(1 - p))))

    def accuracy(self, z: Array, y: Array) -> float:
        return float(np.mean((sigmoid(sigmoid(z) @ self.output)[:, 0] > 0.5) == y))


@pytest.mark.parametrize("xla", ["on", "off"])
def test_a_small_network_in_closed_form(xla: Any) -> None:
    small = Small()
    assert len(small.x) == 75 <= PROBE_ROWS
    found = diagnose(small.spec, small.weights(), xla)
    dense, bn = found["layers"]
    assert (dense.pop("name"), dense.pop("kind")) == ("dense_1", "dense")
    assert (bn.pop("name"), bn.pop("kind")) == ("batch_normalization_1", "batch_normalization")
    linear = small.x @ small.kernel
    sigma = np.sqrt(small.variance + small.epsilon)
    ratio = (linear.var(0) + small.epsilon) / (small.variance + small.epsilon)
    assert bn == pytest.approx(
        {
            "mean_gap": np.mean(np.abs(linear.mean(0) - small.mean) / sigma),
            "variance_gap": np.mean(np.abs(np.log(ratio))),
            "gamma_min": small.gamma.min(),
            "gamma_max": small.gamma.max(),
            "beta_min": small.beta.min(),
            "beta_max": small.beta.max(),
        },
        rel=1e-4,
    )
    z = small.inside(small.kernel, small.x)
    a, h = sigmoid(z), 1e-6
    steps = [h * np.eye(6)[i].reshape(2, 3) for i in range(6)]
    slopes = [(small.loss(small.kernel + step) - small.loss(small.kernel - step)) / (2 * h) for step in steps]
    expected = {
        **{f"input_p{p}": np.percentile(z, p) for p in PERCENTILES},
        **{f"activation_p{p}": np.percentile(a, p) for p in PERCENTILES},
        "saturated_share": np.mean((a < 0.01) | (a > 0.99)),
        "gradient_norm": np.linalg.norm(slopes),
    }
    assert 0 < expected["saturated_share"] < 1
    assert dense.pop("dead_share") is None
    assert dense == pytest.approx(expected, rel=1e-3)


def test_accuracies_with_the_statistics_of_batches_and_with_the_moving_ones() -> None:
    small = Small()
    found = diagnose(small.spec, small.weights())
    batches = [slice(first, first + 16) for first in range(0, 64, 16)]  # the whole ones of 75 rows
    training = [small.accuracy(small.inside(small.kernel, small.x[rows]), small.y[rows]) for rows in batches]
    z = small.inside(small.kernel, small.x[:64], small.mean, small.variance)
    assert found["training_mode"] == pytest.approx(np.mean(training))
    assert found["inference_mode"] == pytest.approx(small.accuracy(z, small.y[:64]))
    assert found["training_mode"] != found["inference_mode"]


def test_without_normalization_both_modes_are_one(programs: ProgramCache) -> None:
    for one in diagnoses(events_of(spec_of(batch_norm="none", dropout=0.4), programs)).values():
        assert one["training_mode_accuracy"] == one["inference_mode_accuracy"]


def test_inference_mode_accuracy_is_the_validation_accuracy_of_the_same_rows(programs: ProgramCache) -> None:
    spec = spec_of(batch_size=25, dropout=0.4)  # 75 rows are three whole batches
    for event in events_of(spec, programs):
        if isinstance(event, EpochEnd):
            assert event.diagnostics is not None
            assert event.diagnostics["inference_mode_accuracy"] == pytest.approx(event.metrics["val_accuracy"])


def test_the_gap_is_zero_with_momentum_zero_on_the_full_batch() -> None:
    """The moving statistics are then those of the last batch: here the probe batch itself."""
    batch_norm = {"momentum": 0.0, "on_input": True}
    spec = spec_of(batch_norm=batch_norm, batch_size=75, learning_rate=1e-30, epochs=2, shuffle=False)
    moons = load(spec.dataset, None)
    data = Data(moons.train, moons.train, None, moons.preprocessing)
    programs = ProgramCache(xla="off")
    for one in diagnoses(list(train(spec, data, programs))).values():
        layers = layers_of(one)
        for name in ("batch_normalization_1", "batch_normalization_2"):
            assert layers[name]["mean_gap"] == pytest.approx(0, abs=1e-5)
            assert layers[name]["variance_gap"] == pytest.approx(0, abs=1e-5)
        assert one["training_mode_accuracy"] == one["inference_mode_accuracy"]
    late = spec_of(**spec.model_dump(exclude={"batch_norm"}), batch_norm={"momentum": 0.99, "on_input": True})
    old = diagnoses(list(train(late, data, programs)))
    assert layers_of(old[1])["batch_normalization_2"]["variance_gap"] > 0.1  # 0.99 of it is the initial value


@pytest.mark.parametrize("activation", ["relu", "elu", "leaky_relu", "tanh"])
def test_dead_and_saturated_shares(activation: str) -> None:
    spec = spec_of(network={"kind": "mlp", "hidden_units": [5]}, activation=activation, batch_norm="none")
    kernel = np.array([[1, -2, 0.5, 3, 0.1], [1, 1, -1, 2, 0.2]])
    bias = np.array([0, -100, 1, -100, 0.0])
    [dense] = diagnose(spec, {"Dense_1/kernel": kernel, "Dense_1/bias": bias})["layers"]
    z = load(spec.dataset, None).validation.x @ kernel + bias
    if activation == "tanh":
        assert dense["dead_share"] is None
        assert dense["saturated_share"] == pytest.approx(np.mean(np.abs(np.tanh(z)) > 0.98))
        assert dense["saturated_share"] > 0.4
    else:
        assert dense["saturated_share"] is None
        assert dense["dead_share"] == pytest.approx(0.4)
        assert dense["input_p50"] == pytest.approx(np.median(z), rel=1e-4)


def test_percentiles_of_many_values_are_those_of_a_fair_sample() -> None:
    network = {"kind": "cnn", "conv_filters": [16], "padding": "same", "kernel_size": 1, "dense_units": []}
    spec = spec_of(dataset="digits", network=network, batch_norm="before_activation", batch_size=64)
    rng = np.random.default_rng(0)
    kernel, gamma, beta = rng.uniform(0.5, 1, 16), rng.uniform(0.5, 2, 16), rng.normal(0, 3, 16)
    weights = {"Conv2D_1/kernel": kernel[None, None, None]}
    weights |= {"FusedBatchNormalization_1/gamma": gamma, "FusedBatchNormalization_1/beta": beta}
    conv = layers_of(diagnose(spec, weights))["conv2d_1"]
    linear = load(spec.dataset, None).validation.x[:PROBE_ROWS, ..., None] * kernel
    deviation = np.sqrt(linear.var((0, 1, 2)) + 0.001)
    z = gamma * (linear - linear.mean((0, 1, 2))) / deviation + beta
    assert z.size > 4 * SAMPLE
    for percent in PERCENTILES:  # a sample that missed some channels would be off by much
        assert conv[f"input_p{percent}"] == pytest.approx(np.percentile(z, percent), abs=0.1)
        assert conv[f"activation_p{percent}"] == pytest.approx(max(0, np.percentile(z, percent)), abs=0.1)


def test_recurrent_layers_have_activations_and_gradients_only() -> None:
    spec = spec_of(dataset=DIGITS, network={"kind": "rnn", "units": [3, 2]}, batch_norm="none")
    first, second = diagnose(spec, {})["layers"]
    assert (first["kind"], second["name"]) == ("lstm", "lstm_2")
    assert first["input_p50"] is first["saturated_share"] is first["dead_share"] is None
    assert -1 < first["activation_p15"] < first["activation_p85"] < 1
    assert first["gradient_norm"] > 0


def test_a_diverged_run_ends_with_a_diagnosis(programs: ProgramCache) -> None:
    spec = spec_of(batch_norm="none", learning_rate=1e6, epochs=40)
    events = events_of(spec, programs)
    last = events[-1]
    assert isinstance(last, Trained)
    assert last.diverged_at_epoch is not None
    found = layers_of(diagnoses(events)[last.diverged_at_epoch])
    assert not np.isfinite(found["dense_1"]["gradient_norm"])


@pytest.mark.parametrize(("activation", "share"), [("relu", "dead_share"), ("sigmoid", "saturated_share")])
def test_what_cannot_be_computed_is_nan(activation: str, share: str) -> None:
    spec = spec_of(activation=activation)
    weights = {"Dense_1/bias": np.full(50, np.nan), "FusedBatchNormalization_1/gamma": np.array([np.nan] + 49 * [1.0])}
    dense, bn = diagnose(spec, weights)["layers"]
    measured = (dense["input_p15"], dense["activation_p85"], dense[share], dense["gradient_norm"])
    assert np.isnan([*measured, bn["mean_gap"], bn["variance_gap"], bn["gamma_min"], bn["gamma_max"]]).all()
    assert bn["beta_max"] == 0


def test_a_regression_has_errors_in_its_own_units() -> None:
    uploaded = {
        "name": "mine", "sha256": "0" * 64, "task": "regression", "row_shape": [2], "train_rows": 60, "test_rows": 32
    }  # fmt: skip
    spec = spec_of(dataset=uploaded, epochs=2)
    x = np.random.default_rng(0).normal(size=(92, 2)).astype(np.float32)
    y = x.sum(1)
    fitted, held_out = Split(x[:60], y[:60], x[:60], y[:60]), Split(x[60:], y[60:], x[60:], y[60:])
    data = Data(fitted, held_out, None, Preprocessing(), target=Preprocessing(0.01, 5.0))
    events = list(train(spec, data, ProgramCache(xla="off")))
    for event in events:
        if isinstance(event, EpochEnd):
            assert event.diagnostics is not None
            assert event.diagnostics["inference_mode_mae"] == pytest.approx(event.metrics["val_mae"], rel=1e-5)
            assert event.diagnostics["training_mode_mae"] > 1
