"""Rule: bare machines and endpoints are each used by services that allow them."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Place, broken
from planner.candidates.registry import rule
from planner.economics.managed import MANAGED
from planner.problem.hosted import ON_BARE_MACHINES


@rule(of="pool")
def managed_mode(it: Place) -> Broken | None:
    """An endpoint's machines are for services with the mode ``managed``, bare ones for ``real_time`` and ``asynchronous``."""
    modes, endpoint = it.service.modes, it.pool.endpoint
    wanted = (MANAGED,) if endpoint is not None else ON_BARE_MACHINES
    if set(modes) & set(wanted):
        return None
    what = f"run by {endpoint.name}" if endpoint is not None else "a bare machine"
    return broken("managed_mode", ", ".join(modes), " or ".join(wanted), "", f"{what}: {it.service.name} allows {', '.join(modes)}")
