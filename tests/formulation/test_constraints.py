"""Each constraint binds in a case worked out by hand, and the optimum is another without it."""

from __future__ import annotations

import pytest

from planner.backends.interface import solve
from planner.formulation.registry import constraints
from tests.formulation.cases import CASES
from tests.formulation.tiny import program


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.constraint)
def test_the_optimum_is_the_one_derived_by_hand(case):
    answer = solve(program(case.stated, case.replicas).model, gap=0.0)
    assert answer.objective == pytest.approx(case.cost, rel=1e-9), case.why


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.constraint)
def test_without_the_constraint_the_optimum_is_lower(case):
    answer = solve(program(case.stated, case.replicas, without=case.constraint).model, gap=0.0)
    assert answer.objective < case.cost * (1 - 1e-6)


def test_every_registered_constraint_has_a_case():
    assert {case.constraint for case in CASES} == set(constraints())


def test_every_constraint_states_its_equation_and_its_unit():
    for name, found in constraints().items():
        assert ".. math::" in found.docstring, name
        assert found.unit, name
