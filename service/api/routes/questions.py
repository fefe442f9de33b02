"""What a comparison of a study is asked, checked against what the study can answer."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from bn_models.spec import TrainingSpec
from bn_models.spec.final_metrics import default_metric, final_metrics, has_curve
from bn_models.spec.study import Design, arms, settings_of_arms
from bn_models.statistics.metric_names import curve_of, is_accuracy
from bn_models.statistics.question import USUAL_THRESHOLD, Question
from service.api.routes.dependencies import DatabaseOf
from service.errors import Invalid, UnusableDataset
from service.presets.catalog import Preset, preset
from service.store import datasets, studies

DECIDES_METRICS = ("dataset", "evaluate_training")
"""Parts of a spec that say which metrics its runs record."""

Metric = Annotated[
    str | None,
    Query(
        description="a final metric; default: `test_accuracy`, or `val_accuracy` where the test rows validate; of "
        "regressions `test_mae` or `val_mae`"
    ),
]
Threshold = Annotated[
    float | None,
    Query(
        allow_inf_nan=False,
        description="in the metric's unit, of accuracies 0 to 1; default: the preset's, else 0.8 of accuracies",
    ),
]
Margin = Annotated[
    float | None, Query(ge=0, allow_inf_nan=False, description="no difference worth speaking of, in the metric's unit")
]
RatioMargin = Annotated[
    float | None, Query(gt=1, allow_inf_nan=False, description="no ratio of times to the threshold worth speaking of")
]
Confidence = Annotated[float, Query(ge=0.5, le=0.999, allow_inf_nan=False)]
Interaction = Annotated[
    str | None, Query(description="a path of the grid: how differences from the baseline change along it")
]
Tune = Annotated[str | None, Query(description="a path of the grid: each arm at its own best value of it")]


def _asked(
    study_id: str,
    database: DatabaseOf,
    metric: Metric = None,
    threshold: Threshold = None,
    margin: Margin = None,
    ratio_margin: RatioMargin = None,
    confidence: Confidence = 0.95,
    interaction: Interaction = None,
    tune: Tune = None,
) -> Question:
    """Raises NotFound, and Invalid, which says what there is to ask about."""
    with database.read() as session:
        study = studies.get(session, study_id)
        design, published = studies.design_of(study), preset(study.preset) if study.preset else None
        specs = _specs(session, design)
    metric = _known_metric(metric, specs)
    paths = _paths(design)
    return Question(
        metric=metric,
        threshold=_threshold(threshold, metric, specs, published),
        confidence=confidence,
        margin=margin,
        ratio_margin=ratio_margin,
        interaction=_path("interaction", interaction, paths),
        tune=_path("tune", tune, paths),
    )


Asked = Annotated[Question, Depends(_asked)]


def _specs(session: Session, design: Design) -> list[TrainingSpec]:
    """One for each kind of arm that may record other metrics, its dataset resolved while that is there."""
    paths = {path.partition(".")[0] for settings in settings_of_arms(design) for path in settings}
    specs = [arm.spec for arm in arms(design)] if paths & {*DECIDES_METRICS} else [design.base]
    kinds = {(spec.dataset.model_dump_json(), spec.evaluate_training): spec for spec in specs}
    return [_resolved(session, spec) for spec in kinds.values()]


def _resolved(session: Session, spec: TrainingSpec) -> TrainingSpec:
    try:
        return datasets.resolved(session, spec)
    except UnusableDataset:  # deleted since: what the design knows of it must do
        return spec


def _known_metric(metric: str | None, specs: Sequence[TrainingSpec]) -> str:
    if metric is None:
        return default_metric(specs[0])
    known = dict.fromkeys(name for spec in specs for name in final_metrics(spec))
    if metric not in known:
        raise Invalid.at(
            ["query", "metric"], f"the runs of this study do not record {metric!r}: it has {', '.join(known)}"
        )
    return metric


def _threshold(
    threshold: float | None, metric: str, specs: Sequence[TrainingSpec], published: Preset | None
) -> float | None:
    place, curve = ["query", "threshold"], curve_of(metric)
    curved = curve is not None and any(has_curve(spec, curve) for spec in specs)
    if threshold is None:
        if not curved or not is_accuracy(metric):
            return None
        return published.threshold if published else USUAL_THRESHOLD
    if not curved:
        more = ": 'evaluate_training': 'epochs' records it by epoch" if metric.startswith("train_") else ""
        raise Invalid.at(place, f"{metric} is known at the end of a run only, so no epoch reaches a threshold{more}")
    if is_accuracy(metric) and not 0 <= threshold <= 1:
        raise Invalid.at(place, f"{metric} is between 0 and 1, and so is a threshold of it: not {threshold:g}")
    return threshold


def _paths(design: Design) -> list[str]:
    """In which the arms differ."""
    values: dict[str, set[str]] = defaultdict(set)
    for settings in settings_of_arms(design):
        for path, value in settings.items():
            values[path].add(repr(value))
    return [path for path, found in values.items() if len(found) > 1]


def _path(parameter: str, asked: str | None, paths: Collection[str]) -> str | None:
    """``asked`` as the full path of a setting; its last part will do where it is of one path only."""
    if asked is None or asked in paths:
        return asked
    meant = [path for path in paths if path.rpartition(".")[2] == asked]
    if len(meant) == 1:
        return meant[0]
    there = f"its arms differ in {', '.join(paths)}" if paths else "it has one arm"
    wrong = f"{asked!r} may be {' or '.join(meant)}" if meant else f"the arms of this study do not differ in {asked!r}"
    raise Invalid.at(["query", parameter], f"{wrong}: {there}")
