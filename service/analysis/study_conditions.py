"""What all runs of a study have in common, and at which numbers of seeds its results could be seen."""

from collections.abc import Collection, Sequence

from bn_models.spec import TrainingSpec
from bn_models.spec.dataset import Synthetic
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.runs import Run


def looks_taken(
    planned: Sequence[int] | None, sizes: Sequence[int], active: Collection[int]
) -> tuple[list[int], list[int]]:
    """The numbers of seeds at which results could be seen, the present one last, and the planned ones.

    ``planned``: before the first run, if at all; ``sizes``: numbers of seeds that the study has had, the last is
    today's; ``active``: numbers (from 0) of the seeds that some arm has still to run.

    A planned look is taken when all runs of its seeds have ended. A study that went on after the last one is as one
    without a plan: its looks are all that there were.
    """
    seeds = sizes[-1]
    if planned and seeds <= planned[-1]:
        complete = min(active, default=seeds)
        return [look for look in planned if look <= complete], list(planned)
    ended = seeds - len(set(active))
    before = sorted(look for look in {*(planned or ()), *sizes} if look < ended)
    return [*before, *([ended] if ended else [])], []


def conditions(
    specs: Sequence[TrainingSpec], metric: str, runs: Sequence[Run], looks: Sequence[int], planned: Sequence[int]
) -> Conditions:
    """``specs``: one an arm, whose dataset is known; ``metric``: what the rows that are measured follow from;
    ``runs``: all those that are compared."""
    datasets = [spec.dataset for spec in specs]
    test_rows = [dataset.test_rows for dataset in datasets if dataset.test_rows]
    return Conditions(
        test_rows=min(test_rows, default=None),
        validation_rows=min(dataset.validation_rows for dataset in datasets),
        split="a seed" if all(dataset.resample for dataset in datasets) else "one",
        overlap=max(_overlap(spec, metric) for spec in specs),
        selected_on_test=any(map(_selects_on_test_rows, specs)),
        looks=tuple(looks),
        planned=tuple(planned),
        cancelled=sum(run.cancelled for run in runs),
        failed=sum(run.failed for run in runs),
    )


def _overlap(spec: TrainingSpec, metric: str) -> float:
    """Rows measured as a part of those trained on, where each seed splits one table anew; made data is made anew."""
    data = spec.dataset
    if not data.resample or isinstance(data, Synthetic) or not data.fitted_rows:
        return 0.0
    validates = metric.startswith("val_") and data.validation_rows > 0
    return (data.validation_rows if validates else data.test_rows) / data.fitted_rows


def _selects_on_test_rows(spec: TrainingSpec) -> bool:
    """Early stopping chooses an epoch; without validation rows ``val_*`` is measured on the test rows."""
    stopping = spec.early_stopping
    return stopping is not None and stopping.monitor.startswith("val_") and not spec.dataset.validation_rows
