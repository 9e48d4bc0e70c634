"""What runs today, period by period, and what moving away from it costs."""

from __future__ import annotations

from typing import Any, NamedTuple


class Deployed(NamedTuple):
    """The deployment that a row of today's, or of a plan's, is about."""

    service: str
    variant: str
    accelerator: str
    tp: int
    pp: int
    engine: str
    max_num_seqs: int
    pool: str
    purchase: str

    def __str__(self) -> str:
        wide = f" tp{self.tp}" * (self.tp > 1) + f" pp{self.pp}" * (self.pp > 1)
        return f"{self.service}: {self.variant} on {self.accelerator}{wide} batch {self.max_num_seqs}, {self.pool} {self.purchase}"


def deployed(row: Any, service: str) -> Deployed:
    """The name of a row that has the fields of a deployment."""
    return Deployed(service, row.variant, row.accelerator, row.tp, row.pp, row.engine, row.max_num_seqs, row.pool, row.purchase)


def today(problem: Any, periods: int) -> dict[Deployed, tuple[int, ...]]:
    """Replicas of today by deployment and period; empty where the problem states none."""
    rows = problem.existing.deployments if problem.existing is not None else ()
    return {deployed(row, row.service): tuple(row.replicas) if len(row.replicas) == periods else (row.replicas[0],) * periods for row in rows}


def work_usd(problem: Any) -> float:
    """People's work for one deployment that changes [USD]."""
    return problem.existing.migration.hours_per_change * problem.existing.migration.usd_per_hour


def double_running_usd(problem: Any, accelerators: int, usd_per_accelerator_hour: tuple[float, ...], hours: tuple[float, ...]) -> float:
    """A replica that runs beside what it replaces, at its pool's mean price over the month [USD]."""
    prices = usd_per_accelerator_hour if len(usd_per_accelerator_hour) > 1 else usd_per_accelerator_hour * len(hours)
    mean = sum(price * h for price, h in zip(prices, hours)) / sum(hours)
    return problem.existing.migration.double_running_hours * accelerators * mean
