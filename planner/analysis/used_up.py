"""How much of a limit a plan uses up, by the figures of its check: with the limit there the plan is still one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.analysis.limits import Limit
from planner.problem.load import LoadedProblem

if TYPE_CHECKING:
    from planner.plan.schema import Plan


def used_up(plan: Plan, loaded: LoadedProblem, catalog: Any, limit: Limit) -> float | None:
    """What ``plan`` needs of ``limit``, in its unit, rounded up; ``loaded`` states some value of it. None: not read from a plan, or unknown.

    Money is rounded up to the cent, everything else to six digits.
    """
    from planner.verify.case import Case
    from planner.verify.figures import carbon, instances, money

    if not is_read(limit):
        return None
    figures = {"carbon": carbon, "site": instances}.get(limit.kind.name, money)
    constraint, where = _figure(limit)
    found = next((one.value for one in figures(Case(plan, loaded.problem, catalog)) if (one.constraint, one.where) == (constraint, where)), None)
    if found is None or not math.isfinite(found) or found <= 0.0:
        return None
    return cents(found) if limit.unit.startswith("USD") else _up(found)


def cents(usd: float) -> float:
    """Money rounded up to the cent; what is a cent but for rounding stays one."""
    return math.ceil(100.0 * usd - 1e-6) / 100.0


def _up(value: float) -> float:
    digits = 10.0 ** (math.floor(math.log10(value)) - 5)
    return float(f"{math.ceil(value / digits - 1e-6) * digits:.12g}")


def is_read(limit: Limit) -> bool:
    """Whether how much of a limit is used can be read from a plan: emissions, money and power."""
    return limit.side == "most" and limit.kind.name in ("carbon", "site", "budget")


def _figure(limit: Limit) -> tuple[str, str]:
    """(constraint, where) of the figure that says how much of a limit is used."""
    if limit.kind.name == "carbon":
        return "carbon_cap", limit.where or "all services"
    if limit.kind.name == "site":
        return "power_cap", f"site {limit.where}"
    return "budget", f"team {limit.where}" if limit.path.startswith("limits.teams.") else limit.path.removeprefix("limits.")
