"""Tables of a plan hold the plan's own figures, one row per fact and period."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.catalog.load import load_catalog
from planner.plan.frames import frames
from planner.problem.load import load_problem
from planner.solve import solve

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plan():
    """The plan of the smallest problem: two kinds of machine, one period."""
    return solve(load_problem(ROOT / "problems" / "01-greedy-pays-10.json").problem, load_catalog()).plan


def test_the_parts_of_the_cost_sum_to_the_total(plan):
    assert frames(plan)["cost"]["usd_per_month"].sum() == pytest.approx(plan.cost["total_usd_per_month"])


def test_every_deployment_has_a_row_for_every_period(plan):
    table = frames(plan)["deployments"]
    assert len(table) == sum(len(s.deployments) for s in plan.services) * len(plan.periods)
    assert table["replicas"].sum() == sum(sum(d.replicas) for s in plan.services for d in s.deployments)


def test_rates_sum_to_what_is_served(plan):
    served = sum(r[0] for s in plan.services for d in s.deployments for r in d.rate_per_s.values())
    assert frames(plan)["rates"]["rate_per_s"].sum() == pytest.approx(served)
