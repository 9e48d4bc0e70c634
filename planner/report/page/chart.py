"""Charts as inline SVG, each with a title for those who do not see it; the tables beside them hold the same figures."""

from __future__ import annotations

from planner.report.page.bars import bars
from planner.report.page.content import Bars, Chart, Flow, Points, Stack
from planner.report.page.flow import flow
from planner.report.page.markup import Markup, tag
from planner.report.page.points import points
from planner.report.page.stack import legend, stack


def chart(content: Chart) -> Markup:
    """The figure element of a chart, with its caption."""
    drawings = {Bars: bars, Stack: stack, Flow: flow, Points: points}
    key = legend(content) if isinstance(content, Stack) else None
    caption = tag("figcaption", None, tag("bdi", None, content.title), key)
    scroll = tag("div", {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": f"Chart: {content.title}"}, drawings[type(content)](content))
    return tag("figure", None, caption, scroll)
