"""Rule: how a serverless worker starts and stops is known."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="serverless")
def serverless_facts_known(it: JudgedHosted) -> Broken | None:
    """Cold start and idle timeout are known: cost and lateness at low rates follow from them; paid by request, the cold start alone."""
    stated = (("cold start", it.offer.cold_start_s), ("idle timeout", it.offer.idle_timeout_s))[: 1 if it.offer.by_request else 2]
    missing = [name for name, value in stated if value is None]
    if it.offer.accelerator is None or not missing:
        return None
    return broken("serverless_facts_known", None, None, "", f"the {' and the '.join(missing)} of {it.name} is unknown")
