"""Demand against what runs for it over the periods, by how it is paid for."""

from __future__ import annotations

from planner.report.figures import amount, percent
from planner.report.page.content import Name, Part, Section, Stack, Table
from planner.report.page.figures_from import WAYS
from planner.report.page.reader import Reader

MODES = {
    "own": "own machines", "provisioned": "provisioned units", "provider_api": "tokens of providers", "batch": "batches of providers",
    "serverless": "serverless workers",
}  # fmt: skip
WORDS = {"on_demand": "on demand", "reserved": "reserved", "owned": "owned", "spot": "spot"}


def capacity(plan: Reader) -> Section:
    """The fleet hour by hour, then demand and replicas of each service, then the instances of each pool."""
    periods = tuple(one["name"] for one in plan.get("periods", default=[]))
    services, pools = plan.get("services", default=[]), plan.get("pools", default=[])
    series = tuple(
        (WORDS[way], tuple(plan.derived(amount, "accelerators", way, t) for t in range(len(periods))))
        for way in WAYS
    )
    used = tuple(one for one in series if any(figure.value for figure in one[1]))
    demand = tuple(plan.derived(amount, "served_by_all", t) for t in range(len(periods)))
    parts: list[Part] = []
    if used:
        parts.append(Stack("Accelerators running, and requests served", "accelerators", periods, used, ("requests/s", "requests/s", demand)))
        rows = tuple((Name(name), demand[t], *(figures[t] for _, figures in used)) for t, name in enumerate(periods))
        headings = ("period", "requests/s", *(f"{name}, accelerators" for name, _ in used))
        parts.append(Table("The fleet by period", headings, rows, tuple(range(1, len(headings))), folded=len(periods) > 1))
    parts += _by_mode(plan, services, periods)
    if len(periods) > 1:
        parts.append(_by_service(plan, services, periods))
    parts += [_pools(plan, pools), _by_pool(plan, pools, periods)] if pools else []
    return Section("capacity", "Demand and capacity", _growth(plan), tuple(parts))


def _growth(plan: Reader) -> tuple:
    figure = plan.derived(percent, "growth")
    hosted = any(one.get("hosted") for one in plan.get("services", default=[]))
    until = "at the same shares before an instance or a limit of a hosted option is full" if hosted else "before another instance is needed"
    return () if figure is None else (("Demand may grow by ", figure, f" everywhere {until}."),)


def _by_mode(plan: Reader, services: list, periods: tuple[str, ...]) -> list[Part]:
    """Who answers, where hosted options do: own machines and each mode, period by period."""
    used = {one["mode"] for service in services for one in service.get("hosted", ())}
    if not used:
        return []
    modes = ("own", *(mode for mode in MODES if mode in used))
    found = {mode: tuple(plan.derived(amount, "sent", mode, t) for t in range(len(periods))) for mode in modes}
    series = tuple((MODES[mode], figures) for mode, figures in found.items() if any(figure.value for figure in figures))
    if not series:
        return []
    headings = ("period", *(name for name, _ in series))
    rows = tuple((Name(period), *(figures[t] for _, figures in series)) for t, period in enumerate(periods))
    table = Table("Who answers by period", headings, rows, tuple(range(1, len(headings))), len(periods) > 1, "requests/s")
    return [Stack("Who answers", "requests/s", periods, series), table]


def _by_service(plan: Reader, services: list, periods: tuple[str, ...]) -> Table:
    rows = tuple(
        (Name(one["name"]), Name(period), plan.derived(amount, "served", at, t), plan.derived(amount, "replicas", at, t))
        for at, one in enumerate(services)
        for t, period in enumerate(periods)
    )
    return Table("Services by period", ("service", "period", "requests/s", "replicas"), rows, (2, 3), folded=True)


def _pools(plan: Reader, pools: list) -> Table:
    rows = []
    for at, one in enumerate(pools):
        here = ("pools", at)
        rows.append((
            Name(one["id"]), Name(one["accelerator"]), plan.quantity(*here, "accelerators_per_instance"),
            plan.derived(amount, "most_running", at), plan.derived(amount, "mean_running", at),
        ))  # fmt: skip
    headings = ("pool", "accelerator", "in an instance", "most instances", "instances on average")
    return Table("Pools", headings, tuple(rows), (2, 3, 4))


def _by_pool(plan: Reader, pools: list, periods: tuple[str, ...]) -> Table:
    """Instances pool by pool and period by period, each way of paying in a column of its own."""
    held = sorted({name for one in pools for name in one.get("reserved", {})})
    ways = [way for way in ("on_demand", "owned", "spot") if any(any(one[way]) for one in pools)]
    rows = []
    for at, one in enumerate(pools):
        for t, period in enumerate(periods):
            figures = [plan.quantity("pools", at, way, t) for way in ways]
            figures += [plan.quantity("pools", at, "reserved", name, t) for name in held]
            starts = [plan.quantity("pools", at, kind, t) for kind in ("firm_starts", "spot_starts")]
            rows.append((Name(one["id"]), Name(period), *figures, *starts))
    headings = ("pool", "period", *(WORDS[way] for way in ways), *held, "starts", "spot starts")
    return Table("Instances by pool and period", headings, tuple(rows), tuple(range(2, len(headings))), folded=True)
