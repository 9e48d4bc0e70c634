"""Ctrl-C ends one search with what it has; what is made of many searches must hear of it too."""

from __future__ import annotations

from planner.milp.status import Ended, Solution


def heard(answer: Solution) -> Solution:
    """``answer``; raises KeyboardInterrupt where Ctrl-C ended the search that gave it."""
    if answer.ended is Ended.INTERRUPTED:
        raise KeyboardInterrupt
    return answer
