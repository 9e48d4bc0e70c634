"""A plan made from the first weeks of a rate series, replayed on the week after: what held, what was too much, what hindsight saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.catalog.catalog import Catalog
from planner.errors import UsageError
from planner.plan.cost import TOTAL
from planner.plan.schema import Plan
from planner.problem.load import LoadedProblem
from planner.problem.normalise import changed
from planner.problem.schema import Problem
from planner.problem.service import Service
from planner.replay.case import Case
from planner.replay.demand import Span
from planner.replay.fleets import lengths_of, limits_of, longest_of
from planner.replay.served import fleet_of
from planner.simulate.arrivals import SPREAD, Requests, drawn, replayed
from planner.simulate.fleet import Stage
from planner.simulate.kernel.world import PS_PER_S
from planner.simulate.service import play
from planner.simulate.tally import Attainment, Tally
from planner.solve import Options, Progress, Solved, solve
from planner.workload import RateSeries, Trace, read_summary, read_trace, resolve_beside, series_of_trace
from planner.workload.clock import Clock, period_of

WEEK_S = 7 * 86_400.0
#: A replayed week holds at most so many requests; every window is then played for a part of its length.
MOST_REQUESTS = 600_000
PERIODS = ("day", "weekday_weekend", "week")


@dataclass(frozen=True)
class Band:
    """Requests/s expected in each period of the cycle: the mean, and how far windows of the planning weeks lie around it."""

    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Week:
    """One service's week after: rates planned for and met, limits, and replica-hours too many and too few against hindsight."""

    service: str
    band: Band
    actual: tuple[float, ...]
    limits: tuple[Attainment, ...]
    over_replica_hours: float
    under_replica_hours: float


@dataclass(frozen=True)
class Weeks:
    """The plan of the planning weeks and the one that hindsight would have made; USD a month."""

    plan: Plan
    hindsight: Plan
    weeks: tuple[Week, ...]

    @property
    def regret_usd_per_month(self) -> float:
        """What the plan costs more than the one made knowing the week; negative where it was too small."""
        return self.plan.cost[TOTAL] - self.hindsight.cost[TOTAL]


def replay_weeks(
    loaded: LoadedProblem, catalog: Catalog, quantile: float, options: Options = Options(), *, tell: Callable[[Progress], None] | None = None
) -> Weeks:
    """Plans with the ``quantile`` of the rates of each period in all weeks but the last, and replays the last one.

    Every service needs at least two weeks of rates, from a summary or a trace; periods are of a day, of weekdays and weekends, or of a week. A trace is replayed as it came, of a summary arrivals are drawn.
    Raises UsageError otherwise.
    """
    problem = loaded.problem
    if problem.periods.kind not in PERIODS:
        raise UsageError(f"periods of kind {problem.periods.kind} do not follow a week", hint='"periods": {"kind": "day"}, "weekday_weekend" or "week"')
    bands, last, traces = {}, {}, {}
    for service in loaded.stated.services:
        series, traces[service.name] = _series(loaded, service)
        bands[service.name], last[service.name] = _split(series, problem, service, quantile)
    planned = _with_rates(problem, {name: band.high for name, band in bands.items()})
    knowing = _with_rates(problem, {name: _quantiles(values, period, problem, quantile)[1] for name, (values, period, *_) in last.items()})
    scales = {service.name: service.workload.scale for service in problem.services}
    plan, hindsight = (_solved(one, catalog, options, tell) for one in (planned, knowing))
    case = Case(plan, planned, catalog)
    weeks = tuple(
        _week(case, hindsight, service.name, bands[service.name], last[service.name], traces[service.name], scales[service.name])
        for service in problem.services
    )
    return Weeks(plan, hindsight, weeks)


#: Rates, periods, length of each window, and when the first one begins [s].
Windows = tuple[np.ndarray, np.ndarray, float, float]


def _series(loaded: LoadedProblem, service) -> tuple[RateSeries, Trace | None]:
    load, trace = service.workload, None
    if load.summary is not None:
        series = read_summary(resolve_beside(loaded.file, load.summary)).rates
    elif load.trace is not None:
        trace = read_trace(resolve_beside(loaded.file, load.trace), file=load.trace)
        series = series_of_trace(trace)
    else:
        series = None
    if series is None or len(series.rate_per_s) * series.window_seconds < 2 * WEEK_S:
        raise UsageError(f"{service.name} has no two weeks of rates", where=loaded.file, hint="give it a summary or a trace of two weeks or more")
    return series, trace


def _split(series: RateSeries, problem: Problem, service, quantile: float) -> tuple[Band, Windows]:
    """The band of all weeks but the last whole one, and the last one's windows."""
    load = service.workload
    rate = np.array([np.nan if r is None else r for r in series.rate_per_s]) * load.scale
    at = series.start_seconds + (np.arange(len(rate)) + 0.5) * series.window_seconds
    weekday = 0 if problem.periods.kind != "day" else None  # not stated: the first day counts as Monday
    period = period_of(at, Clock(0.0, weekday, load.utc_offset_hours), problem.periods.kind, problem.periods.per_day)
    per_week = int(WEEK_S // series.window_seconds)
    weeks = len(rate) // per_week
    first, final = slice(0, (weeks - 1) * per_week), slice((weeks - 1) * per_week, weeks * per_week)
    low, high = _quantiles(rate[first], period[first], problem, quantile)
    mean = tuple(_of(rate[first][period[first] == k], np.mean) for k in range(problem.periods.in_cycle))
    return Band(mean, low, high), (rate[final], period[final], series.window_seconds, series.start_seconds + final.start * series.window_seconds)


def _quantiles(rate: np.ndarray, period: np.ndarray, problem: Problem, quantile: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    each = [rate[period == k] for k in range(problem.periods.in_cycle)]
    return tuple(
        tuple(_of(values, lambda known, q=q: np.quantile(known, q)) for values in each) for q in (1.0 - quantile, quantile)
    )  # type: ignore[return-value]


def _of(values: np.ndarray, figure: Callable[[np.ndarray], float]) -> float:
    """A figure of the windows that were observed; no demand where none was."""
    known = values[~np.isnan(values)]
    return float(figure(known)) if len(known) else 0.0


def _with_rates(problem: Problem, rates: dict[str, tuple[float, ...]]) -> Problem:
    services = tuple(changed(s, workload=changed(s.workload, rate_per_s=rates[s.name], scale=1.0)) for s in problem.services)
    return changed(problem, services=services)


def _solved(problem: Problem, catalog: Catalog, options: Options, tell: Callable[[Progress], None] | None) -> Plan:
    outcome = solve(problem, catalog, options, on_progress=tell)
    if not isinstance(outcome, Solved):
        raise UsageError(f"no plan was found for a week's demand: {getattr(outcome, 'message', '') or 'its limits cannot all be met'}")
    return outcome.plan


def _week(case: Case, hindsight: Plan, name: str, band: Band, windows: Windows, trace: Trace | None, scale: float) -> Week:
    rate, period, length, begins = windows
    known = np.nan_to_num(rate)
    service = case.services[name]
    # A trace is played whole, faster where it is scaled; drawn windows are played for a part of their length where there are many requests.
    share = 1.0 / scale if trace is not None else min(1.0, MOST_REQUESTS / max(float(known.sum()) * length, 1.0))
    starts = np.arange(len(rate)) * length * share
    span = Span(tuple(Stage(int(p), float(s)) for p, s in zip(period, starts)), len(rate) * length * share, share)
    limits = limits_of(service)
    tally = Tally(limits, 0.0, span.seconds)
    if trace is not None:
        arrivals = _of_week(trace, begins, len(rate) * length, service, scale)
    else:
        shares = [c.share for c in service.workload.classes or ()]
        stages = [(float(s), float(s) + length * share, [float(r) * p for p in shares]) for s, r in zip(starts, known)]
        dispersion = float(service.workload.dispersion_10s or 1.0)
        arrivals = drawn(stages, lengths_of(service), dispersion, 0, spread=SPREAD, longest=longest_of(case, service))
    play(fleet_of(case, service, span.stages), arrivals, (tally,), limits=limits)
    mine, best = (_replicas(plan, name) for plan in (case.plan, hindsight))
    hours = [float((period == k).sum()) * length / 3600.0 for k in range(len(mine))]
    over = sum(h * max(0, a - b) for h, a, b in zip(hours, mine, best))
    under = sum(h * max(0, b - a) for h, a, b in zip(hours, mine, best))
    actual = tuple(_of(rate[period == k], np.mean) for k in range(len(mine)))
    return Week(name, band, actual, tally.attainments(), over, under)


def _of_week(trace: Trace, begins: float, seconds: float, service: Service, scale: float) -> Iterator[Requests]:
    """The requests of a trace within ``seconds`` from ``begins``, which becomes 0, ``scale`` times as fast."""
    here = (trace.t_seconds >= begins) & (trace.t_seconds < begins + seconds)
    if not here.any():
        return
    at, given, made = trace.t_seconds[here], trace.input_tokens[here], trace.output_tokens[here]
    late = round((float(at[0]) - begins) / scale * PS_PER_S)
    for chunk in replayed(at, given, made, lengths_of(service), scale):
        yield replace(chunk, at_ps=chunk.at_ps + late)


def _replicas(plan: Plan, name: str) -> list[int]:
    planned = next(s for s in plan.services if s.name == name)
    return [sum(d.replicas[t] for d in planned.deployments) for t in range(len(plan.periods))]
