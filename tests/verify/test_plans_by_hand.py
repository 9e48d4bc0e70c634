"""Every plan written by hand holds, and every check that concerns it finds the one change made to fail it."""

from __future__ import annotations

import pytest
from by_hand import CASES, ELSEWHERE


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_plan_by_hand_holds(case):
    assert [(c.name, c.where, c.detail) for c in case.certificate().checks if not c.passed] == []


@pytest.mark.parametrize(
    ("of", "name"), [(of, name) for of, case in CASES.items() for name, wrong in case.WRONG.items() if wrong and name not in ELSEWHERE.get(of, ())]
)
def test_each_check_can_fail(of, name):
    found = {c.name: c for c in CASES[of].certificate(**CASES[of].WRONG[name]).checks}
    assert not found[name].passed and found[name].detail
    assert "not computed" not in found[name].detail and "cannot be computed" not in found[name].detail
