from dataclasses import asdict

from bn_models.ingest.options import Options
from service.store.upload_options import FileOptions


def test_the_reader_has_the_same_options_with_the_same_defaults() -> None:
    assert asdict(Options(format="csv")) == FileOptions(format="csv").model_dump()
