"""What covering one row alone costs at least, cell by cell: the bounds of the search for sets, as machine code."""

from __future__ import annotations

import numba
import numpy as np

#: Cells of the grid on which each row alone bounds what is left to cover.
CELLS = 160


@numba.njit(cache=True, nogil=True, error_model="numpy")
def bound_of(left, depth, least, rows):
    """The most that any row alone asks for still."""
    most = 0.0
    for r in range(rows):
        if left[depth, r] > 0.0:
            cell = int(np.ceil(left[depth, r] * CELLS - 1e-6))
            if cell > CELLS:
                cell = CELLS
            if least[r, cell] > most:
                most = least[r, cell]
    return most


@numba.njit(cache=True, nogil=True, error_model="numpy")
def tables(share, cost, extra, kept, amount, left, least, t):
    """By row: least cost of covering so many cells of it; an item covers its share rounded up, so these are bounds."""
    charged = extra.shape[0] > 0
    for r in range(least.shape[0]):
        if not left[0, r] > 0:
            continue
        least[r, 0] = 0.0
        for j in range(1, CELLS + 1):
            least[r, j] = np.inf
        for i in range(amount):
            part = share[i, r]
            if part <= 0.0:
                continue
            step = int(np.ceil(part * CELLS - 1e-9))
            if part < 1.0 - 1e-9 and step > CELLS - 1:
                step = CELLS - 1
            own = cost[kept[i], t]
            each = extra[kept[i], t] / CELLS if charged and r == 0 else 0.0
            for j in range(1, CELLS + 1):
                before = j - step
                if before < 0:
                    value = own + each * j
                else:
                    value = own + each * step + least[r, before]
                if value < least[r, j]:
                    least[r, j] = value
