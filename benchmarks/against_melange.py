"""Building and solving Mélange's program: this planner against PuLP and CBC, instance by instance in one run."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean, median

from planner.catalog import load_catalog
from planner.documents import from_data
from planner.imports.melange import melange_problem
from planner.problem.load import problem_of
from planner.solve import Options, Solved, solve
from tests.oracle.melange_oracle import MelangeAnswer, melange_optimum, random_config

LIMIT_S = 20.0
#: (rows, columns, GPU types, slices a bucket, instances): from the published example's size up.
SIZES = (
    (2, 2, 3, 1, 6), (3, 3, 3, 2, 6), (5, 5, 2, 1, 8), (5, 5, 2, 8, 8), (5, 5, 4, 1, 6),
    (5, 5, 4, 4, 4), (7, 7, 3, 2, 4), (10, 10, 2, 1, 6), (10, 10, 2, 4, 6), (10, 6, 4, 8, 3),
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """Seconds in build and solve; hourly costs; ``cut`` where CBC was stopped and its time is a lower limit."""

    size: str
    planner_s: float
    by_slice_s: float
    counted_s: float
    cut: bool
    same_cost: bool


def measure(quick: bool, *, say: Callable[[str], None]) -> None:
    """Median, and mean of the slowest tenth, of the same instances solved three ways in turn."""
    warnings.filterwarnings("ignore", message=".*PuLP 4.0.*", category=DeprecationWarning)
    say(f"Mélange's program, seconds in build and solve, CBC stopped after {LIMIT_S:g} s")
    say(f"  {'buckets x GPUs x slices':26s} {'planner':>9s} {'CBC, as published':>19s} {'CBC, slices counted':>20s}")
    everything: list[Measured] = []
    _one(random_config(0))  # imports
    for rows, columns, gpus, slices, count in SIZES[: 5 if quick else None]:
        found = []
        for seed in range(2 if quick else count):
            config = random_config(seed, gpus=gpus, rows=rows, columns=columns, slice_factor=slices)
            found.append(_compare(f"{rows * columns} x {gpus} x {slices}", config))
        everything += found
        _line(say, found[0].size, found, median)
    faster = sum(m.planner_s < min(m.by_slice_s, m.counted_s) for m in everything)
    _line(say, "all, median", everything, median)
    _line(say, "all, slowest tenth", everything, _slowest_tenth)
    differing = sum(not m.same_cost for m in everything)
    cut = sum(m.cut for m in everything)
    say(f"  {len(everything)} instances, faster than both on {faster}; CBC stopped on {cut}; costs differ on {differing}")


def _compare(size: str, config: dict) -> Measured:
    seconds, cost = _one(config)
    published = melange_optimum(config, by_slice=True, time_limit_s=LIMIT_S)
    counted = melange_optimum(config, time_limit_s=LIMIT_S)
    known = next((a for a in (counted, published) if a.proven), None)
    same = known is None or _same(cost, known)
    return Measured(size, seconds, published.seconds, counted.seconds, not published.proven, same)


def _one(config: dict) -> tuple[float, float | None]:
    problem = problem_of(from_data(melange_problem(config, "m"), "melange")).problem
    answer = solve(problem, load_catalog(), Options(gap=0.0, time_limit_s=LIMIT_S))
    if not isinstance(answer, Solved):
        return LIMIT_S, None
    return answer.plan.solver.seconds, answer.plan.cost["total_usd_per_month"] / 730.0


def _same(cost: float | None, answer: MelangeAnswer) -> bool:
    if cost is None or answer.cost_usd_per_hour is None:
        return cost is answer.cost_usd_per_hour
    return math.isclose(cost, answer.cost_usd_per_hour, rel_tol=1e-8)


def _slowest_tenth(seconds: list[float]) -> float:
    return mean(sorted(seconds)[-max(1, len(seconds) // 10) :])


def _line(say: Callable[[str], None], title: str, rows: list[Measured], of: Callable[[list[float]], float]) -> None:
    ours, published, counted = (of([getattr(m, f) for m in rows]) for f in ("planner_s", "by_slice_s", "counted_s"))
    sign = ">" if any(m.cut for m in rows) and published > LIMIT_S else " "
    say(f"  {title:26s} {ours:8.3f}s {sign:>9s}{published:9.3f}s {counted:19.3f}s")
