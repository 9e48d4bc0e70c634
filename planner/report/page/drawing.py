"""What all charts share: the frame, round numbers on a scale, and marks that tell their figure when pointed at."""

from __future__ import annotations

import math

from planner.documents.clean import shortened
from planner.report.figures import amount
from planner.report.page.content import Figure
from planner.report.page.markup import Markup, tag

SERIES = 6


def drawing(width: float, height: float, title: str, *children: Markup) -> Markup:
    """An SVG that says what it is."""
    box = {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}", "height": f"{height:g}", "role": "img", "aria-label": title}
    return tag("svg", box, *children)


def mark(name: str, attributes: dict[str, object], figure: Figure, told: str) -> Markup:
    """A shape that stands for a figure, named when pointed at."""
    data = {"data-value": repr(figure.value), "data-from": figure.origin, "data-text": figure.text}
    return tag(name, {**attributes, **data}, tag("title", None, f"{told}: {figure.text}"))


def words(x: float, y: float, text: str, *, side: str = "start", kind: str = "name", most: int = 40) -> Markup:
    """A label; ``kind`` is ``name`` for words of the plan, ``tick`` for a number of the scale."""
    return tag("text", {"x": x, "y": y, "text-anchor": side, "class": kind}, shortened(text, most))


def figure_words(figure: Figure, after: float | None = None) -> Markup:
    """A figure within the words of a chart, so many units after what stands before it."""
    data = {"data-value": repr(figure.value), "data-from": figure.origin, "data-text": figure.text}
    return tag("tspan", {"class": "figure", "dx": after, **data}, figure.text)


def colour(series: int) -> str:
    """The class of a series; more than there are colours begin again."""
    return f"s{series % SERIES}"


def ticks(most: float, count: int = 4) -> list[float]:
    """Round numbers from 0 to the first one that is not below ``most``."""
    if not most > 0.0 or not math.isfinite(most):
        return [0.0, 1.0]
    rough = most / count
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * one for one in (1.0, 2.0, 2.5, 5.0, 10.0) if size * one >= rough * 0.999999)
    return [step * at for at in range(math.ceil(most / step - 1e-9) + 1)]


def tick_text(value: float) -> str:
    """A round number as short as it can be told."""
    return amount(float(f"{value:.6g}"))
