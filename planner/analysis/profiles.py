"""What measurements change: the formula's figures before and after, each point also predicted from the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from planner.errors import Fault, InvalidInput
from planner.perf.measured import runs_of
from planner.perf.predict import FARTHEST
from planner.perf.replica import Engine, Replica
from planner.perf.runs import Learned, Run, figures_at, learned
from planner.perf.spelling import engine_family

METRICS = ("output_tokens_per_s", "ttft_ms", "tpot_ms")
#: Parts in which points are left out, and points that are shown: more say the same.
PARTS, MOST_COMPARED = 10, 200
MOST_FAULTS = 10


@dataclass(frozen=True)
class Compared:
    """One measured figure beside the formula's.

    before  by the formula alone
    after   by the formula corrected by all measurements
    others  by the formula corrected by the other measured points only; None where there is no other
    """

    input_tokens: float
    output_tokens: float
    concurrency: float | None
    metric: str
    measured: float
    before: float
    after: float
    others: float | None

    def error(self, name: str) -> float | None:
        """Relative error of ``before``, ``after`` or ``others``."""
        value = getattr(self, name)
        return None if value is None else value / self.measured - 1.0


def compared(runs: Sequence[Run]) -> tuple[Compared, ...]:
    """Every figure of ``runs``, in their order; of more than ``MOST_COMPARED``, that many, evenly chosen.

    Points are left out in at most ``PARTS`` parts, one by one where there are few.
    """
    shown = range(len(runs)) if len(runs) <= MOST_COMPARED else [at * len(runs) // MOST_COMPARED for at in range(MOST_COMPARED)]
    everything: dict[Replica, Learned | None] = {}
    rest: dict[tuple[Replica, int], Learned | None] = {}
    found = []
    for at in shown:
        run, part = runs[at], at % PARTS
        if run.replica not in everything:
            everything[run.replica] = learned(tuple(runs), run.replica)
        if (run.replica, part) not in rest:
            others = tuple(one for place, one in enumerate(runs) if place % PARTS != part and one.replica == run.replica)
            rest[run.replica, part] = learned(others, run.replica) if others else None
        found += _figures(run, everything[run.replica], rest[run.replica, part])
    return tuple(found)


def _figures(run: Run, everything: Learned | None, rest: Learned | None) -> Iterator[Compared]:
    point = run.point
    before, after = figures_at(run.replica, point, None), figures_at(run.replica, point, everything)
    others = None if rest is None else figures_at(run.replica, point, rest)
    for index, metric in enumerate(METRICS):
        measured = getattr(point, metric)
        if measured is not None:
            yield Compared(
                point.input_tokens, point.output_tokens, point.concurrency, metric, measured,
                before[index], after[index], None if others is None else others[index],
            )  # fmt: skip


def median_errors(rows: Sequence[Compared]) -> dict[str, float | None]:
    """Median absolute relative error before, after, and from the other points."""
    found: dict[str, float | None] = {}
    for name in ("before", "after", "others"):
        errors = [abs(error) for row in rows if (error := row.error(name)) is not None]
        found[name] = median(errors) if errors else None
    return found


def refuse_other_units(rows: Sequence[Compared], file: str) -> None:
    """Raises InvalidInput for figures so far off the formula that they must be in another unit, or of something else."""
    faults = [
        Fault(f"{row.input_tokens:g}/{row.output_tokens:g}", "far_off", f"{row.metric} of {row.measured:g} against {row.before:.3g} predicted: "
              "is it in another unit, or of another configuration?")
        for row in rows
        if not 1.0 / FARTHEST <= row.measured / row.before <= FARTHEST
    ]  # fmt: skip
    if faults:
        raise InvalidInput(file, faults[:MOST_FAULTS])


def runs_in(service: Any, catalog: Any, own: Any, file: str) -> tuple[Run, ...]:
    """The runs of a service's profiles; raises InvalidInput where profiles are stated and none can be used."""
    runs = runs_of(service, catalog, own)
    stated = [profile for profile in service.profiles if profile.points]
    if stated and not runs:
        engines = {profile.engine and engine_family(profile.engine) for profile in stated}
        others = sorted(engine for engine in engines if engine and engine != Engine().name)
        if len(others) == len(engines):
            text = f"{service.name} was measured with {', '.join(others)}, which says nothing of {Engine().name}, with which it is planned"
            raise InvalidInput(file, [Fault("services", "other_engine", text)])
        named = stated[0].accelerator
        text = f"none of the {len(stated)} measured profiles of {service.name} can be used: "
        if catalog.accelerator(named) is None and all(row.name.casefold() != named.casefold() for row in own):
            near = catalog.near_accelerators(named)
            text += f'no accelerator "{named}" is known' + (f"; did you mean {' or '.join(near)}?" if near else "")
        else:
            text += f"the facts of model {service.model} as {stated[0].variant}, or of {named}, are not known"
        raise InvalidInput(file, [Fault("services", "unusable_profile", text)])
    return runs
