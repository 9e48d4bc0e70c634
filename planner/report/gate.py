"""The one line of a budget gate: within the limit or over it, by how much."""

from __future__ import annotations

from planner.report.figures import percent, usd


def gate_line(cost: float, limit: float, basis: str, *, passed: bool, bound: float | None, proven: bool) -> str:
    """What the plan costs against the limit; for an unproven plan over it, whether a longer search could pass.

    cost, limit, bound  USD per month
    basis               what the limit is, such as ``--max-cost`` or ``5 % over plan.json``
    """
    if passed:
        left = usd(max(0.0, limit - cost))
        line = f"gate passed: {usd(cost)} USD/month is within {usd(limit)} ({basis}), {left} left"
        return line if proven else f"{line}; the plan is not proven cheapest"
    over = f", {percent(cost / limit - 1.0)} over" if limit > 0.0 else ""
    line = f"gate failed: {usd(cost)} USD/month is above {usd(limit)} ({basis}){over}"
    if proven or bound is None:
        return line
    if bound > limit:
        return f"{line}; no plan costs less than {usd(bound)}"
    return f"{line}; not proven cheapest, the bound {usd(bound)} leaves room for a longer search"
