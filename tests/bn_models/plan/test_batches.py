import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_models.plan.batches import Batches

small = st.integers(1, 40)


@given(rows=small, batch=small, epoch=st.integers(0, 5), shuffle=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_an_epoch_is_a_pass_over_all_rows(rows: int, batch: int, epoch: int, shuffle: bool, seed: int) -> None:
    order = Batches(rows, batch, None, shuffle, seed)
    indices = order.epoch(epoch)
    assert sorted(indices) == list(range(rows))
    assert order.steps == -(-rows // batch)
    parts = [order.full(epoch, i, i + 1).reshape(-1) for i in range(order.full_steps)] + [order.partial(epoch)]
    np.testing.assert_array_equal(np.concatenate(parts), indices)


@given(rows=small, batch=small, steps=st.integers(1, 7), shuffle=st.booleans())
def test_given_steps_the_passes_are_one_stream(rows: int, batch: int, steps: int, shuffle: bool) -> None:
    order, passes = Batches(rows, batch, steps, shuffle, seed=3), Batches(rows, batch, None, shuffle, seed=3)
    stream = np.concatenate([order.epoch(epoch) for epoch in range(3)])
    repeated = np.concatenate([passes.epoch(number) for number in range(3 * steps * batch // rows + 1)])
    np.testing.assert_array_equal(stream, repeated[: 3 * steps * batch])
    assert (order.full_steps, order.tail) == (steps, 0)


def test_unshuffled_rows_come_in_order() -> None:
    assert Batches(5, 2, 2, False, seed=0).epoch(1).tolist() == [4, 0, 1, 2]


def test_order_depends_on_seed_and_epoch_alone() -> None:
    order = Batches(100, 10, None, True, seed=1)
    assert order.epoch(4).tolist() == Batches(100, 10, None, True, seed=1).epoch(4).tolist()
    assert order.epoch(4).tolist() != order.epoch(5).tolist()
    assert order.epoch(4).tolist() != Batches(100, 10, None, True, seed=2).epoch(4).tolist()


@pytest.mark.parametrize(("seed", "start"), [(0, [97, 14, 7]), (7, [91, 59, 73])])
def test_the_order_is_the_same_in_every_version(seed: int, start: list[int]) -> None:
    assert Batches(100, 10, None, True, seed).epoch(0)[:3].tolist() == start
