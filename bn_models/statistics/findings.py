"""One sentence per arm that says what the statistics found and no more."""

from bn_models.statistics.arm_summary import ArmComparison
from bn_models.statistics.pairing import Pairing
from bn_models.statistics.phrases import decimals, epochs, general, interval, share
from bn_models.statistics.runs import is_accuracy
from bn_models.statistics.verdicts import TestFamily, final_clause, speed_clause


def finding(arm: ArmComparison, baseline: ArmComparison, pairing: Pairing | None, family: TestFamily) -> str:
    """``pairing`` is None for the baseline itself."""
    if arm.runs == arm.failed:
        return _sentence(arm.label, ["no run to compare", *_attrition(arm, None, family)])
    if pairing is None:
        return _sentence(f"{arm.label} (baseline)", [*_levels(arm, family), *_attrition(arm, None, family)])
    shared = len(pairing.times)
    if shared == 0:
        reason = f"no seed is shared with {baseline.label}, so no comparison is possible"
        return _sentence(arm.label, [*_levels(arm, family), reason, *_attrition(arm, None, family)])
    return _sentence(
        f"{arm.label} against {baseline.label}",
        [
            final_clause(pairing, family),
            speed_clause(pairing, family),
            *_reservations(shared, len(pairing.final), arm, baseline, family),
            *_attrition(arm, baseline, family),
        ],
    )


def _sentence(subject: str, clauses: list[str]) -> str:
    return f"{subject}: {'; '.join(clauses)}."


def _levels(arm: ArmComparison, family: TestFamily) -> list[str]:
    runs = _trained(arm)
    mean = arm.final.get(family.metric)
    if mean is None or mean.mean is None:
        return [f"no finite final {family.metric}"]
    if runs == 1:
        spread = " (one run)"
    elif mean.sd is not None and mean.sd < 1e-9:  # an interval without width would claim certainty
        spread = f" in each of {runs} runs"
    else:
        spread = f" ({interval(mean.low, mean.high, family.confidence)}, {runs} runs)"
    return [
        f"final {family.metric} {decimals(mean.mean)}{spread}",
        f"{family.goal} reached {_speed(arm, family)}",
    ]


def _speed(arm: ArmComparison, family: TestFamily) -> str:
    runs, time = _trained(arm), arm.epochs_to_threshold
    if time.median is None:
        return f"in {share(time.reached, runs)}"
    if runs == 1:
        return f"after {epochs(time.median)}"
    spread = interval(time.low, time.high, family.confidence, general)
    return f"in {share(time.reached, runs)}, median {epochs(time.median)} ({spread})"


def _reservations(
    shared: int, compared: int, arm: ArmComparison, baseline: ArmComparison, family: TestFamily
) -> list[str]:
    found = []
    if shared == 1:
        found.append("one shared seed allows no statement about differences")
    elif family.too_few(shared):
        found.append(f"{shared} shared seeds are too few for the tests of this comparison to find a difference")
    if shared < max(_trained(arm), _trained(baseline)):
        found.append(f"only the {shared} seeds that both have are compared")
    if 0 < compared < shared:
        found.append(f"final {family.metric} is compared over the {compared} of {shared} seeds where both are finite")
    return found


def _attrition(arm: ArmComparison, baseline: ArmComparison | None, family: TestFamily) -> list[str]:
    found = []
    if arm.diverged or (baseline and baseline.diverged):
        against = f" against {baseline.diverged} of {_trained(baseline)}" if baseline else ""
        counted = " (counted with their last accuracy, with 0 if it is not finite)"
        found.append(
            f"{share(arm.diverged, _trained(arm))} diverged{against}{counted if is_accuracy(family.metric) else ''}"
        )
    if arm.failed:
        found.append(f"{share(arm.failed, arm.runs)} failed and {'is' if arm.failed == 1 else 'are'} left out")
    return found


def _trained(arm: ArmComparison) -> int:
    return arm.runs - arm.failed
