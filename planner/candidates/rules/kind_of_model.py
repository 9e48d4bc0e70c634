"""Rule: real-time generation needs a model that generates."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule()
def kind_of_model(it: Judged) -> Broken | None:
    """The model is a decoder: prefill, decode and cache are not defined for others."""
    kind = getattr(it.model, "kind_of_model", None)
    if it.measured or kind is None or kind == "decoder":
        return None
    message = f"{it.service.model} is an {kind} model; only decoders generate token by token"
    return broken("kind_of_model", kind, "decoder", "", message)
