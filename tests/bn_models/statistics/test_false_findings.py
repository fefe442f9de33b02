"""The simulations of ``benchmarks.false_findings``, reduced: bounds leave four standard errors of so few studies."""

import pytest

from benchmarks import false_findings

STUDIES = {part: 240 for part in false_findings.PARTS} | {false_findings.coverage: 400, false_findings.resampled: 640}


@pytest.mark.slow
@pytest.mark.parametrize("part", false_findings.PARTS, ids=lambda part: part.__name__)
def test_nothing_is_found_too_often_and_wrong_variants_show_it(part: false_findings.Part) -> None:
    for row in part(STUDIES[part]):
        room = 4 * (max(row.share * (1 - row.share), 0.05 * 0.95) / row.studies) ** 0.5
        if row.claim.startswith("WRONG: the same"):
            room = 0.0
        assert row.low - room <= row.share <= row.high + room, row
