"""One sentence per arm that says what the statistics found and no more, and one line of it for a slide."""

from collections.abc import Sequence
from dataclasses import dataclass

from bn_models.statistics.arm_summary import ArmSummary
from bn_models.statistics.clauses import (
    final_clause,
    final_verdict,
    sooner,
    speed_clause,
    speed_verdict,
    spread_clause,
)
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.metric_names import is_accuracy
from bn_models.statistics.pairing import AgainstBaseline, Pair
from bn_models.statistics.phrases import decimals, epochs, general, hundredths, interval, p_value, share, shortened
from bn_models.statistics.question import Question
from bn_models.statistics.verdicts import Level, Verdict

HEADLINE_CHARACTERS = 80


@dataclass(frozen=True)
class Frame:
    """What every sentence of a comparison is said under."""

    question: Question
    conditions: Conditions
    level: Level
    chance_of_a_false_finding: float | None
    """Of one at any look so far; None where this is the only one, or the looks were planned."""


@dataclass(frozen=True)
class Compared:
    """An arm with what it is compared with; ``pair`` and ``result`` are None for a baseline."""

    arm: ArmSummary
    baseline: ArmSummary
    pair: Pair | None
    result: AgainstBaseline | None


def finding(one: Compared, frame: Frame) -> str:
    arm, baseline, pair = one.arm, one.baseline, one.pair
    if arm.trained == 0:
        return _sentence(arm.label, ["no run to compare", *_attrition(arm, None, None, frame)])
    where = _where(frame)
    if pair is None or one.result is None:
        said = [*_levels(arm, frame), *_not_better_than_the_largest_class(arm, frame)]
        return _sentence(f"{arm.label} (baseline){where}", [*said, *_attrition(arm, None, None, frame)])
    if not pair.seeds:
        reason = f"no seed is shared with {baseline.label}, so no comparison is possible"
        return _sentence(f"{arm.label}{where}", [*_levels(arm, frame), reason, *_attrition(arm, None, None, frame)])
    speed = [] if frame.question.threshold is None else [speed_clause(pair, one.result, frame.level)]
    return _sentence(
        f"{arm.label} against {baseline.label}{where}",
        [
            final_clause(pair, one.result, frame.level),
            *speed,
            *spread_clause(pair, one.result, frame.level),
            *_reservations(pair, one, frame),
            *_not_better_than_the_largest_class(arm, frame),
            *_attrition(arm, baseline, one.result, frame),
        ],
    )


def headline(one: Compared, frame: Frame) -> str:
    """At most 80 characters."""
    said = "no run to compare" if one.arm.trained == 0 else _in_short(one, frame)
    return f"{shortened(one.arm.label, HEADLINE_CHARACTERS - len(said) - 2)}: {said}"


def _in_short(one: Compared, frame: Frame) -> str:
    mean = one.arm.final.get(frame.question.metric)
    value = "no finite value" if mean is None or mean.mean is None else decimals(mean.mean)
    if one.pair is None or one.result is None:
        return f"{value} (baseline)"
    if not one.pair.seeds:
        return f"{value}, no shared seed"
    if frame.level.spend == 0:
        return f"{value}, before the first planned look"
    final, speed = final_verdict(one.pair, one.result, frame.level), speed_verdict(one.pair, one.result, frame.level)
    if Verdict.TOO_FEW in (final, speed):
        return f"{value}, too few seeds to say more"
    return f"{value}, {_final_in_short(one.result, final)}{_speed_in_short(one.pair, one.result, speed)}"


def _final_in_short(result: AgainstBaseline, verdict: Verdict | None) -> str:
    if verdict is Verdict.FOUND:
        return "higher" if (result.final.difference or 0) > 0 else "lower"
    if result.final.equivalent is not None and result.final.equivalent.verdict == "equivalent":
        return f"the same within {result.final.equivalent.margin:g}"
    if verdict is None:
        return "not compared"
    return "no difference found" if verdict is Verdict.NOT_FOUND else "no clear difference"


def _speed_in_short(pair: Pair, result: AgainstBaseline, verdict: Verdict | None) -> str:
    if verdict is not Verdict.FOUND:
        return ""
    ratio = result.speedup.ratio
    if ratio is None:
        return ", reached more often" if sooner(pair) else ", reached less often"
    return f"; {hundredths(ratio)} x sooner" if ratio > 1 else f"; {hundredths(1 / ratio)} x later"


def _sentence(subject: str, clauses: Sequence[str]) -> str:
    return f"{subject}: {'; '.join(clauses)}."


def _where(frame: Frame) -> str:
    """The one split that a finding is about."""
    conditions = frame.conditions
    if conditions.split != "one":
        return ""
    if frame.question.metric.startswith("val_") and conditions.validation_rows:
        return f", on this one split, {conditions.validation_rows} validation rows"
    rows = "" if conditions.test_rows is None else f", {conditions.test_rows} test rows"
    return f", on this one split{rows}"


def _levels(arm: ArmSummary, frame: Frame) -> list[str]:
    question, runs = frame.question, arm.trained
    mean = arm.final.get(question.metric)
    if mean is None or mean.mean is None:
        return [f"no finite final {question.metric}"]
    if runs == 1:
        spread = " (one run)"
    elif mean.sd is not None and mean.sd <= 1e-9 * abs(mean.mean):  # an interval without width would claim certainty
        spread = f" in each of {runs} runs"
    else:
        spread = f" ({interval(mean.low, mean.high, question.confidence)}, {runs} runs)"
    reached = (
        []
        if question.threshold is None or question.curve not in arm.curves
        else [f"{question.goal} reached {_speed(arm, question)}"]
    )
    return [f"final {question.metric} {decimals(mean.mean)}{spread}", *reached]


def _speed(arm: ArmSummary, question: Question) -> str:
    runs, time = arm.trained, arm.epochs_to_threshold
    if time.median is None:
        return f"in {share(time.reached, runs)}"
    if runs == 1:
        return f"after {epochs(time.median)}"
    spread = interval(time.low, time.high, question.confidence, general)
    return f"in {share(time.reached, runs)}, median {epochs(time.median)} ({spread})"


def _reservations(pair: Pair, one: Compared, frame: Frame) -> list[str]:
    shared, compared, metric = len(pair.seeds), len(pair.final), frame.question.metric
    found = []
    if frame.level.spend == 0:
        first = min(frame.conditions.planned)
        found.append(f"the first look is planned at {first} seeds, before which nothing is tested")
    elif shared == 1:
        found.append("one shared seed allows no statement about differences")
    elif frame.level.too_few(shared):
        found.append(f"{shared} shared seeds are too few for the tests of this comparison to find a difference")
    if shared < max(one.arm.trained, one.baseline.trained):
        found.append(f"only the {shared} seeds that both have are compared")
    if 0 < compared < shared:
        found.append(f"final {metric} is compared over the {compared} of {shared} seeds where both are finite")
    if frame.conditions.selected_on_test:
        found.append("an epoch or a setting was chosen by the rows that are reported here")
    if frame.chance_of_a_false_finding is not None and frame.chance_of_a_false_finding > frame.question.alpha:
        looks = ", ".join(map(str, frame.conditions.looks))
        found.append(
            f"after unplanned looks at {looks} seeds the chance of a false finding is about "
            f"{100 * frame.chance_of_a_false_finding:.0f} %, not {100 * frame.question.alpha:.0f} %"
        )
    return found


def _not_better_than_the_largest_class(arm: ArmSummary, frame: Frame) -> list[str]:
    """An accuracy that always naming the largest class has, too, shows no learning."""
    mean, largest = arm.final.get(frame.question.metric), arm.largest_class_share
    if not is_accuracy(frame.question.metric) or largest is None or mean is None or mean.mean is None:
        return []
    if (mean.mean if mean.low is None else mean.low) > largest:
        return []
    return [f"not shown to be better than always naming the largest class ({decimals(largest)})"]


def _attrition(arm: ArmSummary, baseline: ArmSummary | None, result: AgainstBaseline | None, frame: Frame) -> list[str]:
    found = []
    if arm.diverged or (baseline and baseline.diverged):
        against = f" against {baseline.diverged} of {baseline.trained}" if baseline else ""
        p = result.diverged.p_adjusted if result and result.diverged else None
        tested = f" ({p_value(p)})" if p is not None and p <= frame.question.alpha else ""
        counted = " (counted with their last accuracy, with 0 if it is not finite)"
        of_metric = counted if is_accuracy(frame.question.metric) else ""
        found.append(f"{share(arm.diverged, arm.trained)} diverged{against}{tested}{of_metric}")
    for count, what in (
        (arm.failed, "failed"),
        (arm.cancelled, f"{'was' if arm.cancelled == 1 else 'were'} cancelled"),
    ):
        if count:
            found.append(f"{share(count, arm.runs)} {what} and {'is' if count == 1 else 'are'} left out")
    return found
