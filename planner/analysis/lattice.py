"""Vectors of concessions, one step count a limit: what is known of which suffice, and the cheapest one that may."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from operator import le

Vector = tuple[int, ...]


class OutOfCalls(Exception):
    """The questions that may be asked are used up."""


class Lattice:
    """Whether conceding so much of each limit leaves a plan; more never hurts, so every answer tells of many vectors.

    top     the last step of each limit
    ask     whether a vector suffices; None: not known
    most    questions that may be asked
    """

    def __init__(self, top: Sequence[int], ask: Callable[[Vector], bool | None], *, most: int = 10_000) -> None:
        self.top = tuple(top)
        self.ask = ask
        self.most = most
        self.calls = 0
        self.enough: list[Vector] = []
        self.too_little: list[Vector] = []

    def suffices(self, vector: Vector) -> bool:
        """From what is known, else by asking. Raises OutOfCalls when there is no answer."""
        if any(below(known, vector) for known in self.enough):
            return True
        if any(below(vector, known) for known in self.too_little):
            return False
        if self.calls >= self.most:
            raise OutOfCalls
        self.calls += 1
        answer = self.ask(vector)
        if answer is None:
            raise OutOfCalls
        (self.enough if answer else self.too_little).append(vector)
        return answer

    def cheapest(
        self, pain: Callable[[Vector], float], *, free: frozenset[int] | None = None, but: Sequence[Vector] = (), most: int | None = None
    ) -> Vector | None:
        """The vector of least ``pain`` that suffices, exactly; None: there is none.

        pain  rises with every step      free  limits that may move; None: all      but  no vector above any of these
        most  vectors looked at for each candidate; beyond, raises OutOfCalls

        Every vector that does not suffice is grown to a greatest one of its kind, and whatever suffices must exceed each of
        those somewhere: the next candidate is the cheapest one that does.
        """
        while (vector := self.candidate(pain, free, but, most)) is not None:
            if self.suffices(vector):
                return vector
            self.too_little.append(self._grown(vector))
        return None

    def split(self, at: int, number: int) -> None:
        """A step more: ``number`` of position ``at``, those from there on one further. What is known stays known."""
        self.top = (*self.top[:at], self.top[at] + 1, *self.top[at + 1 :])
        for known in (self.enough, self.too_little):
            known[:] = [(*v[:at], v[at] + 1, *v[at + 1 :]) if v[at] >= number else v for v in known]

    def candidate(
        self, pain: Callable[[Vector], float], free: frozenset[int] | None, but: Sequence[Vector], most: int | None = None
    ) -> Vector | None:
        """The cheapest vector that nothing known rules out; None: there is none."""
        nothing = (0,) * len(self.top)
        queue = [(pain(nothing), nothing)]
        seen = {nothing}
        while queue:
            if most is not None and len(seen) > most:
                raise OutOfCalls
            _, vector = heapq.heappop(queue)
            if any(below(other, vector) for other in but):
                continue
            wall = next((known for known in self.too_little if below(vector, known)), None)
            if wall is None:
                return vector
            for i, step in enumerate(wall):
                if step < self.top[i] and (free is None or i in free):
                    raised = (*vector[:i], step + 1, *vector[i + 1 :])
                    if raised not in seen:
                        seen.add(raised)
                        heapq.heappush(queue, (pain(raised), raised))
        return None

    def _grown(self, vector: Vector) -> Vector:
        """A vector above it that still does not suffice, and none above that."""
        for i in range(len(vector)):
            low, high = vector[i], self.top[i]
            while low < high:
                # The greatest step first: most limits have no part in a conflict.
                middle = high if low == vector[i] and high == self.top[i] else (low + high + 1) // 2
                if self.suffices((*vector[:i], middle, *vector[i + 1 :])):
                    high = middle - 1
                else:
                    low = middle
            vector = (*vector[:i], low, *vector[i + 1 :])
        return vector


def below(one: Vector, other: Vector) -> bool:
    """Whether ``one`` concedes no more than ``other`` anywhere."""
    return all(map(le, one, other))
