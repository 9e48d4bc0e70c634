"""What measurements change, and which are worth making."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from planner.report.cell import FAINT, GOOD, NARROW, STRONG, cell, line, listed, title
from planner.report.figures import amount, level, percent, usd

UNITS = {"output_tokens_per_s": "output tokens/s", "ttft_ms": "TTFT ms", "tpot_ms": "TPOT ms"}


def before_after_view(service: str, rows: Sequence[Any], medians: dict[str, float | None], output: str | None, width: int) -> RenderableType:
    """One line for each measured figure with the formula's error before and after (``analysis.profiles.Compared``)."""
    count = len({(row.input_tokens, row.output_tokens, row.concurrency) for row in rows})
    heading = line((service, STRONG), f"  {count} measured load{'s' if count != 1 else ''}")
    said = [f"{words} {percent(medians[name])}" for name, words in _WORDS if medians[name] is not None]
    lines = [line((f"median error: {', '.join(said)}", FAINT))]
    if output is not None:
        lines.append(line("written to ", (output, STRONG)))
    return Group(heading, _figures(rows, width), listed(lines))


_WORDS = (("before", "before"), ("others", "from the other loads"), ("after", "after"))


def _figures(rows: Sequence[Any], width: int) -> RenderableType:
    if width < NARROW:
        return listed(
            line(f"{_load(row)} {UNITS[row.metric]} {amount(row.measured)}", (f", formula {_error(row, 'before')}, after {_error(row, 'after')}", FAINT))
            for row in rows
        )
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    for name in ("tokens in/out, load", "figure", "measured", "formula", "error", "by others", "after"):
        table.add_column(name, justify="left" if name in ("tokens in/out, load", "figure") else "right", overflow="fold")
    for row in rows:
        table.add_row(
            cell(_load(row)), cell(UNITS[row.metric]), cell(amount(row.measured)), cell(amount(round(row.before, 3))),
            cell(_error(row, "before")), cell(_error(row, "others")), cell(_error(row, "after"), GOOD),
        )  # fmt: skip
    return table


def _load(row: Any) -> str:
    load = "max" if row.concurrency is None else amount(round(row.concurrency, 1))
    return f"{amount(round(row.input_tokens))}/{amount(round(row.output_tokens))}, {load}"


def _error(row: Any, name: str) -> str:
    error = row.error(name)
    return "" if error is None else f"{100.0 * error:+.0f} %"


def worth_view(found: Any, width: int) -> RenderableType:
    """Costs at the ends of the bands, then the runs by what they save (``analysis.worth_measuring.Worth``)."""
    ends = (("nominal", found.nominal_usd_per_month), (f"safe ({level(found.confidence)})", found.safe_usd_per_month),
            ("optimistic", found.optimistic_usd_per_month))  # fmt: skip
    costs = ", ".join(f"{name} {'no plan' if value is None else usd(value)}" for name, value in ends)
    lines = []
    for at, one in enumerate(found.measurements, 1):
        name = f"{one.variant} on {one.accelerator}" + (f" ×{one.tp * one.pp}" if one.tp * one.pp > 1 else "")
        lines.append(line(f"{at}. ", (one.service, STRONG), f"  {name}: ", *_saving(one.saving_usd_per_month)))
        load = f"{amount(one.input_tokens)} tokens in, {amount(one.output_tokens)} out, {amount(one.concurrency)} at once"
        load += ", and single requests" if one.alone else ""
        lines.append(line((f"   run it with {load}; throughput is known within {_range(one.band_now)}, then {_range(one.band_after)}", FAINT)))
        used = [word for word, uses in (("nominal", one.nominal), ("safe", one.safe), ("optimistic", one.optimistic)) if uses]
        lines.append(line((f"   in the {' and the '.join(used)} plan", FAINT)))
    if all(value is None for _, value in ends):
        lines = [line("nothing: at neither end of the bands is there a plan, so what stands in the way is no prediction")]
    elif not lines:
        lines = [line("no single run would make the safe plan cheaper: all in use is measured, or the plan does not rest on one band")]
    return Group(line(title("Cost"), (f" in USD/month: {costs}", "")), line(title("Worth measuring"), (" by what the safe plan saves if the formula is confirmed", FAINT)), listed(lines))


def _saving(usd_per_month: float | None) -> tuple:
    if usd_per_month is None:
        return ("what it saves is unknown: there is no safe plan to compare with",)
    return ("up to ", (f"{usd(usd_per_month)} USD/month", STRONG))


def _range(band: tuple[float, float]) -> str:
    return f"×{band[0]:.2f} to ×{band[1]:.2f}"
