"""A plan as pandas tables, for notebooks and spreadsheets: one row per fact and period, figures unrounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from planner.plan.cost import TOTAL
from planner.plan.schema import Assumption, Binding, CommitmentPlan, Deployment, Plan, PoolPlan, ServicePlan

if TYPE_CHECKING:
    import pandas

_PERIOD = ("period", "hours_per_month")
_CONFIGURATION = ("variant", "accelerator", "tp", "pp", "engine", "max_num_seqs", "pool", "purchase")
_REACHED = ("replicas", "ttft_ms", "tpot_ms", "utilisation", "headroom")
_POOL = ("id", "provider", "region", "instance_type", "accelerator", "accelerators_per_instance")
_INSTANCES = ("running_firm", "on_demand", "owned", "spot", "firm_starts", "spot_starts")
_SERVICE = ("name", "quality_mean", "carbon_kg_per_month", "share_usd_per_month")


def frames(plan: Plan) -> dict[str, pandas.DataFrame]:
    """Tables by name; each has its columns even where it has no row.

    assumptions  what the plan rests on: path, value, kind, reason, source, date
    binding      every limit with value, limit and slack
    carbon       kgCO2e a month by region and period
    commitments  what is committed to, with its share used
    cost         part, usd_per_month (the parts alone; their sum is the total)
    deployments  one row per deployment and period: replicas, predicted latency [ms], utilisation, headroom
    pools        instances by pool and period, by purchase
    rates        requests/s by deployment, request class and period
    reserved     instances covered by commitment, pool and period
    services     quality reached, carbon and linear share of the cost of each service
    """
    import pandas

    parts = [(part, usd) for part, usd in plan.cost.items() if part != TOTAL]
    tables = {
        "assumptions": _table(pandas, Assumption.model_fields, (one.model_dump() for one in plan.assumptions)),
        "binding": _table(pandas, Binding.model_fields, (one.model_dump() for one in plan.binding)),
        "carbon": _table(pandas, ("region", *_PERIOD, "kg_co2e_per_month"), _carbon(plan)),
        "commitments": _table(pandas, CommitmentPlan.model_fields, (one.model_dump() for one in plan.commitments)),
        "cost": pandas.DataFrame(parts, columns=["part", "usd_per_month"]),
        "deployments": _table(pandas, ("service", *_CONFIGURATION, *_PERIOD, *_REACHED), _deployments(plan)),
        "pools": _table(pandas, (*_POOL, *_PERIOD, *_INSTANCES), _pools(plan)),
        "rates": _table(pandas, ("service", *_CONFIGURATION, *_PERIOD, "request_class", "rate_per_s"), _rates(plan)),
        "reserved": _table(pandas, (*_POOL, *_PERIOD, "commitment", "instances"), _reserved(plan)),
        "services": _table(pandas, _SERVICE, (_fields(service, _SERVICE) for service in plan.services)),
    }
    return tables


def _table(pandas: Any, columns: Any, rows: Iterator[dict[str, Any]]) -> Any:
    return pandas.DataFrame(list(rows), columns=list(columns))


def _deployments(plan: Plan) -> Iterator[dict[str, Any]]:
    for service, deployment in _every_deployment(plan):
        for t, period in _periods(plan):
            reached = {name: getattr(deployment, name)[t] for name in _REACHED}
            yield {"service": service.name, **_fields(deployment, _CONFIGURATION), **period, **reached}


def _rates(plan: Plan) -> Iterator[dict[str, Any]]:
    for service, deployment in _every_deployment(plan):
        for t, period in _periods(plan):
            for request_class, rates in deployment.rate_per_s.items():
                head = {"service": service.name, **_fields(deployment, _CONFIGURATION), **period}
                yield {**head, "request_class": request_class, "rate_per_s": rates[t]}


def _pools(plan: Plan) -> Iterator[dict[str, Any]]:
    for pool in plan.pools:
        for t, period in _periods(plan):
            yield {**_fields(pool, _POOL), **period, **{name: getattr(pool, name)[t] for name in _INSTANCES}}


def _reserved(plan: Plan) -> Iterator[dict[str, Any]]:
    for pool in plan.pools:
        for t, period in _periods(plan):
            for commitment, covered in pool.reserved.items():
                yield {**_fields(pool, _POOL), **period, "commitment": commitment, "instances": covered[t]}


def _carbon(plan: Plan) -> Iterator[dict[str, Any]]:
    for region, emitted in (plan.carbon_by_region or {}).items():
        for t, period in _periods(plan):
            yield {"region": region, **period, "kg_co2e_per_month": emitted[t]}


def _every_deployment(plan: Plan) -> Iterator[tuple[ServicePlan, Deployment]]:
    return ((service, deployment) for service in plan.services for deployment in service.deployments)


def _periods(plan: Plan) -> Iterator[tuple[int, dict[str, Any]]]:
    for t, period in enumerate(plan.periods):
        yield t, {"period": period.name, "hours_per_month": period.hours_per_month}


def _fields(row: ServicePlan | Deployment | PoolPlan, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
