"""Rule: the longest request fits what a provider API takes."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="api", unit="tokens")
def api_context(it: JudgedHosted) -> Broken | None:
    """Input and output of the longest class, or ``context_tokens``, fit the API's context, which is known."""
    limit = it.offer.context_window
    if limit is None:
        return broken("api_context", it.longest, None, "tokens", f"the longest request that {it.name} takes is unknown")
    if it.longest <= limit:
        return None
    text = f"requests of {it.longest:,.0f} tokens; {it.name} takes {limit:,}"
    return broken("api_context", it.longest, float(limit), "tokens", text)
