"""Rule: the longest request fits the model's context."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule(unit="tokens")
def context_length(it: Judged) -> Broken | None:
    """Input and output of the longest class, or ``context_tokens``, fit the longest context of the model."""
    model = None if it.variant is None else it.variant.architecture
    if it.measured or model is None or model.max_context is None or it.context_tokens <= model.max_context:
        return None
    message = f"requests of {it.context_tokens:,.0f} tokens; {model.name} takes {model.max_context:,}"
    return broken("context_length", it.context_tokens, float(model.max_context), "tokens", message)
