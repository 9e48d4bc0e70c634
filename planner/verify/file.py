"""Checks a plan file against the problem and catalogue it names."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from planner.documents import from_data, validate
from planner.errors import UsageError
from planner.plan.read import read_plan
from planner.plan.schema import Certificate, Plan
from planner.problem.schema import Problem
from planner.verify.certify import certify

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog

LoadCatalog = Callable[[str], "Catalog"]
LoadProblem = Callable[[str], Problem]


def verify_file(
    plan_path: str | os.PathLike[str],
    problem_path: str | os.PathLike[str] | None = None,
    *,
    load_catalog: LoadCatalog | None = None,
    load_problem: LoadProblem | None = None,
    overlay: Any = None,
) -> tuple[Plan, Certificate]:
    """The plan in a file, and what the recomputation confirms of it.

    problem_path  checked against the problem embedded in the plan; None: the embedded one is used
    load_catalog  edition → catalogue; default: the editions that come with the planner
    load_problem  path → normalised problem; default: the planner's own reader
    overlay       private facts to lay over the catalogue (``planner.catalog.overlay.read_overlay``)

    Raises InvalidInput when a file is no plan, no problem or no edition. A digest or problem that does not match
    is a failed check, not an error.
    """
    plan = read_plan(plan_path)
    if problem_path is None:
        problem = validate(from_data(plan.inputs.problem, f"{plan_path}: inputs.problem"), Problem)
    else:
        problem = (load_problem or _load_problem)(os.fspath(problem_path))
    catalog = (load_catalog or _load_catalog)(plan.inputs.catalog_edition)
    if overlay is None and plan.inputs.overlay_digest is not None:
        overlay = _carried(plan, os.fspath(plan_path))
    return plan, certify(plan, problem, catalog, overlay=overlay)


def _carried(plan: Plan, file: str) -> Any:
    """The private facts that the plan carries; a redacted plan carries none and cannot be checked alone."""
    if plan.inputs.facts is None:
        raise UsageError(
            f"the plan was made with a private overlay (digest {plan.inputs.overlay_digest[:12]}) that it does not carry",
            where=file,
            hint="give that overlay with --overlay",
        )
    from planner.catalog.overlay import from_stated

    return from_stated(plan.inputs.facts, file)


def _load_catalog(edition: str) -> Catalog:
    from planner.catalog.load import load_catalog

    return load_catalog(edition)


def _load_problem(path: str) -> Problem:
    from planner.problem.load import load_problem

    return load_problem(path).problem
