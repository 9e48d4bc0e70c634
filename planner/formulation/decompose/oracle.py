"""Answers prices: for every block a safe lower bound on its cheapest choice, and patterns that come near it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.formulation.decompose.grid_covers import GridCovers
from planner.formulation.decompose.interrupts import heard
from planner.formulation.decompose.making import Making
from planner.formulation.decompose.pattern import Pattern, make_pattern
from planner.formulation.decompose.service_search import Costs, ServiceSearch, searchable
from planner.formulation.decompose.split import Split, part_of
from planner.milp.status import Status


#: A service's searches that did not end get so many times more nodes, at most so many, where they leave this share of all open.
MORE_NODES, MOST_NODES, WORTH = 4, 3_200_000, 5e-4
#: Share of the mean cost of a block by which its bound need not be proven.
CLOSE = 1e-4


@dataclass(frozen=True)
class Answer:
    """What blocks answer to prices: a lower bound by service and period, and patterns found on the way."""

    bound: np.ndarray
    patterns: list[Pattern]


class Oracle:
    """The blocks of one program."""

    def __init__(self, built: Built, split: Split, opened: dict[int, np.ndarray]) -> None:
        self.built, self.split, self.opened = built, split, opened
        self.making = Making(built, split, opened)
        self.periods, self.services, self.special = self.making.periods, self.making.services, self.making.special
        self.coupling, self.distinct = self.making.coupling, self.making.distinct
        self.searches = [searchable(blocks, router) for blocks, router in zip(self.services, self.making.routers, strict=True)]
        self.others = GridCovers(self.making, [n for n, search in enumerate(self.searches) if search is None])

    def answer(
        self, priced: np.ndarray, cells: int, sharpenings: int, upper: np.ndarray | None = None, asked: np.ndarray | None = None
    ) -> Answer:
        """Bounds and patterns of all blocks under the costs ``priced`` of the program's columns.

        upper   what a known pattern of each block costs at most: dearer ones are not looked for [S, T]
        asked   which periods are of interest; the others have a bound of minus infinity [T bool], None: all
        """
        bound = np.full((len(self.services), self.periods), -np.inf)
        patterns: list[Pattern] = []
        upper = np.full(bound.shape, np.inf) if upper is None else upper
        known = upper[np.isfinite(upper)]
        close = CLOSE * float(np.abs(known).mean()) if known.size else 0.0
        for number, search in enumerate(self.searches):
            if search is None:
                continue
            bound[number], chosen = search.search(self.costs(search, priced), upper[number], asked, close)
            patterns += [self.making.made(number, c.period, c.reached.groups, c.placed, c.apart, c.reached.routing) for c in chosen]
        self.others.answer(priced, cells, sharpenings, bound, patterns)
        whole = float(np.abs(bound[np.isfinite(bound)]).sum())
        for search in self.searches:
            if search is not None and search.open > WORTH * whole:
                search.nodes = min(MOST_NODES, MORE_NODES * search.nodes)
        return Answer(bound, patterns)

    def costs(self, search: ServiceSearch, priced: np.ndarray) -> Costs:
        var, blocks = self.built.var, search.blocks
        apart = self.distinct.get(blocks.number, {})
        below = np.zeros(self.periods)
        for group in blocks.groups:
            for q in group.slots:
                below += np.minimum(priced[var.replicas[q]], 0.0) * self.built.model.column_upper[var.replicas[q]]
        return search.costs(
            lambda q: np.maximum(priced[var.replicas[q]], 0.0),
            lambda q: np.maximum(priced[self.opened[q]], 0.0) if q in self.opened else 0.0,
            lambda q: np.maximum(priced[apart[q]], 0.0) if q in apart else np.inf,
            below,
            self.making.loads(blocks, priced),
        )

    def search(self, number: int, period: int, priced: np.ndarray, *, gap: float, time_limit_s: float | None = None) -> tuple[float, Pattern | None]:
        """(bound, pattern) of one block, by branch and bound; the bound is its tree's, never its incumbent."""
        block = number * self.periods + period
        columns = self.split.columns[block]
        program = part_of(self.split, columns, self.split.rows[block], priced[columns])
        answer = heard(solve(program, backend="highs", gap=gap, time_limit_s=time_limit_s))
        if answer.status is Status.INFEASIBLE:
            return np.inf, None
        bound = -np.inf if answer.bound is None else answer.bound
        if answer.values is None:
            return bound, None
        return bound, make_pattern(self.split, self.coupling, block, columns, answer.values)
