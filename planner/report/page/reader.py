"""Reads figures out of a plan's JSON by their place, so that none can be shown that the plan does not state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planner.report.figures import amount, percent, usd
from planner.report.page.content import Figure
from planner.report.page.figures_from import DERIVED

Step = str | int


@dataclass(frozen=True)
class Reader:
    """One plan as JSON, and what its money is counted in.

    document  ``Plan.model_dump(mode="json")``
    prefix    before every origin: empty, or ``other:`` for the plan compared with
    unit      ``USD/month``, or ``index`` where prices are hidden
    """

    document: Mapping[str, Any]
    prefix: str = ""
    unit: str = "USD/month"

    def get(self, *steps: Step, default: Any = None) -> Any:
        """What stands at a place; ``default`` where nothing does."""
        found: Any = self.document
        for step in steps:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return default
        return default if found is None else found

    def figure(self, show: Callable[[float], str], *steps: Step) -> Figure | None:
        """The number at a place; None where the plan has none."""
        value = self.get(*steps)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return Figure(value, show(value), self.prefix + pointer(*steps))

    def money(self, *steps: Step) -> Figure | None:
        """An amount of money at a place."""
        return self.figure(usd, *steps)

    def quantity(self, *steps: Step) -> Figure | None:
        """A number of any size at a place."""
        return self.figure(amount, *steps)

    def derived(self, show: Callable[[float], str], name: str, *arguments: Step) -> Figure | None:
        """A figure that follows from others of the plan; None where they are unknown."""
        value = DERIVED[name](self.document, *arguments)
        if value is None:
            return None
        return Figure(value, show(value), " ".join([self.prefix + name, *(pointer(one).removeprefix("/") for one in arguments)]))


def pointer(*steps: Step) -> str:
    """RFC 6901, with blanks written as ``%20`` so that an origin is one word."""
    written = (str(step).replace("%", "%25").replace(" ", "%20").replace("~", "~0").replace("/", "~1") for step in steps)
    return "".join(f"/{one}" for one in written)


def share(value: float) -> str:
    """A share as per cent."""
    return percent(value)


def milliseconds(value: float) -> str:
    """Latency with the digits that mean something."""
    return amount(round(value, 0 if value >= 100.0 else 1))


def kilograms(value: float) -> str:
    """Emissions to a tenth of a kilogram."""
    return amount(round(value, 1)) if abs(value) >= 1.0 else amount(value)
