"""Solves one problem file one way in a process of its own, and notes how far it is, line by line.

``python -m benchmarks.scale.child PROBLEM METHOD GAP SECONDS THREADS NOTES``
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import Any

#: Ways to solve: the planner's own choice, and the whole program handed to one solver.
METHODS = {"planner": None, "highs": "highs", "cbc": "cbc", "scip": "scip"}
#: Rounds of pricing after which a run that only asks for their cost ends.
ROUNDS = 4


@dataclass
class Notes:
    """Writes notes; seconds count from when the problem was read."""

    file: Any
    began: float
    last: tuple = ()

    def write(self, **figures: Any) -> None:
        """One line, with the time."""
        line = {"seconds": round(time.monotonic() - self.began, 3), **figures}
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()

    def progress(self, phase: str, incumbent: float | None, bound: float | None, note: str = "") -> None:
        """A line where something is new."""
        if (phase, incumbent, bound, note) != self.last:
            self.last = (phase, incumbent, bound, note)
            self.write(phase=phase, incumbent=incumbent, bound=bound, note=note)


def main(problem: str, method: str, gap: float, seconds: float, threads: int, notes: str) -> None:
    """Solves ``problem``; ``method`` is one of ``METHODS``, or ``pricing`` for a few rounds of prices alone."""
    from planner.catalog.load import load_catalog
    from planner.problem.load import load_problem

    stated = load_problem(problem).problem
    catalog = load_catalog(stated.catalog)
    with open(notes, "w", encoding="utf-8") as file:
        written = Notes(file, time.monotonic())
        run = _pricing if method == "pricing" else _whole if METHODS.get(method) else _planner
        try:
            run(stated, catalog, method, gap, seconds, threads, written)
        except MemoryError:
            written.write(ended="out of memory")
        except Exception as error:
            written.write(ended=f"failed: {type(error).__name__}: {error}"[:300])
            raise


def _planner(stated, catalog, method: str, gap: float, seconds: float, threads: int, notes: Notes) -> None:
    from planner.solve import Infeasible, Options, Solved, solve

    asked = Options(gap=gap, time_limit_s=seconds, threads=threads, tie_break=False)
    outcome = solve(stated, catalog, asked, on_progress=lambda p: notes.progress(p.phase, p.incumbent, p.bound, p.note))
    if isinstance(outcome, Solved):
        plan, report = outcome.plan, outcome.plan.solver
        notes.write(
            ended="proven" if plan.proven else "limit",
            incumbent=plan.cost["total_usd_per_month"],
            bound=plan.bound_usd_per_month,
            columns=report.columns,
            rows=report.rows,
            phases=dict(report.phases),
            how=f"{report.method} {report.backend}",
        )
    elif isinstance(outcome, Infeasible):
        notes.write(ended="infeasible")
    else:
        notes.write(ended=f"no plan: {outcome.reason}", bound=outcome.bound_usd_per_month)


def _pricing(stated, catalog, method: str, gap: float, seconds: float, threads: int, notes: Notes) -> None:
    """The first patterns of every service and period, and a few rounds of prices: what fleets of any size are made of."""
    from planner.formulation.decompose.run import begun
    from planner.formulation.decompose.period_pricing import PeriodPricing
    from planner.solve import Options, Run

    built = _built(stated, catalog, notes)
    run = Run(Options(gap=gap, time_limit_s=seconds, threads=threads), None, None)
    state = begun(built, run)
    if state is None:
        notes.write(ended="no pattern")
        return
    notes.write(phase="pricing", bound=state.bound)
    pricing = PeriodPricing(state)
    for _ in range(ROUNDS):
        pricing.find(run, rounds=1, target=0.0)
        notes.write(phase="pricing", bound=state.bound, ended="rounds done")


def _whole(stated, catalog, method: str, gap: float, seconds: float, threads: int, notes: Notes) -> None:
    from planner.backends import solve
    from planner.milp.status import Status

    model = _built(stated, catalog, notes).model
    answer = solve(
        model,
        backend=METHODS[method],
        gap=gap,
        time_limit_s=max(1.0, seconds - (time.monotonic() - notes.began)),
        threads=threads,
        on_progress=lambda p: notes.progress("solving", p.incumbent, p.bound),
    )
    ended = {Status.OPTIMAL: "proven", Status.INFEASIBLE: "infeasible", Status.ERROR: "error"}.get(answer.status, "limit")
    notes.write(ended=ended, incumbent=answer.objective, bound=answer.bound, how=f"whole {answer.backend}")


def _built(stated, catalog, notes: Notes):
    """The whole program, with its size and what making it took."""
    from planner.formulation.build import build
    from planner.solve import indexed, judged

    since = time.monotonic()
    found = judged(stated, catalog)
    candidates_s = time.monotonic() - since
    since = time.monotonic()
    sets, data, _ = indexed(found)
    built = build(sets, data)
    model = built.model
    phases = {"candidates": candidates_s, "build": time.monotonic() - since}
    notes.write(columns=model.column_count, rows=model.row_count, phases=phases)
    return built


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
