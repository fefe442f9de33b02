"""Networks as training could have left them, no weight like another, with what was measured on their validation rows.

Loads TensorFlow: for tests of what becomes of a trained network.
"""

import math
from typing import Any

import numpy as np

from bn_models.datasets.arrays import Array, Data, Preprocessing, Split
from bn_models.inference import class_indices
from bn_models.network.batch_normalization import FusedBatchNormalization
from bn_models.network.build import build, to_target_units
from bn_models.spec import TrainingSpec
from bn_models.training.loop import Trained

LABELS = ("ant", "bee", "cat")
ROWS = 64
IMAGES: dict[str, Any] = {"row_shape": (8, 8), "labels": LABELS}
TABLE: dict[str, Any] = {"row_shape": (6,), "labels": LABELS}
NUMBERS: dict[str, Any] = {"row_shape": (6,), "task": "regression"}
MLP: dict[str, Any] = {"kind": "mlp", "hidden_units": [6, 6]}
POOLED: dict[str, Any] = {"kind": "cnn", "conv_filters": [3, 3], "pool_after": [True, False], "dense_units": [4]}
PADDED: dict[str, Any] = {"kind": "cnn", "conv_filters": [3, 3], "kernel_size": 4, "padding": "same"}

KINDS: dict[str, dict[str, Any]] = {
    "mlp": {"dataset": TABLE, "network": MLP, "dropout": 0.5, "batch_norm": "before_activation"},
    "mlp, BN after": {"dataset": TABLE, "network": MLP, "activation": "leaky_relu"},
    "two classes": {"dataset": {**TABLE, "labels": LABELS[:2]}, "network": MLP},
    "cnn": {"dataset": IMAGES, "network": POOLED, "activation": "gelu"},
    "padded cnn": {"dataset": IMAGES, "network": {**PADDED, "pool_after": [False, False]}},
    "lstm": {"dataset": IMAGES, "network": {"kind": "rnn", "cell": "lstm", "units": [5]}},
    "gru": {"dataset": IMAGES, "network": {"kind": "rnn", "cell": "gru", "units": [5]}},
    "regression": {"dataset": NUMBERS, "network": MLP},
    "far regression": {"dataset": NUMBERS, "network": MLP},
    "far columns": {"dataset": TABLE, "network": MLP},
}


def trained_network(kind: str, seed: int = 0) -> tuple[TrainingSpec, Trained]:
    """One of ``KINDS``: weights, rows, preprocessing's numbers and momentum differ from seed to seed."""
    rng = np.random.default_rng(seed)
    fields = KINDS[kind]
    dataset = {"name": "animals", "sha256": "0" * 64, "train_rows": ROWS, "test_rows": ROWS, **fields["dataset"]}
    batch_norm = {
        "placement": fields.get("batch_norm", "after_activation"), "momentum": round(rng.uniform(0.5, 0.99), 3)
    }  # fmt: skip
    spec = TrainingSpec.model_validate({**fields, "dataset": dataset, "batch_norm": batch_norm})
    model = build(spec, FusedBatchNormalization)
    for weight in model.weights:
        weight.assign(_value(weight.name, weight.shape, rng))
    return spec, _measured(spec, model, *_preprocessing(kind, spec, rng), rng)


def _value(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    match name:
        case "gamma":
            return rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)
        case "moving_variance":
            return rng.uniform(0.05, 0.5, shape)
        case "kernel" | "recurrent_kernel":
            return rng.normal(size=shape) / math.sqrt(math.prod(shape[:-1]))
        case _:
            return rng.normal(scale=0.3, size=shape)


def _preprocessing(kind: str, spec: TrainingSpec, rng: np.random.Generator) -> tuple[Preprocessing, Preprocessing]:
    """Of the rows, and of a regression's target."""
    shape = spec.dataset.row_shape
    spread = float(rng.uniform(1, 5))
    if kind == "far columns":  # seconds since 1970: neighbours in float32 are 128 apart
        columns = Preprocessing(rng.uniform(0.1, 1, shape), rng.uniform(1e9, 2e9, shape), "float64")
    elif len(shape) == 1:
        columns = Preprocessing(rng.uniform(0.1, 1, shape), rng.normal(scale=10, size=shape))
    else:
        columns = Preprocessing(1 / spread)
    if kind == "far regression":
        return columns, Preprocessing(1 / spread, float(rng.uniform(1e9, 2e9)), "float64")
    return columns, Preprocessing(1 / spread, 300.0) if spec.regression else Preprocessing()


def _measured(
    spec: TrainingSpec, model: Any, columns: Preprocessing, target: Preprocessing, rng: np.random.Generator
) -> Trained:
    raw = rng.normal(size=(ROWS, *spec.dataset.row_shape)) / columns.scale + columns.offset
    raw = raw.astype(columns.raw_dtype)
    x = columns.forward(raw)
    predictions = np.asarray(model(x, training=False))
    final = {"epoch": 3.0, "val_loss": 1.0}
    if spec.regression:
        told = predictions[:, 0].astype(np.float64) / float(target.scale) + float(target.offset)
        y: Array = told + rng.normal(size=ROWS) / float(target.scale)
        final["val_mae"] = float(np.abs(told - y).mean())
        if target.raw_dtype == "float32":
            to_target_units(model, target)
    else:
        classes = class_indices(predictions)
        y = np.where(rng.random(ROWS) < 0.7, classes, rng.integers(spec.dataset.classes, size=ROWS)).astype(np.int32)
        final["val_accuracy"] = float((classes == y).mean())
    rows = Split(x, y.astype(np.float32 if spec.regression else np.int32), raw, y)
    data = Data(rows, rows, None, columns, target)
    return Trained(
        model=model, data=data, epochs_run=3, diverged_at_epoch=None, stopped_early=False, final=final, best=None,
        train_seconds=1.0, compile_seconds=0.0, resume_exact=None,
    )  # fmt: skip
