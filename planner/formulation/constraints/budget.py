"""Money stays within its caps: the total, cash upfront, one-off work, a team's share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.constraints.changes import migration_terms
from planner.formulation.constraints.paid_once import uses
from planner.formulation.constraints.preparation import preparation_usd
from planner.formulation.hosted import hosted_terms
from planner.formulation.objective import cost_terms
from planner.formulation.jobs import one_off_terms
from planner.formulation.registry import constraint
from planner.formulation.rows import Rows


@constraint(unit="USD", limit=True)
def budget(sets, var, data) -> Iterator[Rows]:
    r"""The total, its sum over the horizon, upfront cash, one-off work and each team's share stay within caps.

    .. math::
        cost \le \bar B, \quad cost \cdot months \le \bar H, \quad
        \sum_m upfront_m R_m \le \bar U, \quad \sum_v prepare_v \, open_v + \sum_j once_j \, use_j \le \bar O, \quad
        \sum_{s \in team} \sum_{c,k,p,t} h_t \, a_c \, \pi_{kpt} \, y_{sckpt} \le \bar B_{team}

    pi_kpt  on-demand price per accelerator of the pool (spot price for spot), the linear share   [USD/h]
    B_bar   limits.budget_usd_per_month   H_bar  limits.horizon_usd   U_bar  limits.upfront_usd
    O_bar   limits.one_off_usd            B_team limits.teams
    once_j  one-off work of a charge that is paid once, such as a platform's set-up; moving from what runs today; jobs that are run once   [USD]

    What a team's services pay hosted options counts whole. Empty slots and commitment savings belong to the whole, not to a team. The total that is minimised can only
    be slack or infeasible; what shapes a plan are the caps on something else.
    """
    limits = sets.problem.limits
    months = sets.problem.horizon.months
    totals = ((limits.budget_usd_per_month, 1.0, "budget_usd_per_month"), (limits.horizon_usd, float(months), "horizon_usd"))
    for cap, scale, where in totals:
        if cap is not None:
            yield _total(sets, var, data, cap, scale, where)
    if limits.upfront_usd is not None:
        rows = Rows(1, upper=limits.upfront_usd, where="upfront_usd")
        for number, column in sorted(var.units.items()):
            if sets.options[number].upfront_usd_per_unit:
                rows.add(np.array([column]), sets.options[number].upfront_usd_per_unit)
        if not rows.empty:
            yield rows
    if limits.one_off_usd is not None:
        moves, gone = migration_terms(sets, var, data)
        jobs, data_usd = one_off_terms(sets, var)
        spent = sets.charges.fixed_one_off_usd + gone + data_usd
        rows = Rows(1, upper=limits.one_off_usd - spent, stated=limits.one_off_usd, where="one_off_usd")
        for key, column in sorted(var.prepared.items()):
            rows.add(np.array([column]), preparation_usd(sets, key))
        for key, (charge, _) in uses(sets).items():
            if charge.one_off_usd and key in var.uses:
                rows.add(np.array([var.uses[key]]), charge.one_off_usd)
        for columns, usd in (*moves, *jobs):
            rows.add(columns, usd, rows=np.zeros(columns.size, dtype=int))
        if not rows.empty or spent > limits.one_off_usd:
            yield rows
    for team in limits.teams:
        rows = _team(sets, var, data, team)
        if not rows.empty:
            yield rows


def _total(sets, var, data, cap: float, scale: float, where: str) -> Rows:
    parts, fixed = cost_terms(sets, var, data)
    left = cap / scale - sum(fixed.values())
    rows = Rows(1, upper=left, stated=cap, scale=scale, where=where, labels=lambda: [where])
    for terms in parts.values():
        for columns, usd in terms:
            flat, weight = np.broadcast_arrays(columns, usd)
            rows.add(flat.ravel(), weight.ravel(), rows=np.zeros(flat.size, dtype=int))
    return rows


def _team(sets, var, data, team) -> Rows:
    rows = Rows(1, upper=team.budget_usd_per_month, where=f"team {team.team}")
    for number, service in enumerate(sets.services):
        if service.team != team.team:
            continue
        for group in sets.groups_of[number]:
            for q in group.slots:
                slot = sets.slots[q]
                usd = data.hours * data.share_price(slot) * slot.accelerators
                rows.add(var.replicas[q], usd, rows=np.zeros(sets.period_count, dtype=int))
    for number, _, columns, usd in hosted_terms(sets, var, data):
        if sets.services[number].team == team.team:
            rows.add(columns.ravel(), np.broadcast_to(usd, columns.shape).ravel(), rows=np.zeros(columns.size, dtype=int))
    return rows
