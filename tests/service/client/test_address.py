import pytest

from service.client import BNLab
from service.client.address import said_server, server_or_default
from service.client.responses import NotSent


def test_what_is_said_comes_before_the_environment_and_that_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BNLAB_SERVER", raising=False)
    assert server_or_default(None) == "http://127.0.0.1:8000"
    monkeypatch.setenv("BNLAB_SERVER", "http://lab:8000")
    assert server_or_default(None) == "http://lab:8000"
    assert server_or_default("http://other:8000") == "http://other:8000"
    monkeypatch.setenv("BNLAB_SERVER", "")
    assert server_or_default(None) == "http://127.0.0.1:8000"
    assert said_server(None) is None


@pytest.mark.parametrize("server", ["localhost:8000", "lab", "http://", "http://lab:port", "ftp://lab", "http://a b\n"])
def test_what_is_no_address_is_said_with_where_it_is_from(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotSent, match=r"^server '.*' is no URL"):
        BNLab(server)
    monkeypatch.setenv("BNLAB_SERVER", server)
    with pytest.raises(NotSent, match=r"^BNLAB_SERVER '.*' is no URL"):
        BNLab()
    BNLab("http://lab:8000").close()
