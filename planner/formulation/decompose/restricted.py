"""The program over patterns: shared columns as they are, and one pattern chosen per block."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.formulation.decompose.pattern import Pattern
from planner.formulation.decompose.split import Split
from planner.milp.model import LinearModel


@dataclass(frozen=True)
class Restricted:
    """``model`` has the shared columns ``shared`` first, then one binary per pattern.

    coupling   which of the coupling rows it has, first among its rows
    rows       the whole program's numbers of its rows but the last, which choose one pattern per block
    """

    split: Split
    model: LinearModel
    shared: np.ndarray
    patterns: list[Pattern]
    coupling: np.ndarray
    rows: np.ndarray

    def prices(self, duals: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
        """Prices of all coupling rows: the duals where the row is in ``model``, else ``otherwise``."""
        prices = otherwise.copy()
        prices[self.coupling] = duals[: self.coupling.size]
        return prices

    def values(self, answer: np.ndarray) -> np.ndarray:
        """The vector of the whole program that an answer stands for; levels and recourse are left at 0."""
        full = np.zeros(self.split.model.column_count)
        full[self.shared] = answer[: self.shared.size]
        for pattern, chosen in zip(self.patterns, answer[self.shared.size :], strict=True):
            if chosen > 0.5:
                full[pattern.columns] = pattern.values
        return full


def restricted(split: Split, patterns: list[Pattern], *, for_prices: bool = False) -> Restricted:
    """The restricted program; shared columns that no pattern can make use of are left out, at 0.

    A shared column is of use when a row that it enters with a pattern, or with a column of use, is touched. With
    ``for_prices`` rows that no pattern touches stay where a commitment that others need earns on them too.
    """
    model = split.model
    blocks = sorted({p.block for p in patterns})
    place_block = {b: i for i, b in enumerate(blocks)}
    coupling, shared_rows = split.coupling, split.shared_rows
    place_row = np.full(model.row_count, -1)
    place_row[coupling] = np.arange(coupling.size)
    place_row[shared_rows] = coupling.size + np.arange(shared_rows.size)
    place_column = np.full(model.column_count, -1)
    place_column[split.shared] = np.arange(split.shared.size)
    mine = (place_column[model.column_index] >= 0) & (place_row[split.entry_row] >= 0)
    row = place_row[split.entry_row[mine]]
    column = place_column[model.column_index[mine]]
    entry = model.coefficient[mine]
    fixed_rows = coupling.size + shared_rows.size
    lower = np.concatenate([model.row_lower[coupling], model.row_lower[shared_rows], np.ones(len(blocks))])
    upper = np.concatenate([model.row_upper[coupling], model.row_upper[shared_rows], np.ones(len(blocks))])
    sizes = np.array([p.rows.size + 1 for p in patterns])
    pattern_row = np.concatenate([np.append(p.rows, fixed_rows + place_block[p.block]) for p in patterns])
    pattern_entry = np.concatenate([np.append(p.use, 1.0) for p in patterns])
    pattern_column = split.shared.size + np.repeat(np.arange(len(patterns)), sizes)
    row = np.concatenate([row, pattern_row])
    column = np.concatenate([column, pattern_column])
    entry = np.concatenate([entry, pattern_entry])
    touched = _touched(row, column, lower, upper, fixed_rows, split.shared.size)
    idle = _idle(split, row, column, entry, lower, upper, fixed_rows)
    if for_prices:
        own = column < split.shared.size
        needed = np.zeros(split.shared.size, dtype=bool)
        needed[column[own & (touched & ~idle)[row]]] = True
        earning = np.zeros(touched.size, dtype=bool)
        earning[row[own][needed[column[own]]]] = True
        idle &= ~earning
    touched &= ~idle
    keep = touched[row]
    row, column, entry = row[keep], column[keep], entry[keep]
    new_row = np.cumsum(touched) - 1
    used = np.zeros(split.shared.size, dtype=bool)
    used[column[column < split.shared.size]] = True
    used |= model.column_lower[split.shared] > 0
    new_column = np.concatenate([np.cumsum(used) - 1, used.sum() + np.arange(len(patterns))])
    order = np.lexsort((column, row))
    shared = split.shared[used]
    count = len(patterns)
    small = LinearModel(
        cost=np.concatenate([model.cost[shared], [p.cost for p in patterns]]),
        column_lower=np.concatenate([model.column_lower[shared], np.zeros(count)]),
        column_upper=np.concatenate([model.column_upper[shared], np.ones(count)]),
        integer=np.concatenate([model.integer[shared], np.ones(count, dtype=bool)]),
        row_start=np.concatenate([[0], np.cumsum(np.bincount(new_row[row], minlength=int(touched.sum())))]),
        column_index=new_column[column[order]],
        coefficient=entry[order],
        row_lower=lower[touched],
        row_upper=upper[touched],
        cost_offset=model.cost_offset,
    )
    rows = np.concatenate([coupling, shared_rows])[touched[:fixed_rows]]
    return Restricted(split, small, shared, patterns, np.flatnonzero(touched[: coupling.size]), rows)


def boxed(program: Restricted, centre: np.ndarray, width: np.ndarray) -> LinearModel:
    """The relaxed program with the prices of its coupling rows held within ``width`` of ``centre`` [all coupling rows].

    A unit bought or sold on a row at a price bounds the row's dual by that price. The program's value is then an
    upper limit of the bound within the box, and its duals are prices there.
    """
    model = program.model.relaxed()
    rows = np.arange(program.coupling.size)
    middle, half = centre[program.coupling], width[program.coupling]
    count = rows.size
    wider = model.with_columns("box", 2 * count)
    entry_row = np.concatenate([model.entry_row(), rows, rows])
    column = np.concatenate([model.column_index, model.column_count + np.arange(2 * count)])
    entry = np.concatenate([model.coefficient, np.ones(count), -np.ones(count)])
    order = np.lexsort((column, entry_row))
    return replace(
        wider,
        cost=np.concatenate([model.cost, middle + half, half - middle]),
        row_start=np.concatenate([[0], np.cumsum(np.bincount(entry_row, minlength=model.row_count))]),
        column_index=column[order],
        coefficient=entry[order],
    )


def _idle(split: Split, row, column, entry, lower, upper, fixed_rows: int) -> np.ndarray:
    """Rows without any pattern that the ends of their shared columns keep by themselves."""
    model = split.model
    own = column < split.shared.size
    low, high = model.column_lower[split.shared][column[own]], model.column_upper[split.shared][column[own]]
    with np.errstate(invalid="ignore"):
        one, other = entry[own] * low, entry[own] * high
    count = lower.size
    least = np.bincount(row[own], weights=np.fmin(one, other), minlength=count)
    most = np.bincount(row[own], weights=np.fmax(one, other), minlength=count)
    idle = (least >= lower) & (most <= upper)
    idle[row[~own]] = False
    idle[fixed_rows:] = False
    return idle


def _touched(row, column, lower, upper, fixed_rows: int, shared: int) -> np.ndarray:
    """Rows that can matter: those of patterns, those that 0 breaks, and what their shared columns reach from there."""
    touched = np.zeros(lower.size, dtype=bool)
    touched[fixed_rows:] = True
    touched |= (lower > 0) | (upper < 0)
    touched[row[column >= shared]] = True
    own = column < shared
    row, column = row[own], column[own]
    while True:
        reached = np.zeros(shared, dtype=bool)
        reached[column[touched[row]]] = True
        wider = touched.copy()
        wider[row[reached[column]]] = True
        if wider.sum() == touched.sum():
            return touched
        touched = wider
