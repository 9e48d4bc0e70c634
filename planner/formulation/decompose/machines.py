"""What patterns need of instances: rows that hold replicas, their rent, and the quotas that more instances break."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.prices import flat_prices
from planner.formulation.decompose.restricted import Restricted

#: What breaking a quota by one costs in a choice by added cost, in largest rents.
BROKEN = 100.0


@dataclass(frozen=True)
class Packing:
    """Rows that hold replicas on instances: ``place`` of coupling rows here or -1, accelerators, rent, running column."""

    place: np.ndarray
    size: np.ndarray
    rent: np.ndarray
    running: np.ndarray

    def of(self, pattern: Pattern) -> tuple[np.ndarray, np.ndarray]:
        """(rows here, accelerators) of a pattern."""
        rows = self.place[pattern.rows]
        return rows[rows >= 0], pattern.use[rows >= 0]

    def instances(self, load: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.ceil(load / self.size[rows] - 1e-9)


def packing_of(built: Built, program: Restricted) -> Packing:
    split = program.split
    flat = np.zeros(split.model.row_count)
    flat[split.coupling] = flat_prices(built, split)
    number = np.full(split.model.row_count, -1)
    number[split.coupling] = np.arange(split.coupling.size)
    place = np.full(split.coupling.size, -1)
    sizes, rents, running, count = [], [], [], 0
    ranges = [r for r in built.ranges if r.constraint == "instance_packing"]
    for side, part in zip(built.sets.slots_in, ranges, strict=True):
        rows = np.arange(part.start, part.stop)
        size = float(built.sets.pools[side[0]].accelerators)
        mine = number[rows] >= 0
        place[number[rows][mine]] = count + np.flatnonzero(mine)
        count += rows.size
        sizes.append(np.full(rows.size, size))
        rents.append(-flat[rows] * size)
        running.append(built.var.running[side])
    return Packing(place, np.concatenate(sizes), np.concatenate(rents), np.concatenate(running))


@dataclass(frozen=True)
class Quotas:
    """Rows over running instances alone: by packing row, the quotas that count it; ``heavy`` what breaking one by 1 costs."""

    counted: list[list[tuple[int, float]]]
    members: list[tuple[np.ndarray, np.ndarray]]
    upper: np.ndarray
    heavy: float

    def broken(self, load: np.ndarray, rows: np.ndarray, more: np.ndarray, packing: Packing) -> float:
        """Cost of what ``more`` instances in ``rows`` break."""
        added: dict[int, float] = {}
        for row, n in zip(rows.tolist(), more.tolist(), strict=True):
            for quota, weight in self.counted[row] if n > 0 else ():
                added[quota] = added.get(quota, 0.0) + weight * n
        over = 0.0
        for quota, use in added.items():
            own, weight = self.members[quota]
            over += max(0.0, float(weight @ packing.instances(load[own], own)) + use - self.upper[quota])
        return self.heavy * over


def quotas_of(built: Built, packing: Packing) -> Quotas:
    model = built.model
    place = np.full(model.column_count, -1)
    place[packing.running] = np.arange(packing.running.size)
    counted: list[list[tuple[int, float]]] = [[] for _ in range(packing.running.size)]
    members, upper = [], []
    for part in built.ranges:
        if part.constraint not in ("quota", "stock"):
            continue
        for row in range(part.start, part.stop):
            entries = slice(model.row_start[row], model.row_start[row + 1])
            own, weight = place[model.column_index[entries]], model.coefficient[entries]
            if (own < 0).any() or not own.size:
                continue
            for k, w in zip(own.tolist(), weight.tolist(), strict=True):
                counted[k].append((len(members), w))
            members.append((own, weight))
            upper.append(model.row_upper[row])
    return Quotas(counted, members, np.array(upper), BROKEN * float(packing.rent.max(initial=1.0)))
