"""Rule: provisioned throughput whose units are known, for whole terms within the horizon."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.hosted import JudgedHosted
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="api", unit="months")
def provisioned_units(it: JudgedHosted) -> Broken | None:
    """What a unit costs and carries is stated (``apis.provisioned``), and the horizon is a whole number of its terms; absent for other modes.

    No catalogue states what a unit carries of a model, without which its price says nothing.
    """
    if it.mode != "provisioned":
        return None
    units = it.offer.provisioned
    if units is None:
        text = f"what a unit of {it.offer.id} costs and carries is unknown (apis.provisioned states it)"
        return broken("provisioned_units", None, None, "", text)
    months = it.problem.horizon.months
    if units.term_months is None or months % units.term_months == 0:
        return None
    text = f"{it.name} is sold for {units.term_months} months at a time; the horizon is {months}"
    return broken("provisioned_units", float(units.term_months), float(months), "months", text)
