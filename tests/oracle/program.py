"""The variables of the second statement, shared by its limits and its money."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

import pulp

from tests.oracle.facts import FIRM, SPOT, Facts, Group
from tests.oracle.hosted import Api, Serverless, apis, serverless

total = pulp.lpSum

#: Requests/s under which CBC would take a demand for none.
TINY = 1e-3


def size(demand: float) -> float:
    """What rows over a demand are divided by: a row of 1e-9 = 1e-9 would hold for CBC without any routing."""
    return demand if 0.0 < demand < TINY else 1.0


@dataclass
class Program:
    """x rate, xs the part of it on spot, y replicas, run instances, u unserved rate, h rate sent to an API by its index.

    marks what is used at all; bill (pool, USD) and reserved (commitment, USD) what support comes on top of
    """

    facts: Facts
    p: pulp.LpProblem = field(default_factory=lambda: pulp.LpProblem("deployment", pulp.LpMinimize))
    x: dict[tuple[int, int, int], object] = field(default_factory=dict)
    xs: dict[tuple[int, int, int], object] = field(default_factory=dict)
    y: dict[tuple[int, str, str, int], pulp.LpVariable] = field(default_factory=dict)
    run: dict[tuple[str, str, int], pulp.LpVariable] = field(default_factory=dict)
    u: dict[tuple[int, int, int], pulp.LpVariable] = field(default_factory=dict)
    h: dict[tuple[int, int, int], object] = field(default_factory=dict)
    worker_usd: dict[int, list] = field(default_factory=dict)
    marks: dict = field(default_factory=dict)
    jobs: list = field(default_factory=list)
    bill: list = field(default_factory=list)
    reserved: list = field(default_factory=list)
    names: count = field(default_factory=count)

    def real(self, most: float | None = None) -> pulp.LpVariable:
        """A new variable of at least 0."""
        return pulp.LpVariable(f"v{next(self.names)}", 0, most)

    def rate(self, demand: float):
        """A new rate of at least 0; of a tiny demand a share, so that CBC's tolerance cannot lose it."""
        return self.real(1.0) * demand if size(demand) == demand else self.real()

    def whole(self, most: int | None = None) -> pulp.LpVariable:
        """A new whole number of at least 0."""
        return pulp.LpVariable(f"v{next(self.names)}", 0, most, "Integer")

    def yes_no(self) -> pulp.LpVariable:
        """A new binary."""
        return self.whole(1)

    def cache(self, s: int, cache):
        """1 if a service buys a response cache."""
        key = ("cache", s, cache.name)
        if key not in self.marks:
            self.marks[key] = self.yes_no()
        return self.marks[key]

    def groups_of(self, s: int) -> list[Group]:
        """Groups of one service."""
        return [g for g in self.facts.groups if g.s == s]

    @cached_property
    def apis(self) -> list[Api | Serverless]:
        """APIs that services may use, then serverless options."""
        return [*apis(self.facts), *serverless(self.facts)]

    def sum(self, terms):
        """Σ, also of a single variable."""
        return total(list(terms))

    def hosted(self, s: int, b: int, t: int, batch: bool | None = None):
        """What APIs answer of a class: all, or batches alone, or all but batches."""
        return total(
            self.h[o, b, t] for o, api in enumerate(self.apis) if api.s == s and batch in (None, getattr(api, "batch", False))
        )

    def shared(self, s: int, b: int, t: int, rates=None):
        """What replicas of groups answer of a class of a service; ``rates`` x, or what of it is on spot."""
        rates = self.x if rates is None else rates
        return total(
            rates[g.index, at, t]
            for g in self.facts.groups
            for at, asked in enumerate(self.facts.asked_by(g.s))
            if asked == (s, b) and (g.index, at, t) in rates
        )

    def able(self, g: Group) -> list[int]:
        """Classes that the group can serve."""
        return [b for b in self.facts.classes(g.s) if g.candidate.can_serve[b]]

    def work(self, g: Group, t: int):
        """Busy replicas: replica-seconds per second sent to the group."""
        return total(g.candidate.work_s[b] * self.x[g.index, b, t] for b in self.able(g))

    def most_instances(self, k: str) -> int:
        """Instances of a pool that more of is never needed."""
        return sum(f.enough(g) for f in [self.facts] for g in f.groups if any(pool == k for pool, _ in f.slots(g)))


def new_program(facts: Facts) -> Program:
    """All decisions on routing and capacity."""
    m = Program(facts)
    for g in facts.groups:
        service = facts.problem.services[g.s]
        for b in m.able(g):
            for t in facts.periods:
                rate = facts.together(g.s, b, t)
                for routed in (m.x, m.xs):  # a slice is not divided, between firm and spot neither
                    if service.routing == "slices":
                        routed[g.index, b, t] = m.whole(service.slice_factor) * (rate / service.slice_factor)
                    else:
                        routed[g.index, b, t] = m.rate(rate)
        for k, side in facts.slots(g):
            for t in facts.periods:
                m.y[g.index, k, side, t] = m.whole(facts.enough(g))
                if (k, side, t) not in m.run:
                    m.run[k, side, t] = m.whole()
    for k, pool in facts.pools.items():
        if pool.owned is not None:
            for t in facts.periods:
                m.run.setdefault((k, FIRM, t), m.whole())
    for o, api in enumerate(m.apis):
        for b in facts.classes(api.s):
            for t in facts.periods:
                able = not isinstance(api, Serverless) or api.option.workers.can_serve[b]
                m.h[o, b, t] = m.rate(facts.together(api.s, b, t)) if able else m.real(0)
    ranked = facts.problem.limits.shortage == "by_priority"
    for s, service in enumerate(facts.problem.services):
        if ranked or service.unserved_usd_per_request is not None:
            for b in facts.classes(s):
                for t in facts.periods:
                    m.u[s, b, t] = m.rate(facts.demand(s, b, t))
    return m


def used_sides(m: Program) -> list[tuple[str, str]]:
    """(pool, firm or spot) of everything that may run."""
    return sorted({(k, side) for k, side, _ in m.run}, key=lambda e: (e[0], e[1] == SPOT))
