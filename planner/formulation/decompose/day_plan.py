"""A plan of a large program in little time: one pattern of the whole day per service, chosen and then improved together."""

from __future__ import annotations

import numpy as np

from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.broken_limits import broken, elastic, limits_of
from planner.formulation.decompose.completion import keep_if_better
from planner.formulation.decompose.interrupts import heard
from planner.formulation.decompose.machines import packing_of, quotas_of
from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.placed import with_placed
from planner.formulation.decompose.pricing import out_of_time
from planner.formulation.decompose.prices import flat_prices
from planner.formulation.decompose.restricted import Restricted, restricted
from planner.formulation.decompose.split import split_by_service
from planner.formulation.placements import Row
from planner.formulation.decompose.whole_day import day_patterns, joined
from planner.milp.model import LinearModel

#: Patterns per service to choose from, and how many of them a service is offered when it is chosen anew.
KEPT, OFFERED = 60, 12
#: Services chosen anew together; how often each is on average, at most while limits are broken, and without any gain.
TOGETHER, SWEEPS, MOST_SWEEPS, IDLE = 12, 1, 12, 3
#: Choices that are tried with limits at other prices, the first such price in costs of the first choice, how prices grow at most
#: (by all of it where a limit is broken by FAR or more of it), and how they shrink.
TRIES, FIRST_PRICE, DEARER, FAR, CHEAPER = 16, 0.05, 3.0, 0.2, 0.9
#: Nodes of one such search, and its gap.
NODES, GAP = 60, 2e-3
#: What breaking a limit by all of it costs, in costs of the first choice.
PAIN = 30.0
#: Passes over all services in which each moves to where it adds least.
PASSES = 8
#: Weight of chance against what services share, when some are picked to be chosen anew.
CHANCE = 0.5


def first_plan(built: Built, services: list[ServiceBlocks], special: frozenset[int], found: list[Pattern], best, run, *, leave_s: float = 0.0, improve: bool = True) -> None:
    """Makes ``best`` the best plan among those that serve each service by one pattern over all periods.

    Such a plan keeps limits on configurations by itself, so that it is found where patterns of single periods fit
    no limit. ``leave_s`` seconds are left to what follows; ``improve``: services are chosen anew after that. ``found`` holds patterns by service and period: those of one service over all periods make one more.
    """
    split = split_by_service(built)
    priced = split.priced(flat_prices(built, split))
    patterns = day_patterns(built, split, services, special, priced, KEPT)
    patterns += joined(built, split, services, found)
    if not patterns or {p.block for p in patterns} != {blocks.number for blocks in services if (blocks.rate > 0).any()}:
        return
    patterns.sort(key=lambda p: p.block)
    choice = _Choice(built, restricted(split, patterns), np.array([p.block for p in patterns]))
    run.tell("first plan")
    if not choice.begin(run):
        return
    choice.keep(best, run)
    while improve:
        try:
            choice.improve(best, run, leave_s)
        finally:
            choice.keep(best, run)
        improve = choice.hold(best, run)
    if best.values is None:
        best.start = choice.vector()


class _Choice:
    """Patterns to choose from, one per service, and what each adds to the instances that run."""

    def __init__(self, built: Built, program: Restricted, service: np.ndarray) -> None:
        self.built, self.program, self.service = built, program, service
        self.members = {int(s): np.flatnonzero(service == s) for s in np.unique(service)}
        self._packing = packing_of(built, program)
        self._quotas = quotas_of(built, self._packing)
        self.touched = [self._packing.of(p) for p in program.patterns]
        self.own = np.array([p.cost for p in program.patterns])
        self.first = program.shared.size
        nothing = np.zeros(self._packing.size.size)
        self.least = {s: min(self._added(nothing, i) for i in rows) for s, rows in self.members.items()}
        self._limits = limits_of(built, program)
        self._place_of = np.full(built.model.column_count, -1)
        self._place_of[self._packing.running] = np.arange(self._packing.running.size)
        self._placed: frozenset[Row] = frozenset()
        self.model = self._elastic()
        self.values: np.ndarray | None = None

    def _elastic(self) -> LinearModel:
        program = with_placed(self.program, self.built, self._placed)
        return elastic(program, self._limits, PAIN * max(1.0, sum(self.least.values())))

    def greedy(self, charge: np.ndarray, own: np.ndarray) -> dict[int, int]:
        """A pattern by service: the largest services first where they add least, then each again until none moves.

        charge, own   what an instance [packing rows] and a pattern cost more than their own cost
        """
        dear = bool(charge.any())
        load = np.zeros(self._packing.size.size)
        chosen: dict[int, int] = {}
        order = sorted(self.members, key=lambda s: (-self.least[s], s))
        for _ in range(PASSES):
            moved = False
            for s in order:
                before = chosen.get(s)
                if before is not None:
                    self._place(load, before, -1.0)
                costs = np.array([self._added(load, i) for i in self.members[s]]) + own[self.members[s]]
                if dear:
                    costs += np.array([self._charged(load, i, charge) for i in self.members[s]])
                chosen[s] = int(self.members[s][int(np.argmin(costs))])
                self._place(load, chosen[s], 1.0)
                moved |= chosen[s] != before
            if not moved:
                break
        return chosen

    def begin(self, run) -> bool:
        """Starts from a greedy choice, what limits allow at prices that rise while it is broken; False where none keeps the other rows."""
        prices: dict[int, float] = {}
        cost = np.inf
        for _ in range(TRIES):
            picked = np.zeros(self.service.size)
            picked[list(self.greedy(*self._charges(prices)).values())] = 1.0
            answer = heard(self._search(self._held(picked, picked > 0), None, run))
            if answer.values is None:
                break
            if answer.objective < cost:
                self.values, cost = answer.values, answer.objective
            share = answer.values[self.first + self.service.size :]
            over = broken(share)
            for slack in prices:
                prices[slack] *= 1.0 + (DEARER - 1.0) * min(1.0, share[slack] / FAR) if slack in over else CHEAPER
            for slack in over:
                prices.setdefault(slack, FIRST_PRICE)
            if not prices or not over or out_of_time(run):
                break
        return self.values is not None

    def keep(self, best, run) -> None:
        """Makes the plan so far the best one, where it breaks no limit and is better."""
        if not self._broken():
            keep_if_better(self.built, self.vector(), best, run)

    def vector(self) -> np.ndarray:
        """The choice so far as a vector of the whole program."""
        return self.program.values(self.values[: self.first + self.service.size])

    def hold(self, best, run) -> bool:
        """Holds the choice to the rows of placements that plans broke; whether there are new ones, and time is left."""
        if self._placed == best.placements or out_of_time(run):
            return False
        self._placed = best.placements
        self.model = self._elastic()
        picked = np.round(self.values[self.first : self.first + self.service.size])
        answer = heard(self._search(self._held(picked, picked > 0), None, run))
        if answer.values is not None:
            self.values = answer.values
        return answer.values is not None

    def improve(self, best, run, leave_s: float) -> None:
        """Chooses some services' patterns anew, those that share machines together, as long as it helps."""
        draw = np.random.default_rng(run.options.seed)
        cost = self.model.objective(self.values)
        sweep, idle = -(-len(self.members) // TOGETHER), 0
        for number in range(MOST_SWEEPS * sweep):
            late = out_of_time(run) or (run.left() is not None and run.left() < leave_s)
            if late or idle > IDLE * sweep or (number >= SWEEPS * sweep and not self._broken()):
                break
            idle += 1
            picked = np.round(self.values[self.first : self.first + self.service.size])
            chosen = {int(self.service[i]): int(i) for i in np.flatnonzero(picked > 0.5)}
            dearer, own = self._charges(dict.fromkeys(self._broken(), 1.0))
            free = self._related(chosen, np.flatnonzero(dearer > 0), own, draw)
            open_ = picked > 0
            open_[self._offered(chosen, free, dearer, own)] = True
            answer = self._search(self._held(picked, open_, free), self.values, run)
            if answer.values is not None and answer.objective < cost - 1e-9 * abs(cost):
                self.values, cost, idle = answer.values, answer.objective, 0
                run.tell("first plan", incumbent=best.objective if best.values is not None else None)
            heard(answer)

    def _search(self, model: LinearModel, start: np.ndarray | None, run):
        return solve(
            model, backend="highs", gap=GAP, node_limit=NODES, time_limit_s=run.left(), seed=run.options.seed, stop=run.stop, start=start
        )

    def _held(self, picked: np.ndarray, open_: np.ndarray, free: frozenset[int] = frozenset()) -> LinearModel:
        """The program with the services not ``free`` at what is picked, and with the ``open_`` patterns alone."""
        own = slice(self.first, self.first + self.service.size)
        lower, upper = self.model.column_lower.copy(), self.model.column_upper.copy()
        upper[own] = np.where(open_, upper[own], 0.0)
        lower[own] = np.where((picked > 0.5) & ~np.isin(self.service, list(free)), 1.0, lower[own])
        return self.model.with_bounds(column_lower=lower, column_upper=upper)

    def _broken(self) -> list[int]:
        """Numbers of the limits that are broken now."""
        return broken(self.values[self.first + self.service.size :])

    def _charges(self, prices: dict[int, float]) -> tuple[np.ndarray, np.ndarray]:
        """What limits charge for instances [packing rows] and for patterns themselves.

        prices   by limit: what all that it allows is worth, in costs of the first choice
        """
        model, packing = self.built.model, self._packing
        charge, own = np.zeros(packing.size.size), np.zeros(self.service.size)
        scale = sum(self.least.values())
        for slack, worth in prices.items():
            row = int(self.program.rows[self._limits[slack]])
            side = next(v for v in (model.row_upper[row], model.row_lower[row]) if np.isfinite(v))
            price = worth * scale / max(abs(side), 1.0) * (1.0 if np.isfinite(model.row_upper[row]) else -1.0)
            entries = slice(model.row_start[row], model.row_start[row + 1])
            place = self._place_of[model.column_index[entries]]
            charge[place[place >= 0]] += price * model.coefficient[entries][place >= 0]
            own += price * self._use(row)
        return charge, own

    def _use(self, row: int) -> np.ndarray:
        """What each pattern itself adds to a row of the whole program."""
        place = int(np.searchsorted(self.program.split.coupling, row))
        used = np.zeros(self.service.size)
        for i, pattern in enumerate(self.program.patterns):
            at = int(np.searchsorted(pattern.rows, place))
            if at < pattern.rows.size and pattern.rows[at] == place:
                used[i] = pattern.use[at]
        return used

    def _related(self, chosen: dict[int, int], broken: np.ndarray, own: np.ndarray, draw: np.random.Generator) -> frozenset[int]:
        """One service and those that run most on the same machines, with some chance in it.

        While limits are broken, it is one that has a part in it.
        """
        names, short = sorted(chosen), set(broken.tolist())
        guilty = [s for s in names if own[chosen[s]] > 0 or short & set(self.touched[chosen[s]][0].tolist())] or names
        seed = guilty[int(draw.integers(len(guilty)))]
        mine = set(self.touched[chosen[seed]][0].tolist()) | short
        shared = np.array([len(mine & set(self.touched[chosen[s]][0].tolist())) for s in names], dtype=float)
        order = np.argsort(-(shared + CHANCE * max(1, len(mine)) * draw.random(len(names))), kind="stable")
        return frozenset([seed, *(names[i] for i in order[:TOGETHER])])

    def _offered(self, chosen: dict[int, int], free: frozenset[int], dearer: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Patterns of the ``free`` services that add least beside all the others, and least where limits are broken."""
        load = np.zeros(self._packing.size.size)
        for s, i in chosen.items():
            if s not in free:
                self._place(load, i, 1.0)
        found = []
        for s in sorted(free):
            costs = np.array([self._added(load, i) for i in self.members[s]])
            found.append(self.members[s][np.argsort(costs, kind="stable")[:OFFERED]])
            if dearer.any() or own.any():
                costs += own[self.members[s]] + np.array([self._charged(load, i, dearer) for i in self.members[s]])
                found.append(self.members[s][np.argsort(costs, kind="stable")[:OFFERED]])
        return np.concatenate(found)

    def _charged(self, load: np.ndarray, pattern: int, dearer: np.ndarray) -> float:
        rows, use = self.touched[pattern]
        return float((self._packing.instances(load[rows] + use, rows) - self._packing.instances(load[rows], rows)) @ dearer[rows])

    def _place(self, load: np.ndarray, pattern: int, sign: float) -> None:
        rows, use = self.touched[pattern]
        load[rows] += sign * use

    def _added(self, load: np.ndarray, pattern: int) -> float:
        """What a pattern adds to the cost beside ``load``, quotas broken included."""
        packing = self._packing
        rows, use = self.touched[pattern]
        before = packing.instances(load[rows], rows)
        more = packing.instances(load[rows] + use, rows) - before
        cost = self.own[pattern] + float(more @ packing.rent[rows])
        return cost + self._quotas.broken(load, rows, more, packing)
