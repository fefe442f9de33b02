import pytest

from bn_models.statistics.conditions import Conditions


def test_the_shares_of_planned_looks_sum_to_one() -> None:
    shares = [Conditions(looks=(10, 20, 40)[:i], planned=(10, 20, 40)).spend for i in range(4)]
    assert shares == [0.0, 0.25, 0.25, 0.5]


@pytest.mark.parametrize(
    ("looks", "share"),
    [((10, 10), 0.25), ((10, 15), 0.125), ((7,), 0.175), ((10, 20, 40, 41), 1.0), ((50,), 1.0)],
    ids=["twice", "one between", "one before the first", "beyond the last", "beyond all"],
)
def test_looks_that_were_not_planned(looks: tuple[int, ...], share: float) -> None:
    assert Conditions(looks=looks, planned=(10, 20, 40)).spend == pytest.approx(share)


def test_without_a_plan_every_look_has_the_whole_error() -> None:
    assert Conditions(looks=(10, 20)).spend == Conditions().spend == 1.0
    assert not Conditions(looks=(10, 20)).as_planned
