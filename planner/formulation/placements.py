"""Whether the distinct instances counted by several services exist together, and the rows that say so where they do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from planner.formulation.build import Built, RowRange
from planner.formulation.data import Side
from planner.formulation.rows import INFINITY, Rows

#: What must stand on instances of their own: (service, accelerators of a replica).
Counted = tuple[int, int]


class Row(NamedTuple):
    """A row over services whose replicas, one of each, take ``width`` accelerators; ``over``: see ``with_placements``."""

    side: Side
    block: int
    over: int
    width: int
    members: tuple[Counted, ...]


def with_placements(built: Built, values: np.ndarray) -> Built | None:
    r"""The program with rows that ``values`` breaks because distinct instances do not exist together; None where they do.

    Each service alone is held to the blocks that larger replicas leave whole (``min_instances``). Several services
    that count on the same instances share these blocks. With q the size of a block, F how many of them are free on N
    instances, and f_j on the j-th, one replica of each service of a set T takes k = Σ a_s accelerators of an instance
    that holds all of them, and an instance gives at most min(k, q f_j). With k = m q + r, 0 < r < q,

    .. math:: \sum_{s \in T} a_s d_s \le \sum_j \min(k, q f_j) \le m (q - r) N + r F

    holds for every placement, whatever stands where: the second step is a line on or above min(k, q f) at every
    whole f. In place of N stands the number of free blocks of a larger size where that is less: no more instances
    have any room. There are too many sets to write down beforehand, so a row is written when it is broken.
    """
    broken = broken_rows(built, values)
    return with_rows(built, broken) if broken else None


def broken_rows(built: Built, values: np.ndarray) -> list[Row]:
    """The rows that ``values`` breaks, at most one for each side, size of block and period; equal ones once."""
    found: set[Row] = set()
    for side, columns in _counted_by_side(built).items():
        if len({service for service, _ in columns}) < 2:
            continue
        counts = {key: np.round(values[c]).astype(int) for key, c in columns.items()}
        running = np.round(values[built.var.running[side]]).astype(int)
        capacity = built.sets.pools[side[0]].accelerators
        rooms = [(block, _free(built, values, side, block, running)) for block in _blocks(built, side)]
        for number, (block, free) in enumerate(rooms):
            for t in np.flatnonzero(running > 0).tolist():
                here = {key: int(c[t]) for key, c in counts.items() if key[1] < block and c[t] > 0}
                wide, over = min([(int(running[t]), 0), *((int(room[t]), larger) for larger, room in rooms[number + 1 :])])
                worst = _worst(here, block, capacity, wide, int(free[t])) if len(here) > 1 else None
                if worst is not None:
                    found.add(Row(side, block, over, *worst))
    return sorted(found)


def _blocks(built: Built, side: Side) -> list[int]:
    return sorted({slot.accelerators for slot in built.sets.slots_in[side]} - {1})


def _free(built: Built, values: np.ndarray, side: Side, block: int, running: np.ndarray) -> np.ndarray:
    """Blocks of so many accelerators that replicas as large or larger leave free [T]."""
    free = built.sets.pools[side[0]].accelerators // block * running
    for slot in built.sets.slots_in[side]:
        if slot.accelerators >= block:
            free = free - slot.accelerators // block * np.round(values[built.var.replicas[slot.index]]).astype(int)
    return free


def _worst(counts: dict[Counted, int], block: int, capacity: int, running: int, free: int) -> tuple[int, tuple[Counted, ...]] | None:
    """(width, members) of the most broken row; None when none is.

    By width, the most that services of that width in all count for: each service is in or out, with its replicas up
    to some size. An instance counts once for a service, so the largest of these is its width.
    """
    best: dict[int, tuple[int, tuple[Counted, ...]]] = {0: (0, ())}
    for service in sorted({service for service, _ in counts}):
        options, weight, members = [], 0, ()
        for size in sorted(size for of, size in counts if of == service):
            weight, members = weight + size * counts[service, size], (*members, (service, size))
            options.append((size, weight, members))
        for width, (before, chosen) in sorted(best.items(), reverse=True):
            for size, weight, members in options:
                reached = width + size
                if reached < capacity and before + weight > best.get(reached, (-1, ()))[0]:
                    best[reached] = (before + weight, (*chosen, *members))
    short = {}
    for width, (weight, members) in best.items():
        whole, rest = divmod(width, block)
        allowed = whole * (block - rest) * running + rest * free
        if rest and weight > allowed:
            short[width] = (weight - allowed, members)
    if not short:
        return None
    width = max(sorted(short), key=lambda k: short[k][0])
    return width, tuple(sorted(short[width][1]))


def with_rows(built: Built, rows: Iterable[Row]) -> Built:
    """The program with these rows in every period."""
    model, ranges = built.model, list(built.ranges)
    for row in rows:
        made = rows_of(built, row)
        start = model.row_count
        model = _appended(model, made)
        ranges.append(RowRange("min_instances", made.where, start, model.row_count))
    return replace(built, model=model, ranges=tuple(ranges))


def rows_of(built: Built, row: Row) -> Rows:
    """One row in every period, over the columns of the program."""
    sets, var = built.sets, built.var
    whole, rest = divmod(row.width, row.block)
    capacity, wide = sets.pools[row.side[0]].accelerators, whole * (row.block - rest)
    per_instance = wide * (capacity // row.over if row.over else 1) + rest * (capacity // row.block)
    where = " and ".join(sorted({sets.services[service].name for service, _ in row.members}))
    made = Rows(sets.period_count, lower=-INFINITY, upper=0.0, where=where).add(var.running[row.side], -float(per_instance))
    for slot in sets.slots_in[row.side]:
        taken = rest * (slot.accelerators // row.block) + (wide * (slot.accelerators // row.over) if row.over else 0)
        if taken:
            made.add(var.replicas[slot.index], float(taken))
    for service, size in row.members:
        made.add(var.distinct[service, row.side, size], float(size))
    return made


def _appended(model, rows: Rows):
    row, column, coefficient = rows.entries()
    order = np.lexsort((column, row))
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows.count))])
    lower, upper = np.full(rows.count, rows.lower), np.full(rows.count, rows.upper)
    return model.with_rows("min_instances", start, column[order], coefficient[order], lower, upper)


def _counted_by_side(built: Built) -> dict[Side, dict[Counted, np.ndarray]]:
    found: dict[Side, dict[Counted, np.ndarray]] = {}
    for (service, side, size), columns in sorted(built.var.distinct.items()):
        found.setdefault(side, {})[service, size] = columns
    return found
