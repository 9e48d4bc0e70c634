"""A plan as pandas tables, for notebooks and spreadsheets: one row per fact and period, figures unrounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.plan.schema import Plan

if TYPE_CHECKING:
    import pandas


def frames(plan: Plan) -> dict[str, pandas.DataFrame]:
    """Tables by name: ``cost``, ``deployments``, ``rates``, ``pools``, ``reserved``, ``binding``.

    cost         part, usd_per_month (the parts alone; their sum is the total)
    deployments  one row per deployment and period: replicas, predicted latency [ms], utilisation, headroom
    rates        requests/s by deployment, request class and period
    pools        instances by pool and period, by purchase
    reserved     instances covered by commitment, pool and period
    binding      every limit with value, limit and slack
    """
    import pandas

    rows: dict[str, list[dict]] = {name: [] for name in ("deployments", "rates", "pools", "reserved")}
    for service in plan.services:
        for deployment in service.deployments:
            _deployment(plan, service.name, deployment, rows)
    for pool in plan.pools:
        _pool(plan, pool, rows)
    tables = {name: pandas.DataFrame(found) for name, found in rows.items()}
    parts = [(part, usd) for part, usd in plan.cost.items() if part != "total_usd_per_month"]
    tables["cost"] = pandas.DataFrame(parts, columns=["part", "usd_per_month"])
    tables["binding"] = pandas.DataFrame([limit.model_dump() for limit in plan.binding])
    return dict(sorted(tables.items()))


def _deployment(plan: Plan, service: str, deployment, rows: dict[str, list[dict]]) -> None:
    fixed = {"service": service} | deployment.model_dump(
        include={"variant", "accelerator", "tp", "pp", "engine", "max_num_seqs", "pool", "purchase"}
    )
    for t, period in enumerate(plan.periods):
        head = {**fixed, "period": period.name, "hours_per_month": period.hours_per_month}
        figures = ("replicas", "ttft_ms", "tpot_ms", "utilisation", "headroom")
        rows["deployments"].append({**head, **{name: getattr(deployment, name)[t] for name in figures}})
        for request_class, rates in deployment.rate_per_s.items():
            rows["rates"].append({**head, "request_class": request_class, "rate_per_s": rates[t]})


def _pool(plan: Plan, pool, rows: dict[str, list[dict]]) -> None:
    fixed = pool.model_dump(include={"id", "provider", "region", "instance_type", "accelerator", "accelerators_per_instance"})
    counts = ("running_firm", "on_demand", "owned", "spot", "firm_starts", "spot_starts")
    for t, period in enumerate(plan.periods):
        head = {**fixed, "period": period.name, "hours_per_month": period.hours_per_month}
        rows["pools"].append({**head, **{name: getattr(pool, name)[t] for name in counts}})
        for commitment, covered in pool.reserved.items():
            rows["reserved"].append({**head, "commitment": commitment, "instances": covered[t]})
