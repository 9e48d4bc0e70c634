"""Answers prices by whole periods: for each a safe lower bound on all services' cheapest choice, and a pattern near it."""

from __future__ import annotations

import numpy as np

from planner.backends.crew import Crew, Job
from planner.formulation.build import Built
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.oracle import Answer
from planner.formulation.decompose.making import special_services
from planner.formulation.decompose.pattern import CouplingColumns, Pattern, make_pattern
from planner.formulation.decompose.projection import Projection
from planner.formulation.decompose.routing import Router
from planner.formulation.decompose.split import part_of, split_by_period
from planner.milp.model import LinearModel
from planner.milp.status import Status

#: Times a period is solved again because a service's replicas could not be routed.
REPEATS = 6
#: The clock is not asked within a period; a search without end is cut here, with the bound that its tree has.
NODES = 3000
#: Periods solved first, from the least to the most load.
SCOUTS = 3


class PeriodOracle:
    """The periods of one program."""

    def __init__(self, built: Built, crew: Crew) -> None:
        self.built, self.crew = built, crew
        self.split = split_by_period(built)
        self.coupling = CouplingColumns(self.split)
        self.periods = built.sets.period_count
        self.projection = Projection(built, self.split, special_services(built))
        self.routers = {n: Router(plain.blocks) for n, plain in self.projection.plain.items()}
        self.gap = 1e-3
        self.stop = None
        self._last: dict[int, tuple[np.ndarray, float]] = {}
        self._before: dict[int, np.ndarray] = {}

    def answer(self, priced: np.ndarray, cells: int = 0, sharpenings: int = 0, upper: np.ndarray | None = None) -> Answer:
        """Bounds and patterns of all periods under the costs ``priced`` of the program's columns."""
        bound = np.full((1, self.periods), -np.inf)
        chosen: dict[int, np.ndarray] = {}
        due = []
        if not self._last:
            self._scout(priced)
        for t in range(self.periods):
            if t in self._last and np.array_equal(self._last[t][0], priced[self.split.columns[t]]):
                bound[0, t] = self._last[t][1]
            else:
                due.append(t)
        fresh = list(due)
        self._solve(due, priced, bound, chosen)
        patterns = self._routed([(t, chosen[t]) for t in sorted(chosen)], priced)
        patterns += self._routed(self._kept_on(chosen), priced)
        for t in fresh:
            if np.isfinite(bound[0, t]) and t in chosen:
                self._last[t] = (priced[self.split.columns[t]], float(bound[0, t]))
        return Answer(bound, patterns)

    def propose(self, priced: np.ndarray, closed: np.ndarray) -> list[Pattern]:
        """Patterns of all periods under ``priced`` without the columns ``closed``; nothing is proven by them."""
        chosen: dict[int, np.ndarray] = {}
        self._solve(list(range(self.periods)), priced, np.full((1, self.periods), -np.inf), chosen, closed)
        plans = [(t, chosen[t]) for t in sorted(chosen)]
        return self._routed(plans, priced) + self._routed(self._kept_on(chosen), priced)

    def _kept_on(self, chosen: dict[int, np.ndarray]) -> list[tuple[int, np.ndarray]]:
        """(period, replicas) where services keep what they have in the period before or after, as far as it serves.

        Instances that run on need no start: the plan wants such choices, and single periods do not see why.
        """
        found = []
        replicas = self.built.var.replicas
        for t in sorted(chosen):
            for other in (t - 1, t + 1):
                source = chosen.get(other % self.periods)
                if source is None or self.periods < 2:
                    continue
                plan = chosen[t].copy()
                changed = False
                for number, plain in self.projection.plain.items():
                    own = [q for group in plain.blocks.groups for q in group.slots]
                    here, there = np.array([replicas[q][t] for q in own]), np.array([replicas[q][other % self.periods] for q in own])
                    if np.array_equal(np.round(plan[here]), np.round(source[there])):
                        continue
                    kept = plan.copy()
                    kept[here] = source[there]
                    if self._missing(plain.blocks, number, t, kept) is None:
                        plan, changed = kept, True
                if changed:
                    found.append((t, plan))
        return found

    def _scout(self, priced: np.ndarray) -> None:
        """Finds the rows that routing asks for in a few periods, before all are solved."""
        load = np.sum([plain.blocks.rate / plain.blocks.rate.max() for plain in self.projection.plain.values()], axis=0)
        if self.periods > SCOUTS and np.ndim(load):
            order = np.argsort(load, kind="stable")
            few = sorted({int(order[round(i * (self.periods - 1) / (SCOUTS - 1))]) for i in range(SCOUTS)})
            self._solve(few, priced, np.full((1, self.periods), -np.inf), {})

    def _solve(
        self, due: list[int], priced: np.ndarray, bound: np.ndarray, chosen: dict[int, np.ndarray], closed: np.ndarray | None = None
    ) -> None:
        """Bounds of periods, and replicas chosen that can be routed as far as that was found."""
        for _ in range(REPEATS + 1):
            programs = [_without(*self.projection.program(t, priced), closed) for t in due]
            answers = self.crew.solve_all([Job(p, self.gap, NODES, self._start(t, p)) for t, (p, _) in zip(due, programs, strict=True)], stop=self.stop)
            for t, (_, columns), answer in zip(due, programs, answers, strict=True):
                if answer.status is Status.INFEASIBLE:
                    bound[0, t] = np.inf
                elif answer.bound is not None:
                    bound[0, t] = max(bound[0, t], answer.bound)
                chosen.pop(t, None)
                if answer.values is not None:
                    self._before[t] = answer.values
                    chosen[t] = np.zeros(self.built.model.column_count)
                    chosen[t][columns] = answer.values[: columns.size]
            # All periods are judged before any is solved again, so that the order of answers does not matter.
            short = self._short(chosen, due)
            if not short or (self.stop is not None and self.stop()):
                return
            due = short

    def _start(self, t: int, program: LinearModel) -> np.ndarray | None:
        """The period's last answer, where its program still has the same columns."""
        before = self._before.get(t)
        return before if before is not None and before.size == program.column_count else None

    def _short(self, chosen: dict[int, np.ndarray], periods: list[int]) -> list[int]:
        """Periods in which some service's replicas cannot be routed; the rows of those services are made stricter."""
        short, bent = [], set()
        for t in periods:
            found = False
            for number, plain in self.projection.plain.items() if t in chosen else ():
                values = self._missing(plain.blocks, number, t, chosen[t])
                if values is None:
                    continue
                found = True
                if not (values.size and plain.add(values)):
                    bent.add(number)
            short += [t] if found else []
        for number in sorted(bent):
            # Not the classes but the bends of φ let it pass; where those are followed already, its routing comes back.
            if self.projection.plain[number].stepped:
                self.projection.restore(number)
            else:
                self.projection.plain[number].stepped = True
        return short

    def _missing(self, blocks: ServiceBlocks, number: int, t: int, chosen: np.ndarray) -> np.ndarray | None:
        """None where the replicas chosen can serve; else class values under which they fall short, or nothing known."""
        if blocks.rate[t] <= 0:
            return None
        plan = []
        for i, group in enumerate(blocks.groups):
            counts = [(round(chosen[self.built.var.replicas[q][t]]), self.built.sets.slots[q].effective) for q in group.slots]
            if any(n for n, _ in counts):
                plan.append((i, sum(n for n, _ in counts), float(sum(n * e for n, e in counts))))
        reach, _, values = self.routers[number].reach(tuple(plan)) if plan else (0.0, None, None)
        if reach >= blocks.rate[t] * (1.0 - 1e-9):
            return None
        return np.empty(0) if values is None else values

    def _routed(self, plans: list[tuple[int, np.ndarray]], priced: np.ndarray) -> list[Pattern]:
        """The patterns of periods with the replicas chosen, routed at least cost, where these can serve."""
        jobs = []
        for t, chosen in plans:
            columns = self.split.columns[t]
            program = part_of(self.split, columns, self.split.rows[t], priced[columns])
            place = np.full(self.built.model.column_count, -1)
            place[columns] = np.arange(columns.size)
            replicas = np.array([place[c[t]] for c in self.built.var.replicas], dtype=int)
            counts = np.minimum(np.round(chosen[columns[replicas]]), program.column_upper[replicas])
            jobs.append(Job(program.fixed(replicas, counts), 1e-6))
        patterns = []
        for (t, _), job, answer in zip(plans, jobs, self.crew.solve_all(jobs, stop=self.stop), strict=True):
            if answer.values is not None:
                values = np.where(job.model.integer, np.round(answer.values), answer.values)
                patterns.append(make_pattern(self.split, self.coupling, t, self.split.columns[t], values))
        return patterns


def _without(program: LinearModel, columns: np.ndarray, closed: np.ndarray | None) -> tuple[LinearModel, np.ndarray]:
    """The program with its first columns, numbered ``columns``, held at their lower ends where they are closed."""
    if closed is None:
        return program, columns
    upper = program.column_upper.copy()
    shut = np.flatnonzero(closed[columns])
    upper[shut] = program.column_lower[shut]
    return program.with_bounds(column_upper=upper), columns
