"""What the plan rests on: facts that are assumed, private or derived, and defaults that were used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from planner.plan.schema import Assumption, NotConsidered, Plan
from planner.report.cell import FAINT, STRONG, cell, line, listed, title
from planner.report.figures import amount, seconds

# In the order in which a reader should doubt them.
_KINDS = (
    ("assumed", "assumed"),
    ("private", "your own facts"),
    ("derived", "derived from published facts"),
    ("published", "published"),
    ("measured", "measured"),
)
_SHOWN = 4


def foundations_view(plan: Plan, *, everything: bool) -> RenderableType:
    """Facts by kind, the weakest first; defaults by name; where and how the plan was found."""
    lines: list[Text] = []
    for kind, words in _KINDS:
        facts = [one for one in plan.assumptions if one.kind == kind]
        if not facts:
            continue
        lines.append(line((f"{words} ", STRONG), (f"({len(facts)})", FAINT)))
        found = _facts(facts, everything)
        lines += found if everything else found[:_SHOWN]
        if not everything and len(found) > _SHOWN:
            lines.append(line((f"  and {len(found) - _SHOWN} more (-v shows them)", FAINT)))
    defaults = [one for one in plan.assumptions if one.kind == "default"]
    if defaults:
        lines += _defaults(defaults, everything)
    lines.append(_origin(plan))
    return Group(title("What it rests on"), listed(lines))


def not_considered_view(left_out: tuple[NotConsidered, ...]) -> RenderableType:
    """Options left out, each reason once with what and whom it is about."""
    lines = []
    for one in left_out:
        lines += left_out_lines(one.reason, one.what, one.services)
    return Group(title("Not considered"), listed(lines or [line("every option was considered")]))


def left_out_lines(reason: str, what: Sequence[str], services: Sequence[str]) -> list[Text]:
    """A reason, and under it what is left out for it."""
    about = f" for {', '.join(services)}" if services else ""
    more = f" and {len(what) - 12} more" if len(what) > 12 else ""
    return [line((f"{reason} ", STRONG), (f"({len(what)}){about}", FAINT)), line(f"  {', '.join(what[:12])}{more}")]


def _facts(facts: list[Assumption], everything: bool) -> list[Text]:
    """One line a fact; statements without a value are said once, with what they are about."""
    about: dict[str, list[str]] = {}
    for one in facts:
        if one.value is None:
            about.setdefault(one.reason, []).append(one.path)
    lines = []
    for reason, paths in about.items():
        shown = paths if everything else paths[:2]
        more = f" and {len(paths) - len(shown)} more" if len(shown) < len(paths) else ""
        lines.append(line(f"  {reason}: ", (f"{', '.join(shown)}{more}", FAINT)))
    return lines + [_fact(one, everything) for one in facts if one.value is not None]


def _fact(one: Assumption, everything: bool) -> Text:
    origin = ", ".join(text for text in (one.source, one.as_of) if text)
    text = line(f"  {one.path}: {value_text(one.value)}")
    if one.reason and (everything or not origin):
        text.append_text(cell(f"; {one.reason}", FAINT))
    if origin:
        text.append_text(cell(f" ({origin})", FAINT))
    return text


def _defaults(defaults: list[Assumption], everything: bool) -> list[Text]:
    head = line(("defaults ", STRONG), (f"({len(defaults)})", FAINT))
    if everything:
        return [head, *(line(f"  {one.path}: {value_text(one.value)}", (f"; {one.reason}", FAINT)) for one in defaults)]
    words = ", ".join(f"{one.path} {value_text(one.value)}" for one in defaults[: 2 * _SHOWN])
    more = f", and {len(defaults) - 2 * _SHOWN} more" if len(defaults) > 2 * _SHOWN else ""
    return [head, line((f"  {words}{more} (-v gives their reasons)", FAINT))]


def _origin(plan: Plan) -> Text:
    inputs, solver = plan.inputs, plan.solver
    overlay = f" with overlay {inputs.overlay_digest[:8]}" if inputs.overlay_digest else ""
    return line(
        (f"catalogue {inputs.catalog_edition} ({inputs.catalog_digest[:8]}){overlay}, ", FAINT),
        (f"{solver.backend} {solver.version}, {solver.columns:,} columns and {solver.rows:,} rows in ", FAINT),
        (seconds(solver.seconds), FAINT),
    )


def value_text(value: Any) -> str:
    """A value of any type in a few characters."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return amount(float(value))
    if isinstance(value, (list, tuple)):
        return ", ".join(value_text(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
