"""What was looked up for an earlier problem, kept for one that differs in nothing but its services."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from planner.problem.schema import Problem

M = TypeVar("M")


def remembered(make: Callable[..., M], problem: Problem, catalog: Any, pools: Any, *more: Any) -> M:
    """``make(problem, catalog, pools, *more)``, or what it made before: an analysis changes one service and asks again.

    What is kept holds answers by what a service asks, so only the services that changed are judged anew.
    """
    shared = problem.model_copy(update={"services": ()}), tuple(service.modes for service in problem.services), more
    for known, of_catalog, of_pools, made in _KNOWN:
        if of_catalog is catalog and of_pools is pools and known == shared:
            made.problem = problem
            return made
    made = make(problem, catalog, pools, *more)
    _KNOWN.appendleft((shared, catalog, pools, made))
    return made


_KNOWN: deque = deque(maxlen=2)
