"""Ribbons from services to pools, as wide as what runs there."""

from __future__ import annotations

from planner.report.page.content import Flow
from planner.report.page.drawing import colour, drawing, mark, words
from planner.report.page.markup import Markup, tag

WIDTH, NAMES, BAR = 760.0, 190.0, 10.0
_LEAST, _GAP, _NAME = 4.0, 14.0, 24.0


def flow(content: Flow) -> Markup:
    """Left and right in the order of the plan; a side is as high as its names need, shared out by what goes through them."""
    left = list(dict.fromkeys(one[0] for one in content.links))
    right = list(dict.fromkeys(one[1] for one in content.links))
    total = sum(figure.value for _, _, figure in content.links) or 1.0
    each = min(12.0, _NAME * max(len(left), len(right), 4) / total)
    thick = [max(_LEAST, figure.value * each) for _, _, figure in content.links]
    tops, left_height = _sides(left, [one[0] for one in content.links], thick)
    ends, right_height = _sides(right, [one[1] for one in content.links], thick)
    parts = []
    used_left, used_right = dict.fromkeys(left, 0.0), dict.fromkeys(right, 0.0)
    x, to = NAMES + BAR, WIDTH - NAMES - BAR
    for (source, target, figure), width in zip(content.links, thick):
        y, z = tops[source][0] + used_left[source] + width / 2.0, ends[target][0] + used_right[target] + width / 2.0
        used_left[source] += width
        used_right[target] += width
        middle = (x + to) / 2.0
        path = {"d": f"M{x:.1f} {y:.1f} C{middle:.1f} {y:.1f} {middle:.1f} {z:.1f} {to:.1f} {z:.1f}", "stroke-width": width,
                "class": f"ribbon {colour(left.index(source))}"}  # fmt: skip
        parts.append(mark("path", path, figure, f"{source} in {target}, {content.unit}"))
    for name, (y, height) in tops.items():
        parts += [tag("rect", {"x": NAMES, "y": y, "width": BAR, "height": height, "class": "node"}), words(NAMES - 6.0, y + height / 2.0 + 4.0, name, side="end", most=26)]
    for name, (y, height) in ends.items():
        parts += [tag("rect", {"x": to, "y": y, "width": BAR, "height": height, "class": "node"}), words(to + BAR + 6.0, y + height / 2.0 + 4.0, name, most=27)]
    return drawing(WIDTH, max(left_height, right_height), content.title, *parts)


def _sides(names: list[str], of: list[str], thick: list[float]) -> tuple[dict[str, tuple[float, float]], float]:
    """Top and height of each name, and the height of the whole side."""
    found, y = {}, 4.0
    for name in names:
        height = sum(width for one, width in zip(of, thick) if one == name)
        found[name] = (y, height)
        y += max(height, 4.0) + _GAP
    return found, y
