import pytest

from bn_models.plan.architecture import plan
from bn_models.plan.shapes import parameter_count
from bn_models.spec.claims import Claim, check_claims
from bn_models.spec.study import arms
from bn_models.statistics.sign_flips import smallest_p
from service.errors import NotFound
from service.presets.catalog import preset, presets

PUBLISHED = [
    "brownlee-circles", "brownlee-circles-extensions", "brownlee-circles-quick", "cifar-conv5", "dlology-mnist",
    "dlology-mnist-quick", "ioffe-szegedy-mnist", "ioffe-szegedy-mnist-quick", "lstm-rows", "lstm-rows-quick",
    "mlp-128-64", "mlp-128-64-quick", "tanh-dropout-64",
]  # fmt: skip


def test_the_presets_are_these() -> None:
    assert list(presets()) == PUBLISHED


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_preset_can_be_run(name: str) -> None:
    found = preset(name)
    for arm in arms(found.design):
        assert parameter_count(plan(arm.spec), arm.spec.dataset.row_shape) < 1_000_000
    found_arms = arms(found.design)
    labels = [arm.label for arm in found_arms]
    assert {item.arm for item in found.published} <= set(labels)
    claims = [claim for claim in found.claims if isinstance(claim, Claim)]
    check_claims(claims, labels, [arm.spec for arm in found_arms])
    assert found.source
    assert found.question.endswith(("?", ")"))


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(NotFound, match="dlology-mnist"):
        preset("nope")


# Twelve arms of minutes each: the six seeds it would take are 40 minutes, and three show its levels.
LEVELS_ONLY = {"dlology-mnist"}


@pytest.mark.parametrize("name", sorted(set(PUBLISHED) - LEVELS_ONLY))
def test_every_preset_has_seeds_enough_to_find_a_difference(name: str) -> None:
    assert smallest_p(preset(name).design.seeds) <= 0.05, "every answer would be 'too few seeds'"
