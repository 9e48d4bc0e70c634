"""The program with what runs today beside it: starts and stops are counted, limited and paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.analysis.bench import Bench
from planner.backends.interface import solve
from planner.backends.polish import polish
from planner.errors import CheckFailed
from planner.formulation.balance import balanced
from planner.formulation.build import build
from planner.formulation.covering import with_covering_rows
from planner.formulation.monolith import Found
from planner.formulation.plan import make_plan
from planner.solve import Run, indexed
from planner.verify.certify import certify

if TYPE_CHECKING:
    from planner.analysis.replan import Move
    from planner.milp.model import LinearModel
    from planner.plan.schema import Plan


class Moving:
    """The program of a bench's problem, and what a plan of today runs in each pool, firm and spot, by period.

    hours  that an instance started runs beside what it replaces, at its own price
    """

    def __init__(self, bench: Bench, today: Plan, hours: float) -> None:
        self.bench, self.today, self.hours = bench, today, hours
        # What is dominated for a plan from nothing may be what runs.
        self.stated = bench.stated(bench.loaded.problem, prune=False)
        sets, data, self.left_out = indexed(self.stated)
        self.built = build(sets, data)
        self.periods = sets.period_count

    def counts(self) -> dict[tuple[str, bool], tuple[int, ...]]:
        """Instances by pool and whether firm."""
        found = {}
        for pool in self.today.pools:
            found[pool.id, True], found[pool.id, False] = pool.running_firm, pool.spot
        return {side: counts for side, counts in found.items() if any(counts)}

    def gone(self) -> int:
        """Instances that run where the problem now allows nothing: they stop in any case."""
        sides = {(self.built.sets.pools[pool].id, firm) for pool, firm in self.built.var.running}
        return sum(max(counts) for side, counts in self.counts().items() if side not in sides)

    def extended(self, model: LinearModel, most: int | None) -> LinearModel:
        """``model`` with a column of starts and one of stops by side of a pool, at their busiest hour, and the limit on both."""
        sides = list(self.built.var.running)
        first, periods = model.column_count, self.periods
        up = first + 2 * np.arange(len(sides))
        wide = model.with_columns("moved", 2 * len(sides))
        start, column, entry, upper = [0], [], [], []
        for number, side in enumerate(sides):
            now = self._now(side)
            for t in range(periods):
                running = self.built.var.running[side][t]
                for sign, moved in ((1.0, up[number]), (-1.0, up[number] + 1)):
                    column += [running, moved]
                    entry += [sign, -1.0]
                    upper.append(sign * now[t])
                    start.append(len(column))
        if most is not None:
            column += list(range(first, wide.column_count))
            entry += [1.0] * (2 * len(sides))
            upper.append(float(most - self.gone()))
            start.append(len(column))
        rows = wide.with_rows("moved", np.array(start), np.array(column), np.array(entry), np.full(len(upper), -np.inf), np.array(upper))
        cost = rows.cost.copy()
        for number, side in enumerate(sides):
            cost[up[number]] = self.usd(side) / self.built.sets.problem.horizon.months
        return rows.with_cost(cost, rows.cost_offset)

    def usd(self, side: tuple[int, bool]) -> float:
        """Double running of one instance started, once [USD]; its dearest hour counts."""
        pool, firm = self.built.sets.pools[side[0]], side[1]
        prices = pool.on_demand if firm else pool.spot
        return 0.0 if pool.owned is not None or not prices else self.hours * max(prices)

    def migration_usd(self, values: np.ndarray) -> float:
        """Double running of everything that the vector starts, once [USD]."""
        return sum(self.usd(side) * max(0, self._most(values, side, 1.0)) for side in self.built.var.running)

    def changes(self, values: np.ndarray) -> int:
        """Instances started and stopped."""
        here = sum(max(0, self._most(values, side, sign)) for side in self.built.var.running for sign in (1.0, -1.0))
        return here + self.gone()

    def _most(self, values: np.ndarray, side: tuple[int, bool], sign: float) -> int:
        running = np.round(values[self.built.var.running[side]])
        return int((sign * (running - self._now(side))).max(initial=0))

    def _now(self, side: tuple[int, bool]) -> np.ndarray:
        counts = self.counts().get((self.built.sets.pools[side[0]].id, side[1]), (0,))
        # A plan of one period, or one that never changes, runs so in every period.
        return np.array(counts if len(counts) == self.periods else (max(counts),) * self.periods, dtype=float)


def moved(moving: Moving, most: int | None) -> Move | None:
    """The cheapest checked plan within ``most`` changes; None: there is none, or it was not found in time."""
    from planner.analysis.replan import Move

    bench, built = moving.bench, moving.built
    if most is not None and most < moving.gone():
        return None
    run = Run(bench.options, bench.on_progress, bench.stop)
    bench.solves += 1
    run.tell("solving")
    plain = moving.extended(built.model, most)
    covered = with_covering_rows(built)
    answer = solve(
        moving.extended(covered.model, most), backend=bench.options.backend, gap=bench.options.gap, time_limit_s=run.left(), seed=bench.options.seed, stop=bench.stop,
    )  # fmt: skip
    if answer.values is None:
        return None
    n = built.model.column_count
    # Covering rows may have columns of their own; the columns of starts and stops stand last in both.
    own = 2 * len(built.var.running)
    exact = polish(plain, np.concatenate([answer.values[:n], answer.values[-own:]]) if own else answer.values[:n])
    if exact is None:
        return None
    values = balanced(built, exact[:n])
    migration = moving.migration_usd(values)
    total = built.model.objective(values) + migration / built.sets.problem.horizon.months
    bound = None if answer.bound is None else min(answer.bound, total)
    return Move(most, moving.changes(values), _plan(moving, run, answer, values), migration, total, bound)


def _plan(moving: Moving, run: Run, answer: Any, values: np.ndarray) -> Plan:
    """The plan of a vector; it claims the bound of the problem itself, which fewer changes cannot go below."""
    bench, built = moving.bench, moving.built
    bound = bench.base().plan.bound_usd_per_month
    found = Found(values, built.model.objective(values), bound, "moving", answer.backend, answer.version, answer.deterministic, nodes=answer.nodes)
    plan = make_plan(run, built, found, bench.catalog, moving.left_out)
    certificate = certify(plan, built.sets.problem, bench.catalog)
    if not certificate.passed:
        failed = next(one for one in certificate.checks if not one.passed)
        raise CheckFailed(f"the plan found does not pass its own check: {failed.name}: {failed.detail}", where=failed.where, hint="please report the problem file")
    return plan.model_copy(update={"certificate": certificate, "checked": True})
