"""Rule: a provider's batch is answered within the service's window."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="api", unit="hours")
def api_batch_window(it: JudgedHosted) -> Broken | None:
    """The window in which the provider answers a batch is known and no longer than the service's; absent outside batches."""
    window, limit = it.offer.batch_window_hours, it.service.window_hours
    if it.mode != "batch":
        return None
    if window is None:
        return broken("api_batch_window", None, limit, "hours", f"within how many hours {it.offer.provider} answers a batch is unknown")
    if window <= limit:
        return None
    text = f"{it.offer.provider} answers a batch within {window:g} hours; the service's window is {limit:g}"
    return broken("api_batch_window", window, limit, "hours", text)
