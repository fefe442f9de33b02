"""Studies as the analysis process reads them, made by hand."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from bn_models.spec.study import Design, arms
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.runs import ArmRuns
from service.analysis.study_data import StudyData
from service.database.engine import Database
from service.store import studies

DESIGN = Design.model_validate(
    {
        "base": {"dataset": "circles", "epochs": 2, "seed": 5},
        "grid": {"batch_norm.placement": ["none", "after_activation"]},
        "seeds": 2,
        "baseline": {"batch_norm.placement": "none"},
    }
)


def create_study(database: Database, design: Design = DESIGN, name: str | None = None) -> str:
    with database.write() as session:
        plan = studies.planned(arms(design))
        return studies.create(session, design, plan, name=name, preset=name, now=time.time()).id


def study_of_arms(
    specs: Sequence[Mapping[str, Any]], arms: Sequence[ArmRuns] | None = None, **fields: Any
) -> StudyData:
    """One arm a spec, without runs unless ``arms`` has them; the first is the baseline."""
    return StudyData(
        **{
            "id": "a1", "name": None, "design": {}, "preset": None, "partial": False,
            "cancelled": 0, "conditions": Conditions(), "specs": specs, "baselines": [None, *(0 for _ in specs[1:])],
            "arms": arms or [ArmRuns(f"arm {i}", {}, []) for i in range(len(specs))], **fields,
        }
    )  # fmt: skip
