"""Which way of solving a program of this shape is the fastest to a proven gap, by measurement."""

from __future__ import annotations

from collections.abc import Callable

from planner.formulation.build import Built

#: From so many periods and whole numbers on, and up to so many services, whole periods are solved under prices.
LEAST_PERIODS, LEAST_WHOLE, MOST_SERVICES = 4, 3000, 40
#: From so many services and blocks (services × periods with demand) on, services are solved under prices; from ALWAYS services on in any case.
LEAST_SERVICES, LEAST_BLOCKS, ALWAYS = 5, 120, 25


#: Seconds per service, at least, after which whole periods have a first bound; where limits link periods, and elsewhere.
LINKED_S, ALONE_S = 6.0, 3.0


def method_for(built: Built, backend: str, time_limit_s: float | None = None) -> Callable:
    """A function (built, run) -> Found. See docs/decisions/decomposition.md for what was measured.

    Unserved demand by priority is decided stage by stage, and so whole; so is what a backend of the user's choice solves,
    every program with work that may wait or replicas that services share, and one whose commitments are held or
    that counts changes against what runs today. Hosted options stand in the programs of single periods, never in blocks.
    """
    from planner.formulation.monolith import solve_whole

    # What waits belongs to no period, and what is counted or held for all of them to none either.
    if backend not in ("auto", "highs") or built.committed or built.var.changed or built.var.waiting or built.sets.problem.limits.shortage == "by_priority":
        return solve_whole
    sets = built.sets
    if any(service.workload.serves is not None for service in sets.services):
        return solve_whole  # replicas that are shared belong to no service that could be solved alone
    bought = any(pool.purchase is not None for pool in sets.pools)
    if sets.problem.costs.tells_pools_apart or sets.charges.once or bought or sets.jobs or built.var.cached or built.var.offset is not None:
        return solve_whole  # what is paid once for its use is shared by services, periods and regions at once
    services, periods = len(built.sets.services), built.sets.period_count
    blocks = sum(int(active.sum()) for active in built.data.active)
    # Blocks of one service know replicas alone: with hosted options their bounds would not be valid.
    by_prices = not sets.hosted and (services >= ALWAYS or (services >= LEAST_SERVICES and blocks >= LEAST_BLOCKS))
    by_period = periods >= LEAST_PERIODS and services <= MOST_SERVICES and built.model.integer.sum() >= LEAST_WHOLE
    # Loaded where needed only: a small problem is solved in less time than the other ways take to load.
    if by_period and (not by_prices or _time_for_periods(built, time_limit_s)):
        from planner.formulation.decompose.by_period import solve_by_period

        return solve_by_period
    if by_prices:
        from planner.formulation.decompose.run import solve_by_prices

        return solve_by_prices
    return solve_whole


def _time_for_periods(built: Built, time_limit_s: float | None) -> bool:
    """Whether whole periods give a bound well within the time: they close gaps further, but later."""
    from planner.formulation.decompose.period_plans import limits_link_periods

    if time_limit_s is None:
        return True
    return len(built.sets.services) * (LINKED_S if limits_link_periods(built) else ALONE_S) <= time_limit_s
