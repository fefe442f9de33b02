"""What a comparison is asked, and what was claimed of its arms before."""

from dataclasses import dataclass
from typing import Literal

from bn_models.statistics.metric_names import Better, curve_of, lower_is_better

USUAL_THRESHOLD = 0.8
"""Of accuracies; no value suits all losses."""


@dataclass(frozen=True)
class Question:
    """``metric``: the final one that arms are compared in. ``threshold``: in the unit of its curve, None: how soon it
    is reached is not asked. ``margin``, ``ratio_margin``: differences of the metric, and ratios of the times to the
    threshold, that are no difference worth speaking of. ``interaction``, ``tune``: paths of the grid. ``better`` of two
    values of the metric where its name does not say.
    """

    metric: str = "val_accuracy"
    threshold: float | None = USUAL_THRESHOLD
    confidence: float = 0.95
    margin: float | None = None
    ratio_margin: float | None = None
    interaction: str | None = None
    tune: str | None = None
    better: Better | None = None

    @property
    def alpha(self) -> float:
        return 1 - self.confidence

    @property
    def lower_is_better(self) -> bool:
        return self.is_lower_better(self.metric)

    def is_lower_better(self, metric: str) -> bool:
        if self.better is not None and metric in (self.metric, self.curve):
            return self.better == "lower"
        return lower_is_better(metric)

    @property
    def curve(self) -> str | None:
        return curve_of(self.metric)

    @property
    def goal(self) -> str:
        assert self.threshold is not None
        return f"{self.curve} {self.threshold:g}"


@dataclass(frozen=True)
class Claim:
    """``arm`` and ``against`` are labels; ``metric`` a final one, or of all runs of an arm; ``margin``, in the metric's
    unit (epochs of a time, a share of diverged runs), that within which "equal" is, or the smallest difference worth
    showing."""

    text: str
    source: str | None
    arm: str
    against: str
    metric: str
    is_: Literal["higher", "lower", "equal"]
    margin: float | None = None
