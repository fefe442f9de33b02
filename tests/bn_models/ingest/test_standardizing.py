import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bn_models.ingest.errors import TableError
from bn_models.ingest.standardizing import LOSS, check_narrow, narrowed, standardization

NORMAL = np.random.default_rng(0).normal(size=(500, 2))


@given(st.floats(-1e9, 1e9), st.integers(-150, 150))
@settings(max_examples=50)
def test_any_unit_and_origin_give_the_same_standardized_numbers(origin: float, exponent: int) -> None:
    x = (NORMAL + origin) * 10.0**exponent
    scale, offset = standardization(x)
    expected = (NORMAL - NORMAL.mean(0)) / NORMAL.std(0)
    np.testing.assert_allclose((x - offset) * scale, expected, atol=1e-5)  # 1e9 leaves seven digits behind the point


@pytest.mark.parametrize("value", [0.1, -1e20, 7.6624777e53])
def test_a_constant_column_keeps_its_unit(value: float) -> None:
    scale, offset = standardization(np.full((24, 2), value))
    assert scale.tolist() == [1, 1]
    assert offset.tolist() == [value, value]


@pytest.mark.parametrize(
    ("x", "dtype"),
    [(NORMAL, "float32"), (NORMAL + 1.7e9, "float64"), (NORMAL * 1e-40, "float64"), (NORMAL * 1e300, "float64")],
)
def test_numbers_are_narrowed_where_no_digit_is_lost_that_counts(x: np.ndarray, dtype: str) -> None:
    fitted = standardization(x)
    kept = narrowed(x, fitted, ["a", "b"])
    assert kept.dtype == dtype
    moved = np.abs(kept.astype(np.float64) - x) * fitted[0]
    assert moved.max() <= LOSS


def test_what_networks_cannot_be_given_is_refused_by_name() -> None:
    x = np.concatenate([NORMAL, NORMAL[:, :1] + 1.7e9], axis=1)
    with pytest.raises(TableError, match="column 'time' is too far from zero"):
        check_narrow(x, standardization(x), ["a", "b", "time"])


@pytest.mark.parametrize(
    "column",
    [
        [-1e308, 1e308, 1e308, 1e308],  # the sum is infinite
        [5e-324, 0.0, 0.0, 5e-324],  # so is one over the deviation
    ],
)
def test_what_cannot_be_standardized_is_refused_by_name(column: list[float]) -> None:
    x = np.stack([np.arange(4.0), column], axis=1)
    with pytest.raises(TableError, match=r"column 'b' cannot be standardized: .*; write it in another unit"):
        narrowed(x, standardization(x), ["a", "b"])


def test_a_row_beyond_what_networks_can_be_given_is_refused() -> None:
    x_train, x = NORMAL, np.concatenate([NORMAL, [[0.0, 1e39]]])
    with pytest.raises(TableError, match="column 'b' cannot be standardized"):
        narrowed(x, standardization(x_train), ["a", "b"])
