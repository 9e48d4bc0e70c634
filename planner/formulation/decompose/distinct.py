"""Where a service's distinct instances are counted: the column that goes with each slot."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built


def distinct_columns(built: Built) -> dict[int, dict[int, np.ndarray]]:
    """By service and slot: the columns that count distinct instances under its replicas [T]."""
    found: dict[int, dict[int, np.ndarray]] = {}
    for (number, side, size), columns in built.var.distinct.items():
        for slot in built.sets.slots_in[side]:
            if slot.service == number and slot.accelerators == size:
                found.setdefault(number, {})[slot.index] = columns
    return found
