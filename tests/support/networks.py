"""Specs of networks that several tests build: each kind, and those of publications with the layers they have."""

from typing import Any

from bn_models.spec import TrainingSpec

Layer = tuple[Any, ...]
RELU, BN = "relu", ("BatchNormalization", 0.99, 0.001, True, True)


def spec_of(**fields: Any) -> TrainingSpec:
    return TrainingSpec.model_validate({"dataset": "circles", **fields})


NETWORKS: list[Any] = [
    {"kind": "mlp", "hidden_units": [7, 5]},
    {"kind": "cnn", "conv_filters": [3, 4], "dense_units": [6]},
    {"kind": "rnn", "cell": "lstm", "units": [4, 3], "dense_units": [5]},
    {"kind": "rnn", "cell": "gru", "units": [4]},
    {"kind": "rnn", "cell": "simple_rnn", "units": [4]},
]

EXPORTED: dict[str, Any] = {
    "mlp": {"kind": "mlp", "hidden_units": [7, 5]},
    "cnn-valid": {"kind": "cnn", "conv_filters": [3, 4], "pool_after": [True, False], "dense_units": [6]},
    "cnn-same": {"kind": "cnn", "conv_filters": [3, 4], "kernel_size": 4, "padding": "same"},
    "lstm": {"kind": "rnn", "cell": "lstm", "units": [5, 4], "dense_units": [6]},
    "gru": {"kind": "rnn", "cell": "gru", "units": [5, 4]},
    "simple_rnn": {"kind": "rnn", "cell": "simple_rnn", "units": [5, 4]},
}
"""Each kind of network that is written as ONNX, small."""

POOL = ("MaxPooling2D", 2, 2, "valid")
IMAGE = [("Reshape",)]
PUBLISHED: dict[str, tuple[dict[str, Any], list[Layer]]] = {
    "circles without BN": (
        {"batch_norm": "none"},
        [("Dense", 50, RELU, True), ("Dense", 1, "sigmoid", True)],
    ),
    "circles, BN after": (
        {"batch_norm": "after_activation"},
        [("Dense", 50, RELU, True), BN, ("Dense", 1, "sigmoid", True)],
    ),
    "circles, BN before": (
        {"batch_norm": "before_activation"},
        [("Dense", 50, "linear", False), BN, ("Activation", RELU), ("Dense", 1, "sigmoid", True)],
    ),
    "MNIST CNN, BN everywhere": (
        {
            "dataset": "mnist",
            "network": "cnn",
            "activation": "sigmoid",
            "batch_norm": {"placement": "before_activation", "on_output": True},
        },
        [
            *IMAGE,
            *[("Conv2D", 32, 3, "valid", "linear", False), BN, ("Activation", "sigmoid"), POOL],
            *[("Conv2D", 64, 3, "valid", "linear", False), BN, ("Activation", "sigmoid"), POOL],
            *[("Conv2D", 64, 3, "valid", "linear", False), BN, ("Activation", "sigmoid")],
            ("Flatten",),
            *[("Dense", 64, "linear", False), BN, ("Activation", "sigmoid")],
            *[("Dense", 10, "linear", False), BN, ("Activation", "softmax")],
        ],
    ),
    "MLP 128-64-10": (
        {
            "dataset": "mnist",
            "network": {"kind": "mlp", "hidden_units": [128, 64]},
            "batch_norm": {"momentum": 0.9, "epsilon": 1e-5},
        },
        [
            ("Flatten",),
            *[("Dense", 128, RELU, True), ("BatchNormalization", 0.9, 1e-5, True, True)],
            *[("Dense", 64, RELU, True), ("BatchNormalization", 0.9, 1e-5, True, True)],
            ("Dense", 10, "softmax", True),
        ],
    ),
    "MLP 64-64-2 tanh, dropout, BN before the softmax": (
        {
            "network": {"kind": "mlp", "hidden_units": [64, 64]},
            "activation": "tanh",
            "batch_norm": {"placement": "before_activation", "on_output": True},
            "dropout": 0.5,
            "output": "softmax",
        },
        [
            *[("Dense", 64, "linear", False), BN, ("Activation", "tanh"), ("Dropout", 0.5)],
            *[("Dense", 64, "linear", False), BN, ("Activation", "tanh"), ("Dropout", 0.5)],
            *[("Dense", 2, "linear", False), BN, ("Activation", "softmax")],
        ],
    ),
    "CNN with 5x5 kernels": (
        {
            "dataset": "mnist",
            "network": {"kind": "cnn", "conv_filters": [8], "kernel_size": 5, "pool_after": [True], "dense_units": []},
            "batch_norm": {"placement": "before_activation", "momentum": 0.9, "epsilon": 0.001},
        },
        [
            *IMAGE,
            ("Conv2D", 8, 5, "valid", "linear", False),
            *[("BatchNormalization", 0.9, 0.001, True, True), ("Activation", RELU), POOL],
            *[("Flatten",), ("Dense", 10, "softmax", True)],
        ],
    ),
    "LSTM 32": (
        {"dataset": "mnist", "network": "rnn"},
        [("LSTM", 32, False), BN, ("Dense", 10, "softmax", True)],
    ),
    "BN on the raw input": (
        {"batch_norm": {"placement": "none", "on_input": True}},
        [BN, ("Dense", 50, RELU, True), ("Dense", 1, "sigmoid", True)],
    ),
    "BN without beta and gamma": (
        {"batch_norm": {"center": False, "scale": False}},
        [("Dense", 50, RELU, True), ("BatchNormalization", 0.99, 0.001, False, False), ("Dense", 1, "sigmoid", True)],
    ),
    "BN with momentum 0": (
        {"batch_norm": {"momentum": 0.0}},
        [("Dense", 50, RELU, True), ("BatchNormalization", 0.0, 0.001, True, True), ("Dense", 1, "sigmoid", True)],
    ),
}
