import httpx
import pytest


@pytest.mark.parametrize(
    ("method", "path", "unknown", "told"),
    [
        ("GET", "/v1/jobs", "state", "it takes activation, after, dataset, limit, name, placement, status, study, tag"),
        ("GET", "/v1/presets", "a", "it takes none"),
        ("PUT", "/v1/datasets/mine", "tagret", "it takes columns, decimal"),
        ("DELETE", "/v1/jobs/x", "force", "it takes none"),
    ],
)
def test_a_parameter_that_a_route_does_not_have_is_refused(
    http: httpx.Client, method: str, path: str, unknown: str, told: str
) -> None:
    headers = {"Content-Type": "text/csv"} if method == "PUT" else {}
    answer = http.request(method, path, params={unknown: "1"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", unknown]
    if method != "PUT":
        assert told in answer.json()["detail"]


def test_predictions_take_what_proxies_add(http: httpx.Client) -> None:
    assert http.post("/v1/models/none:predict", params={"key": "1"}, json={"instances": [[1]]}).status_code == 404
