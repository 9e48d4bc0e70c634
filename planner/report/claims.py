"""Claims and sizes on a terminal: what is said, the arithmetic, the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType

from planner.report.cell import FAINT, STRONG, line, listed, title


def claims_view(found: Sequence[Any]) -> RenderableType:
    """One entry a claim."""
    sections = []
    for one in found:
        sections += [line((one.claim, STRONG), (f"  ({one.name})", FAINT)), listed([*map(line, one.arithmetic), line(("→ ", FAINT), one.verdict)])]
    return Group(*sections)


def sizes_view(flop: float, found: Sequence[Any]) -> RenderableType:
    """What a budget buys, by each relation."""
    lines = [
        line((f"{one.relation}: ", STRONG), f"{one.parameters / 1e9:,.3g} × 10^9 parameters on {one.tokens / 1e9:,.4g} × 10^9 tokens, loss {one.loss:.3f}")
        for one in found
    ]
    return Group(title(f"{flop:.4g} FLOP buy"), listed(lines))
