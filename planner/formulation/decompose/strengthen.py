"""Rows that a fraction of a large machine breaks: whoever uses a pool at all needs a whole instance running."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.formulation.build import Built


def strengthened(built: Built) -> tuple[Built, dict[int, np.ndarray]]:
    """(the program with the instances that each slot opens as columns of their own, those columns [T] by slot).

    opened_qt counts instances: a y_qt <= A opened_qt and opened_qt <= running_kpt. Every plan meets this with
    opened = ⌈a y / A⌉, so nothing is lost; in a relaxation of the rows that services share, half a replica on a
    machine of eight no longer pays for a sixteenth of it.
    """
    sets, var, model = built.sets, built.var, built.model
    periods = sets.period_count
    slots = [s for s in sets.slots if s.accelerators < sets.pools[s.pool].accelerators]
    if not slots:
        return built, {}
    size = np.array([s.accelerators for s in slots], dtype=float)
    whole = np.array([sets.pools[s.pool].accelerators for s in slots], dtype=float)
    replicas = np.array([var.replicas[s.index] for s in slots])
    running = np.array([var.running[s.pool, s.firm] for s in slots])
    upper = np.ceil(model.column_upper[replicas] * (size / whole)[:, None] - 1e-9)
    opened = model.column_count + np.arange(replicas.size).reshape(replicas.shape)
    wider = model.with_columns("opened", replicas.size, upper=upper.ravel(), integer=True)
    pairs = np.arange(replicas.size + 1) * 2
    held = np.column_stack([np.repeat(size, periods), -np.repeat(whole, periods)]).ravel()
    wider = wider.with_rows(
        "opened", pairs, np.column_stack([replicas.ravel(), opened.ravel()]).ravel(), held, np.full(replicas.size, -np.inf), np.zeros(replicas.size)
    )
    at_most = np.column_stack([running.ravel(), opened.ravel()]).ravel()
    wider = wider.with_rows(
        "opened_runs", pairs, at_most, np.tile([-1.0, 1.0], replicas.size), np.full(replicas.size, -np.inf), np.zeros(replicas.size)
    )
    owners = [*var.owners, *((columns, slot.service) for slot, columns in zip(slots, opened, strict=True))]
    return replace(built, model=wider, var=replace(var, owners=owners)), {s.index: c for s, c in zip(slots, opened, strict=True)}
