"""Two plans side by side: the difference first, with what is proven of it, then what moves and why."""

from __future__ import annotations

from typing import Any, Protocol

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from planner.plan.cost import TOTAL
from planner.plan.schema import Plan
from planner.report.cell import BAD, FAINT, GOOD, NARROW, STRONG, WARNING, cell, line, listed, title
from planner.report.figures import amount, percent, usd
from planner.report.money import label
from planner.report.plain import plain
from planner.report.plan_view import spaced

_WORDS = {"higher": ("more", BAD), "lower": ("less", GOOD), "same": ("the same", GOOD), "not proven": ("", WARNING)}
_SHOWN = 14
NONE = "none"
#: What moves in a unit that its name does not tell.
_COUNTED = frozenset({"replicas", "sent", "provisioned", "job"})


class Interval(Protocol):
    """A difference and the bounds between which the true one lies."""

    value: float
    least: float | None
    most: float | None

    @property
    def sign(self) -> str: ...


class Difference(Protocol):
    """Two plans and what sets them apart."""

    before: Plan
    after: Plan
    cost: Any
    parts: tuple[Any, ...]
    carbon: Any
    moves: tuple[Any, ...]
    why: tuple[str, ...]

    @property
    def same_plan(self) -> bool: ...


def difference_content(found: Difference) -> dict[str, Any]:
    """For machines."""
    return {
        "delta_usd_per_month": plain(found.cost),
        "delta_carbon_kg_per_month": _less(found.carbon.after, found.carbon.before),
        "same_plan": found.same_plan,
        "before": plain(found.before),
        "after": plain(found.after),
        "cost_by_part": plain(found.parts),
        "moves": plain(found.moves),
        "why": list(found.why),
    }


def difference_view(found: Difference, width: int, *, names: tuple[str, str] = ("before", "after")) -> RenderableType:
    """For a terminal of ``width`` columns."""
    sections: list[RenderableType] = [Group(*_headline(found, names))]
    if found.parts or found.carbon.before != found.carbon.after:
        sections.append(Group(line(title("Cost"), (" in USD/month", FAINT)), _money(found, width, names)))
    if found.moves:
        shown = [_move(one, found) for one in found.moves[:_SHOWN]]
        if len(found.moves) > _SHOWN:
            shown.append(line((f"and {len(found.moves) - _SHOWN} more (--json has all)", FAINT)))
        sections.append(Group(title("What moves"), listed(shown)))
    if found.why:
        sections.append(Group(title("Why"), listed([line(one) for one in found.why])))
    return spaced(sections)


def interval_text(cost: Interval, unit: str = "USD/month") -> Text:
    """``112.24 USD/month more``, with the interval where it is more than cents."""
    word, style = _WORDS[cost.sign]
    if cost.sign == "same":
        return line(("no difference", style))
    if cost.sign == "not proven" and None not in (cost.least, cost.most) and max(abs(cost.least), abs(cost.most)) < 0.005:
        return line((f"{_signed(cost.value)} {unit}", STRONG), ", ", ("sign not proven", style), ": less than a cent either way")
    if cost.sign == "not proven":
        return line((f"{_signed(cost.value)} {unit}", STRONG), ", ", ("sign not proven", style), f": between {_end(cost.least)} and {_end(cost.most)}")
    text = line((f"{usd(abs(cost.value))} {unit} {word}", STRONG))
    if cost.least is not None and cost.most is not None and cost.most - cost.least >= 0.005:
        text.append_text(line((f" (proven between {_end(cost.least)} and {_end(cost.most)})", FAINT)))
    return text


def _headline(found: Difference, names: tuple[str, str]) -> list[Text]:
    share = found.cost.value / found.before.cost[TOTAL] if found.before.cost[TOTAL] else None
    first = interval_text(found.cost)
    if share and abs(share) >= 1e-6:
        first.append_text(line((f", {'+' if share > 0 else '-'}{percent(abs(share))}", FAINT)))
    costs = line(f"{names[0]} {usd(found.before.cost[TOTAL])}, {names[1]} {usd(found.after.cost[TOTAL])} USD/month; both plans checked")
    return [first, costs] + ([line(_same(found.before))] if found.same_plan else [])


def _same(plan: Plan) -> str:
    """What two plans that stand alike have in common, in one sentence."""
    hosted = any(service.hosted for service in plan.services)
    if not any(service.deployments for service in plan.services):
        return "Both send requests to the same hosted options." if hosted else "Both run the same."
    return f"Both run the same replicas on the same instances{' and use the same hosted options' if hosted else ''}."


def _money(found: Difference, width: int, names: tuple[str, str]) -> RenderableType:
    rows = [(label(one.where), usd(one.before), usd(one.after), _signed(one.after - one.before)) for one in found.parts]
    total = found.before.cost[TOTAL], found.after.cost[TOTAL]
    rows.append(("total", usd(total[0]), usd(total[1]), _signed(total[1] - total[0])))
    carbon = found.carbon
    if carbon.before != carbon.after:
        rows.append(("carbon, kgCO2e", _kg(carbon.before), _kg(carbon.after), _kg(_less(carbon.after, carbon.before), signed=True)))
    if width < NARROW:
        return listed([line(f"{what}: {old} to {new} ({moved})") for what, old, new, moved in rows])
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    for name, side in (("", "left"), (names[0], "right"), (names[1], "right"), ("difference", "right")):
        table.add_column(name, justify=side, overflow="fold")
    for row in rows:
        table.add_row(*(cell(text, STRONG if row[0] == "total" else "") for text in row))
    return Padding(table, (0, 0, 0, 2))


def _move(one: Any, found: Difference) -> Text:
    what = {"ttft_ms": "slowest TTFT of ", "tpot_ms": "slowest TPOT of ", "quality_mean": "quality of ", "carbon_kg_per_month": "carbon of "}.get(one.what, "")
    old, new = (amount(round(v, 4)) if v is not None else _nothing(one, plan) for v, plan in ((one.before, found.before), (one.after, found.after)))
    unit = f" {one.unit}" if what or one.what in _COUNTED else ""
    if new == NONE:
        return line(f"{what}{one.where}: ", (f"{old}{unit} → {new}", STRONG))
    if old == new:
        return line(f"{what}{one.where}: ", (f"{new}{unit} at other hours", STRONG))
    return line(f"{what}{one.where}: ", (f"{old} → {new}{unit}", STRONG))


def _nothing(one: Any, plan: Plan) -> str:
    """What stands where there is no figure: a service that answers nothing has no latency and no quality, another one's is not known."""
    service = next((service for service in plan.services if service.name == one.where), None)
    idle = service is None or not any(any(rates) for each in (*service.deployments, *service.hosted) for rates in each.rate_per_s.values())
    return NONE if idle and not any(map(any, service.answered_by.values() if service is not None else ())) else "unknown"


def _less(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def _kg(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "unknown"
    return ("+" if signed and value > 0 else "") + amount(round(value, 1))


def _signed(value: float) -> str:
    return f"+{usd(value)}" if value > 0 else usd(value)


def _end(value: float | None) -> str:
    return "an unknown bound" if value is None else _signed(value)
