"""Replicas that fill an instance: which of a service's are never better than another one, under given prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.split import Split


@dataclass(frozen=True)
class WholeSlots:
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

    def dominated(self, t: int, priced: np.ndarray, worth: np.ndarray, extra: np.ndarray | None, *, alike_only: bool) -> np.ndarray:
        """Columns of replicas that others of the service do as well for no more, whatever else period ``t`` does.

        A replica that fills an instance costs just what the instance does, here and elsewhere: nothing shares it. So
        it can change places with another such replica that is worth no less, costs no more and takes no other limit.

        priced       costs of the program's columns
        worth        by class values and column of ``PlainService.worth`` [V, n]; ``extra`` cost of routing by group
        alike_only   compare only what differs in its pool, where the number of a group's replicas matters
        """
        if not self.slots.size:
            return np.empty(0, dtype=int)
        cost = priced[self.replicas[:, t]] + priced[self.running[:, t]]
        mine = worth[:, self.place]
        beats = cost[:, None] <= cost[None, :] + 1e-12 * np.abs(cost[None, :])
        beats &= (mine[:, :, None] >= mine[:, None, :] - 1e-12).all(axis=0) & self.free[:, None]
        if extra is not None:
            beats &= extra[self.group][:, None] <= extra[self.group][None, :]
        if alike_only:
            beats &= self.kind[:, None] == self.kind[None, :]
        # Of those that beat each other the first stays.
        first = np.arange(self.slots.size)
        beats &= ~beats.T | (first[:, None] < first[None, :])
        np.fill_diagonal(beats, False)
        return self.replicas[beats.any(axis=0), t]


def whole_slots(blocks: ServiceBlocks, free: dict[tuple[int, bool], bool]) -> WholeSlots:
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
    return WholeSlots(
        *table[:4],
        free=table[4].astype(bool),
        replicas=np.array([var.replicas[q] for q in table[0]], dtype=int).reshape(-1, periods),
        running=np.array([var.running[sets.slots[q].pool, sets.slots[q].firm] for q in table[0]], dtype=int).reshape(-1, periods),
    )


def without_limits(built: Built, split: Split) -> dict[tuple[int, bool], bool]:
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
