"""Rows that every plan meets and a fraction of a replica does not: what replicas are worth against a whole demand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.formulation.build import Built
from planner.formulation.constraints.survives_loss import domains, outermost
from planner.formulation.decompose.blocks import ServiceBlocks
from planner.formulation.shared import may_go_elsewhere
from planner.milp.model import LinearModel

#: Class values per service: those of its groups, as far as they differ by more than this from one kept before.
MOST_VALUES, ALIKE = 8, 0.2
#: What a plan may fall short of the demand by and still pass for serving it, relative: twice what any row allows.
SHORT = 2e-6
#: Worth less than this share of the demand counts as this much (coefficients stay within solvers' range).
NEGLIGIBLE = 1e-6


def with_covering_rows(built: Built) -> Built:
    r"""The program with the covering rows of every service that must serve all its demand.

    Under class values v (Σ_b share_b v_b = 1) a plan serves the rate λ only if Σ_g h_g(N_g) ≥ λ, where h_g is the
    most worth that the replicas of group g can serve. With f_g(N) = min(1, h_g(N)/λ) and κ_g the largest f_g(N)/N,

    .. math:: \sum_g κ_{gt} N_{gt} \ge \sum_g f_g(N_{gt}) \ge 1

    holds for every plan. A replica that could serve the demand five times over counts for one in it, not for five,
    so the relaxation cannot buy a fifth of it. Rows are made for several class values, for what must be served by
    firm replicas, and for what must survive each loss. No plan is lost: this only lifts the bound.
    """
    made = [part for number in range(len(built.sets.services)) for part in _of_service(built, number)]
    model = _appended(built.model, made)
    return replace(built, model=model)


def _of_service(built: Built, number: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(columns [n, T], coefficients [n, T], periods with demand [T]) of each family of rows."""
    service = built.sets.services[number]
    blocks = ServiceBlocks(built, number)
    # What hosted options, a group or a cache may answer needs no replica, and what may wait none in its own period.
    elsewhere = may_go_elsewhere(built.sets, number) or (built.sets.caches and built.sets.caches[number]) or number in built.var.waiting
    # Slices may exceed what replicas carry by an absolute amount, which no share of the demand bounds.
    if service.routing == "slices" or number in built.var.unserved or elsewhere or not blocks.groups or not (blocks.rate > 0).any():
        return []
    active = np.flatnonzero(blocks.rate > 0)
    rate = blocks.rate[active]
    parts = []
    values = class_values(blocks)
    for value in values:
        with np.errstate(over="ignore"):  # a rate next to nothing is covered without end
            share = np.minimum(blocks.covered(value)[:, None] / rate, servable(blocks, value)[:, None])
        parts.append(_row(built, blocks, active, share, lambda slot: True))
    if blocks.firm_share > 0:
        share = blocks.firm_requests(rate) / blocks.firm_share
        parts.append(_row(built, blocks, active, share, lambda slot: slot.firm, firm_only=True))
    rule = service.availability.survives_loss if service.availability else None
    if rule is not None and rule.fraction > 0:
        for domain in outermost(domains(built.sets, number)):
            for value in values:
                share = np.minimum(
                    blocks.covered(value)[:, None] / (rule.fraction * rate), servable(blocks, value)[:, None]
                )
                parts.append(_row(built, blocks, active, share, lambda slot, d=domain: slot.index not in d.slots))
    return parts


def class_values(blocks: ServiceBlocks) -> list[np.ndarray]:
    """Class values that differ, from the groups of a service."""
    found: list[np.ndarray] = []
    for g in range(len(blocks.groups)):
        value = blocks.values(g)
        if not any(np.allclose(value, known, rtol=ALIKE, atol=1e-9) for known in found):
            found.append(value)
        if len(found) == MOST_VALUES:
            break
    return found


def worth_of_replicas(blocks: ServiceBlocks, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(columns of all replicas [n, T], share of the demand that each is worth at most under class values [n, T]).

    Columns go by group, then by slot; what is without demand is worth nothing.
    """
    periods = np.arange(blocks.rate.size)
    rate = np.where(blocks.rate > 0, blocks.rate, np.inf)
    share = np.minimum(blocks.covered(value)[:, None] / rate, servable(blocks, value)[:, None])
    columns, coefficients, _ = _row(blocks.built, blocks, periods, share, lambda slot: True)
    return columns, coefficients


def servable(blocks: ServiceBlocks, value: np.ndarray) -> np.ndarray:
    """Worth of all that each offer's group can serve at all [K]."""
    served = np.where(np.isfinite(blocks.work), value * blocks.share, 0.0).sum(axis=1)
    return served[blocks.offers.group]


def _row(built: Built, blocks: ServiceBlocks, active, share: np.ndarray, counts, *, firm_only: bool = False) -> tuple:
    """One row per period over the replicas that count; ``share`` of the demand by offer and active period [K, D]."""
    offers, slots = blocks.offers, built.sets.slots
    share = np.minimum(share, 1.0)
    all_firm, all_spot = np.maximum(np.minimum(offers.firm, offers.other_firm), 0), np.minimum(offers.spot, offers.other_spot)
    # Offers stand group by group.
    edges = np.searchsorted(offers.group, np.arange(len(blocks.groups) + 1))
    columns, coefficients = [], []
    for g, group in enumerate(blocks.groups):
        mine = slice(edges[g], edges[g + 1])
        firm, spot = all_firm[mine, None], all_spot[mine, None]
        # Firm replicas alone may have φ of all the group's, so what they carry beside spot counts where spot does not.
        pure = (spot == 0)[:, 0] | firm_only
        each_firm = (share[mine][pure] / np.maximum(firm[pure], 1)).max(axis=0, initial=0.0)
        mixed = ~pure
        rest = share[mine][mixed] - each_firm * firm[mixed]
        each_spot = (rest / np.maximum(spot[mixed], 1)).max(axis=0, initial=0.0)
        for q in group.slots:
            if counts(slots[q]):
                columns.append(built.var.replicas[q][active])
                coefficients.append(each_firm if slots[q].firm else each_spot)
    shape = len(columns), active.size
    worth = np.array(coefficients).reshape(shape)
    worth = np.where(worth > 0, np.clip(worth * (1.0 + 1e-9), NEGLIGIBLE, 1.0), 0.0)
    return np.array(columns).reshape(shape), worth, active


def _appended(model: LinearModel, made: list[tuple]) -> LinearModel:
    if not made:
        return model
    starts, columns, entries, offset = [], [], [], 0
    for column, coefficient, active in made:
        kept = coefficient.T > 0
        starts.append(offset + np.concatenate([[0], np.cumsum(kept.sum(axis=1))[:-1]]))
        columns.append(column.T[kept])
        entries.append(coefficient.T[kept])
        offset += int(kept.sum())
    count = sum(part[2].size for part in made)
    return model.with_rows(
        "covering",
        np.append(np.concatenate(starts), offset),
        np.concatenate(columns),
        np.concatenate(entries),
        np.full(count, 1.0 - SHORT),
        np.full(count, np.inf),
    )
