"""The page of what is chosen and refused says the truth: plans use what it names, and rules turn away what it names."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import pytest

from planner.candidates.registry import rules
from planner.catalog import load_catalog
from planner.problem.load import load_problem
from planner.solve import Solved, indexed, judged
from tests.problems.golden import FOLDER, solved

PAGE = Path(__file__).resolve().parents[2] / "docs" / "choices.md"
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in PAGE.read_text(encoding="utf-8").split("\n")
    if line.startswith("| ") and not line.startswith(("| ---", "| way", "| family", "| cache |", "| kind"))
]
CHOSEN = sorted({token for row in ROWS for token in re.findall(r"`([^`]+)`", row[1])})
REFUSED = sorted({token for row in ROWS for token in re.findall(r"`([^`]+)`", row[2])})


def file_of(name: str) -> Path:
    (found,) = FOLDER.glob(f"{name}.*")
    return found


@lru_cache(maxsize=None)
def plan_of(name: str):
    outcome = solved(file_of(name))
    assert isinstance(outcome, Solved)
    return outcome.plan


@lru_cache(maxsize=None)
def turned_away(name: str) -> frozenset[tuple[str, str]]:
    """(rule, what) of everything that a problem's rules refuse."""
    stated = judged(load_problem(file_of(name)).problem, load_catalog("2026-11"), prune=False)
    found = set()
    for choice in stated.choices:
        for one in (*choice.rejections, *choice.hosted_rejections):
            found |= {(b.rule, one.what) for b in one.broken}
        # A pool's reason is in words alone: the rules are asked again for what they say.
        for pool, why in choice.excluded_pools.items():
            found |= {(rule, pool) for rule in rules() if REASONS.get(rule, "\0") in why}
    sets, _, left_out = indexed(stated)
    for job in sets.jobs if hasattr(sets, "jobs") else ():
        found |= {(b.rule, one.what) for one in job.rejections for b in one.broken}
    found |= {(why.partition(":")[0], what) for what, why in left_out.items()}
    return frozenset(found)


#: How the reasons of rules on pools begin.
REASONS = {"managed_payload": " MB; aws/SageMaker takes ", "allowed_region": "; allowed: ", "managed_time": " s; aws/SageMaker ends it after "}


def modes_of(plan, problem) -> set[str]:
    found = {use.mode for service in plan.services for use in service.hosted}
    stated = {service.name: service for service in problem.services}
    for service in plan.services:
        for one in service.deployments:
            waits = stated[service.name].window_hours is not None
            found.add("managed" if "/" in one.region else "asynchronous" if waits else "real_time")
    return found | ({"shadow"} if plan.shadow is not None else set())


@pytest.mark.parametrize("claim", [token for token in CHOSEN])
def test_what_is_said_to_be_chosen_is_in_the_plan(claim):
    name, kind, pattern = claim.split(" ", 2)
    plan, problem = plan_of(name), load_problem(file_of(name)).problem
    deployed = [one for service in plan.services for one in service.deployments]
    found = {
        "mode": lambda: modes_of(plan, problem),
        "variant": lambda: {one.variant for one in deployed},
        "accelerator": lambda: {one.accelerator for one in deployed},
        "cache": lambda: {service.cache for service in plan.services if service.cache},
        "job": lambda: {job.kind for job in problem.jobs if job.name in {run.name for run in plan.jobs}},
    }[kind]()
    assert any(fnmatchcase(one, pattern) for one in found), sorted(found)


@pytest.mark.parametrize("claim", [token for token in REFUSED if " rule " in token])
def test_what_is_said_to_be_refused_breaks_the_rule(claim):
    name, _, rest = claim.partition(" rule ")
    rule, _, pattern = rest.partition(" ")
    assert rule in rules()
    found = {what for broken, what in turned_away(name) if broken == rule}
    assert any(fnmatchcase(what, pattern) for what in found), sorted(found) or sorted({b for b, _ in turned_away(name)})


def test_a_cache_that_costs_more_than_it_spares_is_not_bought():
    assert all(service.cache is None for service in plan_of("52-caches-refused").services)


def test_every_row_says_both_or_why_not():
    assert len(ROWS) > 25 and all(cell and ("`" in cell or "never" in cell) for row in ROWS for cell in row[1:])
