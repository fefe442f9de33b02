from bn_models.spec.settings import labels, listed


def test_an_arm_is_called_by_the_ends_of_its_paths() -> None:
    assert labels([{"batch_norm.placement": "none", "network.hidden_units": [8, 4]}, {}]) == [
        "placement=none, hidden_units=8-4", "base",
    ]  # fmt: skip


def test_of_an_object_its_own_fields_are_named() -> None:
    assert labels([{"network": {"kind": "mlp", "hidden_units": [8]}}]) == ["kind=mlp, hidden_units=8"]


def test_paths_that_end_alike_are_named_in_full() -> None:
    arms = [{"optimizer.momentum": 0.5, "epochs": 3}, {"batch_norm.momentum": 0.5, "epochs": 3}]
    assert labels(arms) == ["optimizer.momentum=0.5, epochs=3", "batch_norm.momentum=0.5, epochs=3"]


def test_of_many_names_the_first_are_listed() -> None:
    assert listed(["a", "b"]) == "a; b"
    assert listed([str(i) for i in range(10_000)]).endswith("28; 29 and 9,970 more")
