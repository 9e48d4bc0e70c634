"""Which limits shape the plan, and how much demand may grow before it needs another instance."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from planner.plan.limit_words import CAPS, unit_after
from planner.plan.schema import Binding, Plan
from planner.report.cell import FAINT, STRONG, cell, line, listed, title
from planner.report.figures import amount, apart, percent

# A limit that is used to this share, relative, is said to bind.
BINDS = 1e-6
_SHOWN = 10


def limits_view(plan: Plan, *, everything: bool) -> RenderableType:
    """Binding limits; with ``everything`` also those that never bind, with their slack."""
    binding = [one for one in plan.binding if is_binding(one)]
    loose = [one for one in plan.binding if not is_binding(one)]
    sections: list[RenderableType] = [title("What binds")]
    shown = binding if everything else binding[:_SHOWN]
    lines = [_line(one) for one in shown] or [line("no limit is used up; what each one costs is what `planner price` says")]
    if len(shown) < len(binding):
        lines.append(line((f"and {len(binding) - len(shown)} more (-v shows them)", FAINT)))
    if everything and loose:
        lines.append(line(("never binding:", STRONG)))
        lines += [_line(one, slack=True) for one in loose]
    sections.append(listed(lines))
    growth = plan.demand_multiplier_survived
    if growth is not None:
        sections.append(listed([_growth(growth, hosted=any(service.hosted for service in plan.services))]))
    return Group(*sections)


def is_binding(one: Binding) -> bool:
    """Whether nothing of the limit is left, up to the relative tolerance of the check."""
    return one.slack <= BINDS * max(1.0, abs(one.limit))


def _line(one: Binding, *, slack: bool = False) -> Text:
    value, limit = apart(one.value, one.limit)
    name, where = (CAPS[one.where][0], "") if one.where in CAPS else (one.constraint, f"{one.where}  " if one.where else "")
    text = line((f"{name}  ", STRONG if not slack else ""), where, f"{value} of {limit} {unit_after(limit, one.unit)}")
    if slack:
        text.append_text(cell(f", {amount(one.slack)} left", FAINT))
    return text


def _growth(multiplier: float, *, hosted: bool) -> Text:
    if hosted:
        # What others answer may take more of the demand than its share in the plan.
        grows = "cannot grow" if multiplier <= 1.0 + BINDS else f"may grow by {percent(multiplier - 1.0)} everywhere"
        return line(f"Demand {grows} at the same shares, before an instance or a limit of an API is full.")
    if multiplier <= 1.0 + BINDS:
        return line("Demand cannot grow before another instance is needed.")
    return line(f"Demand may grow by {percent(multiplier - 1.0)} everywhere before another instance is needed.")
