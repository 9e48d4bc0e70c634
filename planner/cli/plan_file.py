"""A plan file that an analysis rests on: recomputed first, with its problem and the facts it was made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.errors import CheckFailed


@dataclass(frozen=True)
class PlanFile:
    """A plan that holds.

    catalog  with the private facts that the plan was made with        listed  the edition without them
    """

    plan: Any
    problem: Any
    catalog: Any
    listed: Any


def plan_file(path: str, catalog: str | None, overlay: str | None) -> PlanFile:
    """The plan in a file; raises CheckFailed where it does not hold when it is recomputed."""
    from planner.catalog import load_catalog
    from planner.cli.verify import checked
    from planner.documents import from_data, validate
    from planner.problem.schema import Problem

    plan, certificate = checked(path, None, catalog, overlay)
    if not certificate.passed:
        failed = next(one for one in certificate.checks if not one.passed)
        text = f"the plan does not pass the check: {failed.name}: {failed.detail or failed.where}"
        raise CheckFailed(text, where=path, hint=f"planner verify {path}")
    listed = load_catalog(catalog or plan.inputs.catalog_edition)
    facts = load_catalog(catalog or plan.inputs.catalog_edition, overlay)
    if overlay is None and plan.inputs.facts is not None:
        from planner.catalog.overlay import apply_overlay, from_stated

        facts = apply_overlay(listed, from_stated(plan.inputs.facts, path))
    return PlanFile(plan, validate(from_data(plan.inputs.problem, f"{path}: inputs.problem"), Problem), facts, listed)
