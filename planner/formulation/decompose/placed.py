"""Rows of placements over patterns: what choices broke before is held in the next one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decompose.restricted import Restricted
from planner.formulation.placements import Row, rows_of


def with_placed(program: Restricted, built: Built, rows: Iterable[Row]) -> Restricted:
    """The program over patterns with these rows in every period, after its own rows."""
    made = [rows_of(built, row) for row in sorted(rows)]
    if not made:
        return program
    offset = np.cumsum([0, *(part.count for part in made)])
    entries = [part.entries() for part in made]
    row = np.concatenate([o + r for o, (r, _, _) in zip(offset, entries, strict=False)])
    column, coefficient = (np.concatenate([e[i] for e in entries]) for i in (1, 2))
    place = np.full(program.split.model.column_count, -1)
    place[program.shared] = np.arange(program.shared.size)
    mine = place[column] >= 0
    of, at, values = _over_patterns(program, row, column, coefficient)
    row, at = np.concatenate([row[mine], of]), np.concatenate([place[column[mine]], at])
    width = program.model.column_count
    key, number = np.unique(row * width + at, return_inverse=True)
    summed = np.bincount(number, weights=np.concatenate([coefficient[mine], values]), minlength=key.size)
    start = np.concatenate([[0], np.cumsum(np.bincount(key // width, minlength=offset[-1]))])
    none = np.full(offset[-1], -np.inf)
    return replace(program, model=program.model.with_rows("min_instances", start, key % width, summed, none, np.zeros(offset[-1])))


def _over_patterns(program: Restricted, row: np.ndarray, column: np.ndarray, coefficient: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(row, column of the program, value) of what each pattern adds to rows given by entries over the whole program's columns."""
    order = np.argsort(column, kind="stable")
    held = np.concatenate([p.columns for p in program.patterns])
    of = np.repeat(np.arange(len(program.patterns)), [p.columns.size for p in program.patterns])
    value = np.concatenate([p.values for p in program.patterns])
    first, last = (np.searchsorted(column[order], held, side=side) for side in ("left", "right"))
    count = last - first
    entry = order[np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(count.sum())]
    return row[entry], program.shared.size + np.repeat(of, count), coefficient[entry] * np.repeat(value, count)
