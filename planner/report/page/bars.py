"""Horizontal bars with their figures beside them, a limit marked where there is one."""

from __future__ import annotations

from planner.documents.clean import shortened
from planner.report.page.content import Bar, Bars
from planner.report.page.drawing import colour, drawing, figure_words, mark
from planner.report.page.markup import Markup, tag

WIDTH, ROW, TOP = 640.0, 38.0, 4.0


def bars(content: Bars) -> Markup:
    """One bar a row, its name above it; where some are negative, a line stands at zero."""
    ends = [0.0, *(one.figure.value for one in content.bars), *(one.limit.value for one in content.bars if one.limit)]
    least, most = min(ends), max(ends)
    span = (most - least) or 1.0

    def x(value: float) -> float:
        return (value - least) / span * (WIDTH - 4.0)

    rows = [row for at, one in enumerate(content.bars) for row in _row(one, TOP + at * ROW, x, content.unit)]
    height = TOP + ROW * len(content.bars) + 4.0
    if least < 0.0:
        rows.append(tag("line", {"x1": x(0.0), "x2": x(0.0), "y1": 0.0, "y2": height, "class": "axis"}))
    return drawing(WIDTH, height, f"{content.title}, {content.unit}", *rows)


def _row(one: Bar, y: float, x, unit: str) -> list[Markup]:
    """The figure first: it is read where the bar does not fit a narrow screen."""
    left, right = sorted((x(0.0), x(one.figure.value)))
    box = {"x": left, "y": y + 15.0, "width": max(1.0, right - left), "height": 14.0, "class": colour(one.series)}
    told = f"{one.label}, {unit}"
    said = [figure_words(one.figure)]
    shapes = [mark("rect", box, one.figure, told)]
    if one.limit is not None:
        said += [tag("tspan", {"dx": 5}, "of"), figure_words(one.limit, 5)]
        at = x(one.limit.value)
        line = {"x1": at, "x2": at, "y1": y + 12.0, "y2": y + 32.0, "class": "limit"}
        shapes.append(mark("line", line, one.limit, f"limit of {told}"))
    said.append(tag("tspan", {"dx": 9, "class": "name"}, shortened(one.label, 80)))
    return [tag("text", {"x": 0, "y": y + 11.0}, *said), *shapes]
