"""Patterns to begin with: each block served by one group alone, the smallest such in every pool."""

from __future__ import annotations

import numpy as np

from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.pattern import Pattern, make_pattern


def alone(oracle: Oracle, number: int, priced: np.ndarray, most: int) -> list[Pattern]:
    """For each period the cheapest group of every side of a pool, at most ``most`` of them, cheapest first."""
    blocks, built = oracle.services[number], oracle.built
    special = number in oracle.special
    if special and may_lose_firm(built.sets.services[number]):
        return []
    counts = np.array([counts_alone(blocks, g) for g in range(len(blocks.groups))])
    slots = [built.sets.slots[q] for group in blocks.groups for q in group.slots]
    # A cap on spot, or the loss of it, does not touch what is all firm; one group takes all slices of a class.
    slots = [slot for slot in slots if slot.firm or not special]
    first = blocks.groups[0].index if blocks.groups else 0
    found: list[Pattern] = []
    for t in np.flatnonzero(blocks.rate > 0):
        best: dict[tuple[int, bool], tuple[float, int, int]] = {}
        for slot in slots:
            count = counts[slot.group - first, t]
            if slot.effective < 1.0:
                count = np.ceil(count / slot.effective)
            column = built.var.replicas[slot.index][t]
            if count > built.model.column_upper[column]:
                continue
            cost = float(count * priced[column])
            if (slot.pool, slot.firm) not in best or cost < best[slot.pool, slot.firm][0]:
                best[slot.pool, slot.firm] = (cost, slot.index, int(count))
        for _, q, count in sorted(best.values())[:most]:
            found.append(_made(oracle, number, int(t), q, count))
    return found


def may_lose_firm(service) -> bool:
    """Whether the service must survive the loss of firm replicas too."""
    rule = service.availability.survives_loss if service.availability else None
    return rule is not None and rule.fraction > 0 and "zone" in rule.of


def counts_alone(blocks: ServiceBlocks, g: int) -> np.ndarray:
    """Replicas with which a group serves all demand alone, infinite where it cannot [T]."""
    if not np.isfinite(blocks.work[g][blocks.share > 0]).all():
        return np.full(blocks.rate.size, np.inf)
    offers = blocks.offers
    mine = np.flatnonzero((offers.group == g) & (offers.firm + offers.spot == offers.plan_firm + offers.plan_spot))
    if not mine.size:
        return np.full(blocks.rate.size, np.inf)
    count = offers.plan_firm[mine] + offers.plan_spot[mine]
    share = np.array([blocks.groups[g].candidate.share_at(int(n)) for n in count])
    work = float(np.where(blocks.share > 0, blocks.work[g], 0.0) @ blocks.share)
    cache = float(blocks.cache[g] @ blocks.share)
    carried = np.minimum(share * count / max(work, 1e-300), count / cache if cache > 0 else np.inf)
    order = np.argsort(count, kind="stable")
    carried, count = np.maximum.accumulate(carried[order]), count[order]
    place = np.searchsorted(carried, blocks.rate * (1.0 + 1e-9))
    enough = np.where(place < count.size, count[np.minimum(place, count.size - 1)], np.inf)
    return np.maximum(enough, blocks.distinct)


def _made(oracle: Oracle, number: int, t: int, q: int, count: int) -> Pattern:
    blocks, var = oracle.services[number], oracle.built.var
    group = oracle.built.sets.groups[oracle.built.sets.slots[q].group]
    values = {int(var.replicas[q][t]): float(count)}
    if q in oracle.opened:
        slot = oracle.built.sets.slots[q]
        values[int(oracle.opened[q][t])] = float(-(-count * slot.accelerators // oracle.built.sets.pools[slot.pool].accelerators))
    if blocks.distinct:
        values[int(oracle.distinct[number][q][t])] = float(blocks.distinct)
    for i, b in enumerate(group.served):
        unit = float(var.rate_unit[group.index][i, t])
        values[int(var.rate[group.index][i, t])] = float(oracle.built.data.demand[number][b, t]) / unit if unit else 0.0
    columns = np.array(sorted(values))
    block = number * oracle.periods + t
    return make_pattern(oracle.split, oracle.coupling, block, columns, np.array([values[c] for c in columns.tolist()]))
