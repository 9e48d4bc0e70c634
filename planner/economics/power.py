"""Power that a cap needs to know."""

from __future__ import annotations

from typing import Any

from planner.economics.pools import Pool
from planner.errors import Fault, InvalidInput


def refuse_unknown_power(problem: Any, pools: tuple[Pool, ...]) -> None:
    """Raises InvalidInput where a cap on power is about hardware whose power nobody knows: it cannot be kept or checked."""
    capped = {limit.site for limit in problem.limits.sites}
    owned = [p for p in pools if p.power_cap_kw is not None or (p.owned is not None and p.site in capped)]
    unknown = [p for p in owned if p.idle_kw() is None or p.busy_w is None]
    if unknown:
        text = "a power cap needs the power of {}, which is unknown; state its tdp_w in offers.accelerators"
        faults = [Fault(f"owned.{p.instance_type}.power_cap_kw", "unknown_power", text.format(p.accelerator)) for p in unknown]
        raise InvalidInput("problem", faults)
