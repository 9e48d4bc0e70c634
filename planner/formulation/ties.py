"""The choice among plans of equal cost: fewest configurations, then a canonical one that names alone decide."""

from __future__ import annotations

import hashlib

import numpy as np

from planner.backends.interface import solve
from planner.formulation.build import Built
from planner.formulation.constraints.max_configurations import link_used
from planner.milp.model import LinearModel
from planner.milp.status import Solution, Status

#: The choice is bounded by search nodes, not seconds, so that it ends alike everywhere.
NODES = 2000
#: What the cost weighs, beside one for each configuration used.
COST_WEIGHT = 1000.0


def tie_broken(built: Built, model: LinearModel, answer: Solution, run) -> tuple[np.ndarray, bool]:
    """Among vectors of no more cost: fewest configurations, then the canonical choice.

    The cost stays in the objective, large against the choice: the row that holds it does not guide a search, and
    with it there the same nodes are cut off as before.
    """
    extended, count = _with_configurations(built, model)
    charged = np.flatnonzero(model.cost)
    reached = float(np.sum(model.cost[charged] * answer.values[charged]))
    held = extended.with_rows(
        "cost_reached",
        np.array([0, charged.size]),
        charged,
        model.cost[charged],
        np.array([-np.inf]),
        np.array([reached + 1e-9 * max(abs(answer.objective), abs(reached))]),
    )
    guide = np.append(model.cost, np.zeros(count)) * (COST_WEIGHT / max(abs(reached), 1e-9))
    held = held.with_cost(_preference(built, extended, count) + guide)
    start = np.concatenate([answer.values, np.ones(count)])
    better = solve(
        held,
        backend=run.options.backend,
        gap=1e-6 / COST_WEIGHT,
        time_limit_s=run.left(),
        seed=run.options.seed,
        stop=run.stop,
        start=start,
        node_limit=NODES,
    )
    if better.values is None:
        return answer.values, False
    return better.values[: model.column_count], better.status is Status.OPTIMAL


def _with_configurations(built: Built, model: LinearModel) -> tuple[LinearModel, int]:
    """``model`` with one binary per configuration of a service after its columns."""
    sets, data, var = built.sets, built.data, built.var
    pairs = [(n, c) for n in range(len(sets.services)) for c in sets.configurations_of(n)]
    place = {pair: model.column_count + i for i, pair in enumerate(pairs)}
    blocks = []
    for number in range(len(sets.services)):
        own = {c: place[number, c] for c in sets.configurations_of(number)}
        blocks += link_used(sets, var, data, number, own)
    extended = model.with_columns("used", len(pairs), upper=1.0, integer=True)
    offset, rows, columns, entries, upper = 0, [], [], [], []
    for block in blocks:
        r, c, v = block.entries()
        rows.append(r + offset)
        columns.append(c)
        entries.append(v)
        upper.append(np.broadcast_to(block.upper, block.count))
        offset += block.count
    if not rows:
        return extended, len(pairs)
    row, column, entry = np.concatenate(rows), np.concatenate(columns), np.concatenate(entries)
    order = np.lexsort((column, row))
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=offset))])
    return (
        extended.with_rows(
            "used", starts, column[order], entry[order], np.full(offset, -np.inf), np.concatenate(upper)
        ),
        len(pairs),
    )


def _preference(built: Built, model: LinearModel, configurations: int) -> np.ndarray:
    """One per configuration used; then, far below one, a fixed weight per replica, instance and commitment.

    The weights are drawn from the names, so two different choices hardly ever weigh the same, and the same
    problem in another order weighs its choices alike.
    """
    preference = np.zeros(model.column_count)
    preference[model.column_count - configurations :] = 1.0
    sets, var = built.sets, built.var
    small: list[tuple[np.ndarray, float]] = []
    for slot, columns in zip(sets.slots, var.replicas, strict=True):
        group = sets.groups[slot.group]
        name = f"{sets.services[slot.service].name}|{group.configuration}|{sets.pools[slot.pool].id}|{slot.firm}"
        small.append((columns, _weight(name)))
    for (pool, firm), columns in var.running.items():
        small.append((columns, _weight(f"{sets.pools[pool].id}|{firm}")))
    for number, column in var.units.items():
        small.append((np.array([column]), _weight(sets.options[number].name)))
    total = sum(weight * float(np.minimum(model.column_upper[columns], 1e4).sum()) for columns, weight in small)
    for columns, weight in small:
        preference[columns] += 0.5 * weight / max(total, 1.0)
    return preference


def _weight(name: str) -> float:
    """A number in [1, 2) that depends on the name alone."""
    return 1.0 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2.0**48
