import numpy as np
import pytest

from service.client import BNLab, ServerError, binary_tensors
from tests.support.played_worker import PlayedWorker


def test_rows_of_any_shape_and_order_are_sent_as_they_are() -> None:
    rows = np.asfortranarray(np.arange(24.0).reshape(2, 3, 4))
    body, headers = binary_tensors.request(rows)
    length = int(headers[binary_tensors.JSON_LENGTH])
    np.testing.assert_array_equal(np.frombuffer(body[length:], "<f4"), np.arange(24.0))
    assert b"[2,3,4]" in body[:length]


def test_both_ways_of_asking_agree(server: str, worker: PlayedWorker) -> None:
    rows = np.random.default_rng(0).normal(size=(50, 2))
    with BNLab(server) as lab:
        job = lab.submit({"dataset": "circles"})
        worker.succeed(worker.claim())
        np.testing.assert_allclose(lab.infer(job["id"], rows), lab.predict(job["id"], rows.tolist()), rtol=1e-6)
        with pytest.raises(ServerError, match="400: "):
            lab.infer(job["id"], rows[:, :1])
        with pytest.raises(ServerError, match="404: "):
            lab.infer("none", rows)
