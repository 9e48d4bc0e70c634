"""Where a service's distinct instances are counted: the column that goes with each slot."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built


def distinct_columns(built: Built) -> dict[int, dict[int, np.ndarray]]:
    """By service and slot: the columns that count distinct instances under its replicas [T].

    Read off the rows that say that no more are counted than there are replicas: d - Σ y <= 0.
    """
    model = built.model
    counting = np.zeros(model.column_count, dtype=bool)
    counting[model.columns_of("distinct")] = True
    slot_of = np.full(model.column_count, -1)
    for slot, columns in zip(built.sets.slots, built.var.replicas, strict=True):
        slot_of[columns] = slot.index
    block_of = {int(columns[0]): columns for columns, _ in built.var.owners if columns.ndim == 1 and counting[columns[0]]}
    found: dict[int, dict[int, np.ndarray]] = {}
    for part in built.ranges:
        if part.constraint != "min_instances" or part.start == part.stop:
            continue
        # One row per period; the first one shows which columns belong together.
        entries = slice(model.row_start[part.start], model.row_start[part.start + 1])
        columns, coefficients = model.column_index[entries], model.coefficient[entries]
        counted = columns[counting[columns] & (coefficients == 1.0)]
        replicas = columns[(slot_of[columns] >= 0) & (coefficients == -1.0)]
        if counted.size == 1 and replicas.size:
            for column in replicas.tolist():
                slot = built.sets.slots[int(slot_of[column])]
                found.setdefault(slot.service, {})[slot.index] = block_of[int(counted[0])]
    return found
