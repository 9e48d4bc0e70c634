"""Points of two figures each, joined by a line, with the ones that matter marked."""

from __future__ import annotations

from planner.report.page.content import Points
from planner.report.page.drawing import drawing, mark, tick_text, ticks, words
from planner.report.page.markup import Markup, tag

WIDTH, HEIGHT, LEFT, BELOW = 640.0, 320.0, 70.0, 44.0


def points(content: Points) -> Markup:
    """Both scales begin at zero, so that a small saving looks small."""
    across = ticks(max((one[1].value for one in content.points), default=0.0))
    up = ticks(max((one[2].value for one in content.points), default=0.0))

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - 20.0) * value / across[-1]

    def y(value: float) -> float:
        return 10.0 + (HEIGHT - BELOW - 10.0) * (1.0 - value / up[-1])

    parts = [tag("line", {"x1": LEFT, "x2": WIDTH, "y1": y(one), "y2": y(one), "class": "grid"}) for one in up]
    parts += [words(LEFT - 6.0, y(one) + 4.0, tick_text(one), side="end", kind="tick") for one in up]
    parts += [words(x(one), HEIGHT - BELOW + 16.0, tick_text(one), side="middle", kind="tick") for one in across]
    parts.append(words((LEFT + WIDTH) / 2.0, HEIGHT - 6.0, content.across, side="middle"))
    ordered = sorted(content.points, key=lambda one: (one[1].value, one[2].value))
    path = " ".join(f"{'L' if at else 'M'}{x(a.value):.1f} {y(b.value):.1f}" for at, (_, a, b) in enumerate(ordered))
    parts.append(tag("path", {"d": path, "class": "demand"}))
    for at, (name, a, b) in enumerate(content.points):
        circle = {"cx": x(a.value), "cy": y(b.value), "r": 7 if at in content.marked else 5, "class": "s1" if at in content.marked else "s0"}
        parts.append(mark("circle", circle, b, f"{name}, {content.across} {a.text}, {content.up}"))
    return drawing(WIDTH, HEIGHT, f"{content.title}: {content.up} over {content.across}", *parts)
