"""Near-optimal plans beside the cheapest: what each costs more, what it shares, and what moves."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType

from planner.plan.cost import TOTAL
from planner.report.cell import FAINT, STRONG, line, listed
from planner.report.difference import difference_content, interval_text
from planner.report.figures import amount, percent, usd
from planner.report.no_plan import answer_content, answer_view
from planner.report.plan_view import spaced


def alternatives_content(found: Any) -> dict[str, Any]:
    """For machines."""
    return {
        "base": answer_content(found.base), "within": found.within, "complete": found.complete,
        "alternatives": [{"shared": list(one.shared), "fewest_shared": one.fewest, **difference_content(one.found)} for one in found.others],
    }  # fmt: skip


def alternatives_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    if not hasattr(found.base, "plan"):
        return answer_view(found.base)
    plan = found.base.plan
    head = line((f"The cheapest plan costs {usd(plan.cost[TOTAL])} USD/month.", STRONG))
    blocks = [Group(*_one(number, one)) for number, one in enumerate(found.others, start=1)]
    if not blocks:
        blocks = [line(f"Every plan within {percent(found.within)} of that has all of its deployments, perhaps beside others.")]
    elif found.complete:
        blocks.append(line((f"Every other plan within {percent(found.within)} has all deployments of one of these, perhaps beside others.", FAINT)))
    return spaced([head, *blocks])


def _one(number: int, one: Any) -> list[RenderableType]:
    share = one.found.cost.value / one.found.before.cost[TOTAL] if one.found.before.cost[TOTAL] else 0.0
    rows = [line(f"{move.where}: ", (f"{_count(move.after)} (was {_count(move.before)})", STRONG)) for move in one.found.moves if move.what == "instances"]
    rows += [line(f"{move.where}: ", (f"{_count(move.after)} (was {_count(move.before)}) {move.unit}", STRONG)) for move in one.found.moves if move.what in ("sent", "provisioned")]
    shared = f"shares {', '.join(one.shared)}" if one.shared else "shares no deployment with the plans before it"
    return [
        line((f"{number}. ", STRONG), interval_text(one.found.cost), (f", {percent(share)}", FAINT)),
        listed([*rows, line((shared + ("" if one.fewest else "; fewer may be possible"), FAINT))]),
    ]


def _count(value: float | None) -> str:
    return "unknown" if value is None else amount(round(value, 3))
