"""Brings the demand of a service into one form: classes inline, one rate per period, burstiness set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from planner.errors import Fault, InvalidInput
from planner.problem.clock import HOURS, rates_of_shape
from planner.problem.defaults import default
from planner.problem.schema import Periods, Problem
from planner.problem.service import RequestClass, Service, Workload

M = TypeVar("M", bound=BaseModel)

#: A trace as regular as a clock has none at all; the format asks for a positive number.
LEAST_DISPERSION = 0.01


@dataclass(frozen=True)
class Observed:
    """What a file beside the problem says of a workload; None: it does not say.

    rate_notes  about its rates, of interest only where those are used
    """

    rates: tuple[float, ...] | None = None
    mean_per_s: float | None = None
    classes: tuple[RequestClass, ...] | None = None
    dispersion_10s: float | None = None
    notes: tuple[str, ...] = ()
    rate_notes: tuple[str, ...] = ()


Find = Callable[[str, str], Path]


def normalise(problem: Problem, find: Find) -> tuple[Problem, tuple[str, ...]]:
    """``problem`` with every workload inline, and notes about what files held; raises InvalidInput with all faults.

    ``find(reference, path)`` gives the file that a reference names. Scale and headroom stay apart: demand applies
    them. Rates stated in the problem come before those of a file, and so do classes and burstiness.
    """
    faults: list[Fault] = []
    notes: list[str] = []
    services = []
    for index, service in enumerate(problem.services):
        made = _Normaliser(problem.periods, f"services[{index}]", find)
        services.append(made.service(service))
        faults += made.faults
        notes += [f"{service.name}: {note}" for note in made.notes]
    if faults:
        raise InvalidInput("", faults)
    return changed(problem, services=tuple(services)), tuple(notes)


def changed(model: M, **values: Any) -> M:
    """A copy with other values that still knows which fields were stated."""
    copy = model.model_copy(update=values)
    object.__setattr__(copy, "__pydantic_fields_set__", set(model.model_fields_set))
    return copy


class _Normaliser:
    """One service's workload; collects faults and notes."""

    def __init__(self, periods: Periods, path: str, find: Find) -> None:
        self.periods = periods
        self.path = path
        self.find = find
        self.faults: list[Fault] = []
        self.notes: list[str] = []

    def service(self, service: Service) -> Service:
        load = service.workload
        if load.mirrors is not None or load.serves is not None:
            return service  # its demand is that of what it mirrors or serves, once that has its one form
        seen = self._observed(load)
        rates = self._rates(load, seen)
        classes = load.classes or seen.classes
        if classes is None:
            if not self.faults:
                self._fault("workload.classes", "missing_field", "the file holds no lengths; give classes")
            return service
        order = sorted(range(len(classes)), key=lambda b: _class_key(classes[b]))
        named = self._named(tuple(classes[b] for b in order))
        profiles = tuple(self._in_order(p, order, i) for i, p in enumerate(service.profiles))
        dispersion = load.dispersion_10s
        if dispersion is None and seen.dispersion_10s is not None:
            dispersion = max(seen.dispersion_10s, LEAST_DISPERSION)
        workload = changed(
            load,
            rate_per_s=rates,
            hourly_shape=None,
            weekend_factor=None,
            classes=named,
            dispersion_10s=dispersion or default("workload.dispersion_10s"),
        )
        if dispersion:
            workload.__pydantic_fields_set__.add("dispersion_10s")
        return changed(service, workload=workload, profiles=profiles)

    def _observed(self, load: Workload) -> Observed:
        if not (load.trace or load.summary):
            return Observed()
        from planner.problem.observed import from_summary, from_trace

        name, read = ("trace", from_trace) if load.trace else ("summary", from_summary)
        try:
            file = self.find(load.trace or load.summary, f"{self.path}.workload.{name}")
            found = read(file, load, self.periods)
        except InvalidInput as error:
            # The faults of a file beside the problem keep that file's lines, and say which file it is.
            for fault in error.faults:
                inside = fault.path == f"{self.path}.workload.{name}"
                place = f":{fault.line}" if fault.line and not inside else ""
                text = fault.message if inside else f"{load.trace or load.summary}{place}: {fault.path}: {fault.message}"
                self._fault(f"workload.{name}", fault.code, text.replace(": : ", ": "))
            return Observed()
        self.notes += found.notes
        return found

    def _rates(self, load: Workload, seen: Observed) -> tuple[float, ...]:
        count = self.periods.in_cycle
        if isinstance(load.rate_per_s, tuple):
            if len(load.rate_per_s) != count:
                text = f"{len(load.rate_per_s)} rates; the cycle of periods.kind {self.periods.kind} has {count} periods"
                self._fault("workload.rate_per_s", "wrong_length", text)
            if load.weekend_factor is not None:
                text = "weekend_factor goes with a single rate_per_s; one rate per period already tells weekends apart"
                self._fault("workload.weekend_factor", "contradiction", text)
            return load.rate_per_s
        stated = load.rate_per_s
        shaped = load.hourly_shape is not None or load.weekend_factor is not None
        if stated is None and not shaped and seen.rates is not None:
            self.notes += [note for note in seen.rate_notes if note not in self.notes]
            return seen.rates
        mean = stated if stated is not None else seen.mean_per_s
        if mean is None:
            if not self.faults:
                self._fault("workload.rate_per_s", "missing_field", "the file holds no rates; give rate_per_s")
            return (0.0,) * count
        shape = load.hourly_shape or (1.0,) * HOURS
        weekend = 1.0 if load.weekend_factor is None else load.weekend_factor
        return rates_of_shape(mean, shape, weekend, load.utc_offset_hours, self.periods.kind, self.periods.per_day)

    def _named(self, classes: tuple[RequestClass, ...]) -> tuple[RequestClass, ...]:
        taken: set[str] = set()
        for c in classes:
            if c.name in taken:
                self._fault("workload.classes", "duplicate_name", f"two classes are named {c.name!r}; names are unique")
            if c.name:
                taken.add(c.name)
        named = []
        for index, c in enumerate(classes):
            name = c.name
            if name is None:
                name = next(n for n in (f"c{index + 1}" + "'" * k for k in range(len(classes) + 1)) if n not in taken)
                taken.add(name)
            named.append(changed(c, name=name))
        return tuple(named)

    def _in_order(self, profile: Any, order: list[int], index: int) -> Any:
        """A profile with its figures in the order of the classes."""
        values = {}
        for name in ("throughput_rps", "ttft_ms", "tpot_ms"):
            given = getattr(profile, name)
            if given is None:
                continue
            if len(given) != len(order):
                text = f"{len(given)} figures for {len(order)} request classes; give one per class, in their order"
                self._fault(f"profiles[{index}].{name}", "wrong_length", text)
                continue
            values[name] = tuple(given[b] for b in order)
        if not values:
            return profile
        return changed(profile, **values)

    def _fault(self, place: str, code: str, message: str) -> None:
        self.faults.append(Fault(f"{self.path}.{place}", code, message))


def _class_key(c: RequestClass) -> tuple:
    return c.input_tokens, c.output_tokens, c.name or "", c.share
