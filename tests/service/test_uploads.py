from bn_models.ingest.errors import Remedy
from service.uploads import IN_A_REQUEST


def test_a_request_has_words_for_everything_that_helps() -> None:
    assert set(IN_A_REQUEST) == set(Remedy)
