"""Three epochs of compiled training, whole. Loads TensorFlow: for tests of what needs it."""

from typing import Any

from bn_models.compiled.epochs import EpochResult
from bn_models.datasets.arrays import Data
from bn_models.spec import TrainingSpec
from bn_models.training.program import Program
from bn_models.training.program_cache import ProgramCache

EPOCHS = 3


def spec_of(**fields: Any) -> TrainingSpec:
    return TrainingSpec.model_validate({"dataset": {"name": "moons", "n_samples": 150}, "epochs": EPOCHS, **fields})


def ours(spec: TrainingSpec, data: Data, xla: Any = "auto") -> tuple[Program, list[EpochResult]]:
    programs = ProgramCache(xla=xla)
    program, _ = programs.get(spec, data)
    program.reset(spec)
    results: list[EpochResult] = []
    while len(results) < spec.epochs:
        limit = spec.epochs - len(results)
        run = program.epochs.run(spec, programs.resident(data), len(results), limit)
        results += [outcome for outcome in run if isinstance(outcome, EpochResult)]
    return program, results
