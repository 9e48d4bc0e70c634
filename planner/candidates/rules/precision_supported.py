"""Rule: the accelerator multiplies in the variant's precision."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Judged, broken
from planner.candidates.registry import rule


@rule(unit="TFLOPS")
def precision_supported(it: Judged) -> Broken | None:
    """The accelerator has a known matrix rate for the variant's activations and for 16-bit attention."""
    if it.measured or it.chip is None or it.variant is None or it.variant.precision is None:
        return None
    for name in dict.fromkeys((it.variant.precision.activations, "bf16")):
        if it.chip.rate_tflops(name) is None:
            message = f"{it.chip.name} has no known matrix rate for {name}, which {it.variant.method} needs"
            return broken("precision_supported", None, name, "TFLOPS", message)
    return None
