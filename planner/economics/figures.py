"""Figures that a problem states as numbers or takes by name from the catalogue's table of costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.errors import Fault, InvalidInput
from planner.units import HOURS_PER_YEAR

#: By field: units of the catalogue's rows that it takes, each with what turns a value into the field's own unit.
UNITS: dict[str, dict[str, float]] = {
    "usd_per_gb_month": {"USD/GB-month": 1.0},
    "usd_per_gb": {"USD/GB": 1.0},
    "usd_per_hour": {"USD/h": 1.0},
    "usd_per_instance_hour": {"USD/h": 1.0},
    "usd_per_accelerator_hour": {"USD/GPU-hour": 1.0, "USD/GPU-year": 1.0 / HOURS_PER_YEAR},
    "usd_per_person_year": {"USD/year": 1.0, "USD/year base": 1.0},
    "usd_per_month": {"USD/month": 1.0},
    "usd_per_kw_month": {"USD/kW-month": 1.0},
    "usd_per_accelerator": {"USD": 1.0},
    "loading": {"x": 1.0},
    "share_of_bill": {"fraction of bill": 1.0},
}


def named_figures(problem: Any) -> tuple[str, ...]:
    """Ids of all rows of the catalogue's costs that a problem takes a figure from, sorted."""
    caches = (cache for service in problem.services for cache in service.caches)
    return tuple(sorted({name for part in (problem.costs, *problem.owned, *caches) for name in _names(part)}))


def _names(model: Any) -> Iterator[str]:
    for field, value in model:
        if field in UNITS and isinstance(value, str):
            yield value
        for inner in value if isinstance(value, tuple) else (value,):
            if hasattr(inner, "model_fields_set"):
                yield from _names(inner)


def figure(value: float | str, field: str, catalog: Any) -> float:
    """``value`` itself, or the value of the catalogue's row of that id in the unit of ``field``; raises InvalidInput."""
    if not isinstance(value, str):
        return float(value)
    fault = figure_fault(value, field, catalog)
    if fault is not None:
        raise InvalidInput("problem", [Fault(field, *fault)])
    row = catalog.costs[value]
    return row.value * UNITS[field][row.unit]


def figure_fault(value: float | str, field: str, catalog: Any) -> tuple[str, str] | None:
    """(code, message) of a name that gives no figure in the unit of ``field``; None: it does."""
    if not isinstance(value, str):
        return None
    row = catalog.costs.get(value)
    if row is None:
        return "unknown_figure", f'the catalogue has no cost "{value}"; planner catalog list costs shows them'
    if row.unit not in UNITS[field]:
        return "odd_unit", f'"{value}" is in {row.unit or "no unit"}; {field} takes {", ".join(UNITS[field])}'
    return None
