"""The words of the wire are the models' words: clients and pages cannot import those."""

from typing import get_args

from bn_models.spec import dataset, network
from service import vocabulary


def test_placements_are_those_of_the_spec() -> None:
    assert get_args(network.Placement) == vocabulary.PLACEMENTS


def test_names_of_datasets_are_those_of_the_spec() -> None:
    pattern = dataset.Uploaded.model_json_schema()["properties"]["name"]["pattern"]
    assert pattern == f"^{vocabulary.DATASET_NAME}$"


def test_every_job_status_is_active_or_terminal() -> None:
    assert (*vocabulary.ACTIVE, *vocabulary.TERMINAL) == get_args(vocabulary.JobStatus)
