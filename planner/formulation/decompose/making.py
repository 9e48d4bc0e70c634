"""Makes patterns of replicas placed and routed, for all services of a program."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.distinct import distinct_columns
from planner.formulation.decompose.pattern import CouplingColumns, Pattern, make_pattern
from planner.formulation.decompose.routing import Router
from planner.formulation.decompose.split import Split


class Making:
    """What patterns of one program's blocks are made from.

    opened    columns of the instances that each slot opens [T], by slot
    distinct  columns that count distinct instances [T], by service and slot
    special   services whose blocks ask for more than a cover on a grid knows
    """

    def __init__(self, built: Built, split: Split, opened: dict[int, np.ndarray]) -> None:
        self.built, self.split, self.opened = built, split, opened
        self.coupling = CouplingColumns(split)
        self.periods = built.sets.period_count
        self.services = [ServiceBlocks(built, number) for number in range(len(built.sets.services))]
        self.routers = [Router(blocks) for blocks in self.services]
        self.distinct = distinct_columns(built)
        self.special = special_services(built)

    def loads(self, blocks: ServiceBlocks, priced: np.ndarray) -> np.ndarray:
        """Price of one request per second by group and class, infinite where not served [G, B, T]."""
        var = self.built.var
        load = np.full((len(blocks.groups), blocks.share.size, self.periods), np.inf)
        for i, group in enumerate(blocks.groups):
            load[i, list(group.served)] = priced[var.rate[group.index]] / var.rate_unit[group.index].clip(1e-300)
        return load

    def made(self, number: int, t: int, groups: tuple[int, ...], placed, apart, routing: np.ndarray) -> Pattern:
        """The pattern of replicas by slot, distinct instances counted by slot, and shares of classes by group."""
        blocks, var = self.services[number], self.built.var
        values: dict[int, float] = {int(var.replicas[q][t]): float(n) for q, n in placed.items()}
        for q, n in placed.items():
            if q in self.opened:
                slot = self.built.sets.slots[q]
                whole = self.built.sets.pools[slot.pool].accelerators
                values[int(self.opened[q][t])] = float(-(-n * slot.accelerators // whole))
        for q, n in apart.items():
            column = int(self.distinct[number][q][t])
            values[column] = values.get(column, 0.0) + float(n)
        for row, g in enumerate(groups):
            group = blocks.groups[g]
            for i, b in enumerate(group.served):
                sent = routing[row, b] * self.built.data.demand[number][b, t]
                values[int(var.rate[group.index][i, t])] = float(sent / var.rate_unit[group.index][i, t])
        block = number * self.periods + t
        columns = np.array(sorted(values))
        return make_pattern(self.split, self.coupling, block, columns, np.array([values[c] for c in columns.tolist()]))


def special_services(built: Built) -> frozenset[int]:
    """Services with block rows that a cover does not know."""
    special: set[int] = set()
    for number, service in enumerate(built.sets.services):
        rule = service.availability
        if rule is not None and rule.survives_loss is not None and rule.survives_loss.fraction > 0:
            special.add(number)
        if service.routing != "divisible" or number in built.var.unserved:
            special.add(number)
        if any(group.index in built.var.rate_spot for group in built.sets.groups_of[number]):
            special.add(number)
        if built.sets.hosted_of[number]:
            special.add(number)  # what others answer needs no replica: no cover says how many stand
    return frozenset(special)
