"""Columns over the periods, series upon series, with a line above them on a scale of its own."""

from __future__ import annotations

from collections.abc import Sequence

from planner.report.page.content import Stack
from planner.report.page.drawing import colour, drawing, mark, tick_text, ticks, words
from planner.report.page.markup import Markup, joined, tag

WIDTH, LEFT, COLUMNS, LINE = 640.0, 56.0, 190.0, 90.0
_BELOW = 22.0


def stack(content: Stack) -> Markup:
    """The line in a panel above, the columns below, one time axis for both."""
    top = LINE + 26.0 if content.line else 8.0
    parts = _line_panel(content) if content.line else []
    totals = [sum(figures[t].value for _, figures in content.series) for t in range(len(content.periods))]
    scale = ticks(max(totals, default=0.0))

    def y(value: float) -> float:
        return top + COLUMNS * (1.0 - value / scale[-1])

    parts += [_grid(y(one), one) for one in scale]
    for t, name in enumerate(content.periods):
        x, width = _place(t, len(content.periods))
        below = 0.0
        for at, (series, figures) in enumerate(content.series):
            value = figures[t].value
            if value:
                box = {"x": x, "y": y(below + value), "width": width, "height": max(0.5, y(below) - y(below + value)), "class": colour(at)}
                parts.append(mark("rect", box, figures[t], f"{name}, {series}, {content.unit}"))
            below += value
    parts += _names(content.periods, top + COLUMNS + 15.0)
    return drawing(WIDTH, top + COLUMNS + _BELOW, f"{content.title}, {content.unit}", *parts)


def legend(content: Stack) -> Markup:
    """Which colour is which, and what the panel above shows."""
    items = [joined(tag("svg", {"width": "12", "height": "12", "aria-hidden": "true"}, tag("rect", {"width": 12, "height": 12, "class": colour(at)})), " ", tag("bdi", None, name))
             for at, (name, _) in enumerate(content.series)]  # fmt: skip
    shown = [tag("li", None, one) for one in items]
    above = tag("li", None, f"above: {content.line[0]}") if content.line else None
    return tag("ul", {"class": "legend"}, *shown, above, tag("li", None, f"columns: {content.unit}"))


def _line_panel(content: Stack) -> list[Markup]:
    name, unit, figures = content.line
    scale = ticks(max((one.value for one in figures), default=0.0), 2)

    def y(value: float) -> float:
        return 8.0 + LINE * (1.0 - value / scale[-1])

    found = [_grid(y(one), one) for one in scale]
    places = [_place(t, len(figures)) for t in range(len(figures))]
    path = " ".join(f"{'L' if t else 'M'}{x:.1f} {y(figure.value):.1f} h{width:.1f}" for t, (figure, (x, width)) in enumerate(zip(figures, places)))
    found.append(tag("path", {"d": path, "class": "demand"}))
    for t, (figure, (x, width)) in enumerate(zip(figures, places)):
        box = {"x": x, "y": 8.0, "width": width, "height": LINE, "class": "seen"}
        found.append(mark("rect", box, figure, f"{content.periods[t]}, {name}"))
    return found


def _grid(y: float, value: float) -> Markup:
    line = tag("line", {"x1": LEFT, "x2": WIDTH, "y1": y, "y2": y, "class": "grid"})
    return joined(line, words(LEFT - 6.0, y + 4.0, tick_text(value), side="end", kind="tick"))


def _place(t: int, count: int) -> tuple[float, float]:
    """Left edge and width of a period's column, a gap of a tenth between."""
    each = (WIDTH - LEFT) / max(1, count)
    width = min(each * 0.9, 120.0)
    return LEFT + each * t + (each - width) / 2.0, width


def _names(periods: Sequence[str], y: float) -> list[Markup]:
    """As many names as there is room for; of ``season/hour`` the season where it begins, then hours."""
    every = max(1, -(-len(periods) // 12))
    found, season = [], ""
    for t in range(0, len(periods), every):
        x, width = _place(t, len(periods))
        head, _, tail = periods[t].rpartition("/")
        shown = tail if head in ("", season) else head
        season = head
        found.append(words(x + width / 2.0, y, shown, side="middle", most=9))
    return found
