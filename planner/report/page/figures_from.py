"""Figures that follow from a plan's own by sum, ratio or extreme: each has a name, and a report says which it used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Document = Mapping[str, Any]

WAYS = ("on_demand", "reserved", "owned", "spot")


def served(plan: Document, service: int, period: int) -> float:
    """Requests/s of a service in a period, over its deployments, hosted options and classes."""
    found = plan["services"][service]
    answering = (*found["deployments"], *found.get("hosted", ()))
    own = sum(rates[period] for one in answering for rates in one["rate_per_s"].values())
    return own + sum(rates[period] for rates in found.get("answered_by", {}).values())


def hosted_rate(plan: Document, service: int, option: int) -> float:
    """Requests/s that a hosted option answers, over the month."""
    hours = [one["hours_per_month"] for one in plan["periods"]]
    rates = plan["services"][service]["hosted"][option]["rate_per_s"].values()
    return sum(rate * hour for values in rates for rate, hour in zip(values, hours)) / sum(hours)


def served_by_all(plan: Document, period: int) -> float:
    """Requests/s of all services in a period; what a group answers is counted with those it answers for."""
    return sum(served(plan, service, period) for service, found in enumerate(plan["services"]) if not found.get("busy_shares"))


def sent(plan: Document, mode: str, period: int) -> float:
    """Requests/s of all services that hosted options of a mode answer in a period; ``own``: what no hosted option does."""
    rates = [
        (one["mode"], values[period])
        for found in plan["services"] if not found.get("busy_shares")
        for one in found.get("hosted", ()) for values in one["rate_per_s"].values()
    ]  # fmt: skip
    if mode == "own":
        return max(0.0, served_by_all(plan, period) - sum(rate for _, rate in rates))
    return sum(rate for other, rate in rates if other == mode)


def replicas(plan: Document, service: int, period: int) -> float:
    """Replicas of a service in a period, firm and spot."""
    return sum(one["replicas"][period] for one in plan["services"][service]["deployments"])


def bought(plan: Document, pool: int, way: str, period: int) -> float:
    """Instances of a pool in a period, paid for in one way; commitments together."""
    found = plan["pools"][pool]
    return sum(covered[period] for covered in found["reserved"].values()) if way == "reserved" else found[way][period]


def accelerators(plan: Document, way: str, period: int) -> float:
    """Accelerators that run in a period, paid for in one way."""
    pools = plan["pools"]
    return sum(bought(plan, at, way, period) * pool["accelerators_per_instance"] for at, pool in enumerate(pools))


def accelerators_of(plan: Document, service: int, deployment: int) -> float:
    """Accelerators of a deployment in the period with most of its replicas."""
    one = plan["services"][service]["deployments"][deployment]
    return max(one["replicas"], default=0) * one["tp"] * one["pp"]


def most(plan: Document, service: int, deployment: int, field: str) -> float | None:
    """The largest known value of a deployment over the periods."""
    return max((value for value in plan["services"][service]["deployments"][deployment][field] if value is not None), default=None)


def least(plan: Document, service: int, deployment: int, field: str) -> float | None:
    """The smallest known value of a deployment over the periods."""
    return min((value for value in plan["services"][service]["deployments"][deployment][field] if value is not None), default=None)


def most_running(plan: Document, pool: int) -> float:
    """Instances of a pool in its fullest period."""
    found = plan["pools"][pool]
    return max(firm + spot for firm, spot in zip(found["running_firm"], found["spot"]))


def mean_running(plan: Document, pool: int) -> float:
    """Instances of a pool on average over the month."""
    found, hours = plan["pools"][pool], [one["hours_per_month"] for one in plan["periods"]]
    return sum((firm + spot) * hour for firm, spot, hour in zip(found["running_firm"], found["spot"], hours)) / sum(hours)


def cost_share(plan: Document, part: str) -> float | None:
    """A part of the cost over the total."""
    total = plan["cost"]["total_usd_per_month"]
    return plan["cost"][part] / total if total else None


def saving(plan: Document) -> float | None:
    """What is paid today less what the plan costs [USD/month]; None where nothing is said of today."""
    paid = plan["inputs"]["problem"].get("paid_now_usd_per_month")
    return None if paid is None else paid - plan["cost"]["total_usd_per_month"]


def region_carbon(plan: Document, region: str) -> float:
    """kgCO2e a month of a region."""
    return sum(plan["carbon_by_region"][region])


def growth(plan: Document) -> float | None:
    """How much demand may grow without another instance, as a share of it."""
    survived = plan["demand_multiplier_survived"]
    return None if survived is None else max(0.0, survived - 1.0)


def month(plan: Document, entry: int) -> float:
    """A month of the horizon, counted from 1."""
    return plan["cash"][entry]["month"] + 1


def left_out(plan: Document, entry: int) -> float:
    """Options left out for one reason."""
    return len(plan["not_considered"][entry]["what"])


def checks(plan: Document) -> float:
    """Checks that were made."""
    return len(plan["certificate"]["checks"]) if plan["certificate"] else 0


def count(plan: Document, field: str) -> float:
    """Entries of a list of the plan."""
    return len(plan[field])


def assumptions(plan: Document, kind: str) -> float:
    """Facts of one kind that the plan rests on."""
    return sum(one["kind"] == kind for one in plan["assumptions"])


def binding(plan: Document) -> float:
    """Limits that bind."""
    return sum(one["slack"] <= 1e-6 * max(1.0, abs(one["limit"])) for one in plan["binding"])


DERIVED: dict[str, Callable[..., float | None]] = {
    found.__name__: found
    for found in (
        served, served_by_all, hosted_rate, sent, replicas, accelerators, accelerators_of, most, least, most_running, mean_running,
        cost_share, saving, region_carbon, growth, month, left_out, checks, count, assumptions, binding,
    )
}
