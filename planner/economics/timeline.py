"""The periods of a problem: seasons of the horizon times the cycle of a month, with their hours and order."""

from __future__ import annotations

from dataclasses import dataclass

from planner.units import DAYS_PER_MONTH, HOURS_PER_MONTH

WEEKDAY_SHARE = 5.0 / 7.0


@dataclass(frozen=True)
class Period:
    """One period of the program.

    hours_per_month   average hours a month over the whole horizon; all periods sum to 730      [h/month]
    length_hours      how long one occurrence lasts                                             [h]
    occurrences       how often it comes in an average month of the horizon                     [1/month]
    season            index of its season; ``months`` are the months of the horizon it covers
    in_cycle          index within the cycle of its season
    before            index (in the timeline) of the period that comes before it; None: no starts
    hours_utc         hours of the day that it covers, UTC
    """

    name: str
    hours_per_month: float
    length_hours: float
    occurrences: float
    season: int
    months: tuple[int, ...]
    in_cycle: int
    before: int | None
    hours_utc: tuple[int, ...]


@dataclass(frozen=True)
class SeasonSpan:
    """Consecutive months that are alike in demand, prices and held commitments."""

    name: str
    index: int
    stated: int | None
    months: tuple[int, ...]


@dataclass(frozen=True)
class Timeline:
    """All periods in order, season by season."""

    periods: tuple[Period, ...]
    seasons: tuple[SeasonSpan, ...]
    horizon_months: int
    in_cycle: int


def timeline(problem) -> Timeline:
    """Periods of ``problem`` (a ``planner.problem.schema.Problem``); their hours sum to 730 a month.

    A season is split where a held commitment or a mirror begins or ends or hardware is delivered, so that all is constant within a period.
    """
    seasons = _seasons(problem)
    cycle = _cycle(problem.periods)
    periods = []
    for season in seasons:
        share = len(season.months) / problem.horizon.months
        first = len(periods)
        for index, (name, days_share, length, before, hours) in enumerate(cycle):
            per_month = DAYS_PER_MONTH * days_share * share
            periods.append(
                Period(
                    name=name if len(seasons) == 1 else f"{season.name}/{name}",
                    hours_per_month=per_month * length,
                    length_hours=length,
                    occurrences=per_month,
                    season=season.index,
                    months=season.months,
                    in_cycle=index,
                    before=None if before is None else first + before,
                    hours_utc=hours,
                )
            )
    assert abs(sum(p.hours_per_month for p in periods) - HOURS_PER_MONTH) < 1e-6
    return Timeline(tuple(periods), seasons, problem.horizon.months, len(cycle))


def _cycle(periods) -> list[tuple[str, float, float, int | None, tuple[int, ...]]]:
    """(name, occurrences a day, hours long, index before, hours of the day) of each period of a cycle."""
    all_day = tuple(range(24))
    if periods.kind == "single" or (periods.kind == "day" and periods.per_day == 1):
        return [("all", 1.0, 24.0, None, all_day)]
    if periods.kind == "day":
        n = periods.per_day
        length = 24 // n
        return [
            (f"h{i * length:02d}", 1.0, float(length), (i - 1) % n, tuple(range(i * length, (i + 1) * length)))
            for i in range(n)
        ]
    if periods.kind == "weekday_weekend":
        kinds = (("weekday", WEEKDAY_SHARE), ("weekend", 1.0 - WEEKDAY_SHARE))
        return [
            (f"{kind}-h{h:02d}", share, 1.0, day * 24 + (h - 1) % 24, (h,))
            for day, (kind, share) in enumerate(kinds)
            for h in range(24)
        ]
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return [
        (f"{days[i // 24]}-h{i % 24:02d}", 1.0 / 7.0, 1.0, (i - 1) % 168, (i % 24,)) for i in range(168)
    ]


def _seasons(problem) -> tuple[SeasonSpan, ...]:
    stated = problem.horizon.seasons
    month_season: list[int | None] = []
    for index, season in enumerate(stated):
        month_season += [index] * season.months
    month_season = month_season or [None] * problem.horizon.months
    edges = {
        edge
        for held in problem.commitments.held
        for edge in (held.start_month, held.end_month)
        if edge is not None and 0 < edge < problem.horizon.months
    }
    edges |= {row.buy.delivery_month for row in problem.owned if row.buy is not None}
    mirrors = [service.workload.mirrors for service in problem.services if service.workload.mirrors is not None]
    edges |= {month for mirror in mirrors for month in (mirror.start_month, mirror.ends(problem.horizon.months))}
    spans: list[SeasonSpan] = []
    start = 0
    for month in range(1, problem.horizon.months + 1):
        ends = month == problem.horizon.months or month in edges or month_season[month] != month_season[start]
        if ends:
            name = stated[month_season[start]].name if stated else "year"
            last = f"m{start + 1}-{month}"
            whole = not stated or month - start == stated[month_season[start]].months
            spans.append(
                SeasonSpan(
                    name=name if stated and whole else (f"{name}-{last}" if stated else last),
                    index=len(spans),
                    stated=month_season[start],
                    months=tuple(range(start, month)),
                )
            )
            start = month
    return tuple(spans)
