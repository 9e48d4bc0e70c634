"""Brute force for tiny problems: every number of replicas, instances and reservations in a small box, no solver at all.

Covers one or two request classes, one or two periods, levels of φ, packing, spot, survival, distinct instances by
explicit placement, reservations, stock, quotas, ramp, configurations, preparation, team budgets and starts. Not what
has a cost per request (carbon, electricity) or splits a class by rule (slices, spot share, mean quality).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np

from planner.units import HOURS_PER_MONTH
from tests.oracle.facts import FIRM, SPOT, Facts, Group

Side = tuple[str, str]
Count = tuple[int, ...]


class Brute:
    """All states of each period, then the cheapest pair (or one) of them."""

    def __init__(self, facts: Facts, most: int = 4) -> None:
        self.f = facts
        self.most = most
        self.slots = [(g, slot) for g in facts.groups for slot in facts.slots(g)]
        self.sides = sorted({slot for _, slot in self.slots})
        self.reserved = [o for o in facts.options if o.measure == "instances" and o.covers[0] in {k for k, _ in self.sides}]

    @property
    def size(self) -> int:
        """Combinations of replicas and instances to look at, before anything rules them out."""
        return (self.most + 1) ** ((len(self.slots) + len(self.sides)) * len(self.f.periods))

    def least_cost(self) -> float | None:
        """USD a month; None: nothing in the box is feasible."""
        states = [list(self._states(t)) for t in self.f.periods]
        best = None
        for opened in self._openings():
            kept = [[s for s in of_t if self._stays_in(s[0], opened)] for of_t in states]
            if all(kept):
                for units in product(range(self.most + 1), repeat=len(self.reserved)):
                    cost = self._cheapest(kept, units)
                    if cost is not None:
                        cost += self._prepared_usd(opened) / self.f.problem.horizon.months
                        best = cost if best is None else min(best, cost)
        return best

    # One period.

    def _states(self, t: int) -> Iterator[tuple[Count, Count]]:
        """(replicas by slot, instances by side) that satisfy everything within the period."""
        serving = [y for y in product(range(self.most + 1), repeat=len(self.slots)) if self._serves(y, t)]
        for y in serving:
            least = [-(-self._taken(y, side) // self.f.pools[side[0]].accelerators) for side in self.sides]
            for run in product(*(range(n, self.most + 1) for n in least)):
                if self._obtainable(run) and self._distinct(y, run, t):
                    yield y, run

    def _taken(self, y: Count, side: Side) -> int:
        return sum(n * g.a for n, (g, slot) in zip(y, self.slots, strict=True) if slot == side)

    def _serves(self, y: Count, t: int) -> bool:
        for s, service in enumerate(self.f.problem.services):
            if not self._routes(s, t, y, lambda slot: True, 1.0):
                return False
            rule = service.availability.survives_loss if service.availability else None
            if rule and self.f.has_demand(s, t):
                for lost in self._domains(s, rule.of):
                    if not self._routes(s, t, y, lambda slot, lost=lost: slot not in lost, rule.fraction):
                        return False
        return True

    def _domains(self, s: int, kinds) -> list[set[Side]]:
        pools, own = self.f.pools, {slot for g, slot in self.slots if g.s == s}
        spot = {slot for slot in own if slot[1] == SPOT}
        found = [{slot} for slot in spot] if "spot_pool" in kinds else []
        if "spot_region" in kinds:
            found += [{e for e in spot if pools[e[0]].region == r} for r in {pools[k].region for k, _ in spot}]
        if "zone" in kinds:
            zones = {(pools[k].region, pools[k].zone) for k, _ in own if pools[k].zone}
            found += [{e for e in own if (pools[e[0]].region, pools[e[0]].zone) == zone} for zone in zones]
        return found

    def _routes(self, s: int, t: int, y: Count, stands, fraction: float) -> bool:
        """Whether the replicas that stand can serve the fraction of every class."""
        room: dict[int, float] = {}
        groups: dict[int, Group] = {}
        for g in {g.index: g for g, _ in self.slots if g.s == s}.values():
            mine = [(slot, n) for n, (h, slot) in zip(y, self.slots, strict=True) if h is g and stands(slot)]
            effective = sum(n * self.f.availability(*slot) for slot, n in mine)
            room[g.index] = g.candidate.share_at(sum(n for _, n in mine)) * effective
            groups[g.index] = g
        rates = [fraction * self.f.demand(s, b, t) for b in self.f.classes(s)]
        return _splits(rates, [(room[i], groups[i].candidate.work_s, groups[i].candidate.can_serve) for i in room])

    def _obtainable(self, run: Count) -> bool:
        f, by_side = self.f, dict(zip(self.sides, run, strict=True))
        for k, pool in f.pools.items():
            if pool.stock is not None and by_side.get((k, FIRM), 0) + by_side.get((k, SPOT), 0) > pool.stock:
                return False
        for q in f.problem.limits.quotas:
            covered = [(n, f.pools[k].accelerators) for (k, e), n in by_side.items() if f.quota_covers(q, f.pools[k], e)]
            if q.max_instances is not None and sum(n for n, _ in covered) > q.max_instances:
                return False
            if q.max_accelerators is not None and sum(n * a for n, a in covered) > q.max_accelerators:
                return False
        return True

    def _distinct(self, y: Count, run: Count, t: int) -> bool:
        """Whether some placement puts every service on as many instances as it asks for."""
        asked = [
            service.availability.min_instances if service.availability and self.f.has_demand(s, t) else 0
            for s, service in enumerate(self.f.problem.services)
        ]
        if not any(asked):
            return True
        reached = {(0,) * len(asked)}
        for side, instances in zip(self.sides, run, strict=True):
            replicas = sorted(
                ((g.a, g.s) for n, (g, slot) in zip(y, self.slots, strict=True) if slot == side for _ in range(n)),
                reverse=True,
            )
            here = _placements(tuple(replicas), instances, self.f.pools[side[0]].accelerators, len(asked))
            reached = {tuple(a + b for a, b in zip(x, z, strict=True)) for x in reached for z in here}
        return any(all(have >= want for have, want in zip(x, asked, strict=True)) for x in reached)

    # All periods.

    def _openings(self) -> Iterator[frozenset]:
        """Sets of (service, configuration) that may be used together."""
        limits, services = self.f.problem.limits, self.f.problem.services
        every = sorted({(g.s, g.candidate.configuration) for g, _ in self.slots})
        bounded = limits.max_configurations or any(s.max_configurations for s in services)
        prepared = any(g.candidate.preparation_usd for g, _ in self.slots)
        for marks in product((0, 1), repeat=len(every)) if bounded or prepared else [(1,) * len(every)]:
            opened = frozenset(e for e, mark in zip(every, marks, strict=True) if mark)
            fleet = {(services[s].model, c) for s, c in opened}
            fits = limits.max_configurations is None or len(fleet) <= limits.max_configurations
            for s, service in enumerate(services):
                most = service.max_configurations
                fits &= most is None or sum(e[0] == s for e in opened) <= most
            if fits and (limits.one_off_usd is None or self._prepared_usd(opened) <= limits.one_off_usd):
                yield opened

    def _stays_in(self, y: Count, opened: frozenset) -> bool:
        return all(not n or (g.s, g.candidate.configuration) in opened for n, (g, _) in zip(y, self.slots, strict=True))

    def _prepared_usd(self, opened: frozenset) -> float:
        usd = {
            (self.f.problem.services[g.s].model, g.candidate.configuration.variant): g.candidate.preparation_usd
            for g, _ in self.slots
            if (g.s, g.candidate.configuration) in opened
        }
        return sum(usd.values())

    def _cheapest(self, states: list[list[tuple[Count, Count]]], units: Count) -> float | None:
        """Least cost over one state per period, with these reservations."""
        f = self.f
        fixed = sum(HOURS_PER_MONTH * o.usd_per_unit_hour * n for o, n in zip(self.reserved, units, strict=True))
        fixed += sum(o.financing_usd_per_unit_month * n for o, n in zip(self.reserved, units, strict=True))
        upfront = sum(o.upfront_usd_per_unit * n for o, n in zip(self.reserved, units, strict=True))
        if f.problem.limits.upfront_usd is not None and upfront > f.problem.limits.upfront_usd + 1e-9:
            return None
        for o, n in zip(self.reserved, units, strict=True):
            if o.max_units is not None and n > o.max_units:
                return None
        cost = [np.array([self._hourly(t, run, units) for _, run in of_t]) for t, of_t in enumerate(states)]
        teams = [
            [np.array([self._share(t, y, team.team) for y, _ in of_t]) for t, of_t in enumerate(states)]
            for team in f.problem.limits.teams
        ]
        if len(states) == 1:
            total, shares = cost[0], [team[0] for team in teams]
            allowed = np.isfinite(total)
        else:
            total = cost[0][:, None] + cost[1][None, :] + self._starts(states)
            shares = [team[0][:, None] + team[1][None, :] for team in teams]
            allowed = np.isfinite(total) & self._ramps(states)
        for share, team in zip(shares, f.problem.limits.teams, strict=True):
            allowed &= share <= team.budget_usd_per_month + 1e-9
        budget = f.problem.limits.budget_usd_per_month
        least = float(np.min(np.where(allowed, total, np.inf)))
        if not np.isfinite(least) or (budget is not None and least + fixed > budget):
            return None
        return least + fixed

    def _hourly(self, t: int, run: Count, units: Count) -> float:
        """USD a month for what runs in the period beyond the reservations; infinite where it cannot be bought."""
        f, usd = self.f, 0.0
        for (k, side), n in zip(self.sides, run, strict=True):
            pool = f.pools[k]
            if side == SPOT:
                again = pool.spot_interruptions_per_hour * f.problem.start_up.spot_restart_hours
                usd += f.hours[t] * pool.spot[t] * n * (pool.spot_availability + again)
                continue
            bought = n - sum(u for o, u in zip(self.reserved, units, strict=True) if o.covers == (k,))
            if bought > 0:
                usd += f.hours[t] * bought * pool.on_demand[t] if pool.on_demand is not None else np.inf
        return usd

    def _share(self, t: int, y: Count, team: str) -> float:
        f, usd = self.f, 0.0
        for n, (g, (k, side)) in zip(y, self.slots, strict=True):
            pool = f.pools[k]
            if f.problem.services[g.s].team == team:
                firm = pool.on_demand[t] if pool.on_demand is not None else min(p for _, p in pool.reserved or [(0, 0)])
                usd += f.hours[t] * n * g.a / pool.accelerators * (pool.spot[t] if side == SPOT else firm)
        return usd

    def _starts(self, states) -> np.ndarray:
        f = self.f
        if f.times.periods[0].before is None:
            return np.zeros((len(states[0]), len(states[1])))
        first, second = (np.array([run for _, run in of_t]) for of_t in states)
        usd = np.zeros((len(first), len(second)))
        for i, (k, side) in enumerate(self.sides):
            prices = f.pools[k].on_demand if side == FIRM else f.pools[k].spot
            if prices is not None:
                rise = second[None, :, i] - first[:, None, i]
                hours = f.problem.start_up.hours
                usd += np.maximum(rise, 0) * hours * prices[1] * f.times.periods[1].occurrences
                usd += np.maximum(-rise, 0) * hours * prices[0] * f.times.periods[0].occurrences
        return usd

    def _ramps(self, states) -> np.ndarray:
        allowed = np.ones((len(states[0]), len(states[1])), dtype=bool)
        for s, service in enumerate(self.f.problem.services):
            if service.ramp is not None and self.f.times.periods[0].before is not None:
                first, second = (
                    np.array([sum(n for n, (g, _) in zip(y, self.slots, strict=True) if g.s == s) for y, _ in of_t])
                    for of_t in states
                )
                allowed &= np.abs(second[None, :] - first[:, None]) <= service.ramp.max_added_replicas
        return allowed


def _splits(rates: list[float], groups: list[tuple[float, Count, tuple[bool, ...]]]) -> bool:
    """Whether the classes fit. With two of them each group does what it is comparatively best at (Ricardo, 1817)."""
    if len(rates) == 1:
        return sum(room / work[0] for room, work, can in groups if can[0]) >= rates[0] - 1e-9
    left = list(rates)
    ratio = {i: (work[0] / work[1] if can[0] and can[1] else (0.0 if can[0] else np.inf)) for i, (_, work, can) in enumerate(groups)}
    for i in sorted(ratio, key=lambda i: ratio[i]):
        room, work, can = groups[i]
        for b in (0, 1):
            if can[b]:
                served = min(left[b], room / work[b])
                left[b] -= served
                room -= served * work[b]
    return max(left) <= 1e-9


@cache
def _placements(replicas: tuple[tuple[int, int], ...], instances: int, size: int, services: int) -> frozenset:
    """For all ways to place (accelerators, service) on instances: how many instances hold each service."""
    found = set()

    def place(index: int, free: tuple[int, ...], holds: tuple[frozenset, ...]) -> None:
        if index == len(replicas):
            found.add(tuple(sum(s in held for held in holds) for s in range(services)))
            return
        a, s = replicas[index]
        tried = set()
        for i in range(instances):
            if free[i] >= a and (free[i], holds[i]) not in tried:
                tried.add((free[i], holds[i]))
                less, more = free[i] - a, holds[i] | {s}
                place(index + 1, (*free[:i], less, *free[i + 1 :]), (*holds[:i], more, *holds[i + 1 :]))

    place(0, (size,) * instances, (frozenset(),) * instances)
    return frozenset(found)
