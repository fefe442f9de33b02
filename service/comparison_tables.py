"""A comparison's answer as lines and tables: reports, pages and the command line say it in the same words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.figures import NOTHING, brief, estimate, general, number, p_value, signed

Comparison = Mapping[str, Any]
"""As ``GET /v1/studies/{study_id}/comparison`` answers it."""
Arm = Mapping[str, Any]
MOST_TRIES = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class Table:
    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def conditions(comparison: Comparison) -> str:
    """On what rows, chosen how and looked at how often: what the statistics hold for."""
    found = comparison["conditions"]
    selected = (
        ["an epoch or a setting was chosen by the rows that are reported here"] if found["selected_on_test"] else []
    )
    said = [
        *_rows(comparison),
        *selected,
        *_looks(comparison),
    ] + [
        f"{found[ended]} run{'' if found[ended] == 1 else 's'} {ended} and in none of these figures"
        for ended in ("failed", "cancelled")
        if found[ended]
    ]
    line = "; ".join(said)
    return f"{line[:1].upper()}{line[1:]}." if line else ""


def tables(comparison: Comparison) -> list[Table]:
    """All but that of the arms, as far as they were asked for."""
    found = [claims(comparison), tuned(comparison), interactions(comparison)]
    return [table for table in found if table is not None]


def arms(comparison: Comparison) -> Table:
    """One line an arm, all figures."""
    metric, threshold = comparison["metric"], comparison["threshold"]
    columns: dict[str, Callable[[Arm], str]] = {
        "arm": lambda arm: arm["label"],
        **{name: _count(name) for name in ("runs", "diverged", *_any(comparison, "failed", "cancelled"))},
        f"final {metric}": lambda arm: estimate(arm["final"].get(metric), "mean"),
        "sd": lambda arm: _of(arm["final"].get(metric), "sd"),
    }
    if metric.endswith("accuracy") and _any(comparison, "largest_class_share"):
        columns["largest class's share"] = lambda arm: _of(arm, "largest_class_share")
    columns |= {
        "difference from baseline": lambda arm: estimate(_against(arm, "final"), "difference", signed),
        "p, corrected": lambda arm: p_value(_against(arm, "final")),
    }
    if comparison["margin"] is not None:
        columns[f"within ± {comparison['margin']:g}"] = lambda arm: _equivalent(_against(arm, "final"))
    if threshold is not None:
        columns |= {
            f"epochs to {threshold:g}": _epochs,
            "reached": lambda arm: str(arm["epochs_to_threshold"]["reached"]),
            "times faster": lambda arm: estimate(_against(arm, "speedup"), "ratio", _hundredths),
            "p of it, corrected": lambda arm: p_value(_against(arm, "speedup")),
        }
        if comparison["ratio_margin"] is not None:
            columns[f"within a factor of {comparison['ratio_margin']:g}"] = lambda arm: _equivalent(
                _against(arm, "speedup")
            )
    return _table("Figures", columns, comparison["arms"])


def brief_arms(comparison: Comparison) -> Table:
    """The same for a terminal of 80 characters: intervals and p under their figures, without what findings say."""
    metric, threshold = comparison["metric"], comparison["threshold"]
    columns: dict[str, Callable[[Arm], str]] = {
        "arm": lambda arm: arm["label"],
        f"final\n{metric}": lambda arm: _stacked(estimate(arm["final"].get(metric), "mean", brief)),
        "difference": _brief_difference,
    }
    if threshold is not None:
        columns[f"epochs\nto {threshold:g}"] = lambda arm: (
            f"{_epochs(arm)}\n{arm['epochs_to_threshold']['reached']} of {_trained(arm)} runs"
        )
    else:
        columns["runs"] = lambda arm: str(_trained(arm))
    return _table("", columns, comparison["arms"])


def claims(comparison: Comparison) -> Table | None:
    columns: dict[str, Callable[[Arm], str]] = {
        "claim": lambda claim: claim["text"],
        "source": lambda claim: claim["source"] or NOTHING,
        "verdict": lambda claim: claim["verdict"],
        "why": lambda claim: claim["why"],
    }
    if not any(claim["source"] for claim in comparison["claims"]):
        del columns["source"]
    return _table("Claims", columns, comparison["claims"]) if comparison["claims"] else None


def tuned(comparison: Comparison) -> Table | None:
    """Each arm at its own best value of the factor that ``tune`` names."""
    if comparison["tune"] is None:
        return None
    factor, found = comparison["tune"].rpartition(".")[2], comparison["tuned"]
    title = f"Each arm at its own best {factor}"
    if not found:
        return Table(title, [], [], [f"No arm has two values of {factor} with two seeds in common yet."])
    tries = [n for n in MOST_TRIES if n <= max(len(one["expected_best"]) for one in found)]
    columns: dict[str, Callable[[Arm], str]] = {
        "arm": lambda one: one["label"],
        f"best {factor}": lambda one: _plain(one["best"]),
        "chosen": lambda one: ", ".join(f"{value}: {times}" for value, times in one["chosen"].items()),
        comparison["metric"]: lambda one: estimate(one["final"], "mean"),
        "difference from baseline": lambda one: estimate(_against(one, "final"), "difference", signed),
        "p, corrected": lambda one: p_value(_against(one, "final")),
    }
    if any(one["tolerance"] for one in found):
        columns["tolerance, decades"] = lambda one: estimate(one["tolerance"], "value", _hundredths)
        columns[f"largest good {factor}"] = lambda one: estimate(one["largest"], "value", general)
    columns[f"expected best of {', '.join(map(str, tries))} tried"] = lambda one: ", ".join(
        number(one["expected_best"][n - 1]) for n in tries if n <= len(one["expected_best"])
    )
    edges = [
        f"The best {factor} of arm {one['label']} is the {one['edge']} of the grid: widen it."
        for one in found
        if one["edge"]
    ]
    chosen = (
        "Chosen: how many halves of the seeds chose a value. It is reported on the other half, which had no part in it."
    )
    return _table(title, columns, found, [*edges, chosen, *_good(comparison, factor)])


def _good(comparison: Comparison, factor: str) -> list[str]:
    if not any(one["tolerance"] for one in comparison["tuned"]):
        return []
    margin, threshold, metric = (comparison[name] for name in ("margin", "threshold", "metric"))
    good = (
        f"is within {margin:g} of that of the best"
        if margin is not None
        else f"has a {metric} of {threshold:g} or better"
    )
    return [f"Tolerance: in how many decades of {factor} the median run {good}; largest good: how far up that goes."]


def interactions(comparison: Comparison) -> Table | None:
    """How each arm's difference from its baseline changes along the factor that ``interaction`` names."""
    if comparison["interaction"] is None:
        return None
    factor, found = comparison["interaction"].rpartition(".")[2], comparison["interactions"]
    title = f"How differences from the baseline change with {factor}"
    if not found:
        return Table(title, [], [], [f"No arm is compared with a baseline at two values of {factor}."])
    columns: dict[str, Callable[[Arm], str]] = {
        "arm": lambda one: one["arm"],
        factor: lambda one: f"{_plain(one['from'])} → {_plain(one['to'])}",
        f"change of the difference in {comparison['metric']}": lambda one: estimate(one, "difference", signed),
        "p, corrected": p_value,
    }
    return _table(title, columns, found)


def _table(
    title: str, columns: Mapping[str, Callable[[Arm], str]], lines: Sequence[Arm], notes: Sequence[str] = ()
) -> Table:
    return Table(title, list(columns), [[cell(line) for cell in columns.values()] for line in lines], notes)


def _rows(comparison: Comparison) -> list[str]:
    found, metric = comparison["conditions"], comparison["metric"]
    rows = f"{found['test_rows']} test rows" if found["test_rows"] is not None else "test rows"
    apart = f" and {found['validation_rows']} validation rows" if found["validation_rows"] else ""
    if metric.startswith("val_"):
        apart += f", on which {metric} is measured"
    if found["split"] == "one":
        return [f"one split, {rows}{apart}: what is found is found on these rows"]
    if found["split"] == "a seed":
        shared = found["overlap"] > 0
        where = " of one table, and intervals and tests allow for the rows that splits share" if shared else ""
        return [f"every seed has rows of its own ({rows}{apart}){where}"]
    return []


def _looks(comparison: Comparison) -> list[str]:
    found = comparison["conditions"]
    looks, planned = (", ".join(map(str, found[name])) for name in ("looks", "planned"))
    if planned:
        return [f"looks planned at {planned} seeds share the {_error(comparison)} of false findings"]
    if len(found["looks"]) < 2:
        return []
    chance = found["chance_of_a_false_finding"]
    cost = "" if chance is None else f": the chance of a false finding is about {100 * chance:.0f} %"
    return [f"looked at with {looks} seeds, which was not planned{cost}"]


def _error(comparison: Comparison) -> str:
    return f"{100 * (1 - comparison['confidence']):g} %"


def _count(name: str) -> Callable[[Arm], str]:
    return lambda arm: str(arm[name])


def _any(comparison: Comparison, *names: str) -> list[str]:
    return [name for name in names if any(arm.get(name) for arm in comparison["arms"])]


def _stacked(cell: str) -> str:
    return cell.replace(" (", "\n").removesuffix(")")


def _brief_difference(arm: Arm) -> str:
    if (final := _against(arm, "final")) is None:
        return "baseline"
    p = p_value(final)
    tested = [] if p == NOTHING else [f"p {p}" if p.startswith("<") else f"p = {p}"]
    return "\n".join([_stacked(estimate(final, "difference", lambda value: signed(value, brief))), *tested])


def _of(found: Mapping[str, Any] | None, name: str) -> str:
    return NOTHING if found is None or found[name] is None else number(found[name])


def _against(arm: Arm, name: str) -> Mapping[str, Any] | None:
    against: Mapping[str, Any] | None = arm["against_baseline"]
    return None if against is None else against[name]


def _equivalent(test: Mapping[str, Any] | None) -> str:
    same = None if test is None else test["equivalent"]
    return NOTHING if same is None else f"{same['verdict']} (p {p_value(same)})"


def _epochs(arm: Arm) -> str:
    time = arm["epochs_to_threshold"]
    if time["median"] is not None:
        return f"{time['median']:g}"
    return NOTHING if _trained(arm) == 0 else "not by half" if time["reached"] else "not reached"


def _trained(arm: Arm) -> int:
    return int(arm["runs"] - arm["failed"] - arm["cancelled"])


def _hundredths(value: float) -> str:
    return f"{value:.2f}"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
