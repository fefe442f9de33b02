import pytest

from service.client.address import server_or_default


def test_what_is_said_comes_before_the_environment_and_that_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BNLAB_SERVER", raising=False)
    assert server_or_default(None) == "http://127.0.0.1:8000"
    monkeypatch.setenv("BNLAB_SERVER", "http://lab:8000")
    assert server_or_default(None) == "http://lab:8000"
    assert server_or_default("http://other:8000") == "http://other:8000"
    monkeypatch.setenv("BNLAB_SERVER", "")
    assert server_or_default(None) == "http://127.0.0.1:8000"
