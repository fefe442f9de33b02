import numpy as np

from bn_models.statistics.runs import ArmRuns, Run
from service.analysis.epochs_csv import epochs_csv
from service.analysis.external_question import ExternalQuestion
from service.analysis.external_runs import ExternalRuns, external_data
from service.analysis.report import compared
from tests.support.study_data import study_of_arms


def arm(label: str, lift: float) -> ArmRuns:
    """Eight runs, of which some stop early."""
    drawn = np.random.default_rng(int(100 * lift))
    return ArmRuns(label, {}, [_run(seed, 3 + seed % 3, lift, drawn) for seed in range(8)])


def _run(seed: int, epochs: int, lift: float, drawn: np.random.Generator) -> Run:
    accuracy = np.clip(np.linspace(0.6, 0.85, epochs) + lift + drawn.normal(0, 0.01, epochs), 0, 1)
    metrics = {"loss": (1 - accuracy).tolist(), "val_accuracy": accuracy.tolist(), "seconds": [0.5] * epochs}
    return Run(seed, metrics)


def test_the_csv_of_a_study_is_compared_as_the_study() -> None:
    arms = [arm("plain", 0.0), arm("normalized", 0.05)]
    study = study_of_arms([{"steps_per_epoch": 1}] * 2, arms)
    data, question = external_data(ExternalRuns(epochs_csv(arms), ExternalQuestion(baseline="plain", margin=0.1)))
    found = compared(data, question)
    assert found == {**compared(study, question), "study_id": None}
    assert found["arms"][1]["against_baseline"]["speedup"]["p_adjusted"] is not None
