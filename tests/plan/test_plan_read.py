"""What is read as a plan is a plan, or is said in one line not to be one."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import InvalidInput
from planner.plan.read import read_plan

ROOT = Path(__file__).resolve().parents[2]


def test_a_problem_is_refused_as_what_it_is():
    with pytest.raises(InvalidInput) as refused:
        read_plan(ROOT / "problems" / "01-greedy-pays-10.json")
    (fault,) = refused.value.faults
    assert (fault.code, "planner solve" in fault.message) == ("wrong_document", True)
