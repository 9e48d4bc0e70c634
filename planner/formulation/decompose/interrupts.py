"""What ends one search must be heard by what is made of many: Ctrl-C, and the time that the last step needs."""

from __future__ import annotations

from planner.milp.status import Ended, Solution

#: Times as long as the last completion took are left to the next one.
SPARE = 1.5


def heard(answer: Solution) -> Solution:
    """``answer``; raises KeyboardInterrupt where Ctrl-C ended the search that gave it."""
    if answer.ended is Ended.INTERRUPTED:
        raise KeyboardInterrupt
    return answer


class Sooner:
    """A run whose time is over earlier by what making a plan of the choice takes, so that it is not lost."""

    def __init__(self, run, completion_s: float) -> None:
        self._run, self._spare = run, SPARE * completion_s
        self.options, self.stop, self.tell = run.options, run.stop, run.tell

    def left(self) -> float | None:
        """Wall seconds left; None without a limit."""
        left = self._run.left()
        return None if left is None else max(0.0, left - self._spare)
