"""What follows a training, with a ``.keras`` file filled in or saved: ``python -m benchmarks.certifying [--json]``.

The run is a warm circles training's. The peer has Keras put its layers behind the preprocessing and save them, as is
done without a template, and checks nothing.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import keras

from benchmarks.measuring import Line, alternate, seconds, show
from benchmarks.training import CIRCLES, load, run
from bn_models.export.certificate import Templates
from bn_models.export.keras_file import check_keras_file, keras_file
from bn_models.export.keras_template import Network, make_template
from bn_models.network.build import keras_layer, layer_weights
from bn_models.plan.architecture import plan
from bn_models.plan.layers import BatchNormalization
from bn_models.spec import TrainingSpec
from bn_models.training.loop import Trained
from bn_models.training.program_cache import ProgramCache
from service.worker.trainer import finished

ROUNDS = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    show(list(lines()), parser.parse_args().json)


def lines() -> Iterator[Line]:
    templates: Templates = {}
    spec, data = TrainingSpec.model_validate(CIRCLES), load(CIRCLES)
    trained = run(ProgramCache(), data, CIRCLES)
    weights = layer_weights(trained.model.layers, plan(spec))
    network = Network(plan(spec), weights, spec.dataset.row_shape, data.preprocessing)
    template = make_template(network.form)

    def filled() -> float:
        def work() -> None:
            check_keras_file(keras_file(template, network), template, network, data.validation.raw_x, data.validation.x)

        return seconds(work)

    def everything() -> float:
        return seconds(lambda: finished(spec, trained, templates))

    ours, theirs = alternate(filled, lambda: seconds(lambda: saved(trained, network)), rounds=ROUNDS)
    yield Line("a .keras file of the circles network, checked", "Keras saves it", "s", ours, theirs, 8)
    ours, theirs = alternate(
        everything, lambda: everything() - filled() + seconds(lambda: saved(trained, network)), rounds=ROUNDS
    )
    yield Line("all that follows a circles training", "with a saved .keras file", "s", ours, theirs, 2)


def saved(trained: Trained, network: Network) -> bytes:
    built = [  # Keras has no class like that of the trained batch normalizations
        keras_layer(layer) if isinstance(layer, BatchNormalization) else own
        for layer, own in zip(network.layers, trained.model.layers, strict=True)
    ]
    scale = keras.layers.Rescaling(network.preprocessing.scale)
    model = keras.Sequential([keras.Input(network.row_shape), scale, *built])
    for layer, weights in zip(built, network.weights, strict=True):
        if layer not in trained.model.layers:
            layer.set_weights(weights)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


if __name__ == "__main__":
    main()
