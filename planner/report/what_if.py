"""What if: the changes, then the difference that they make, or why there is none to show."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from planner.report.cell import FAINT, STRONG, WARNING, line
from planner.report.difference import difference_content, difference_view, interval_text
from planner.report.no_plan import answer_content, answer_view
from planner.report.plain import plain


def what_if_content(found: Any) -> dict[str, Any]:
    """For machines."""
    content: dict[str, Any] = {"changes": list(found.changes), "proof": found.proof, "rounded": list(found.rounded)}
    if found.left_out:
        content |= {"left_out": list(found.left_out), "walk_away_usd_per_month": plain(found.walk_away)}
    if found.found is not None:
        return {**content, **difference_content(found.found)}
    return {**content, "base": answer_content(found.base), "changed": answer_content(found.after)}


def what_if_view(found: Any, width: int) -> RenderableType:
    """For a terminal."""
    head: list[RenderableType] = [line(("What if ", STRONG), ", ".join(found.changes))]
    head += [line((f"{text}.", FAINT)) for text in found.rounded]
    if found.proof == "upper_estimate":
        head.append(line(("An upper estimate from few candidates; without --quick the difference is tightened to the gap.", WARNING)))
    if found.found is not None:
        if found.left_out:
            head.append(_walk_away(found))
        return Group(*head, difference_view(found.found, width, names=("now", "then")))
    sides = [line((f"{name}: ", FAINT), answer_view(answer)) if isinstance(answer_view(answer), Text) else Group(line((f"{name}:", FAINT)), answer_view(answer))
             for name, answer in (("now", found.base), ("then", found.after))]
    return Group(*head, *sides)


def _walk_away(found: Any) -> Text:
    """What keeping it is worth: the most that may be paid for it."""
    worth, names = found.walk_away, " and ".join(found.left_out)
    if worth.sign == "same":
        return line((f"Walk-away value of {names}: nothing; another plan costs as much.", STRONG))
    them = "them" if len(found.left_out) > 1 else "it"
    return line((f"Walk-away value of {names}, the most that keeping {them} is worth: ", STRONG), interval_text(worth).plain.replace(" more", "", 1))
