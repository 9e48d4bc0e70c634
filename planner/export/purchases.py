"""What to sign: the commitments that a plan buys, one row each, for somebody who buys."""

from __future__ import annotations

import csv
import io
from typing import Any

from planner.documents import csv_safe, visible
from planner.plan.schema import Plan
from planner.units import HOURS_PER_MONTH

COLUMNS = (
    "commitment", "counted_in", "units", "term_months", "usd_per_unit_hour", "usd_per_month", "upfront_usd", "owed_beyond_horizon_usd",
    "used_share", "pools",
)  # fmt: skip


def commitments(plan: Plan) -> dict[str, str]:
    """One CSV; a plan that buys none gives its heading alone."""
    return {"commitments.csv": table_text(COLUMNS, [_row(plan, one) for one in plan.commitments])}


def _row(plan: Plan, one: Any) -> dict[str, Any]:
    pools = [pool.id for pool in plan.pools if any(pool.reserved.get(one.name, ()))]
    return {
        "commitment": one.name, "counted_in": one.measure, "units": one.units, "term_months": one.term_months,
        "usd_per_unit_hour": one.usd_per_unit_hour, "usd_per_month": one.units * one.usd_per_unit_hour * HOURS_PER_MONTH,
        "upfront_usd": one.upfront_usd, "owed_beyond_horizon_usd": one.beyond_horizon_usd, "used_share": one.used_share,
        "pools": " ".join(pools),
    }  # fmt: skip


def table_text(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    """CSV that a spreadsheet takes as text and numbers, never as formulas."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return stream.getvalue()


def _cell(value: Any) -> Any:
    safe = csv_safe(value)
    return visible(safe) if isinstance(safe, str) else safe
