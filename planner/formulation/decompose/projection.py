"""The program of one period without routing: replicas and instances alone, under rows that every routing implies."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from planner.formulation.build import Built
from planner.formulation.covering import class_values, servable, worth_of_replicas
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.split import Split, part_of
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


@dataclass(frozen=True)
class _WholeSlots:
    """Slots of a service whose replicas fill an instance.

    place            among the columns of ``PlainService.worth``
    group, kind      its group within the service; equal numbers for equal configurations of one purchase
    free             whether no limit counts what runs there
    """

    slots: np.ndarray
    place: np.ndarray
    group: np.ndarray
    kind: np.ndarray
    free: np.ndarray
    replicas: np.ndarray
    running: np.ndarray


def _whole_slots(blocks: ServiceBlocks, free: dict[tuple[int, bool], bool]) -> _WholeSlots:
    sets, var = blocks.built.sets, blocks.built.var
    rows, kinds = [], {}
    listed = [(i, q) for i, group in enumerate(blocks.groups) for q in group.slots]
    for place, (i, q) in enumerate(listed):
        slot = sets.slots[q]
        if slot.accelerators == sets.pools[slot.pool].accelerators:
            kind = kinds.setdefault((blocks.groups[i].configuration, slot.firm, slot.effective), len(kinds))
            rows.append((q, place, i, kind, free[slot.pool, slot.firm]))
    table = np.array(rows, dtype=int).reshape(len(rows), 5).T
    periods = blocks.rate.size
    return _WholeSlots(
        *table[:4],
        free=table[4].astype(bool),
        replicas=np.array([var.replicas[q] for q in table[0]], dtype=int).reshape(-1, periods),
        running=np.array([var.running[sets.slots[q].pool, sets.slots[q].firm] for q in table[0]], dtype=int).reshape(-1, periods),
    )


def _without_limits(built: Built, split: Split) -> dict[tuple[int, bool], bool]:
    """By side of a pool: whether what runs there is in no row of a period but those that hold replicas."""
    holding = np.zeros(built.model.row_count, dtype=bool)
    for part in built.ranges:
        if part.constraint in ("instance_packing", "min_instances"):
            holding[part.start : part.stop] = True
    inside = np.zeros(built.model.row_count, dtype=bool)
    for rows in split.rows:
        inside[rows] = True
    limited = np.zeros(built.model.column_count, dtype=bool)
    limited[built.model.column_index[(inside & ~holding)[split.entry_row]]] = True
    return {side: not limited[columns].any() for side, columns in built.var.running.items()}


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
        self._whole: dict[int, _WholeSlots] = {}
        self._free = _without_limits(built, split)
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
        first = self.built.model.column_index[self.built.model.row_start[rows]]
        return np.isin(owner[first], list(self.plain))

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
            closed.append(place[self._dominated(service, t, priced, extra)])
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

    def _dominated(self, service: PlainService, t: int, priced: np.ndarray, extra: np.ndarray | None) -> np.ndarray:
        """Columns of replicas that others of the service do as well for no more, whatever else the period does.

        A replica that fills an instance costs just what the instance does, here and elsewhere: nothing shares it. So
        it can change places with another such replica that is worth no less, costs no more and takes no other limit.
        """
        of = self._whole_slots(service)
        if not of.slots.size:
            return np.empty(0, dtype=int)
        cost = priced[of.replicas[:, t]] + priced[of.running[:, t]]
        worth = np.array([service.worth(v)[1][of.place, t] for v in range(len(service.values))])
        no_dearer = cost[:, None] <= cost[None, :] + 1e-12 * np.abs(cost[None, :])
        no_less = (worth[:, :, None] >= worth[:, None, :] - 1e-12).all(axis=0)
        if extra is not None:
            no_less &= extra[of.group][:, None] <= extra[of.group][None, :]
        if service.stepped:
            no_less &= of.kind[:, None] == of.kind[None, :]
        beats = no_dearer & no_less & of.free[:, None]
        # Of those that beat each other the first stays.
        first = np.arange(of.slots.size)
        beats &= ~beats.T | (first[:, None] < first[None, :])
        np.fill_diagonal(beats, False)
        return of.replicas[beats.any(axis=0), t]

    def _whole_slots(self, service: PlainService) -> _WholeSlots:
        number = service.blocks.number
        if number not in self._whole:
            self._whole[number] = _whole_slots(service.blocks, self._free)
        return self._whole[number]

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
