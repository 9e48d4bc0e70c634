"""A search for the cheapest plan that holds where plans are picked: what was tried, and what came of it; and the one plan's score."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from planner.plan.cost import TOTAL
from planner.plan.schema import Plan
from planner.plan.simulation import Basis, Round
from planner.problem.confidence import with_confidence
from planner.problem.load import LoadedProblem
from planner.problem.schema import Problem
from planner.replay.case import Case
from planner.replay.cell import DRAWN, Cell, Stretch
from planner.replay.drift import ahead_of, band_of, drifted
from planner.replay.fleets import lengths_of, limits_of
from planner.replay.held_back import Split, split
from planner.replay.held_requests import HeldBack, tells_rate
from planner.replay.tables import Tables, configurations, with_tables
from planner.replay.trial import Trials
from planner.simulate.tally import Attainment, not_measured
from planner.solve import Options, Outcome, Progress, Unknown, solve
from planner.workload import Trace

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog

#: The highest share that is ever tried.
BOLDEST = 0.99
#: Plans closer than this in cost cost the same.
SAME = 1e-9
#: A plan is picked where its limits hold with more confidence than is asked of its score: the cheapest of many that passed passed
#: in part by luck. Of drawn arrivals so many runs are scored where one was picked on, so that a score is not missed for want of requests.
PICKED_AT, SCORED_MORE = 0.99, 4
#: What drifted is carried on to the end of what is to come, which is beyond most of it; where rates are stated and only lengths drift, to the
#: upper bound of their forecast. There the share of requests in time is to be reached, with no more confidence than that.
CARRIED_AT = 0.5
#: Where plans are picked a run is ended when so many times the requests are late that a limit allows: how much less the shares will be is
#: the same beyond.
ENOUGH = 4.0
DRIFT = "the drift going on"
#: Seeds of what is picked on, and those of the score, which no plan met before.
PICKING_SEED, SCORING_SEED = 1, 1_001


@dataclass(frozen=True)
class Asked:
    """How to solve and simulate.

    hold_back   share of each trace's time that is not planned with; plans are picked on its first half and the last one scored on its second
    seeds       as of ``Trials``
    confidence  as ``planner solve --confidence``; None: as the problem states
    cache       folder of tables found before; None: nothing is kept
    """

    options: Options = Options()
    hold_back: float = 0.4
    seeds: int = 3
    confidence: float | None = None
    cache: Path | None = None


@dataclass(frozen=True)
class Tried:
    """A plan that was simulated, the tables it was made with, what these rest on, and its round."""

    plan: Plan
    cells: tuple[Cell, ...]
    tables: Tables
    basis: Basis
    at: int

    @property
    def holds(self) -> bool:
        """Every limit is kept with confidence."""
        return all(cell.holds for cell in self.cells)

    @property
    def done(self) -> bool:
        """Nothing is left to mend, though limits may lack requests to prove them."""
        return not any(cell.late for cell in self.cells)

    @property
    def usd(self) -> float:
        """What the plan costs a month."""
        return self.plan.cost[TOTAL]

    @property
    def badness(self) -> tuple[int, float]:
        """(cells that do not hold, cost)."""
        return sum(not cell.holds for cell in self.cells), self.usd


@dataclass
class Search:
    """One run: the problem, its parts, every plan tried, and the cheapest that holds.

    trials     play what plans are picked on
    scores     play what no plan was picked on
    nearest    the plan that misses in the fewest places, and of these the cheapest: what is left where none holds
    hundredth  the next single share for all to be tried, in hundredths
    """

    asked: Asked
    catalog: Catalog
    parts: Split
    problem: Problem
    trials: Trials
    scores: Trials
    tell: Callable[[Progress], None] | None = None
    stop: Callable[[], bool] | None = None
    rounds: list[Round] = field(default_factory=list)
    best: Tried | None = None
    nearest: Tried | None = None
    hundredth: int = round(100 * BOLDEST)
    began: float = field(default_factory=time.monotonic)

    @cached_property
    def configurations(self) -> tuple[tuple[str, tuple], ...]:
        """All that could run and have a table, by service."""
        return configurations(self.problem, self.catalog)

    def late(self) -> bool:
        """Whether the time asked for is over; what was found by then counts."""
        limit = self.asked.options.time_limit_s
        return (limit is not None and time.monotonic() - self.began > limit) or (self.stop is not None and self.stop())

    def solved(self, tables: Tables) -> Outcome:
        """The program with these tables, in the time that is left."""
        if self.rounds and self.late():
            return Unknown("stopped", "the time is over")
        options, limit = self.asked.options, self.asked.options.time_limit_s
        left = None if limit is None else max(0.1, limit - (time.monotonic() - self.began))
        return solve(with_tables(self.problem, tables), self.catalog, replace(options, time_limit_s=left), on_progress=self.tell, stop=self.stop)

    def beaten(self, plan: Plan) -> bool:
        """Whether a plan that holds costs no more."""
        return self.best is not None and plan.cost[TOTAL] >= self.best.usd * (1.0 - SAME)

    def tried(self, plan: Plan, tables: Tables, basis: Basis, *, until_late: bool = False) -> Tried:
        """The plan where plans are picked, written down as a round; no further than to what is late first ``until_late``."""
        if self.tell is not None:
            self.tell(Progress("simulating", incumbent=plan.cost[TOTAL], bound=plan.bound_usd_per_month))
        found = Tried(plan, self.trials.of(self.case(plan), until_late=until_late), tables, basis, len(self.rounds))
        self.rounds.append(Round(usd_per_month=found.usd, basis=basis, first=not self.rounds, missed=tuple(_missed(found))))
        if not until_late and (self.nearest is None or found.badness < self.nearest.badness):
            self.nearest = found
        if found.done and (self.best is None or (not found.holds, found.usd) < (not self.best.holds, self.best.usd)):
            self.best = found
        return found

    def scored(self, plan: Plan) -> tuple[Cell, ...]:
        """The plan on the requests that no plan was picked on; for the one that was chosen, once all choosing is over.

        Of services that none are left for, and of all where no plan asks anything, limits are not measured.
        """
        if self.tell is not None:
            self.tell(Progress("simulating", incumbent=plan.cost[TOTAL], bound=plan.bound_usd_per_month, note="score"))
        case = self.case(plan)
        found = tuple(cell for cell in self.scores.of(case) if cell.service not in self.parts.uncut)
        silent = [s for s in self.problem.services if limits_of(s) and (s.name in self.parts.uncut or not found)]
        return (*found, *(Cell(s.name, 0, None, "nothing", tuple(map(not_measured, limits_of(s))), (), ()) for s in silent))

    def case(self, plan: Plan) -> Case:
        return Case(plan, Problem.model_validate(plan.inputs.problem, strict=False), self.catalog)


def begun(
    loaded: LoadedProblem,
    catalog: Catalog,
    asked: Asked,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Search:
    """A search that has tried nothing yet."""
    parts = split(loaded, asked.hold_back)
    problem = parts.problem if asked.confidence is None else with_confidence(parts.problem, asked.confidence)
    own = {service.name: tells_rate(service.workload) for service in loaded.stated.services}
    classes = {service.name: lengths_of(service) for service in problem.services}
    ahead = ahead_of(asked.hold_back)
    drift = {name: drifted(parts.planning[name], later, classes[name], ahead) for name, later in parts.picking.items()}
    picking = {name: _picking(trace, parts.picking.get(name), drift.get(name), own[name], ahead) for name, trace in parts.planning.items()}
    scoring = {name: (Stretch("the untouched part", HeldBack(trace, own[name])),) for name, trace in parts.scoring.items()}
    trials = Trials(picking, asked.seeds, PICKING_SEED, PICKED_AT, enough=ENOUGH)
    return Search(asked, catalog, parts, problem, trials, Trials(scoring, asked.seeds, SCORING_SEED, runs=SCORED_MORE), on_progress, stop)


def _picking(planned: Trace, picked: Trace | None, coming: Trace | None, own: bool, ahead: float) -> tuple[Stretch, ...]:
    """What plans of a service with a trace are picked on.

    What one stretch of a trace happens to hold says little of bursts, so the part planned with and arrivals drawn as bursty as it
    are asked too; and a plan is for what comes, so what drifted is asked as it goes on.
    """
    first = () if picked is None else (Stretch("the part picked on", HeldBack(picked, own)),)
    band = 1.0 if own or picked is None else band_of(planned, picked, ahead)
    first = first if coming is None else (Stretch(DRIFT, HeldBack(coming, own, band), CARRIED_AT), *first)
    return *first, Stretch("the part planned with", HeldBack(planned, own)), DRAWN


def _missed(found: Tried) -> list[str]:
    """Each limit that is not surely kept, where it is kept least."""
    return [
        f"{cell.service}{_place(found.plan, cell)} on {cell.stretch}: {limit.limit.metric} p{limit.limit.percentile:g} {_share_of(limit, cell.refuted)}"
        for cell, limit in worst(found.cells)
        if not limit.confident
    ]


def _share_of(limit: Attainment, refuted: bool) -> str:
    if limit.attainment is None or limit.lower_bound is None:
        return "not measured" if not limit.measured else "unknown"
    if refuted:
        return f"in time at most {100.0 * limit.attainment:.2f} %"
    return f"in time {100.0 * limit.attainment:.2f} %, surely {100.0 * limit.lower_bound:.2f} %"


def worst(cells: Sequence[Cell]) -> list[tuple[Cell, Attainment]]:
    """(cell, limit) of every service's limits, each where its lower bound is least."""
    found: dict[tuple, tuple[Cell, Attainment]] = {}
    for cell in cells:
        for limit in cell.limits:
            at = cell.service, limit.limit
            if at not in found or _surely(limit) < _surely(found[at][1]):
                found[at] = cell, limit
    return list(found.values())


def _surely(limit: Attainment) -> float:
    """What is not measured is kept least of all: nobody knows."""
    return -math.inf if limit.lower_bound is None else limit.lower_bound


def _place(plan: Plan, cell: Cell) -> str:
    period = f" in {plan.periods[cell.period].name}" if len(plan.periods) > 1 else ""
    return period + (f" after loss of {cell.lost}" if cell.lost else "")
