from bn_models.ingest.errors import Remedy
from service.cli.upload_words import WITH_FLAGS
from service.dashboard.forms.upload_form import IN_FIELDS
from service.uploads import IN_A_REQUEST


def test_a_request_has_words_for_everything_that_helps() -> None:
    assert set(IN_A_REQUEST) == set(Remedy)


def test_command_line_and_page_have_words_of_their_own_for_all_of_it() -> None:
    assert set(WITH_FLAGS) == set(IN_FIELDS) == {remedy.name for remedy in Remedy}
