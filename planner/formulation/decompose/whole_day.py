"""A first plan of a large program: each service served by one group of one side of a pool in all periods."""

from __future__ import annotations

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.distinct import distinct_columns
from planner.formulation.decompose.pattern import CouplingColumns, Pattern, make_pattern
from planner.formulation.decompose.single import counts_alone, may_lose_firm
from planner.formulation.decompose.split import Split


def day_patterns(built: Built, split: Split, services: list[ServiceBlocks], special: frozenset[int], priced: np.ndarray, most: int) -> list[Pattern]:
    """By service at most ``most`` patterns of all its periods, one side of a pool each, cheapest under ``priced`` first.

    ``split`` is by service. One group alone keeps every limit that a service sets itself: on configurations, spot (by
    being all firm, or where it sets none), and the mean quality of what serves it.
    """
    coupling, distinct = CouplingColumns(split), distinct_columns(built)
    found = []
    for blocks in services:
        ranked = sorted(_sides(built, blocks, blocks.number in special, priced).values(), key=lambda side: side[:2])
        found += [_made(built, split, coupling, blocks, distinct, q, counts) for _, q, counts in ranked[:most]]
    return found


def _sides(built: Built, blocks: ServiceBlocks, special: bool, priced: np.ndarray) -> dict[tuple[int, bool], tuple[float, int, np.ndarray]]:
    """By side of a pool: (cost, slot, replicas by period) of the cheapest group there."""
    service = built.sets.services[blocks.number]
    best: dict[tuple[int, bool], tuple[float, int, np.ndarray]] = {}
    if (special and may_lose_firm(service)) or not (blocks.rate > 0).any():
        return best
    for g, group in enumerate(blocks.groups):
        counts = np.where(blocks.rate > 0, counts_alone(blocks, g), 0.0)
        if not np.isfinite(counts).all() or not _good_enough(service, group):
            continue
        for q in group.slots:
            slot = built.sets.slots[q]
            if special and not slot.firm:
                continue
            needed = np.ceil(counts / slot.effective - 1e-9)
            if (needed > built.model.column_upper[built.var.replicas[q]]).any():
                continue
            cost = float(needed @ priced[built.var.replicas[q]])
            if (slot.pool, slot.firm) not in best or cost < best[slot.pool, slot.firm][0]:
                best[slot.pool, slot.firm] = (cost, q, needed)
    return best


def _good_enough(service, group) -> bool:
    quality = service.quality
    return quality is None or quality.mean is None or group.candidate.quality >= quality.mean


def _made(built: Built, split: Split, coupling: CouplingColumns, blocks: ServiceBlocks, distinct, q: int, counts: np.ndarray) -> Pattern:
    var, demand = built.var, built.data.demand[blocks.number]
    group = built.sets.groups[built.sets.slots[q].group]
    active = np.flatnonzero(counts > 0)
    columns, values = [var.replicas[q][active]], [counts[active]]
    if blocks.distinct:
        columns.append(distinct[blocks.number][q][active])
        values.append(np.full(active.size, float(blocks.distinct)))
    unit = var.rate_unit[group.index][:, active]
    sent = np.divide(demand[np.array(group.served)][:, active], unit, out=np.zeros(unit.shape), where=unit > 0)
    columns.append(var.rate[group.index][:, active].ravel())
    values.append(sent.ravel())
    return make_pattern(split, coupling, blocks.number, np.concatenate(columns), np.concatenate(values))


def joined(built: Built, split: Split, services: list[ServiceBlocks], found: list[Pattern]) -> list[Pattern]:
    """Patterns of whole days from one pattern per period each (blocks of ``found``: service × periods + period).

    Columns that only the search for prices knows are dropped.

    Services with limits that link periods are left out: what suits single periods may break them.
    """
    coupling, periods = CouplingColumns(split), built.sets.period_count
    by_service: dict[int, dict[int, Pattern]] = {}
    for pattern in found:
        number, t = divmod(pattern.block, periods)
        by_service.setdefault(number, {})[t] = pattern
    made = []
    for blocks in services:
        service, parts = built.sets.services[blocks.number], by_service.get(blocks.number, {})
        linked = service.max_configurations is not None or service.ramp is not None or (service.quality is not None and service.quality.mean is not None)
        if not linked and set(parts) == set(np.flatnonzero(blocks.rate > 0).tolist()) and parts:
            columns = np.concatenate([p.columns for p in parts.values()])
            values = np.concatenate([p.values for p in parts.values()])
            known = columns < built.model.column_count
            made.append(make_pattern(split, coupling, blocks.number, columns[known], values[known]))
    return made
