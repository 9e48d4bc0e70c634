"""What a refresh of the catalogue did, and which prices wait for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType

from planner.report.cell import BAD, FAINT, STRONG, WARNING, line, listed
from planner.report.figures import amount, counted


def refreshed_view(edition: str, found: Any, findings: Sequence[Any]) -> RenderableType:
    """Counts, then what was held back (``planner.catalog.refresh.Refreshed``), then errors of the edition's check."""
    counts = f"{counted(found.confirmed, 'price')} confirmed, {amount(found.changed)} changed, {counted(found.added, 'offer')} added"
    sections: list[RenderableType] = [line((f"{edition}: ", STRONG), counts)]
    if found.held:
        held = [line(f"{one.table} {one.id} {one.field}: {amount(one.before)} → {amount(one.after)}") for one in found.held]
        sections += [line(("Kept at the old price until a person has looked (--accept ID)", WARNING)), listed(held)]
    if findings:
        sections += [line(("The edition does not pass its check", BAD)), listed(line(f"{one.rule} {one.table} {one.id}: {one.message}") for one in findings)]
    return Group(*sections, line((f"planner catalog check {edition} looks further; planner catalog diff shows every change", FAINT)))
