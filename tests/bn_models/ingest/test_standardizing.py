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


def test_a_constant_column_keeps_its_unit() -> None:
    scale, offset = standardization(np.full((7, 2), 0.1))
    assert scale.tolist() == [1, 1]
    np.testing.assert_allclose(offset, 0.1)


@pytest.mark.parametrize(
    ("x", "dtype"),
    [(NORMAL, "float32"), (NORMAL + 1.7e9, "float64"), (NORMAL * 1e-40, "float64"), (NORMAL * 1e300, "float64")],
)
def test_numbers_are_narrowed_where_no_digit_is_lost_that_counts(x: np.ndarray, dtype: str) -> None:
    fitted = standardization(x)
    kept = narrowed(x, fitted)
    assert kept.dtype == dtype
    moved = np.abs(kept.astype(np.float64) - x) * fitted[0]
    assert moved.max() <= LOSS


def test_what_networks_cannot_be_given_is_refused_by_name() -> None:
    x = np.concatenate([NORMAL, NORMAL[:, :1] + 1.7e9], axis=1)
    with pytest.raises(TableError, match="column 'time' is too far from zero"):
        check_narrow(x, standardization(x), ["a", "b", "time"])
