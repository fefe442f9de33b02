"""Whatever schemathesis makes of /openapi.json: no 5xx, and no answer that is not documented."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """
[parameters]
wait = 0
"""
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
LEFT_OUT = "/events$|/readyz$"
"""Event streams last as long as their job; /readyz answers 503 here, as there is no worker."""


@pytest.mark.slow
def test_every_answer_is_documented(server: str, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    schemathesis = Path(sys.executable).with_name("schemathesis")
    run = subprocess.run(
        [schemathesis, "--config-file", config, "run", f"{server}/openapi.json", "--checks", CHECKS,
         "--exclude-path-regex", LEFT_OUT, "--phases", "examples,coverage,fuzzing", "--max-examples", "20",
         "--seed", "1", "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout
