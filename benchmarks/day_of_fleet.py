"""Ten services over a day of 24 periods to a proven 0.1 %, without limits that link configurations across periods."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.fleet.generate import make_fleet
from benchmarks.fleet.market import EDITION
from planner.catalog import load_catalog
from planner.documents import from_data
from planner.problem.load import problem_of
from planner.solve import Options, Solved, solve

SERVICES, PERIODS, GAP, LIMIT_S = 10, 24, 1e-3, 300.0


def measure(quick: bool, *, say: Callable[[str], None]) -> None:
    """Seconds to the gap, or the gap at the limit; asked for: 0.1 % within 60 s on two cores."""
    say(f"{SERVICES} services, {PERIODS} periods, to a proven {GAP:.1%} (asked for: within 60 s)")
    catalog = load_catalog(EDITION)
    for seed in range(1 if quick else 3):
        for coupled in (False, True):
            document = unlinked(make_fleet(SERVICES, PERIODS, seed, catalog, coupled=coupled))
            problem = problem_of(from_data(document, "fleet")).problem
            began = time.perf_counter()
            answer = solve(problem, catalog, Options(gap=GAP, time_limit_s=60.0 if quick else LIMIT_S, threads=2))
            seconds = time.perf_counter() - began
            title = f"seed {seed}, {'quotas, commitments, carbon' if coupled else 'no shared limits'}"
            say(f"  {title:44s} {seconds:7.1f} s  {_words(answer)}")


def unlinked(document: dict) -> dict:
    """The problem without what ties the configurations of one period to those of another."""
    services = [{k: v for k, v in s.items() if k not in ("max_configurations", "ramp")} for s in document["services"]]
    limits = {k: v for k, v in document.get("limits", {}).items() if k != "max_configurations"}
    return {**document, "services": services, "limits": limits}


def _words(answer) -> str:
    if not isinstance(answer, Solved):
        return str(answer)[:80]
    plan = answer.plan
    return f"{plan.status}, gap {plan.gap:.3%}, {plan.cost['total_usd_per_month']:,.0f} USD/month, {plan.solver.method}"
