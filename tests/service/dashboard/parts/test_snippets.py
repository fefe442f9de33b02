import json
import shlex

from service.dashboard.parts import snippets

BODY = {"dataset": {"name": "circles"}, "name": "Ada's", "shuffle": False}


def test_curl_sends_the_body() -> None:
    arguments = shlex.split(snippets.curl("http://localhost:8000", "/v1/jobs", BODY).replace("\\\n", " "))
    assert arguments[1] == "http://localhost:8000/v1/jobs"
    assert json.loads(arguments[-1]) == BODY


def test_python_passes_the_body() -> None:
    written = snippets.python("http://localhost:8000", "submit", BODY)
    compile(written, "snippet", "exec")
    assert written.startswith("from bnlab import BNLab\n")
    assert eval(written.partition("lab.submit(")[2].removesuffix(")")) == BODY
