import numpy as np
import pytest

from bn_models.datasets.splitting import drawn


@pytest.mark.parametrize("size", [1, 7, 50, 123, 199])
def test_each_class_has_its_share_of_the_drawn(size: int) -> None:
    classes = np.random.default_rng(0).choice(3, 200, p=[0.6, 0.3, 0.1])
    found = drawn(classes, size, (1,))
    assert found.sum() == size
    assert np.abs(np.bincount(classes[found], minlength=3) - np.bincount(classes) * size / 200).max() < 1


def test_a_draw_is_a_function_of_all_its_seeds() -> None:
    classes = np.arange(100) % 2
    np.testing.assert_array_equal(drawn(classes, 30, (1, 2)), drawn(classes, 30, (1, 2)))
    for other in ((1, 3), (2, 2), (1, 2, 1)):
        assert (drawn(classes, 30, (1, 2)) != drawn(classes, 30, other)).any()


def test_every_row_is_drawn_as_often_as_any() -> None:
    """Not those in front, nor always the same of a class: 600 draws of a quarter have a deviation of 0.018."""
    classes = np.repeat([0, 1], [30, 10])
    share = np.mean([drawn(classes, 10, (seed,)) for seed in range(600)], axis=0)
    assert np.abs(share - 0.25).max() < 0.08


def test_a_class_with_one_row_is_trained_on() -> None:
    classes = np.array([0] * 10 + [1] * 10 + [2])
    for seed in range(20):
        assert not drawn(classes, 10, (seed,))[20]


def test_where_not_every_class_can_keep_a_row_the_number_of_rows_is_kept() -> None:
    assert drawn(np.arange(5), 3, (0,)).sum() == 3
    assert drawn(np.array([0, 0, 1, 2, 3]), 4, (0,)).sum() == 4


def test_a_label_that_no_row_has_is_no_class() -> None:
    assert drawn(np.array([0, 0, 0, 5, 5, 5]), 2, (0,)).tolist().count(True) == 2
