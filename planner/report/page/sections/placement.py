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
    headings = (
        "service", "model", "variant", "accelerator", "TP", "PP", "engine", "batch limit", "pool", "bought", "fewest replicas",
        "most replicas", "figures are",
    )  # fmt: skip
    parts = (Flow("Accelerators at the peak, from services to pools", "accelerators", tuple(links)),) if links else ()
    return Section("map", "What runs where", (), (*parts, Table("Deployments", headings, tuple(rows), (4, 5, 7, 10, 11))))
