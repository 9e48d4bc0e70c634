"""What runs where: replicas of each service by configuration, pool and purchase, and how fast they answer."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from planner.plan.hosted import HostedWorkers
from planner.plan.schema import Deployment, Plan, ServicePlan
from planner.report.cell import FAINT, NARROW, STRONG, WARNING, WIDE, cell, line, listed, title
from planner.report.figures import amount, known, percent, span, usd
from planner.report.sparkline import sparkline


def deployments_view(plan: Plan, width: int) -> RenderableType:
    """Lines under 60 columns, two-line entries in between, one table from 150 columns on."""
    stated = {service["name"]: service for service in plan.inputs.problem.get("services", ())}
    sections: list[RenderableType] = [title("Deployment")]
    for service in plan.services:
        asked = stated.get(service.name, {})
        sections.append(_heading(service, asked, plan))
        if width >= WIDE and service.deployments:
            sections.append(Padding(_wide(service, asked), (0, 0, 0, 2)))
        elif service.deployments:
            sections.append(listed(_lines(service, asked, width)) if width < NARROW else _medium(service, asked))
        sections.extend(_shared(service, plan))
        sections.extend(_hosted(service, plan))
        sections.extend(_unserved(service))
    return Group(*sections)


def _heading(service: ServicePlan, asked: dict[str, Any], plan: Plan) -> Text:
    rates = _served(service, len(plan.periods))
    hours = [period.hours_per_month for period in plan.periods]
    mean = sum(rate * hour for rate, hour in zip(rates, hours)) / sum(hours) if hours else 0.0
    demand = f"{amount(mean)} requests/s"
    if rates and max(rates) > min(rates):
        demand += f" on average, {amount(max(rates))} at the peak"
    found = line((service.name, STRONG), (f"  {asked['model']}" if "model" in asked else "", ""), (f"  {demand}", FAINT))
    if service.quality_mean is not None:
        found.append_text(line((f"  quality {amount(service.quality_mean)}", FAINT)))
    return found


def _medium(service: ServicePlan, asked: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(justify="right", min_width=7, no_wrap=True)
    table.add_column(overflow="fold")
    for one in service.deployments:
        table.add_row(span(one.replicas), line(f"{runs_on(one)}; {_place(one)}, {one.purchase}"))
        shape = sparkline(one.replicas, 12)
        table.add_row("", line(f"{shape}  " if shape else "", (_latency(one, asked), FAINT)))
    return table


def _lines(service: ServicePlan, asked: dict[str, Any], width: int) -> list[Text]:
    lines = []
    for one in service.deployments:
        lines.append(line(f"{span(one.replicas)} × {runs_on(one)}"))
        shape = sparkline(one.replicas, max(1, width - 4))
        lines.extend([line(f"  {shape}")] if shape else [])
        lines.append(line((f"  {_place(one)}, {one.purchase}", FAINT)))
        lines.append(line((f"  {_latency(one, asked)}", FAINT)))
    return lines


def _wide(service: ServicePlan, asked: dict[str, Any]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    changing = any(sparkline(one.replicas, 24) for one in service.deployments)
    named = (("replicas", "right"), ("over the periods" if changing else "", "left"), ("runs", "left"), ("in", "left"), ("bought", "left"),
             ("TTFT", "right"), ("TPOT", "right"), ("busy", "right"), ("headroom", "right"), ("basis", "left"))
    for name, side in named:
        table.add_column(name, justify=side, overflow="fold", no_wrap=name not in ("runs", "in"))
    for one in service.deployments:
        table.add_row(
            span(one.replicas), cell(sparkline(one.replicas, 24)), cell(runs_on(one)), cell(_place(one)), one.purchase,
            cell(_against(one.ttft_ms, one, asked, "ttft_ms")), cell(_against(one.tpot_ms, one, asked, "tpot_ms")),
            _most(one.utilisation), _least(one.headroom), one.basis,
        )
    return table


def runs_on(one: Deployment) -> str:
    """``fp8 on 2 × H100``; pipeline stages and the batch limit where they matter."""
    stages = f", {one.pp} stages" if one.pp > 1 else ""
    number = f"{one.tp * one.pp} × " if one.tp * one.pp > 1 else ""
    return f"{one.variant} on {number}{one.accelerator}{stages}, batch {one.max_num_seqs}"


def _place(one: Deployment) -> str:
    region = one.region.removeprefix(f"{one.provider}:")
    return f"{one.provider} {one.instance_type}, {region}"


def _latency(one: Deployment, asked: dict[str, Any]) -> str:
    facts = []
    for name, values, key in (("TTFT", one.ttft_ms, "ttft_ms"), ("TPOT", one.tpot_ms, "tpot_ms")):
        text = _against(values, one, asked, key)
        if text:
            facts.append(f"{name} {text}")
    busy = _most(one.utilisation)
    if busy:
        facts.append(f"{busy} busy")
    facts.append(one.basis)
    return ", ".join(facts)


def _against(values: tuple[float | None, ...], one: Deployment, asked: dict[str, Any], limit: str) -> str:
    """The worst predicted latency over the periods, and the limit at the same percentile."""
    found = known(values)
    if not found:
        return ""
    percentile = f"p{one.latency_percentile:g}"
    most = ((asked.get("slo") or {}).get(limit) or {}).get(percentile)
    worst = max(found)
    reached = f"{percentile} {amount(round(worst, 0 if worst >= 100.0 else 1))}"
    return f"{reached} of {amount(most)} ms" if most is not None else f"{reached} ms"


def _most(values: tuple[float | None, ...]) -> str:
    found = known(values)
    return percent(max(found)) if found else ""


def _least(values: tuple[float | None, ...]) -> str:
    found = known(values)
    return percent(min(found)) if found else ""


def _served(service: ServicePlan, periods: int) -> list[float]:
    answering = (*service.deployments, *service.hosted)
    own = [sum(rates[period] for one in answering for rates in one.rate_per_s.values()) for period in range(periods)]
    return [rate + sum(rates[period] for rates in service.answered_by.values()) for period, rate in enumerate(own)]


def _shared(service: ServicePlan, plan: Plan) -> list[RenderableType]:
    """Who answers for a service from replicas that several share, and whose requests keep those busy."""
    hours = [period.hours_per_month for period in plan.periods]
    every = sum(rate * hour for rate, hour in zip(_served(service, len(hours)), hours))
    lines = []
    for group, rates in service.answered_by.items():
        requests = sum(rate * hour for rate, hour in zip(rates, hours))
        lines.append(line(f"replicas of {group}: ", (f"{percent(requests / every)} of the requests", FAINT)))
    if service.busy_shares:
        shares = ", ".join(f"{name} {percent(share)}" for name, share in service.busy_shares.items())
        lines.append(line("shared by busy time: ", (shares, FAINT)))
    return [listed(lines)] if lines else []


#: What is said of requests answered in a mode.
_BY = {"provider_api": "by the token", "serverless": "serverless", "batch": "by the token", "provisioned": "in units"}


def _hosted(service: ServicePlan, plan: Plan) -> list[RenderableType]:
    """One line for each hosted option: its share of the requests and what it is paid."""
    hours = [period.hours_per_month for period in plan.periods]
    every = sum(rate * hour for rate, hour in zip(_served(service, len(hours)), hours))
    lines = []
    for one in service.hosted:
        requests = sum(rate * hour for rates in one.rate_per_s.values() for rate, hour in zip(rates, hours))
        share = f"{percent(requests / every)} of the requests" if every else "no requests"
        if one.workers is not None:
            share += f", {_workers(one.workers)}"
        if one.units is not None:
            share += f", {one.units} units"
        lines.append(line(f"{one.name} {_BY.get(one.mode, one.mode)}: ", (f"{share}, {usd(one.usd_per_month)} USD/month", FAINT)))
    return [listed(lines)] if lines else []


def _workers(workers: HostedWorkers) -> str:
    """How many workers of a serverless option are up, and how often a request meets none."""
    counts = [a + b for a, b in zip(workers.busy, workers.kept)]
    if any(counts):
        text = f"{span(tuple(counts))} workers always up"
    elif not any(workers.up_share):
        text = "paid by request"
    else:
        most = "up to " if len(set(workers.up_share)) > 1 else ""
        text = f"a worker up for {most}{percent(max(workers.up_share))} of the time"
    return f"{text}, cold starts met by at most {percent(max(workers.cold_share))}" if any(workers.cold_share) else text


def _unserved(service: ServicePlan) -> list[Text]:
    lost = {name: max(rates) for name, rates in service.unserved_per_s.items() if rates and max(rates) > 0.0}
    if not lost:
        return []
    words = ", ".join(f"{name} up to {amount(rate)}/s" for name, rate in sorted(lost.items()))
    return [line((f"  left unserved: {words}", WARNING))]
