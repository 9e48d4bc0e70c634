"""The program of one period without routing: replicas and instances alone, under rows that every routing implies."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from planner.formulation.build import Built
from planner.formulation.covering import class_values, servable, worth_of_replicas
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.split import Split, part_of
from planner.formulation.decompose.whole_slots import WholeSlots, whole_slots, without_limits
from planner.milp.model import LinearModel

#: A routing cost below this is none [USD/month per request/s].
FREE = 1e-9


@dataclass
class PlainService:
    """A service whose routing is projected out, with the class values of its covering rows.

    stepped   whether the number of a group's replicas is chosen by binaries, which is exact where φ(N) bends
    """

    blocks: ServiceBlocks
    values: list[np.ndarray]
    stepped: bool = False
    known: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def worth(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """(columns of replicas [n, T], share of the demand that each is worth at most [n, T]) under values ``number``."""
        if number not in self.known:
            self.known[number] = worth_of_replicas(self.blocks, self.values[number])
        return self.known[number]

    def add(self, value: np.ndarray) -> bool:
        """Adds class values; False when they are known."""
        if any(np.allclose(value, v, rtol=1e-6, atol=1e-12) for v in self.values):
            return False
        self.values.append(value)
        return True


class _Grown:
    """A program with columns, at most 1 each, and rows that have a lower side, still being added."""

    def __init__(self, model: LinearModel) -> None:
        self._model, self._count, self._rows = model, model.column_count, 0
        self._cost: list[np.ndarray] = []
        self._integer: list[np.ndarray] = []
        self._lower: list[np.ndarray] = []
        self._entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def columns(self, cost: np.ndarray, *, integer: bool = False) -> np.ndarray:
        """Numbers of new columns."""
        numbers = self._count + np.arange(cost.size)
        self._count += cost.size
        self._cost.append(cost)
        self._integer.append(np.full(cost.size, integer))
        return numbers

    def rows(self, lower: np.ndarray) -> int:
        """Number of the first of new rows."""
        first = self._rows
        self._rows += lower.size
        self._lower.append(lower)
        return first

    def add(self, row: np.ndarray, column: np.ndarray, value: np.ndarray) -> None:
        """Entries of new rows."""
        self._entries.append((row, column, value))

    def model(self) -> LinearModel:
        """The program with all that was added."""
        model = self._model
        if self._cost:
            cost, integer = np.concatenate([model.cost, *self._cost]), np.concatenate([model.integer, *self._integer])
            model = replace(model.with_columns("share", cost.size - model.column_count, upper=1.0), cost=cost, integer=integer)
        if not self._rows:
            return model
        row, column, value = (np.concatenate([e[i] for e in self._entries]) for i in range(3))
        kept = value != 0
        row, column, value = row[kept], column[kept], value[kept]
        order = np.lexsort((column, row))
        start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=self._rows))])
        return model.with_rows("worth", start, column[order], value[order], np.concatenate(self._lower), np.full(self._rows, np.inf))


class Projection:
    """The periods of a program, with the routing of plain services replaced by covering rows.

    It is a relaxation: what it proves holds for the program. A plan of it is checked by its user, who adds class
    values under which a plan that cannot be routed falls short.
    """

    def __init__(self, built: Built, split: Split, special: frozenset[int]) -> None:
        self.built, self.split = built, split
        self.plain = {
            n: PlainService(blocks, class_values(blocks))
            for n in range(len(built.sets.services))
            if n not in special and (blocks := ServiceBlocks(built, n)).groups and (blocks.rate > 0).any()
        }
        self._whole: dict[int, WholeSlots] = {}
        self._free = without_limits(built, split)
        self._keep()

    def restore(self, number: int) -> None:
        """Takes a service's routing back into the programs: nothing about it is relaxed any more."""
        del self.plain[number]
        self._keep()

    def _keep(self) -> None:
        built, split, model = self.built, self.split, self.built.model
        dropped = np.zeros(model.column_count, dtype=bool)
        for n in self.plain:
            for group in built.sets.groups_of[n]:
                dropped[built.var.rate[group.index]] = True
                if (levels := built.var.levels.get(group.index)) is not None:
                    for columns in (levels.chosen, levels.count, levels.firm, levels.spot):
                        if columns is not None:
                            dropped[columns] = True
        lost = np.zeros(model.row_count, dtype=bool)
        lost[split.entry_row[dropped[model.column_index]]] = True
        # Covering rows of plain services are made here, with class values found on the way.
        covering = model.rows_of("covering")
        lost[covering] |= self._of_plain(covering)
        self.columns = [c[~dropped[c]] for c in split.columns]
        self.rows = [r[~lost[r]] for r in split.rows]

    def _of_plain(self, rows: np.ndarray) -> np.ndarray:
        owner = np.full(self.built.model.column_count, -1)
        for slot, columns in zip(self.built.sets.slots, self.built.var.replicas, strict=True):
            owner[columns] = slot.service
        touched = np.zeros(self.built.model.row_count, dtype=bool)
        touched[self.split.entry_row[np.isin(owner[self.built.model.column_index], list(self.plain))]] = True
        return touched[rows]

    def program(self, t: int, priced: np.ndarray) -> tuple[LinearModel, np.ndarray]:
        """(the program of period ``t`` under the costs ``priced``, numbers of its first columns in the whole one)."""
        columns = self.columns[t]
        model = part_of(self.split, columns, self.rows[t], priced[columns])
        place = np.full(self.built.model.column_count, -1)
        place[columns] = np.arange(columns.size)
        grown = _Grown(model)
        offset = 0.0
        closed = []
        for service in self.plain.values():
            blocks = service.blocks
            if blocks.rate[t] <= 0:
                continue
            base, extra = self._load(blocks, service.values[0], t, priced)
            offset += base
            worth = np.array([service.worth(v)[1][:, t] for v in range(len(service.values))])
            whole = self._whole_slots(blocks)
            closed.append(place[whole.dominated(t, priced, worth, extra, alike_only=service.stepped)])
            if service.stepped:
                self._stepped(grown, service, t, place, extra)
            else:
                self._covered(grown, service, t, place, extra)
        model = grown.model()
        if closed:
            upper = model.column_upper.copy()
            upper[np.concatenate(closed)] = 0.0
            model = model.with_bounds(column_upper=upper)
        return model.with_cost(model.cost, offset), columns

    def _whole_slots(self, blocks: ServiceBlocks) -> WholeSlots:
        if blocks.number not in self._whole:
            self._whole[blocks.number] = whole_slots(blocks, self._free)
        return self._whole[blocks.number]

    def _covered(self, grown: _Grown, service: PlainService, t: int, place: np.ndarray, extra: np.ndarray | None) -> None:
        groups = service.blocks.groups
        for number in range(len(service.values)):
            columns, worth = service.worth(number)
            if number == 0 and extra is not None:
                taken = grown.columns(extra)
                group = np.concatenate([np.full(len(g.slots), i) for i, g in enumerate(groups)])
                row = grown.rows(np.zeros(extra.size))
                grown.add(row + group, place[columns[:, t]], worth[:, t])
                grown.add(row + np.arange(extra.size), taken, -np.ones(extra.size))
                grown.add(np.full(extra.size, grown.rows(np.ones(1))), taken, np.ones(extra.size))
            else:
                grown.add(np.full(columns.shape[0], grown.rows(np.ones(1))), place[columns[:, t]], worth[:, t])

    def _stepped(self, grown: _Grown, service: PlainService, t: int, place: np.ndarray, extra: np.ndarray | None) -> None:
        blocks, slots = service.blocks, self.built.sets.slots
        offers = blocks.offers
        count = offers.group.size
        steps = grown.columns(np.zeros(count), integer=True)
        firm, spot = np.minimum(offers.firm, offers.other_firm), np.minimum(offers.spot, offers.other_spot)
        total = np.minimum(offers.firm + offers.spot, offers.other_firm + offers.other_spot)
        for i, group in enumerate(blocks.groups):
            mine = np.flatnonzero(offers.group == i)
            for need, side in ((firm, True), (spot, False), (total, None)):
                own = [q for q in group.slots if side is None or slots[q].firm == side]
                used = mine[need[mine] > 0]
                if used.size:
                    row = grown.rows(np.zeros(1))
                    grown.add(np.full(used.size, row), steps[used], -need[used].astype(float))
                    held = np.array([place[self.built.var.replicas[q][t]] for q in own], dtype=int)
                    grown.add(np.full(held.size, row), held, np.ones(held.size))
            grown.add(np.full(mine.size, grown.rows(-np.ones(1))), steps[mine], -np.ones(mine.size))
        for number, value in enumerate(service.values):
            share = np.minimum(np.minimum(blocks.covered(value) / blocks.rate[t], servable(blocks, value)), 1.0) * (1 + 1e-9)
            if number == 0 and extra is not None:
                taken = grown.columns(extra)
                row = grown.rows(np.zeros(extra.size))
                grown.add(row + offers.group, steps, share)
                grown.add(row + np.arange(extra.size), taken, -np.ones(extra.size))
                grown.add(np.full(extra.size, grown.rows(np.ones(1))), taken, np.ones(extra.size))
            else:
                grown.add(np.full(count, grown.rows(np.ones(1))), steps, share)

    def _load(self, blocks: ServiceBlocks, value: np.ndarray, t: int, priced: np.ndarray) -> tuple[float, np.ndarray | None]:
        """(least cost of routing the demand, more than that by group for all of it [G]; None: nothing)."""
        load = np.full(blocks.work.shape, np.inf)
        for i, group in enumerate(blocks.groups):
            each = priced[self.built.var.rate[group.index][:, t]]
            load[i, list(group.served)] = each / self.built.var.rate_unit[group.index][:, t].clip(1e-300)
        if not (np.where(np.isfinite(load), load, 0.0) > FREE).any():
            # Prices below nothing are what the rows' signs forbid; they are let go downwards.
            least = np.minimum(np.where(np.isfinite(load), load, 0.0), 0.0).min(axis=0)
            return float(least @ (blocks.share * blocks.rate[t])), None
        wanted = blocks.share > 0
        floor = np.where(wanted, load.min(axis=0), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            more = np.where(np.isfinite(load) & (value > 0) & wanted, (load - floor) / value, np.inf).min(axis=1)
        more = np.where(np.isfinite(more), np.maximum(more, 0.0), 0.0) * blocks.rate[t]
        return float(floor @ (blocks.share * blocks.rate[t])), more
