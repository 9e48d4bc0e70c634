"""The load of each service as it came: counters of engines, logs of a router, and tokens that were billed, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.analysis.planned_rent import Key, Rent
from planner.economics.meters import CACHED, INPUT, OUTPUT
from planner.verify.case import Case, class_names
from planner.verify.hosted import Answered

HOURS = 24
#: Modes in which somebody else's engine answers: no counter of one's own sees them.
ELSEWHERE = ("provider_api", "batch", "provisioned")


@dataclass(frozen=True)
class Lengths:
    """Mean tokens of the requests of a load."""

    input_tokens: float
    output_tokens: float
    share: float = 1.0


@dataclass(frozen=True)
class MeasuredLoad:
    """Of one service: mean requests/s in each hour of the day (UTC), and how long requests are.

    sources  what says so, one for each part of the service
    """

    hourly_per_s: tuple[float, ...]
    classes: tuple[Lengths, ...]
    sources: tuple[str, ...] = ()

    @property
    def rate_per_s(self) -> float:
        """Mean over the day."""
        return sum(self.hourly_per_s) / HOURS


@dataclass(frozen=True)
class Measured:
    """What was measured of one service; None: not measured.

    whole    all of it, parts that nobody measured as planned
    own      ratio of measured to planned requests where engines of one's own answer (replicas, serverless workers)
    elsewhere  the same where a provider's engines answer
    """

    whole: MeasuredLoad | None
    own: float | None
    elsewhere: float | None
    notes: tuple[str, ...] = ()


def measured(
    case: Case, service: str, engines: Any | None, routed: Mapping[str, Any], lines: Mapping[Key, tuple[Rent, Rent]] | None
) -> Measured:
    """Puts a service together from what is known of its parts.

    engines  load that engines of one's own counted (``planner.imports.observed.Load``); None: not counted
    routed   loads of a router's log: ``own`` and ``elsewhere``, each only where it has requests
    lines    planned and billed quantities by (hosted option, meter); None: no bill
    """
    uses = [one for one in case.hosted_of(service) if one.use.mode in ELSEWHERE]
    planned = {"own": _planned_own(case, service), "elsewhere": _planned(case, uses)}
    own, own_source = (engines, "engines' counters") if engines is not None else (routed.get("own"), "router's log")
    found = {"own": (own, own_source), "elsewhere": (routed.get("elsewhere"), "router's log")}
    notes: list[str] = []
    if found["elsewhere"][0] is None and lines is not None and planned["elsewhere"] is not None:
        found["elsewhere"] = (_billed(case, uses, lines), "tokens billed")
        if found["elsewhere"][0] is not None and any(one.use.mode == "provisioned" for one in uses):
            notes.append(f"What units carried of {service} no bill tells: it is taken as planned; a router's log knows.")
    if found["own"][0] is None and found["elsewhere"][0] is None:
        return Measured(None, None, None)
    parts, sources = [], []
    for name, words in (("own", "on its own engines"), ("elsewhere", "at providers")):
        load, source = found[name]
        if load is not None:
            parts.append(load)
            sources.append(source)
        elif planned[name] is not None:
            headroom = case.services[service].workload.headroom
            parts.append(_scaled(planned[name], 1.0 / headroom))
            sources.append("as planned")
            notes.append(f"What {service} is asked {words} was not measured and is taken as planned.")
    # A response cache answers its share before anybody counts.
    whole = _scaled(_together(parts), 1.0 / (1.0 - case.hit(service)))
    ratios = [_ratio(found[name][0], planned[name]) for name in ("own", "elsewhere")]
    return Measured(MeasuredLoad(whole.hourly_per_s, whole.classes, tuple(dict.fromkeys(sources))), *ratios, tuple(notes))


def _ratio(load: Any | None, planned: MeasuredLoad | None) -> float | None:
    return load.rate_per_s / planned.rate_per_s if load is not None and planned is not None and planned.rate_per_s else None


def _planned_own(case: Case, service: str) -> MeasuredLoad | None:
    """Where replicas and serverless workers are planned to answer."""
    rates = [[0.0] * len(case.hours) for _ in class_names(case.services[service])]
    for placed in case.placed_of(service):
        for b, found in placed.routed:
            for t, rate in enumerate(found):
                rates[b][t] += rate
    for one in case.hosted_of(service):
        if one.use.mode not in ELSEWHERE:
            _add(case, one, rates)
    return _load(case, service, rates)


def _planned(case: Case, uses: Iterable[Answered]) -> MeasuredLoad | None:
    uses = tuple(uses)
    if not uses:
        return None
    rates = [[0.0] * len(case.hours) for _ in class_names(uses[0].service)]
    for one in uses:
        _add(case, one, rates)
    return _load(case, uses[0].service.name, rates)


def _add(case: Case, one: Answered, rates: list[list[float]], factor: float = 1.0) -> None:
    for b, found in enumerate(rates):
        for t in case.periods:
            found[t] += factor * one.rate(b, t)


def _load(case: Case, service: str, rates: list[list[float]]) -> MeasuredLoad | None:
    """Requests/s by class and period as hours of the day and mean lengths; None where nothing comes."""
    counts = [sum(rate * hours for rate, hours in zip(found, case.hours)) for found in rates]
    whole = sum(counts)
    if whole <= 0.0:
        return None
    hourly = []
    for hour in range(HOURS):
        there = [(t, one.occurrences) for t, one in enumerate(case.times.periods) if hour in one.hours_utc]
        times = sum(weight for _, weight in there)
        hourly.append(sum(sum(found[t] for found in rates) * weight for t, weight in there) / times if times else 0.0)
    classes = case.services[service].workload.classes
    means = (sum(n * getattr(one, name) for n, one in zip(counts, classes)) / whole for name in ("input_tokens", "output_tokens"))
    return MeasuredLoad(tuple(hourly), (Lengths(*means),))


def _billed(case: Case, uses: Iterable[Answered], lines: Mapping[Key, tuple[Rent, Rent]]) -> MeasuredLoad | None:
    """The planned requests, more or fewer as the tokens billed at planned prices; lengths as planned.

    None where the bill has no row of any option that is paid by the token, or its rows state no tokens. What units of
    throughput answered no bill tells: as planned.
    """
    uses = tuple(uses)
    rates = [[0.0] * len(case.hours) for _ in class_names(uses[0].service)]
    known = False
    for one in uses:
        factor = _growth(one.use.name, lines) if one.use.mode != "provisioned" else None
        known |= factor is not None
        _add(case, one, rates, 1.0 / one.service.workload.headroom if factor is None else factor)
    return _load(case, uses[0].service.name, rates) if known else None


def _growth(name: str, lines: Mapping[Key, tuple[Rent, Rent]]) -> float | None:
    own = [lines[name, meter] for meter in (INPUT, CACHED, OUTPUT) if (name, meter) in lines]
    before = sum(planned.usd for planned, _ in own)
    after = sum(billed.quantity * planned.usd / planned.quantity for planned, billed in own if planned.quantity)
    return after / before if before > 0.0 and after > 0.0 else None


def _together(parts: Iterable[Any]) -> MeasuredLoad:
    parts = tuple(parts)
    hourly = tuple(sum(one.hourly_per_s[hour] for one in parts) for hour in range(HOURS))
    whole = sum(one.rate_per_s for one in parts)
    return MeasuredLoad(hourly, (Lengths(*_means(parts, whole)),))


def _means(parts: Iterable[Any], whole: float) -> Iterator[float]:
    for name in ("input_tokens", "output_tokens"):
        yield sum(one.rate_per_s / whole * sum(part.share * getattr(part, name) for part in one.classes) for one in parts) if whole else 1.0


def _scaled(load: MeasuredLoad, factor: float) -> MeasuredLoad:
    return MeasuredLoad(tuple(rate * factor for rate in load.hourly_per_s), load.classes, load.sources)
