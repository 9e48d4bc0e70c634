"""Ends of whole columns and sides of rows that whole numbers cannot reach, made as tight as rows alone show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.formulation.build import Built
from planner.milp.model import LinearModel

#: Times that ends are passed on from row to row: a quota closes a pool, and that what stands in it.
PASSES = 3
#: A share of a whole number that is still taken for rounding.
ROUNDING = 1e-6


def tightened(built: Built) -> Built:
    """The same plans under tighter ends, for searches that do not look at rows together themselves.

    A quota of ten accelerators admits one machine of eight, and one of six none: the relaxation takes a fraction.
    Of a row Σ a x <= U over columns of at least 0, whole x is at most ⌊(U - least of the others) / a⌋; where all x are
    whole and all a multiples of g, U is at most g ⌊U / g⌋.
    """
    model = built.model
    for _ in range(PASSES):
        upper = _ends(model)
        side = _sides(model, upper)
        if np.array_equal(upper, model.column_upper) and np.array_equal(side, model.row_upper):
            break
        model = replace(model, column_upper=upper, row_upper=side)
    return replace(built, model=model)


def _ends(model: LinearModel) -> np.ndarray:
    """Upper ends of the columns, whole ones tightened by each row alone [n]."""
    row, column, entry = model.entry_row(), model.column_index, model.coefficient
    with np.errstate(invalid="ignore"):
        least = np.where(entry > 0, entry * model.column_lower[column], entry * model.column_upper[column])
    # Nothing times an end that is not known is nothing.
    least = np.where(entry == 0, 0.0, least)
    total = np.bincount(row, weights=least, minlength=model.row_count)
    usable = np.isfinite(model.row_upper[row]) & np.isfinite(total[row]) & (entry > 0) & model.integer[column]
    row, column, entry, own = row[usable], column[usable], entry[usable], least[usable]
    most = np.floor((model.row_upper[row] - (total[row] - own)) / entry + ROUNDING)
    upper = model.column_upper.copy()
    np.minimum.at(upper, column, most)
    # A row that leaves no plan is for the search to find: nothing is closed further than its lower end.
    return np.where(model.integer, np.maximum(upper, model.column_lower), model.column_upper)


def _sides(model: LinearModel, upper: np.ndarray) -> np.ndarray:
    """Upper sides of rows, those over whole columns with whole multiples of one number rounded down to it [m]."""
    row, column, entry = model.entry_row(), model.column_index, model.coefficient
    counts = (entry != 0) & ~((model.column_lower[column] == 0) & (upper[column] == 0))
    whole = np.ones(model.row_count, dtype=bool)
    whole[row[counts & ~(model.integer[column] & (entry == np.round(entry)))]] = False
    found = model.row_upper.copy()
    found_in = np.zeros(model.row_count, dtype=np.int64)
    mine = counts & whole[row]
    np.gcd.at(found_in, row[mine], np.abs(entry[mine]).astype(np.int64))
    rounded = np.flatnonzero(whole & np.isfinite(found) & (found_in > 0))
    step = found_in[rounded].astype(float)
    found[rounded] = np.minimum(found[rounded], step * np.floor(found[rounded] / step + ROUNDING))
    return np.maximum(found, np.where(np.isfinite(model.row_lower), model.row_lower, -np.inf))
