"""Learners over splits of one small table, and their expected accuracies: what overlap does to a comparison.

The learners are closed forms, of whole stacks of splits at once.
"""

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulated_studies import FINAL_ONLY, Floats, Rates, covers, share, study
from bn_models.statistics.comparison import compare
from bn_models.statistics.conditions import Conditions

ROWS, TEST_ROWS, FEATURES = 150, 30, 4
OVERLAP = TEST_ROWS / (ROWS - TEST_ROWS)
MEANS = np.array([[0.0, 0.0, 0.0, 0.0], [1.2, 0.6, 1.2, 0.6], [0.6, 1.2, 0.6, 1.2]])
"""Of three classes. The second two features are like the first two, so that a learner of these equals one of those."""
MIXING = np.eye(FEATURES) + 0.9 * np.eye(FEATURES)[[1, 0, 3, 2]]
"""Features are correlated, which linear discriminant analysis sees and nearest centroids do not."""


def table(rng: np.random.Generator, tables: int, rows: int) -> tuple[Floats, NDArray[np.int64]]:
    """Features (tables, rows, features) and classes (tables, rows), a third of the rows each."""
    classes = np.broadcast_to(np.arange(rows) % 3, (tables, rows))
    return MEANS[classes] + rng.standard_normal((tables, rows, FEATURES)) @ MIXING, classes


def accuracies(learner: str, x: Floats, y: NDArray[np.int64], x_test: Floats, y_test: NDArray[np.int64]) -> Floats:
    """(splits,) of learners in closed form: "centroids", over "first" or "second" features alone, or "lda"."""
    kept = {"first": slice(0, 2), "second": slice(2, 4)}.get(learner, slice(None))
    x, x_test = x[..., kept], x_test[..., kept]
    of_class = y[..., None] == np.arange(3)
    centroids = np.einsum("snc,snf->scf", of_class, x) / of_class.sum(axis=1)[..., None]
    covariance = np.broadcast_to(np.eye(x.shape[-1]), (len(x), x.shape[-1], x.shape[-1]))
    if learner == "lda":
        within = x - np.take_along_axis(centroids, y[..., None], axis=1)
        covariance = within.transpose(0, 2, 1) @ within / x.shape[1]
    weights = np.linalg.solve(covariance, centroids.transpose(0, 2, 1))
    scores = x_test @ weights - 0.5 * np.einsum("scf,sfc->sc", centroids, weights)[:, None]
    return np.asarray((scores.argmax(axis=2) == y_test).mean(axis=1), dtype=np.float64)


def true_accuracy(learner: str) -> float:
    """Expected, of training on as many fresh rows as a split has: from 6,000 tables and 300 test rows each."""
    rng = np.random.default_rng(7)
    shares = []
    for _ in range(12):
        x, y = table(rng, 500, ROWS - TEST_ROWS)
        shares.append(accuracies(learner, x, y, *table(rng, 500, 300)).mean())
    return float(np.mean(shares))


def splits(rng: np.random.Generator, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of ``count`` stratified splits: (count, training rows) and (count, test rows)."""
    by_class = np.array([[3 * rng.permutation(ROWS // 3) + one for one in range(3)] for _ in range(count)])
    tests = TEST_ROWS // 3
    return by_class[..., tests:].reshape(count, -1), by_class[..., :tests].reshape(count, -1)


def resampled(
    studies: int, rng: np.random.Generator, seeds: int, learners: tuple[str, str], fresh: bool = False
) -> Rates:
    """Two learners over ``seeds`` splits of one table, or over ``fresh`` rows a seed (drawn anew, as circles are)."""
    truth = 0.0 if learners == ("first", "second") else true_accuracy(learners[1]) - true_accuracy(learners[0])
    names = ("", "wrong variant, overlap 0: ")
    covered: dict[str, list[bool]] = {name: [] for name in names}
    found: dict[str, list[bool]] = {name: [] for name in names}
    for _ in range(studies):
        trained, tested = splits(rng, seeds)
        x, y = table(rng, seeds if fresh else 1, ROWS)
        of = np.arange(seeds)[:, None] if fresh else 0
        rows = (x[of, trained], y[of, trained], x[of, tested], y[of, tested])
        arms = study(np.array([accuracies(learner, *rows) for learner in learners]))
        for name, overlap in zip(names, (0.0 if fresh else OVERLAP, 0.0), strict=True):
            conditions = Conditions(test_rows=TEST_ROWS, split="a seed", overlap=overlap)
            against = compare(arms, 0, FINAL_ONLY, conditions).arms[1].against_baseline
            assert against is not None
            covered[name].append(covers(against.final, truth))
            found[name].append((against.final.p_adjusted or 0.0) <= 0.05)
    rates = {}
    for name in names[: 1 if fresh else 2]:
        rates[f"{name}the difference is covered"] = share(covered[name])
        if not truth:
            rates[f"{name}a difference"] = share(found[name])
    return rates
