"""Moving away from what runs today: what counts as a change, what starts, and how many changes there may be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.economics.existing import Deployed, double_running_usd, today, work_usd
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="changes", limit=True)
def changes(sets, var, data) -> Iterator[Rows]:
    r"""At most so many deployments are started, stopped or resized.

    .. math:: \sum_q change_q + gone \le \bar N

    change_q  1 if the replicas of deployment q differ from today's in any period   [1]   existing.deployments
    gone      deployments of today that the problem no longer allows at all         [1]
    N_bar     limits.max_changes                                                    [changes]

    A deployment is a configuration of a service in a pool, firm or spot. Absent without a cap or without anything stated of today.
    """
    cap = sets.problem.limits.max_changes
    if cap is None or sets.problem.existing is None:
        return
    _columns(sets, var)
    rows = Rows(1, upper=float(cap - len(gone(sets))), stated=float(cap), where="limits.max_changes", labels=lambda: ["changes"])
    for column in var.changed.values():
        rows.add(np.array([column]), 1.0)
    yield rows


@constraint(unit="replicas", limit=False)
def migration(sets, var, data) -> Iterator[Rows]:
    r"""A deployment whose replicas differ from today's is changed, and those above today's are started.

    .. math::
        y_{qt} - today_{qt} \le started_q, \quad y_{qt} - today_{qt} \le U_{qt} \, change_q, \quad
        today_{qt} - y_{qt} \le today_{qt} \, change_q

    started_q  replicas that are brought up beside what serves; each is paid for existing.migration.double_running_hours   [replicas]
    change_q   each takes existing.migration.hours_per_change of people's work                                             [1]
    U_qt       replicas that more of is never needed, and no fewer than today's                                            [replicas]

    Absent where nothing is stated of today.
    """
    if sets.problem.existing is None:
        return
    _columns(sets, var)
    standing = standing_today(sets)
    for slot in sets.slots:
        now, name = standing[slot.index], sets.pools[slot.pool].id
        columns = var.replicas[slot.index]
        changed = np.full(sets.period_count, var.changed[slot.index])
        yield Rows(sets.period_count, upper=now, where=name).add(columns, 1.0).add(changed, -data.enough[slot.group])
        yield Rows(sets.period_count, upper=now, where=name).add(columns, 1.0).add(np.full(sets.period_count, var.started[slot.index]), -1.0)
        if now.any():
            yield Rows(sets.period_count, lower=now, where=name).add(columns, 1.0).add(changed, now)


def migration_terms(sets, var, data) -> tuple[list[tuple[np.ndarray, np.ndarray]], float]:
    """(columns, USD) pairs of what changes cost once, and the USD for what must go in any case."""
    if not var.changed:
        return [], 0.0
    work, terms = work_usd(sets.problem), []
    for slot in sets.slots:
        each = double_running_usd(sets.problem, slot.accelerators, tuple(data.share_price(slot)), tuple(data.hours))
        # One column a term: a row of as many as there are periods is taken to be one over periods.
        terms += [(np.array([var.changed[slot.index]]), np.array([work])), (np.array([var.started[slot.index]]), np.array([each]))]
    return terms, work * len(gone(sets))


def moved(sets, replicas) -> dict[int, tuple[bool, int]]:
    """(whether it is changed, replicas started) by slot, from replicas by slot."""
    standing = standing_today(sets)
    more = {slot.index: np.asarray(replicas[slot.index]) - standing[slot.index] for slot in sets.slots}
    return {index: (bool(np.any(np.abs(by) > 0.5)), int(max(0.0, round(float(by.max(initial=0.0)))))) for index, by in more.items()}


def migration_once(built, decided) -> float:
    """What moving from today costs once, by the replicas decided [USD]."""
    sets = built.sets
    terms, total = migration_terms(sets, built.var, built.data)
    if not terms:
        return total
    counts = [count for pair in moved(sets, decided.replicas).values() for count in pair]
    return total + sum(float(usd[0]) * count for (_, usd), count in zip(terms, counts, strict=True))


def standing_today(sets) -> list[np.ndarray]:
    """Replicas of today by slot [T]."""
    running = today(sets.problem, sets.period_count)
    return [np.array(running.get(_name(sets, slot), (0,) * sets.period_count), dtype=float) for slot in sets.slots]


def gone(sets) -> list[Deployed]:
    """Deployments of today that have no place in the program and so must stop."""
    here = {_name(sets, slot) for slot in sets.slots}
    return [name for name, counts in today(sets.problem, sets.period_count).items() if any(counts) and name not in here]


def _name(sets, slot) -> Deployed:
    c = sets.groups[slot.group].configuration
    purchase = "firm" if slot.firm else "spot"
    return Deployed(sets.services[slot.service].name, c.variant, c.accelerator, c.tp, c.pp, c.engine, c.max_num_seqs, sets.pools[slot.pool].id, purchase)


def _columns(sets, var) -> None:
    """The columns of both constraints, made by whichever comes first."""
    if var.changed or not sets.slots:
        return
    changed = var.columns("changed", len(sets.slots), upper=1.0, integer=True)
    started = var.columns("started", len(sets.slots))
    for slot in sets.slots:
        var.changed[slot.index] = int(changed[slot.index])
        var.started[slot.index] = int(started[slot.index])
