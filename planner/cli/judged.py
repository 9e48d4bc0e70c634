"""The steps that come before a program is written, for the commands that stop there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from planner.candidates.candidate import Choices
    from planner.catalog.catalog import Catalog
    from planner.economics.pools import Pool
    from planner.economics.timeline import Timeline
    from planner.problem.schema import Problem


class Judged(NamedTuple):
    """A problem's periods and pools, and what each service may choose from there."""

    times: Timeline
    pools: tuple[Pool, ...]
    choices: tuple[Choices, ...]


def judged(problem: Problem, catalog: Catalog) -> Judged:
    """Every configuration of every service judged by every rule."""
    from planner.candidates.enumerate import choices
    from planner.economics.pools import build_pools
    from planner.economics.timeline import timeline

    times = timeline(problem)
    pools, _ = build_pools(problem, catalog, times)
    return Judged(times, pools, choices(problem, catalog, pools, times))
