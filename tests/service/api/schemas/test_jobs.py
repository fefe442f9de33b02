from bn_models.spec import TrainingSpec
from service.api.schemas.jobs import JobIn


def test_a_request_is_no_spec_but_has_one() -> None:
    request = JobIn.model_validate({"dataset": "circles", "epochs": 3, "name": "n", "tags": {"a": "b"}, "priority": 1})
    assert not isinstance(request, TrainingSpec)
    assert TrainingSpec.of(request) == TrainingSpec.model_validate({"dataset": "circles", "epochs": 3})
