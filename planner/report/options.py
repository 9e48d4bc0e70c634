"""What each service may choose from, which rules left the rest out, and what came closest."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from planner.report.cell import BAD, FAINT, GOOD, STRONG, cell, line, listed
from planner.report.figures import apart, counted, percent
from planner.report.foundations import left_out_lines, value_text

_SETS_SHOWN = 8
_MISSES_SHOWN = 3
_HOSTED_SHOWN = 4


def options_content(report: dict[str, Any]) -> dict[str, Any]:
    """The document of ``planner check``.

    report  as ``planner.candidates.report.check_report`` makes it

    ``candidates`` are all that were judged, ``kept`` those that meet every rule, and the counts of ``removed_by``
    make up the difference; ``dominated`` are kept ones that another makes superfluous.
    """
    return {**report, "services": [_content(service) for service in report["services"]]}


def _content(service: dict[str, Any]) -> dict[str, Any]:
    counts = {"candidates": service["considered"], "kept": service["candidates"], "removed": service["removed"]}
    return {"name": service["service"], **counts, **{k: v for k, v in service.items() if k not in _RENAMED}}


# What the document calls otherwise, or says already.
_RENAMED = frozenset({"service", "considered", "candidates", "kept", "removed"})


def options_view(report: dict[str, Any], *, everything: bool) -> RenderableType:
    """Per service: how many are kept, exact sets of rules with their counts, closest misses.

    report  as ``options_content`` gives it
    """
    sections: list[RenderableType] = []
    for service in report["services"]:
        sections += [line("")] if sections else []
        sections.append(_heading(service))
        removed = sorted(service["removed_by"], key=lambda one: (-one["count"], one["rules"]))
        shown = removed if everything else removed[:_SETS_SHOWN]
        if shown:
            sections.append(_sets(shown))
        hidden = removed[len(shown) :]
        if hidden:
            count = sum(one["count"] for one in hidden)
            sections.append(listed([line((f"and {count:,} by {counted(len(hidden), 'more set')} (-v shows them)", FAINT))]))
        misses = service["closest_miss"]
        if misses:
            sections.append(line("  closest misses:"))
            sections.append(listed((_miss(one) for one in (misses if everything else misses[:_MISSES_SHOWN])), indent=4))
        sections += _hosted(service.get("hosted"), everything)
    if everything and report["excluded_pools"]:
        left_out = [left_out_lines(one["reason"], one["pools"], one["services"]) for one in report["excluded_pools"]]
        sections += [line(""), line(("pools left out", STRONG)), listed(text for lines in left_out for text in lines)]
    return Group(*sections)


def _heading(service: dict[str, Any]) -> Text:
    kept, all_of_them = service["kept"], service["candidates"]
    verdict = (f"{kept:,} of {counted(all_of_them, 'configuration')} kept", GOOD if kept else BAD)
    found = line((service["name"], STRONG), "  ", verdict)
    dominated = sum(len(one["what"]) for one in service.get("dominated", ()))
    return found.append_text(cell(f", {dominated:,} of them dominated", FAINT)) if dominated else found


def _hosted(hosted: dict[str, Any] | None, everything: bool) -> list[RenderableType]:
    """Hosted options that are left, and why the others are not."""
    if not hosted or not (hosted["kept"] or hosted["removed"]):
        return []
    names = ", ".join(one["name"] for one in hosted["kept"]) or "none is left"
    lines = [line((f"hosted by others ({len(hosted['kept'])}) ", STRONG), names)]
    shown = hosted["removed"] if everything else hosted["removed"][:_HOSTED_SHOWN]
    for one in shown:
        lines.append(line((f"{', '.join(one['rules'])} ", STRONG), f"{one['name']}: {'; '.join(one['messages'])}"))
    more = len(hosted["removed"]) - len(shown)
    if more:
        lines.append(line((f"and {more} more (-v shows them)", FAINT)))
    return [listed(lines)]


def _sets(removed: list[dict[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(justify="right", min_width=7, no_wrap=True)
    table.add_column(overflow="fold")
    for one in removed:
        table.add_row(f"{one['count']:,}", cell(" and ".join(one["rules"])))
    return table


def _miss(one: dict[str, Any]) -> Text:
    value, limit = one["value"], one["limit"]
    if isinstance(value, (int, float)) and isinstance(limit, (int, float)) and not isinstance(value, bool):
        reached, wanted = apart(float(value), float(limit))
        figures = f"{reached} against {wanted}{f' {unit}' if (unit := one.get('unit')) else ''}"
    else:
        figures = " against ".join(value_text(part) for part in (value, limit) if part is not None)
    off = f", off by {percent(one['relative_miss'])}" if one.get("relative_miss") is not None else ""
    return line((f"{one['rule']} ", STRONG), f"{one['candidate']}: {figures}{off}")
