"""How the instances are paid for: on demand, reserved, owned or spot, pool by pool."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from planner.plan.schema import CommitmentPlan, Plan, PoolPlan
from planner.report.cell import FAINT, NARROW, WIDE, cell, line, listed, title
from planner.report.figures import counted, percent, span, usd
from planner.report.sparkline import sparkline


def pools_view(plan: Plan, width: int) -> RenderableType:
    """A table with a column for each way of paying that is used; lines where the terminal is narrow."""
    ways = [way for way in _ways(plan) if any(any(_bought(pool, way)) for pool in plan.pools)]
    bought = listed(_commitment(one) for one in plan.commitments) if plan.commitments else None
    if width < NARROW:
        body: RenderableType = listed(text for pool in plan.pools for text in _lines(pool, ways))
    else:
        body = Padding(_table(plan, ways, 24 if width >= WIDE else 12), (0, 0, 0, 2))
    sections: list[RenderableType] = [title("Instances"), body]
    if bought is not None:
        sections.append(bought)
    return Group(*sections)


def _table(plan: Plan, ways: list[str], bars: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    table.add_column("pool", overflow="fold")
    table.add_column("holds", overflow="fold")
    for way in ways:
        table.add_column(way, justify="right", overflow="fold")
    changing = any(sparkline(_running(pool), bars) for pool in plan.pools)
    if changing:
        table.add_column("running", no_wrap=True)
    for pool in plan.pools:
        row = [cell(_name(pool)), cell(_holds(pool))]
        row += [cell(span(_bought(pool, way)) if any(_bought(pool, way)) else "") for way in ways]
        if changing:
            row.append(cell(sparkline(_running(pool), bars)))
        table.add_row(*row)
    return table


def _lines(pool: PoolPlan, ways: list[str]) -> list[Text]:
    used = [f"{span(_bought(pool, way))} {way}" for way in ways if any(_bought(pool, way))]
    return [line(_name(pool)), line((f"  {_holds(pool)} each: {', '.join(used)}", FAINT))]


def _commitment(one: CommitmentPlan) -> Text:
    if one.measure == "spend":
        bought = f"{usd(one.units)} USD/h of spend"
    else:
        bought = counted(one.units, one.measure.removesuffix("s"))
    facts = [f"{bought} for {counted(one.term_months, 'month')}", f"{percent(one.used_share)} used"]
    if one.measure != "spend":
        facts.append(f"{usd(one.usd_per_unit_hour)} USD/h each")
    if one.upfront_usd:
        facts.append(f"{usd(one.upfront_usd)} USD upfront")
    if one.beyond_horizon_usd:
        facts.append(f"{usd(one.beyond_horizon_usd)} USD of it for after the horizon")
    return line(f"{one.name}: ", (", ".join(facts), FAINT))


def _ways(plan: Plan) -> list[str]:
    reserved = sorted({_term(pool, name) for pool in plan.pools for name in pool.reserved})
    return ["on demand", *reserved, "owned", "spot"]


def _bought(pool: PoolPlan, way: str) -> tuple[float, ...]:
    fixed = {"on demand": pool.on_demand, "owned": pool.owned, "spot": pool.spot}
    if way in fixed:
        return fixed[way]
    covers = [counts for name, counts in pool.reserved.items() if _term(pool, name) == way]
    return tuple(map(sum, zip(*covers)))


def _term(pool: PoolPlan, name: str) -> str:
    """What stands over a reservation's column: what covers this pool alone goes by its term, since the row names the pool."""
    place = f" {pool.provider}:{pool.instance_type}@{_region(pool)}"
    return f"reserved {name.removesuffix(place)}" if name.endswith(place) else name


def _running(pool: PoolPlan) -> list[float]:
    return [firm + spot for firm, spot in zip(pool.running_firm, pool.spot)]


def _name(pool: PoolPlan) -> str:
    return f"{pool.provider} {pool.instance_type}, {_region(pool)}"


def _region(pool: PoolPlan) -> str:
    return pool.region.removeprefix(f"{pool.provider}:")


def _holds(pool: PoolPlan) -> str:
    count = pool.accelerators_per_instance
    return f"{count} × {pool.accelerator}" if count > 1 else pool.accelerator
