"""Where each service runs: the map from services to pools, and every configuration with its settings."""

from __future__ import annotations

from planner.report.figures import amount
from planner.report.page.content import Flow, Name, Section, Table
from planner.report.page.reader import Reader


def placement(plan: Reader) -> Section:
    """Accelerators from services to pools, then one row a deployment."""
    links, rows = [], []
    models = {one.get("name"): one.get("model") for one in plan.get("inputs", "problem", "services", default=[])}
    for at, service in enumerate(plan.get("services", default=[])):
        for number, one in enumerate(service.get("deployments", ())):
            here = ("services", at, "deployments", number)
            links.append((service["name"], one["pool"], plan.derived(amount, "accelerators_of", at, number)))
            rows.append((
                Name(service["name"]), Name(str(models.get(service["name"]) or "")), Name(one["variant"]), Name(one["accelerator"]),
                plan.quantity(*here, "tp"), plan.quantity(*here, "pp"), Name(one["engine"]), plan.quantity(*here, "max_num_seqs"),
                Name(one["pool"]), Name(one["purchase"]), plan.derived(amount, "least", at, number, "replicas"),
                plan.derived(amount, "most", at, number, "replicas"), Name(one["basis"]),
            ))  # fmt: skip
    hosted = _hosted(plan)
    headings = (
        "service", "model", "variant", "accelerator", "TP", "PP", "engine", "batch limit", "pool", "bought", "fewest replicas",
        "most replicas", "figures are",
    )  # fmt: skip
    parts = (Flow("Accelerators at the peak, from services to pools", "accelerators", tuple(links)),) if links else ()
    tables = [Table("Deployments", headings, tuple(rows), (4, 5, 7, 10, 11))] if rows else []
    return Section("map", "What runs where", (), (*parts, *tables, *hosted, *_jobs(plan)))


def _hosted(plan: Reader) -> list[Table]:
    """Requests that somebody else's machines answer."""
    rows = []
    for at, service in enumerate(plan.get("services", default=[])):
        for number, one in enumerate(service.get("hosted", ())):
            usd = plan.money("services", at, "hosted", number, "usd_per_month")
            rate = plan.derived(amount, "hosted_rate", at, number)
            units = plan.quantity("services", at, "hosted", number, "units")
            rows.append((Name(service["name"]), Name(one["name"]), Name(one["provider"]), Name(one["mode"].replace("_", " ")), rate, units, usd))
    headings = ("service", "option", "provider", "mode", "requests/s", "units", plan.unit)
    if all(row[5] is None for row in rows):
        headings, rows = (*headings[:5], headings[6]), [(*row[:5], row[6]) for row in rows]
    return [Table("Hosted options", headings, tuple(rows), tuple(range(4, len(headings))))] if rows else []


def _jobs(plan: Reader) -> list[Table]:
    """Training and other work that ends."""
    rows = []
    for at, one in enumerate(plan.get("jobs", default=[])):
        figures = (plan.quantity("jobs", at, name) for name in ("instances", "runs", "hours_per_run", "kwh_per_run"))
        rows.append((Name(one["name"]), Name(one["pool"]), Name(one["purchase"]), *figures))
    headings = ("job", "pool", "bought", "instances", "runs", "hours a run", "kWh a run")
    return [Table("Jobs", headings, tuple(rows), (3, 4, 5, 6))] if rows else []
