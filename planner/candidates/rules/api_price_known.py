"""Rule: a provider API has a known price."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="api")
def api_price_known(it: JudgedHosted) -> Broken | None:
    """The prices of input and of output tokens are both known; those of a batch where requests go there; absent for units."""
    prices = (("input", it.offer.input_usd_per_mtok), ("output", it.offer.output_usd_per_mtok))
    if it.mode == "provisioned":
        return None
    if it.mode == "batch":
        prices = (("batch input", it.offer.batch_input_usd_per_mtok), ("batch output", it.offer.batch_output_usd_per_mtok))
    missing = [name for name, price in prices if price is None]
    if not missing:
        return None
    return broken("api_price_known", None, None, "", f"the price of {' and '.join(missing)} tokens is unknown")
