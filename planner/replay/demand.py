"""The requests that a plan is put under: a trace of the user's, or arrivals drawn as the problem states its demand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planner.errors import UsageError
from planner.problem.service import Service
from planner.replay.case import Case
from planner.replay.fleets import class_names, lengths_of, longest_of
from planner.replay.waiting import arriving, may_wait
from planner.replay.sources import LONGEST_S
from planner.simulate.arrivals import SPREAD, Requests, drawn, replayed
from planner.simulate.fleet import Stage, stages
from planner.workload import Trace, longer_than, read_trace

WEEKDAYS, WEEKEND_DAYS, HOURS = 5, 2, 24
#: A drawn run of one period lasts at least an hour and until so many requests came, but no longer than a day.
DRAWN_REQUESTS, LEAST_S, MOST_S = 50_000, 3600.0, 86_400.0
#: No more requests are drawn of one period, however high the rate; nor of a cycle that is to be played in full.
MOST_DRAWN, MOST_WHOLE = 4_000_000, 50_000_000
#: A drawn run of a cycle of periods holds at most so many requests; periods are then simulated for a part of their length.
MOST_REQUESTS = 600_000


@dataclass(frozen=True)
class Span:
    """What is simulated: stages of the plan's periods, seconds in all, and the share of each period's length that is.

    beyond  stages after ``seconds`` in which work that may wait is still served
    """

    stages: tuple[Stage, ...]
    seconds: float
    share: float = 1.0
    beyond: tuple[Stage, ...] = ()


def read_traces(case: Case, given: tuple[str, ...]) -> dict[str, Trace]:
    """``[SERVICE=]FILE`` each; the name may be left out where the plan has one service."""
    found: dict[str, Trace] = {}
    names = [service.name for service in case.plan.services]
    for text in given:
        name, separator, file = text.partition("=")
        if not separator or name not in names:
            if len(names) != 1:
                known = ", ".join(names[:10])
                raise UsageError(f'"{text}" names no service of the plan', hint=f"--trace SERVICE=FILE with one of {known}")
            # A file may have such a name; one that is not there is a service that is not.
            if name and file and not os.path.exists(text) and os.path.exists(file):
                raise UsageError(f'"{name}" names no service of the plan', hint=f"--trace {names[0]}={file}")
            name, file = names[0], text
        if not file:
            raise UsageError(f'"{text}" names no file', hint="--trace SERVICE=FILE")
        if answered := next(service.answered_by for service in case.plan.services if service.name == name):
            raise UsageError(f'"{name}" is answered by the replicas of {", ".join(answered)}', hint=f"--trace {next(iter(answered))}=FILE, with the requests of all that it answers")
        if name in found:
            raise UsageError(f'two traces are given for "{name}"', hint="one trace for each service")
        found[name] = read_trace(file)
    return found


def notes_of(case: Case, traces: Mapping[str, Trace]) -> list[str]:
    """What was done to the traces, and what in them no replica can serve."""
    notes = []
    for name, trace in traces.items():
        notes += [f"{name}: {note}" for note in trace.notes]
        longest = case.catalog.model(case.services[name].model)
        context = getattr(longest, "max_context", None)
        over = longer_than(trace, int(context)) if context else ()
        if len(over):
            first = int(over[0])
            tokens = int(trace.input_tokens[first] + trace.output_tokens[first])
            notes.append(
                f"{name}: {len(over)} of {trace.requests} requests are longer than the model's {int(context):,} tokens and are turned"
                f" away, the first of {tokens:,} tokens at second {trace.t_seconds[first]:g}"
            )
    return notes


def first_place(case: Case, start: str | None) -> tuple[tuple[int, ...], int]:
    """(periods of a cycle in the order of time, place of the period ``start``); by name, or number from 0."""
    names = [period.name for period in case.plan.periods]
    at = 0
    if start is not None:
        if start in names:
            at = names.index(start)
        elif start.isdecimal() and int(start) < len(names):
            at = int(start)
        else:
            raise UsageError(f'the plan has no period "{start}"', hint="one of " + ", ".join(names[:6]) + (", …" if len(names) > 6 else ""))
    cycle = case.times.in_cycle
    base = at // cycle * cycle
    order = tuple(range(cycle))
    if case.problem.periods.kind == "weekday_weekend":
        order = order[:HOURS] * WEEKDAYS + order[HOURS:] * WEEKEND_DAYS
    return tuple(base + k for k in order), order.index(at - base)


def span_of(case: Case, traces: Mapping[str, Trace], start: str | None, scale: float, *, whole: bool = False) -> Span:
    """As long as the longest trace; without one, a period until enough requests came, or the whole cycle.

    whole   periods are played in full however many requests that are: what takes minutes does not fit a part of them
    """
    order, place = first_place(case, start)
    window_s = max((s.window_hours * 3600.0 for s in case.services.values() if may_wait(s)), default=0.0)

    def span(lengths: list[float], seconds: float, share: float = 1.0) -> Span:
        every, first = (stages(order, lengths, place, seconds + more) for more in (share * window_s, 0.0))
        return Span(first, seconds, share, every[len(first) :])

    lengths = [period.length_hours * 3600.0 for period in case.times.periods]
    if traces:
        seconds = max(trace.span_seconds for trace in traces.values()) / scale
        if seconds > LONGEST_S:
            told = f"the trace lasts {seconds / 86_400:,.0f} days" + (f" at --scale {scale:g}" if scale != 1.0 else "")
            raise UsageError(f"{told}; a run reaches {LONGEST_S / 86_400:,.0f} days", hint="a part of the trace, or a higher --scale")
        return span(lengths, seconds)
    total = [sum(planned_rates(case, service.name, t)[0] for service in case.plan.services) * scale for t in range(len(lengths))]
    if len(set(order)) == 1:
        rate = max(total[order[0]], 1e-9)
        seconds = min(max(DRAWN_REQUESTS / rate, LEAST_S), MOST_S, MOST_DRAWN / rate)
        return span(lengths, seconds)
    requests = sum(total[t] * lengths[t] for t in order)
    if whole and requests > MOST_WHOLE:
        raise UsageError(f"periods played in full are {requests:,.0f} requests, and {MOST_WHOLE:,} are the most", hint="a lower --scale, or a trace")
    share = 1.0 if whole else min(1.0, MOST_REQUESTS / max(requests, 1.0))
    part = [share * length for length in lengths]
    seconds = sum(part[t] for t in order)
    return span(part, seconds, share)


def requests_of(case: Case, service: Service, span: Span, trace: Trace | None, scale: float, seed: int) -> Iterator[Requests]:
    """The service's requests: its trace, or drawn with the demand and the burstiness that the problem states."""
    if trace is not None:
        return replayed(trace.t_seconds, trace.input_tokens, trace.output_tokens, lengths_of(service), scale)
    ends = [*(stage.start_s for stage in span.stages[1:]), span.seconds]
    parts = [
        (stage.start_s, end, [scale * rate for rate in planned_rates(case, service.name, stage.period)[1]])
        for stage, end in zip(span.stages, ends)
    ]
    number = [s.name for s in case.plan.services].index(service.name)
    dispersion = float(service.workload.dispersion_10s or 1.0)
    return drawn(parts, lengths_of(service), dispersion, seed, (number,), spread=SPREAD, longest=longest_of(case, service))


def planned_rates(case: Case, name: str, period: int) -> tuple[float, tuple[float, ...]]:
    """Requests/s that the plan is made for in a period, in all and by class; with what hosted options get and what is left unserved. Of work that may wait, what comes."""
    planned = next(service for service in case.plan.services if service.name == name)
    if may_wait(case.services[name]):
        by_class = tuple(arriving(case, planned)[:, period].tolist())
        return sum(by_class), by_class
    by_class = tuple(
        sum(d.rate_per_s[c][period] for d in (*planned.deployments, *planned.hosted) if c in d.rate_per_s)
        + (planned.unserved_per_s[c][period] if c in planned.unserved_per_s else 0.0)
        for c in class_names(case.services[name])
    )
    return sum(by_class), by_class

