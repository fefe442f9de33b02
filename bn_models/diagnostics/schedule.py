"""When a run is looked into."""


def epochs_to_next(epoch: int) -> int:
    """How many epochs after ``epoch`` (0: the start) the next diagnosis is due, besides the one of the last epoch.

    Every epoch up to 100, every 10th up to 1,000, every 100th up to 10,000 and so on.
    """
    stride: int = 10 ** max(0, len(str(epoch)) - 2)
    return stride - epoch % stride
