"""Charges beside machines as column costs: by running hour, by request, once for its use, on top of a bill."""

from __future__ import annotations

import numpy as np

from planner.formulation.constraints.paid_once import use_of, uses
from planner.formulation.data import requests_per_month

Terms = list[tuple[np.ndarray, np.ndarray]]


def add_charges(sets, var, data, parts: dict[str, Terms], fixed: dict[str, float]) -> None:
    """Adds what ``problem.costs`` charges to ``parts`` and to what is paid in any case."""
    charges = sets.charges
    for part, usd in charges.fixed.items():
        fixed[part] = fixed.get(part, 0.0) + usd
    for side, columns in var.running.items():
        pool = sets.pools[side[0]]
        there = 1.0 if side[1] else pool.spot_availability
        for part, usd in charges.usd_per_hour(pool).items():
            parts.setdefault(part, []).append((columns, data.hours * (usd * there)))
    for group in sets.groups if charges.requests else ():
        _requests(sets, var, data, group, parts)
    for key, (charge, _) in uses(sets).items():
        if key in var.uses:
            parts.setdefault(charge.part, []).append((np.array([var.uses[key]]), np.array([charge.usd_per_month])))
    if charges.support:
        _support(sets, var, parts)


def _requests(sets, var, data, group, parts) -> None:
    """What a request costs beside the machine that answers it; the same in all pools of a region."""
    classes = sets.services[group.service].workload.classes
    use = use_of(sets, group.index, sets.slots[group.slots[0]].pool)
    by_part: dict[str, list[float]] = {}
    for at, b in enumerate(group.served):
        for part, usd in sets.charges.usd_per_request(use, classes[b].input_tokens, classes[b].output_tokens).items():
            by_part.setdefault(part, [0.0] * len(group.served))[at] = usd
    for part, each in by_part.items():
        usd = np.array(each)[:, None] * requests_per_month(np.ones_like(data.hours), data.hours)[None, :]
        parts.setdefault(part, []).append((var.rate[group.index], usd * var.rate_unit[group.index]))


def _support(sets, var, parts) -> None:
    """A share on top of all that is paid for instances: on demand, as spot, for starts and for commitments."""
    found: Terms = []
    shares = {index: sets.charges.support_share((pool,)) for index, pool in enumerate(sets.pools) if pool.owned is None}
    owner = {int(c): pool for (pool, _), columns in (*var.running.items(), *var.starts.items()) for c in columns}
    owner |= {int(c): pool for pool, columns in var.on_demand.items() for c in columns}
    for part in ("on_demand_usd_per_month", "spot_usd_per_month", "spot_restarts_usd_per_month", "start_ups_usd_per_month"):
        for columns, usd in parts.get(part, ()):
            share = shares.get(owner[int(columns.flat[0])], 0.0)
            if share:
                found.append((columns, usd * share))
    for number in var.units:
        option = sets.options[number]
        share = sets.charges.support_share(tuple(sets.pools[sets.pool_index[p]] for p in option.covers if p in sets.pool_index))
        mine = {var.units[number], var.shortfall.get(number, -1)}
        mine |= {int(c) for (m, _), columns in var.covered.items() if m == number for c in columns}
        for part in ("reserved_usd_per_month", "spend_commitments_usd_per_month") if share else ():
            found += [(columns, usd * share) for columns, usd in parts.get(part, ()) if int(columns.flat[0]) in mine]
    if found:
        parts.setdefault("support_usd_per_month", []).extend(found)
