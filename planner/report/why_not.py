"""Why an option is not in the plan: rules with what is reached and allowed, or the cost of forcing it in."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType

from planner.plan.cost import TOTAL
from planner.report.cell import FAINT, GOOD, STRONG, line, listed
from planner.report.difference import interval_text
from planner.report.figures import counted, usd
from planner.report.no_plan import answer_content, answer_view
from planner.report.plain import plain
from planner.report.plan_view import spaced


def why_not_content(found: Any) -> dict[str, Any]:
    """For machines."""
    return {
        "base": answer_content(found[0].base),
        "services": [
            {
                "service": one.service, "option": one.what, "used": one.used, "eligible_configurations": one.eligible,
                "barred": plain(one.barred), "pools_left_out": list(one.left_out), "forced": plain(one.forced),
                "forced_plan": plain(one.forced_plan), "chosen_at_price_factor": one.price_factor, "priced": list(one.priced), "today_usd_per_hour": one.prices,
                "message": one.message,
            }
            for one in found
        ],
    }  # fmt: skip


def why_not_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    blocks = [Group(*_service(one)) for one in found]
    base = found[0].base
    head = line(f"The plan costs {usd(base.plan.cost[TOTAL])} USD/month.") if hasattr(base, "plan") else answer_view(base)
    return spaced([head, *blocks])


def _service(one: Any) -> list[RenderableType]:
    head = line((f"{one.what} for {one.service}", STRONG))
    if one.used:
        return [head, listed([line(("It is in the plan.", GOOD))])]
    rows = []
    if not one.eligible:
        rows.append(line("Every option of it breaks a rule:" if one.barred else "Nothing of it may serve this service."))
    elif one.forced is not None:
        dearer = one.forced.sign == "higher"
        same = one.forced.sign == "same"
        rows.append(line(f"{counted(one.eligible, 'option')} of it would do{'; the plan without is cheaper' if dearer else ', at the same cost' if same else ', at no proven cost'}."))
        rows.append(line("To serve all of it so makes no difference.") if same else line("To serve all of it so would cost ", interval_text(one.forced), "."))
        if dearer:
            rows.append(line(_price(one)))
    elif one.message:
        rows.append(line(f"{counted(one.eligible, 'option')} of it would do, but {one.message}."))
    else:
        rows.append(line(f"No rule turns it away: {counted(one.eligible, 'option')} of it would do, were there a plan."))
    alike: dict[tuple[str, ...], list[str]] = {}
    for barred in one.barred:
        alike.setdefault(barred.messages, []).append(barred.configuration)
    for messages, names in list(alike.items())[: 3 if one.eligible else 6]:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        rows.append(line((f"{names[0]}{more}: ", FAINT), "; ".join(messages)))
    if not one.eligible:
        rows += [line((f"not considered: {text}", FAINT)) for text in one.left_out]
    return [head, listed(rows)]


def _price(one: Any) -> str:
    if one.price_factor is None:
        return "No price of it, however low, makes that as cheap."
    today = f" (from {min(one.prices.values()):,.4g} USD/h)" if one.prices else ""
    kinds = " and ".join(one.priced)
    return f"At {100 * one.price_factor:.4g} % of its {kinds} price{'s' if len(one.priced) > 1 else ''}{today} that would cost no more than the plan."
