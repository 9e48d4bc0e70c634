"""How long analyses take: ``python -m benchmarks.analysis whatif FLEET`` and ``… sweep PROBLEM --scenarios 1000 --jobs 2``.

A what-if is timed after the base solve, from the change to the checked plan. Processor seconds beside the wall's tell how
much of it was this machine's other work.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

from planner.analysis.bench import Bench, plan_of
from planner.analysis.engine import Processes
from planner.analysis.scenarios import drawn
from planner.analysis.sweep import sweep
from planner.analysis.whatif import what_if
from planner.catalog import load_catalog
from planner.plan.read import read_plan
from planner.problem.load import load_problem
from planner.problem.patch import parse_change
from planner.solve import Options


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("whatif", "sweep"))
    parser.add_argument("problem")
    parser.add_argument("--gap", type=float, default=None, help="of the base plan; default 0.02 for whatif, 1e-4 for sweep")
    parser.add_argument("--base", default=None, help="a plan of the problem solved before, taken at whatever gap it has")
    parser.add_argument("--time-limit", type=float, default=None, help="wall seconds for the base plan, which is taken at whatever gap it has then")
    parser.add_argument("--scenarios", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    gap = asked.gap if asked.gap is not None else 0.02 if asked.what == "whatif" else 1e-4
    loaded = load_problem(asked.problem)
    bench = Bench(loaded, load_catalog(loaded.problem.catalog), Options(gap=gap, time_limit_s=asked.time_limit))
    if asked.base is not None:
        bench.take(read_plan(asked.base))
    if asked.what == "whatif":
        _what_ifs(bench)
    else:
        _sweep(bench, asked.scenarios, asked.jobs)


def _what_ifs(bench: Bench) -> None:
    """One change of each kind to each service or to the whole, answered quickly."""
    plan = None
    wall, cpu = _timed(lambda: bench.base())
    plan = plan_of(bench.base())
    print(f"base: {plan.cost['total_usd_per_month']:,.0f} USD/month, gap {plan.gap:.2%}, {wall:.1f} s ({cpu:.1f} s of this process)")
    names = [service.name for service in bench.loaded.problem.services]
    texts = [f"demand.{name}=+10%" for name in names]
    texts += [f"services.{s.name}.slo.{what}=*1.1" for s in bench.loaded.stated.services for what in ("ttft_ms", "tpot_ms") if getattr(s.slo, what)]
    texts += ["offers.aws:*.on_demand=+5%", "offers.*.spot=+20%", "limits.budget=1e9", "limits.carbon=1e9", "limits.upfront=1e9"]
    rows = []
    for text in texts:
        change = parse_change(text)
        found: list = []
        wall, cpu = _timed(lambda: found.append(what_if(bench, bench.after(change), (change,), quick=True)))
        rows.append((wall, cpu))
        answer = plan_of(found[0].after)
        cost = "no plan" if answer is None else f"{answer.cost['total_usd_per_month']:,.0f}"
        print(f"{text:60} {cost:>12} {wall:6.2f} s {cpu:6.2f} s of this process")
    print(f"median of {len(rows)}: {statistics.median(r[0] for r in rows):.2f} s, {statistics.median(r[1] for r in rows):.2f} s of this process")


def _sweep(bench: Bench, count: int, jobs: int) -> None:
    """So many draws of the demand, from the first process started to the last answer."""
    scenarios = drawn(["demand=+-30%"], count, seed=0)
    began, before = time.monotonic(), os.times()
    found = sweep(bench, scenarios, Processes(bench, jobs))
    spent = os.times()
    cpu = spent.children_user + spent.children_system - before.children_user - before.children_system
    solved = sum(one.status == "optimal" for one in found)
    print(f"{len(found)} scenarios, {solved} proven, {jobs} jobs: {time.monotonic() - began:.1f} s, {cpu:.1f} s of all processes")


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.monotonic(), time.process_time()
    run()
    return time.monotonic() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
