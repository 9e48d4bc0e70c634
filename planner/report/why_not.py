"""Why an option is not in the plan: rules with what is reached and allowed, limits and prices at which it would be, what forcing it costs."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType

from planner.plan.cost import TOTAL
from planner.report.cell import FAINT, GOOD, STRONG, line, listed
from planner.report.difference import interval_text
from planner.report.figures import amount, counted, usd
from planner.report.no_plan import answer_content, answer_view
from planner.report.plain import plain
from planner.report.plan_view import spaced
from planner.report.prices import exactness, threshold, within

_SHOWN = 6
#: What is dearer by this share is not chosen.
CHOSEN = 1e-6


def why_not_content(found: Any) -> dict[str, Any]:
    """For machines; factors are of today's price."""
    return {
        "base": answer_content(found[0].base),
        "services": [
            {
                "service": one.service, "option": one.what, "used": one.used, "eligible_configurations": one.eligible,
                "barred": plain(one.barred), "pools_left_out": list(one.left_out), "forced": plain(one.forced),
                "forced_plan": plain(one.forced_plan), "message": one.message,
                "chosen_at_limits": None if one.limits is None else [_at(each) for each in one.limits.found],
                "limits_asked": [] if one.limits is None else list(one.limits.asked),
                "limits_not_asked": [] if one.limits is None else list(one.limits.unasked),
                "blocked_by": None if one.blocked is None else {
                    "changes": list(one.blocked.changes), "paths": list(one.blocked.paths), "forced": plain(one.blocked.forced), "plan": plain(one.blocked.plan),
                    "total_usd_per_month": one.blocked.best, "without_it_usd_per_month": one.blocked.without,
                },
                "prices": [_price(each) for each in one.prices],
            }
            for one in found
        ],
    }  # fmt: skip


def _at(one: Any) -> dict[str, Any]:
    return {
        "path": one.limit.path, "limit": str(one.limit), "value": plain(one.limit.value), "to": plain(one.step.change.value), "unit": one.limit.unit,
        "words": one.words, "too_little": one.short, "smallest_proven": one.least, "total_usd_per_month": one.plan.cost[TOTAL],
        "without_it_usd_per_month": one.without, "plan": plain(one.plan),
    }  # fmt: skip


def _price(one: Any) -> dict[str, Any]:
    return {
        "purchase": one.purchase, "unit": one.unit, "today": one.today, "enters_at_factor": one.enters, "takes_over_at_factor": one.takes_over,
        "exact": one.exact, "why_not_exact": one.why_not_exact,
        "bends": [{"at_factor": each.at, "least_factor": each.least, "most_factor": each.most} for each in one.bends],
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
    rows = [line(text) for text in _forced(one)]
    alike: dict[tuple[str, ...], list[str]] = {}
    for barred in one.barred:
        alike.setdefault(barred.messages, []).append(barred.configuration)
    for messages, names in list(alike.items())[: 3 if one.eligible else _SHOWN]:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        rows.append(line((f"{names[0]}{more}: ", FAINT), "; ".join(messages)))
    if not one.eligible:
        rows += [line((f"not considered: {text}", FAINT)) for text in _left_out(one.left_out)]
    rows += [line(text) for text in _limits(one)]
    for price in one.prices:
        rows += [line(text) for text in _thresholds(price)]
    return [head, listed(rows)]


def _left_out(texts: Any) -> list[str]:
    """Each reason once, with the first pool that it is about."""
    alike: dict[str, list[str]] = {}
    for text in texts:
        pool, _, why = text.partition(": ")
        alike.setdefault(why, []).append(pool)
    return [f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {why}" if why else names[0] for why, names in alike.items()][:_SHOWN]


def _forced(one: Any) -> list[Any]:
    if not one.eligible:
        return ["Every option of it breaks a rule:" if one.barred else "Nothing of it may serve this service."]
    would = f"{counted(one.eligible, 'option')} of it would do"
    if one.message:
        return [f"{would}, but {one.message}."]
    if one.forced is None:
        return [f"No rule turns it away: {would}, were there a plan."]
    dearer, same = one.forced.sign == "higher", one.forced.sign == "same"
    said = f"{would}{'; the plan without is cheaper' if dearer else ', at the same cost' if same else ', at no proven cost'}."
    cost = "To serve all of it so makes no difference." if same else f"To serve all of it so would cost {interval_text(one.forced).plain}."
    return [said, cost]


def _limits(one: Any) -> list[str]:
    if one.limits is None:
        return []
    found = one.limits.found
    lines = [f"It would be chosen with {_changed(each)}" for each in found]
    asked = counted(len(one.limits.asked), "limit")
    if not one.limits.asked:
        lines.append("No limit on the service or the whole is stated: none stands in its way.")
    elif not found:
        lines.append(f"No single limit, however far it moves, brings it in ({asked} asked).")
    lines += _blocked(one.blocked)
    if one.limits.unasked:
        lines.append(f"Not known of: {'; '.join(one.limits.unasked)}.")
    return lines


def _blocked(found: Any) -> list[str]:
    if found is None:
        return []
    if not found.changes:
        return ["Without any of the limits it could not serve it either: what it can do, its stock or the hardware stands in the way."]
    words = [f"It can serve the whole service, for example, with {' and '.join(found.changes)}{_together(found.changes)}."]
    if found.forced is not None:
        words.append(f"Served by it alone the plan would then cost {interval_text(found.forced).plain}.")
    if found.best is not None and found.without is not None:
        chosen = found.best < found.without * (1.0 - CHOSEN)
        words.append(f"It would then be chosen: {usd(found.best)} USD/month, {usd(found.without)} without it." if chosen else f"It would then still not be chosen: the cheapest plan without it costs {usd(found.without)} USD/month.")
    return [" ".join(words)]


def _together(changes: Any) -> str:
    return "" if len(changes) == 1 else ": no fewer of these do"


def _changed(one: Any) -> str:
    """One limit's change, and what the plan costs on both sides of it."""
    without = "without it there is none" if one.without is None else f"{usd(one.without)} without it"
    short = "" if one.short is None or one.step.dropped else f"; at {amount(one.short)} not yet{'' if one.least else ', and below that it was not looked everywhere'}"
    return f"{one.words}: a plan of {usd(one.plan.cost[TOTAL])} USD/month, {without}{short}."


def _thresholds(one: Any) -> list[str]:
    single = next(iter(one.today.values())) if len(one.today) == 1 else None
    kind = {"on_demand": "on-demand", "by_the_token": "token"}.get(one.purchase, one.purchase)
    if one.enters is None:
        return [f"At no {kind} price looked at ({within(one)}) is it used."]
    words = "is used, and serves it all," if one.takes_over == one.enters else "is used"
    lines = [f"By its {kind} price: it {threshold(words, one.enters, single, one)}"]
    if one.takes_over is not None and one.takes_over != one.enters:
        lines.append(f"By its {kind} price: it {threshold('serves it all', one.takes_over, single, one)}")
    elif one.takes_over is None:
        lines.append(f"At no {kind} price looked at does it serve all.")
    return lines + ([] if one.exact else [f"{exactness(one)}."])
