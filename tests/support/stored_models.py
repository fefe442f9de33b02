"""Models in a database, by job and by alias, without any training."""

from bn_models.spec import TrainingSpec
from service.database.engine import Database
from service.store import aliases, jobs, leases
from tests.support.small_model import small_model

SPEC = TrainingSpec.model_validate({"dataset": "circles"})


def train(database: Database, weight: float = 1.0, name: str | None = None) -> str:
    """A succeeded job whose model is sigmoid(weight x0 + 2 x1), and perhaps an alias for it."""
    onnx, keras = small_model(weight)
    with database.write() as session:
        job_id = jobs.submit(session, SPEC, now=1.0).id
    with database.write() as session:
        lease = leases.claim(session, lease_seconds=10, now=2.0)
        assert lease is not None
        leases.succeed(session, lease, result={}, onnx=onnx, keras=keras, now=3.0)
    if name is not None:
        point(database, name, job_id)
    return job_id


def point(database: Database, name: str, job_id: str) -> None:
    with database.write() as session:
        aliases.point(session, name, job_id, now=1.0)
