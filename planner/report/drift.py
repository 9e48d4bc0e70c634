"""How what runs differs from the plan, one line a difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType

from planner.report.cell import BAD, FAINT, GOOD, STRONG, line, listed
from planner.report.figures import counted

_WORDS = {"missing": "planned and not running", "not_planned": "running and not planned"}


def drift_view(found: Sequence[Any]) -> RenderableType:
    """Differences by what they are about (``planner.export.drift.Drift``)."""
    if not found:
        return line(("What runs is what the plan says.", GOOD))
    lines = []
    for name in dict.fromkeys(one.name for one in found):
        lines.append(line((name, STRONG)))
        for one in found:
            if one.name == name:
                said = _WORDS.get(one.what)
                value = one.planned if one.planned is not None else one.running
                text = f"  {said}: {value}" if said else f"  {one.what}: planned {_shown(one.planned)}, running {_shown(one.running)}"
                lines.append(line((text, BAD if said else FAINT)))
    return Group(line((f"{counted(len(found), 'difference')} from the plan", STRONG)), listed(lines))


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
