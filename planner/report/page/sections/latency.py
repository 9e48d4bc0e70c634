"""Latency claimed, and simulated where a simulation is given, against the limits."""

from __future__ import annotations

from planner.report.figures import percent
from planner.report.page.content import Bar, Bars, Figure, Name, Section, Table
from planner.report.page.reader import Reader, milliseconds

_KINDS = (("ttft_ms", "time to first token"), ("tpot_ms", "time per output token"))


def latency(plan: Reader) -> Section:
    """The worst period of each deployment against the limit at the same percentile, in one picture a kind."""
    stated = {one.get("name"): at for at, one in enumerate(plan.get("inputs", "problem", "services", default=[]))}
    charts, rows = [], []
    for kind, words in _KINDS:
        bars = []
        for at, service in enumerate(plan.get("services", default=[])):
            for number, one in enumerate(service.get("deployments", ())):
                worst = plan.derived(milliseconds, "most", at, number, kind)
                if worst is None:
                    continue
                limit = _limit(plan, stated.get(service["name"]), kind, one["latency_percentile"])
                name = f"{service['name']}, {one['variant']} on {one['accelerator']}, {one['purchase']}"
                bars.append(Bar(name, worst, limit=limit))
                percentile = plan.quantity("services", at, "deployments", number, "latency_percentile")
                busy = plan.derived(percent, "most", at, number, "utilisation")
                room = plan.derived(percent, "least", at, number, "headroom")
                place = (Name(service["name"]), Name(one["pool"]), Name(one["purchase"]))
                rows.append((*place, words, percentile, worst, limit, busy, room, Name(one["basis"])))
        if bars:
            charts.append(Bars(f"{words[0].upper()}{words[1:]} in the worst period, limit marked", "ms", tuple(bars)))
    headings = ("service", "pool", "bought", "what", "percentile", "predicted, ms", "limit, ms", "busy at most", "room left", "figures are")
    table = Table("Latency in the worst period", headings, tuple(rows), (4, 5, 6, 7, 8))
    simulated = _simulated(plan)
    lines = (("No latency was predicted: the services state none, or their figures are measured rates.",),) if not rows else ()
    return Section("latency", "Latency against limits", lines, (*charts, *([table] if rows else []), *simulated))


def _simulated(plan: Reader) -> list[Table]:
    """Every limit under requests that were not used to make the plan."""
    rows = []
    for at, one in enumerate(plan.get("simulation", "limits", default=[])):
        here = ("simulation", "limits", at)
        rows.append((
            Name(one["service"]), Name(one["metric"].removesuffix("_ms").replace("_", " ")), plan.quantity(*here, "percentile"),
            plan.figure(milliseconds, *here, "limit_ms"), plan.figure(milliseconds, *here, "measured_ms"), plan.figure(percent, *here, "attainment"),
            plan.figure(percent, *here, "lower_bound"), plan.quantity(*here, "requests"),
        ))  # fmt: skip
    headings = ("service", "what", "percentile", "limit, ms", "simulated, ms", "in time", "surely", "requests")
    return [Table("Simulated against limits", headings, tuple(rows), (2, 3, 4, 5, 6, 7))] if rows else []


def _limit(plan: Reader, service: int | None, kind: str, percentile: float) -> Figure | None:
    if service is None:
        return None
    return plan.figure(milliseconds, "inputs", "problem", "services", service, "slo", kind, f"p{percentile:g}")
