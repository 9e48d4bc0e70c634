"""What must give: the conflicts in the user's words, then bundles, each with what is given, gained and who must agree."""

from __future__ import annotations

import math
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from planner.plan.cost import TOTAL
from planner.report.cell import BAD, FAINT, GOOD, STRONG, WARNING, line, listed, title
from planner.report.figures import amount, counted, percent, usd
from planner.report.no_plan import answer_content
from planner.report.plain import plain
from planner.report.plan_view import spaced

#: A value and one that is too little are this near, relative, where one solve proves the least.
PROVEN = 2e-4


def negotiation_content(found: Any) -> dict[str, Any]:
    """For machines."""
    return {
        "asked": answer_content(found.asked),
        "least": None if found.least is None else plain(found.least),
        "complete": found.complete,
        "conflicts": [
            {"limits": [{**_limit(one), "needed": None if least is None else plain(least)} for one, least in _members(conflict)], "confirmed_by": conflict.confirmed_by,
             "while": [{**_limit(one), "words": one.holding} for one in conflict.levers], "while_minimal": conflict.sharp}
            for conflict in found.conflicts
        ],
        "bundles": [
            {
                "characters": list(bundle.characters),
                "concessions": [{**_limit(one.limit), "to": one.step.change.value, "dropped": one.step.dropped, "size": one.step.size,
                                 "words": one.words} for one in bundle.concessions],
                "pain": bundle.pain,
                "who_must_agree": list(bundle.agrees),
                "saves_usd_per_month": bundle.saves,
                "plan": plain(bundle.plan),
            }
            for bundle in found.bundles
        ],
        "hopeless_while": [{**_limit(one), "words": one.holding} for one in found.levers],
        "no_bundle_of": list(found.without),
        "fewer_than_three": _fewer(found),
        "every_bundle_searched": found.exhausted,
        "every_value_searched": found.closed,
        "single_step_reach": [
            {**_limit(one.limit), "suffices": one.suffices, "least_usd_per_month": one.least_usd_per_month, "least_proven": one.proven, "kept": one.kept, "smallest_change": _smallest(one)}
            for one in found.reach
        ],
    }  # fmt: skip


def _smallest(one: Any) -> dict[str, Any] | None:
    if one.step is None:
        return None
    return {
        "to": one.step.change.value, "dropped": one.step.dropped, "size": one.step.size, "words": one.limit.given(one.step),
        "too_little": one.too_little, "who_must_agree": one.limit.kind.agrees, "plan": plain(one.plan),
    }  # fmt: skip


def negotiation_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    if hasattr(found.asked, "plan"):
        return line(("Nothing must give: ", GOOD), f"a plan that meets every limit costs {usd(found.asked.plan.cost[TOTAL])} USD/month.")
    sections: list[RenderableType] = [Group(*_head(found))]
    if found.conflicts:
        sections.append(_conflicts(found))
    if found.bundles:
        sections += [_bundle(number, bundle) for number, bundle in enumerate(found.bundles, start=1)]
    elif not found.hopeless:
        sections.append(line(("No bundle of concessions that may be made gives a plan.", BAD)))
    if found.bundles and (fewer := _fewer(found)):
        sections.append(line((fewer, FAINT)))
    if found.without:
        sections.append(line((f"No bundle exists of: {', '.join(found.without)}.", FAINT)))
    if not found.exhausted:
        sections.append(line(("The search for bundles was cut short: a better one may exist.", WARNING)))
    elif not found.closed:
        sections.append(line(("Between the steps that were tried of a number a bundle that hurts a little less may lie.", FAINT)))
    if found.reach:
        sections.append(_reach(found))
    return spaced(sections)


def _head(found: Any) -> list[Text]:
    lines = [line(("No plan meets all limits.", BAD))]
    if found.least is not None:
        proven = found.least.bound_usd_per_month
        lines.append(line(f"Without the budget the cheapest plan costs {usd(found.least.cost[TOTAL])} USD/month" + (f", and none less than {usd(proven)}." if proven is not None else ".")))
    if found.hopeless:
        why = f" {_while(found.levers)}." if found.levers else ": stock, prices or the hardware stand in the way (planner check)."
        lines.append(line(f"Without any of the limits there is still no plan{why}"))
    return lines


def _conflicts(found: Any) -> RenderableType:
    rows = []
    for conflict in found.conflicts:
        alone = len(conflict.limits) == 1
        rows.append(line(("cannot hold:" if alone else "cannot hold together:", STRONG), (f" confirmed by {conflict.confirmed_by}" if conflict.confirmed_by else " not confirmed by a second solver", FAINT)))
        rows += [line(f"  {one}{_must_be(one, least, alone=alone)}") for one, least in _members(conflict)]
        rows += [line(f"  {_while(conflict.levers)}{'' if conflict.sharp else ' (perhaps without some of these too)'}")] if conflict.levers else []
    if not found.complete:
        rows.append(line(("There may be more: not all combinations were tried.", WARNING)))
    return Group(title("What conflicts"), listed(rows))


def _fewer(found: Any) -> str:
    """Why there are fewer than three bundles; empty where there are not."""
    count = len(found.bundles)
    if not count or count >= 3:
        return ""
    if found.all_seen:
        return f"No more than {count}: every other way gives at least as much of the same limits."
    if found.exhausted:
        return f"No more than {count}: the next ways by pain give at least as much of the same limits; further ones were not looked at."
    return f"No more than {count} were found before the search was cut short."


def _while(levers: Any) -> str:
    """Defaults under which a conflict is one: nobody stated them, and without any it is none."""
    words = [one.holding for one in levers]
    return f"while {', '.join(words[:-1])}{' and ' if len(words) > 1 else ''}{words[-1]}"


def _members(conflict: Any) -> list[tuple[Any, Any]]:
    return list(zip(conflict.limits, conflict.needed or (None,) * len(conflict.limits)))


def _must_be(limit: Any, least: Any, *, alone: bool) -> str:
    """What the limit would have to be for the others of the conflict to hold, and no more than these; money rounded up to the cent."""
    if least is None:
        return ""
    beside = "even with no other limit stated, " if alone else "beside the others here, "
    shown = usd if limit.kind.name == "budget" else amount
    # What one solve proves to the gap asked, or whole numbers tried one by one, is the least; what was narrowed is not.
    close = isinstance(least.enough, int) or abs(least.enough - least.too_little) <= PROVEN * abs(least.enough)
    return f"; {beside}at least {shown(least.enough)} is needed" if close else f"; {beside}{shown(least.too_little)} is too little, {shown(least.enough)} is enough"


def _bundle(number: int, bundle: Any) -> RenderableType:
    rows = [line(f"give   {one.words}") for one in bundle.concessions]
    gained = f"gain   a plan of {usd(bundle.plan.cost[TOTAL])} USD/month"
    if bundle.saves is not None:
        gained += f", {usd(bundle.saves)} less than the cheapest without the budget" if bundle.saves > 0.005 else ""
    if bundle.plan.bound_usd_per_month is None:
        gained += " (a cheaper one may exist: the choice is too wide to prove it here)"
    rows += [line((gained, STRONG)), line(f"agree  {', '.join(bundle.agrees)}")]
    return Group(line((f"{number}. {', '.join(bundle.characters)}", STRONG), (f"  pain {bundle.pain:.3g}", FAINT)), listed(rows))


def _reach(found: Any) -> RenderableType:
    enough = sum(one.suffices for one in found.reach)
    words = f"{counted(enough, 'limit')} {'suffices' if enough == 1 else 'suffice'} alone, the smallest change first" if enough else "No single limit given up suffices"
    words += "" if enough or found.hopeless else ": several are needed together"
    rows = [line(("suffices   " if one.suffices else "not enough ", GOOD if one.suffices else FAINT), _alone(one)) for one in found.reach]
    return Group(title("What one limit alone reaches"), listed([line((f"{words}.", FAINT)), *rows]))


def _alone(one: Any) -> str:
    """The smallest change that suffices and its plan; else what giving the limit up reaches."""
    kept = " (kept)" if one.kept else ""
    if one.step is None or one.plan is None:
        least = "no plan at any price" if one.least_usd_per_month is None else f"{'cheapest plan' if one.proven else 'a plan of'} {usd(one.least_usd_per_month)} USD/month"
        return f"{one.limit}{kept}: given up, {least}"
    # Of nothing there is no share.
    moved = "" if one.step.dropped or not one.limit.value else f", {'+' if one.limit.side == 'most' else '-'}{percent(one.step.size)}"
    plan = one.plan.cost[TOTAL]
    more = "" if one.least_usd_per_month is None or one.limit.side == "choice" or plan <= one.least_usd_per_month * (1.0 + 1e-9) else f"; given up, {usd(one.least_usd_per_month)}"
    return f"{one.limit.given(one.step)}{moved}{kept}: {usd(plan)} USD/month{more}"


def _limit(limit: Any) -> dict[str, Any]:
    return {"path": limit.path, "where": limit.where, "kind": limit.kind.name, "limit": str(limit), "value": plain(limit.value), "unit": limit.unit}
