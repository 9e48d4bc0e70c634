"""Money and carbon stay within their caps."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case
from planner.verify.figures import carbon, money
from planner.verify.measure import Seen, at_most
from planner.verify.registry import check


@check("budget")
def budget(case: Case) -> Iterator[Seen]:
    """The recomputed total, its sum over the horizon, upfront cash, one-off work and team shares stay within caps."""
    for figure in money(case):
        yield at_most(figure.value, figure.limit, figure.where, unit="USD")


@check("carbon_cap")
def carbon_cap(case: Case) -> Iterator[Seen]:
    """Recomputed emissions of fleet, region and service stay under their caps; unknown emissions meet no cap."""
    for figure in carbon(case):
        yield at_most(figure.value, figure.limit, figure.where, unit="kgCO2e/month")
