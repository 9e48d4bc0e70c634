"""Rule: a hosted service that is closed is explained, never chosen."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import broken
from planner.candidates.registry import rule
from planner.catalog.usage import Mode


@rule(of="mode")
def mode_retired(mode: Mode) -> Broken | None:
    """The catalogue does not list the service as retired: closed to new customers, or a limit that a newer one replaced."""
    if not mode.retired:
        return None
    why = "; ".join(text for text in (mode.price_fact, mode.note.split("; limits verified")[0]) if text)
    return broken("mode_retired", str(mode.as_of), None, "", f"{mode.provider}:{mode.service} {mode.name} is retired: {why}")
