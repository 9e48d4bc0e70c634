"""Rule: somebody sells or owns the accelerator."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule()
def on_offer(it: Judged) -> Broken | None:
    """Some pool of the problem has the accelerator."""
    if it.offered:
        return None
    return broken("on_offer", None, None, "", f"no pool of the problem has {it.configuration.accelerator}")
