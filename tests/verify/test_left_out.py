"""What a plan with a certificate leaves out is noticed, row by row; a hand-written one may say less."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.load import load_catalog
from planner.documents import from_data, validate
from planner.plan.schema import Plan
from planner.problem.load import load_problem
from planner.solve import solve
from planner.verify.certify import certify

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made():
    """(catalogue, problem, plan as its file holds it) of the smallest problem, with a cap on the budget."""
    catalog = load_catalog()
    problem = load_problem(ROOT / "problems" / "01-greedy-pays-10.json").problem
    problem = problem.model_copy(update={"limits": problem.limits.model_copy(update={"budget_usd_per_month": 5000.0})})
    return catalog, problem, solve(problem, catalog).plan.model_dump(mode="json")


def failed(made: tuple, data: dict[str, Any]) -> set[str]:
    """Names of the checks that ``data`` fails, but for the certificate's own, which tells of them."""
    catalog, problem, _ = made
    found = certify(validate(from_data(data, "plan.json"), Plan), problem, catalog)
    return {c.name for c in found.checks if not c.passed} - {"certificate"}


def test_the_plan_as_it_was_made_holds(made):
    assert failed(made, made[2]) == set()


@pytest.mark.parametrize("listed", ["binding", "assumptions", "cash"])
def test_no_row_can_be_left_out_doubled_or_hidden_with_all_others(made, listed):
    name = {"cash": "claimed_cash"}.get(listed, listed)
    rows = made[2][listed]
    assert rows
    for index in range(len(rows)):
        data = copy.deepcopy(made[2])
        del data[listed][index]
        # A sentence on how a configuration's performance was found is taken as stated, and may be left out.
        in_words = listed == "assumptions" and ": " in rows[index]["path"]
        assert failed(made, data) == (set() if in_words else {name}), rows[index]
        data = copy.deepcopy(made[2])
        data[listed].append(data[listed][index])
        assert failed(made, data) == {name}, rows[index]
    assert failed(made, {**copy.deepcopy(made[2]), listed: []}) == {name}


def test_what_is_known_cannot_be_said_not_to_be(made):
    data = copy.deepcopy(made[2])
    data["services"][0]["share_usd_per_month"] = None
    assert failed(made, data) == {"claimed_share"}
    for figure in ("utilisation", "headroom"):
        data = copy.deepcopy(made[2])
        data["services"][0]["deployments"][0][figure] = [None]
        assert failed(made, data) == {"performance"}


def test_sources_and_dates_of_what_has_none_cannot_be_added(made):
    for index, row in enumerate(made[2]["assumptions"]):
        for field in ("source", "as_of"):
            data = copy.deepcopy(made[2])
            data["assumptions"][index][field] += "x"
            assert failed(made, data) == {"assumptions"}, row


def test_without_a_certificate_a_plan_may_list_nothing(made):
    data = {**copy.deepcopy(made[2]), "certificate": None, "checked": False, "binding": [], "assumptions": [], "cash": []}
    assert failed(made, data) == set()
