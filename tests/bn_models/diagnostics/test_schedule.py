from bn_models.diagnostics.schedule import epochs_to_next


def test_epochs_are_looked_at_ever_more_rarely() -> None:
    due = [epoch for epoch in range(1, 3001) if epochs_to_next(epoch - 1) == 1]
    assert due == [*range(1, 101), *range(110, 1001, 10), *range(1100, 3001, 100)]
    assert all(epoch + epochs_to_next(epoch) == min(d for d in due if d > epoch) for epoch in range(2999))
