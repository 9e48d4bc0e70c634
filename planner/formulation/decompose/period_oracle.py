"""Answers prices by whole periods: for each a safe lower bound on all services' cheapest choice, and a pattern near it."""

from __future__ import annotations

import numpy as np

from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.formulation.decompose.oracle import Answer, special_services
from planner.formulation.decompose.pattern import CouplingColumns, Pattern, make_pattern
from planner.formulation.decompose.projection import Projection
from planner.formulation.decompose.routing import Router
from planner.formulation.decompose.split import part_of, split_by_period
from planner.milp.status import Status

#: Times a period is solved again because a service's replicas could not be routed.
REPEATS = 6
#: The clock is not asked within a period; a search without end is cut here, with the bound that its tree has.
NODES = 3000


class PeriodOracle:
    """The periods of one program."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.split = split_by_period(built)
        self.coupling = CouplingColumns(self.split)
        self.periods = built.sets.period_count
        self.projection = Projection(built, self.split, special_services(built))
        self.routers = {n: Router(plain.blocks) for n, plain in self.projection.plain.items()}
        self.gap = 1e-3
        self.stop = None
        self._last: dict[int, tuple[np.ndarray, float, Pattern | None]] = {}

    def answer(self, priced: np.ndarray, cells: int = 0, sharpenings: int = 0) -> Answer:
        """Bounds and patterns of all periods under the costs ``priced`` of the program's columns."""
        bound = np.full((1, self.periods), -np.inf)
        patterns = []
        for t in range(self.periods):
            bound[0, t], pattern = self._period(t, priced)
            if pattern is not None:
                patterns.append(pattern)
        return Answer(bound, patterns)

    def _period(self, t: int, priced: np.ndarray) -> tuple[float, Pattern | None]:
        mine = priced[self.split.columns[t]]
        if t in self._last and np.array_equal(self._last[t][0], mine):
            return self._last[t][1:]
        bound = -np.inf
        for attempt in range(REPEATS + 1):
            program, columns = self.projection.program(t, priced)
            answer = solve(program, backend="highs", gap=self.gap, node_limit=NODES, stop=self.stop)
            if answer.status is Status.INFEASIBLE:
                return np.inf, None
            if answer.bound is not None:
                bound = max(bound, answer.bound)
            if answer.values is None:
                return bound, None
            chosen = np.zeros(self.built.model.column_count)
            chosen[columns] = answer.values[: columns.size]
            if not self._short(t, chosen) or attempt == REPEATS:
                break
        pattern = self.routed(t, chosen, priced)
        self._last[t] = (mine, bound, pattern)
        return bound, pattern

    def _short(self, t: int, chosen: np.ndarray) -> bool:
        """Whether some service's replicas cannot be routed; its rows are then made stricter."""
        found, restored = False, []
        for number, plain in self.projection.plain.items():
            blocks = plain.blocks
            if blocks.rate[t] <= 0:
                continue
            plan = []
            for i, group in enumerate(blocks.groups):
                counts = [(round(chosen[self.built.var.replicas[q][t]]), self.built.sets.slots[q].effective) for q in group.slots]
                if any(n for n, _ in counts):
                    plan.append((i, sum(n for n, _ in counts), float(sum(n * e for n, e in counts))))
            reach, _, values = self.routers[number].reach(tuple(plan)) if plan else (0.0, None, None)
            if reach >= blocks.rate[t] * (1.0 - 1e-9):
                continue
            found = True
            if values is None or not plain.add(values):
                # Not the classes but the bends of φ let it pass; where those are followed too, the service is restored.
                if plain.stepped:
                    restored.append(number)
                plain.stepped = True
        for number in restored:
            self.projection.restore(number)
        return found

    def routed(self, t: int, chosen: np.ndarray, priced: np.ndarray) -> Pattern | None:
        """The pattern of a period with the replicas of ``chosen``, routed at least cost; None when they cannot serve."""
        columns = self.split.columns[t]
        program = part_of(self.split, columns, self.split.rows[t], priced[columns])
        place = np.full(self.built.model.column_count, -1)
        place[columns] = np.arange(columns.size)
        replicas = np.array([place[c[t]] for c in self.built.var.replicas])
        counts = np.round(chosen[columns[replicas]])
        answer = solve(program.fixed(replicas, counts), backend="highs", gap=1e-6)
        if answer.values is None:
            return None
        values = np.where(program.integer, np.round(answer.values), answer.values)
        return make_pattern(self.split, self.coupling, t, columns, values)
