"""Whatever else a plan states: parts of the format that no other section shows, field by field, so that nothing is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.report.page.content import Name, Section, Table
from planner.report.page.reader import Reader

# Shown by the other sections, or no figure of the deployment.
_SHOWN = {
    "schema_version", "status", "proven", "checked", "deterministic", "simulated", "gap", "bound_usd_per_month", "cost",
    "carbon_kg_per_month", "carbon_by_region", "routing", "periods", "services", "pools", "commitments", "binding",
    "demand_multiplier_survived", "assumptions", "not_considered", "certificate", "solver", "inputs", "cash", "jobs", "simulation",
}  # fmt: skip
_SHOWN_OF_SERVICES = {"name", "deployments", "hosted", "carbon_kg_per_month", "share_usd_per_month", "survival"}
MOST_ROWS = 2000


def rest(plan: Reader) -> Section | None:
    """One row a fact; None where the other sections show everything."""
    rows = [row for key in plan.document if key not in _SHOWN for row in _facts(plan, plan.document[key], (key,), "the plan")]
    for at, service in enumerate(plan.get("services", default=[])):
        for key, value in service.items():
            if key not in _SHOWN_OF_SERVICES:
                rows += _facts(plan, value, ("services", at, key), service["name"])
    if not rows:
        return None
    lines = (("Only the beginning is shown; the plan file holds all of it.",),) if len(rows) > MOST_ROWS else ()
    table = Table("Also in the plan", ("of", "what", "value"), tuple(rows[:MOST_ROWS]), (2,), folded=len(rows) > 30)
    return Section("rest", "Also in the plan", lines, (table,))


def _facts(plan: Reader, value: Any, place: tuple, of: str) -> Iterator[tuple]:
    if isinstance(value, dict):
        for key in value:
            yield from _facts(plan, value[key], (*place, key), of)
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from _facts(plan, member, (*place, at), of)
    elif isinstance(value, bool):
        yield Name(of), Name(_words(place)), "yes" if value else "no"
    elif isinstance(value, (int, float)):
        yield Name(of), Name(_words(place)), plan.quantity(*place)
    elif value:
        yield Name(of), Name(_words(place)), Name(value)


def _words(place: tuple) -> str:
    """The place as a person reads it, without the service it is of."""
    steps = place[2:] if place[0] == "services" else place
    return " ".join(str(step).replace("_", " ") for step in steps)
