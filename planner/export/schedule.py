"""When how many replicas run: the periods of a plan as windows of the week, written as cron expressions in UTC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MINUTES_PER_DAY = 24 * 60
#: As cron counts them, Sunday being 0.
WEEKDAYS, WEEKEND = (1, 2, 3, 4, 5), (0, 6)
Days = tuple[int, ...] | None


@dataclass(frozen=True)
class Window:
    """From ``start`` to ``end`` (cron, five fields, UTC) so many replicas are wanted.

    begins  when its first period begins: ``start`` is a start-up earlier where replicas are added
    """

    start: str
    end: str
    replicas: int
    begins: str


def windows(replicas: Sequence[int], kind: str, lead_minutes: int = 0) -> tuple[Window, ...]:
    """Windows in which more than the fewest replicas run; none where nothing changes.

    replicas      one number a period of the cycle
    kind          of the cycle, as ``problem.periods.kind``: day, weekday_weekend or week
    lead_minutes  that a replica needs to start: it is to serve when its period begins
    """
    if kind == "single" or len(set(replicas)) <= 1:
        return ()
    fewest = min(replicas)
    if kind == "weekday_weekend":
        return (*_day(replicas[:24], replicas[24:], fewest, WEEKDAYS, lead_minutes), *_day(replicas[24:], replicas[:24], fewest, WEEKEND, lead_minutes))
    found = []
    for first, last, count in _cyclic(_runs(replicas, fewest), len(replicas), joined=kind != "week"):
        lead = lead_minutes if count > replicas[first - 1] else 0
        if kind == "week":
            # Periods begin on Monday.
            found.append(_window(first % 24, last % 24, ((first // 24 + 1) % 7,), ((last // 24 + 1) % 7,), count, lead))
        else:
            length = 24 // len(replicas)
            found.append(_window(first * length, last * length % 24, None, None, count, lead))
    return tuple(found)


def _cyclic(runs: list[tuple[int, int, int]], periods: int, *, joined: bool) -> list[tuple[int, int, int]]:
    """A run that passes midnight is one window, where every day is alike."""
    if joined and len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == periods and runs[0][2] == runs[-1][2]:
        return [*runs[1:-1], (runs[-1][0], runs[0][1], runs[0][2])]
    return runs


def _day(hours: Sequence[int], others: Sequence[int], fewest: int, days: tuple[int, ...], lead_minutes: int) -> Iterator[Window]:
    """Some days of the week; a window that ends at midnight ends on the days after them. ``others`` are the hours of the other days."""
    for first, last, count in _runs(hours, fewest):
        # At midnight some of the days follow days of the other kind.
        led = tuple(day for day in days if count > (hours[first - 1] if first or (day - 1) % 7 in days else others[-1]))
        for same, lead in ((led, lead_minutes), (tuple(day for day in days if day not in led), 0)):
            if same:
                yield _window(first, last % 24, same, _moved(same, 1) if last == 24 else same, count, lead)


def _runs(replicas: Sequence[int], fewest: int) -> list[tuple[int, int, int]]:
    """(first period, period after the last, replicas) of runs of one number above the fewest."""
    found: list[tuple[int, int, int]] = []
    for at, count in enumerate(replicas):
        if count <= fewest:
            continue
        if found and found[-1][1] == at and found[-1][2] == count:
            found[-1] = (found[-1][0], at + 1, count)
        else:
            found.append((at, at + 1, count))
    return found


def _window(first: int, last: int, days: Days, after: Days, count: int, lead_minutes: int) -> Window:
    begins = _at(first, days)
    return Window(_at(first, days, lead_minutes), _at(last, after), count, begins)


def _at(hour: int, days: Days, earlier_minutes: int = 0) -> str:
    """Cron of an hour of some days, or of every day; so much earlier, on the days before where midnight is passed."""
    back, minute = divmod(hour * 60 - earlier_minutes, MINUTES_PER_DAY)
    return f"{minute % 60} {minute // 60} * * {_named(None if days is None else _moved(days, back))}"


def _moved(days: tuple[int, ...], by: int) -> tuple[int, ...]:
    return tuple(sorted((day + by) % 7 for day in days))


def _named(days: Days) -> str:
    if days is None:
        return "*"
    whole = len(days) > 2 and days == tuple(range(days[0], days[-1] + 1))
    return f"{days[0]}-{days[-1]}" if whole else ",".join(map(str, days))
