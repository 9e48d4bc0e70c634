"""Makes a plan better one period at a time by search: all its replicas are free, and what is signed for all periods with them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.backends.crew import Crew, Job
from planner.formulation.build import Built
from planner.formulation.decompose.completion import keep_if_better
from planner.formulation.decompose.interrupts import Sooner
from planner.formulation.decompose.period_owners import NONE, SEVERAL, periods_of_columns, periods_of_rows
from planner.formulation.decompose.pricing import out_of_time
from planner.formulation.decompose.split import split_by_period
from planner.formulation.placements import with_rows
from planner.formulation.registry import constraints
from planner.milp.model import LinearModel

#: Passes over all periods at most, and the share of the gap asked for that one must gain to be followed by another.
PASSES, LITTLE = 8, 0.3
#: Periods searched side by side; fixed, so that the plan does not depend on how many there are to search.
TOGETHER = 4
#: Share of the gap asked for within which one period is searched, and its nodes.
SHARE, NODES = 0.2, 400
#: A row may be broken by so much, relative to what is in it.
TOLERANCE = 1e-7
#: All of a limit costs at least so many times the plan while it is broken, and so many times more after each few periods.
PAIN, DEARER = 0.03, 1.4
#: Share of the cost from which a gain counts.
LEAST = 1e-9


@dataclass(frozen=True)
class Guide:
    """What pricing knows.

    prices   of the program's rows; those of limits over several periods are used [rows]
    slack    by how much each period costs more than its bound, at these prices [T]; infinite where that is not known
    """

    prices: np.ndarray
    slack: np.ndarray


def better_by_searches(built: Built, covered: Built, begun: np.ndarray, guide: Guide, best, run, crew: Crew) -> bool:
    """Makes ``best`` the plan that searches of single periods make of ``begun``, where it is better; whether it is.

    A pass takes every period anew, with what is signed, what runs before and after, and all limits in view: a plan
    that falls short of the prices only because commitments are whole, or services share machines, gains most of that.
    ``begun`` may break limits over several periods. These, which no single period can trade with another, are charged
    at their prices at first, at more while they are broken, and at nothing in the end.
    """
    before = best.objective
    searches = _Searches(with_rows(covered, sorted(best.placements)), begun, guide)
    hurried = Sooner(run, best.completion_s)
    for _ in range(PASSES):
        gained = searches.sweep(hurried, crew)
        if out_of_time(hurried):
            break
        if gained < LITTLE * max(run.options.gap, 1e-9) * abs(searches.cost()) and not searches.cheaper():
            break
    keep_if_better(built, searches.values[: built.model.column_count], best, run)
    return best.objective < before


def joined(covered: Built, values: np.ndarray, guide: Guide, crew: Crew) -> np.ndarray | None:
    """``values`` of the periods' columns with what periods share at its cheapest, limits over several periods at their prices."""
    searches = _Searches(covered, values, guide)
    return searches.settled(values, searches.model.cost + searches.charge(), crew, limits=False)


@dataclass
class _Part:
    """Some columns of the program, all others as they are: numbers of its columns and rows, and what is left of it."""

    columns: np.ndarray
    rows: np.ndarray
    model: LinearModel


class _Searches:
    """A vector of the program that searches of single periods make better.

    still   periods whose last search won nothing, and that nothing they see has changed since
    """

    def __init__(self, built: Built, values: np.ndarray, guide: Guide) -> None:
        self.built, self.model = built, built.model
        self.values = np.zeros(self.model.column_count)
        self.values[: values.size] = values
        self._row = self.model.entry_row()
        self._block = split_by_period(built).block_of_column
        self._always = np.flatnonzero(periods_of_columns(built, self.model.column_count) == NONE)
        self._several = self._limits()
        known = np.zeros(self.model.row_count)
        known[: guide.prices.size] = guide.prices
        self._least = np.where(self._several, np.maximum(-known, 0.0), 0.0)
        self._price = self._least
        self._slack = guide.slack
        self.still: set[int] = set()

    def cost(self) -> float:
        """Of the vector, without what breaking limits costs."""
        return self.model.objective(self.values)

    def sweep(self, run, crew: Crew) -> float:
        """Searches every period once, those first that cost most beyond their bound; what was won, limits at their prices."""
        periods = self.built.sets.period_count
        each = np.array([float(self.model.cost[own] @ self.values[own]) for own in (self._block == t for t in range(periods))])
        todo = [t for t in np.lexsort((-each, -self._slack)).tolist() if t not in self.still]
        won = 0.0
        while todo and not out_of_time(run):
            together = _apart(todo, periods)
            todo = [t for t in todo if t not in together]
            cost = self.model.cost + self.charge()
            parts = [self._part((self._block == t) | (self._block < 0), cost) for t in together]
            gap = SHARE * max(run.options.gap, 1e-9)
            jobs = [Job(part.model, gap, NODES, self.values[part.columns]) for part in parts]
            answers = crew.solve_all(jobs, stop=lambda: out_of_time(run))
            for t, part, answer in zip(together, parts, answers, strict=True):
                if answer.values is not None:
                    won += self._take(t, part, np.where(part.model.integer, np.round(answer.values), answer.values), cost, crew)
        return won

    def _take(self, t: int, part: _Part, newest: np.ndarray, cost: np.ndarray, crew: Crew) -> float:
        """Takes a period's answer where that gains, and says how much; what is shared is settled anew where another was taken meanwhile."""
        found = self.values.copy()
        found[part.columns] = newest
        if not self._holds(found):
            own = self._block[part.columns] == t
            found = self.values.copy()
            found[part.columns[own]] = newest[own]
            found = self.settled(found, cost, crew)
        gain = 0.0 if found is None else float(cost @ (self.values - found))
        if found is None or gain < LEAST * abs(float(cost @ self.values)):
            self.still.add(t)
            return 0.0
        periods = self.built.sets.period_count
        signed = not np.allclose(found[self._always], self.values[self._always], rtol=1e-6, atol=1e-6)
        self.still = set() if signed else self.still - {(t - 1) % periods, (t + 1) % periods}
        self.values = found
        return gain

    def settled(self, values: np.ndarray, cost: np.ndarray, crew: Crew, *, limits: bool = True) -> np.ndarray | None:
        """``values`` with what is shared at its cheapest, None where it cannot be; ``limits`` over several periods kept or not."""
        part = self._part(self._block < 0, cost, values)
        if not limits:
            part = replace(part, model=replace(part.model, row_upper=np.where(self._several[part.rows], np.inf, part.model.row_upper)))
        (answer,) = crew.solve_all([Job(part.model, 1e-6, NODES)])
        if answer.values is None:
            return None
        full = values.copy()
        full[part.columns] = np.where(part.model.integer, np.round(answer.values), answer.values)
        return full if not limits or self._holds(full) else None

    def _holds(self, values: np.ndarray) -> bool:
        """Whether all rows hold, or are no worse broken than they are."""
        model = self.model
        use, now = (np.bincount(self._row, weights=model.coefficient * v[model.column_index], minlength=model.row_count) for v in (values, self.values))
        slack = TOLERANCE * np.maximum(1.0, np.abs(use))
        return bool(np.all(use >= np.minimum(model.row_lower, now) - slack) and np.all(use <= np.maximum(model.row_upper, now) + slack))

    def _part(self, free: np.ndarray, cost: np.ndarray, values: np.ndarray | None = None) -> _Part:
        """The program of the columns ``free``, all others as in ``values``; a row that is broken may stay so."""
        model, values = self.model, self.values if values is None else values
        inside = free[model.column_index]
        filled = np.bincount(self._row[inside], minlength=model.row_count)
        rows, columns = np.flatnonzero(filled), np.flatnonzero(free)
        rest = np.bincount(self._row[~inside], weights=(model.coefficient * values[model.column_index])[~inside], minlength=model.row_count)[rows]
        own = np.bincount(self._row[inside], weights=(model.coefficient * self.values[model.column_index])[inside], minlength=model.row_count)[rows]
        # What stands now is a start: sides that it breaks give way as far as it does.
        broken = self._several[rows]
        lower, upper = model.row_lower[rows] - rest, model.row_upper[rows] - rest
        upper = np.where(broken, np.maximum(upper, own), upper)
        part = LinearModel(
            cost=cost[columns],
            column_lower=model.column_lower[columns],
            column_upper=model.column_upper[columns],
            integer=model.integer[columns],
            row_start=np.concatenate([[0], np.cumsum(filled[rows])]),
            column_index=(np.cumsum(free) - 1)[model.column_index[inside]],
            coefficient=model.coefficient[inside],
            row_lower=lower,
            row_upper=upper,
        )
        return _Part(columns, rows, part)

    def _limits(self) -> np.ndarray:
        """Rows of several periods that are amounts which users allow [rows bool]."""
        stated = np.zeros(self.model.row_count, dtype=bool)
        known = constraints()
        for part in self.built.ranges:
            stated[part.start : part.stop] = known[part.constraint].limit
        of_column = periods_of_columns(self.built, self.model.column_count)
        return stated & (periods_of_rows(self.model, self._row, of_column) == SEVERAL)

    def charge(self) -> np.ndarray:
        """What limits charge each column [columns]: those that are broken become dearer, those that are kept cheaper again."""
        model = self.model
        size = np.maximum(np.abs(np.where(np.isfinite(model.row_upper), model.row_upper, 0.0)), 1.0)
        broken = self._broken()
        dearer = np.maximum(self._price * DEARER, PAIN * abs(self.cost()) / size)
        self._price = np.where(broken, dearer, np.maximum(self._least, self._price / DEARER))
        if broken.any():
            self.still = set()
        return np.bincount(model.column_index, weights=model.coefficient * self._price[self._row], minlength=model.column_count)

    def _broken(self) -> np.ndarray:
        """Limits over several periods that are broken [rows bool]."""
        model = self.model
        use = np.bincount(self._row, weights=model.coefficient * self.values[model.column_index], minlength=model.row_count)
        return self._several & (use > model.row_upper + TOLERANCE * np.maximum(np.abs(use), 1.0))

    def cheaper(self) -> bool:
        """Lets limits go without a charge, once all are kept; False where they have none, or are broken."""
        if self._broken().any():
            return True
        charged = bool(self._price.any())
        self._price = self._least = np.zeros(self.model.row_count)
        self.still = set()
        return charged


def _apart(todo: list[int], periods: int) -> list[int]:
    """The first periods of ``todo`` of which none is beside another."""
    found: list[int] = []
    for t in todo:
        if len(found) < TOGETHER and not {(t - 1) % periods, (t + 1) % periods} & set(found):
            found.append(t)
    return found
