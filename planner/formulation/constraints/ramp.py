"""Growth from one period to the next: how fast replicas may be added, and what starts are counted."""

from collections.abc import Iterator

from planner.formulation.registry import constraint
from planner.formulation.rows import INFINITY, Rows


@constraint(unit="replicas", limit=True)
def ramp(sets, var, data) -> Iterator[Rows]:
    r"""Replicas of a service added from one period to the next stay under a limit.

    .. math:: \sum_{c,k,p} y_{sckpt} - \sum_{c,k,p} y_{sckp,t-1} \le \Delta_s

    Delta_s   replicas that may be added      [replicas]      ramp.max_added_replicas
    t-1       the period before, cyclic within a day, a kind of day or a week

    Absent with one period.
    """
    later = data.before >= 0
    for number, service in enumerate(sets.services):
        if service.ramp is None or not later.any():
            continue
        rows = Rows(
            sets.period_count,
            upper=float(service.ramp.max_added_replicas),
            where=service.name,
            labels=lambda n=service.name: [f"ramp {n} {t}" for t in sets.period_names()],
        )
        for group in sets.groups_of[number]:
            for q in group.slots:
                rows.add(var.replicas[q], 1.0).add(var.replicas[q][data.before], -1.0)
        if not rows.empty:
            yield rows


@constraint(unit="instances", limit=False)
def start_up(sets, var, data) -> Iterator[Rows]:
    r"""Starts are the instances that run now and did not run in the period before.

    .. math:: start_{kpt} \ge running_{kpt} - running_{kp,t-1}

    start   instances started at the beginning of the period; each pays its start-up hours   [instances]

    Absent with one period, or where starting costs nothing.
    """
    for side, columns in var.starts.items():
        rows = Rows(sets.period_count, lower=0.0, upper=INFINITY, where=sets.pools[side[0]].id)
        rows.add(columns, 1.0).add(var.running[side], -1.0).add(var.running[side][data.before], 1.0)
        yield rows
