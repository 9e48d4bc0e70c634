"""What measurements change: the formula's figures before and after, each point also predicted from the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from planner.errors import Fault, InvalidInput
from planner.perf.measured import runs_of
from planner.perf.runs import Run, figures_at, learned

METRICS = ("output_tokens_per_s", "ttft_ms", "tpot_ms")


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
    """Every figure of ``runs``, in their order."""
    found = []
    for at, run in enumerate(runs):
        rest = tuple(other for place, other in enumerate(runs) if place != at and other.replica == run.replica)
        before, after = figures_at(run.replica, run.point, None), figures_at(run.replica, run.point, learned(tuple(runs), run.replica))
        others = figures_at(run.replica, run.point, learned(rest, run.replica)) if rest else None
        for index, metric in enumerate(METRICS):
            measured = getattr(run.point, metric)
            if measured is not None:
                point = run.point
                found.append(
                    Compared(
                        point.input_tokens, point.output_tokens, point.concurrency, metric, measured,
                        before[index], after[index], None if others is None else others[index],
                    )
                )  # fmt: skip
    return tuple(found)


def median_errors(rows: Sequence[Compared]) -> dict[str, float | None]:
    """Median absolute relative error before, after, and from the other points."""
    found: dict[str, float | None] = {}
    for name in ("before", "after", "others"):
        errors = [abs(error) for row in rows if (error := row.error(name)) is not None]
        found[name] = median(errors) if errors else None
    return found


def runs_in(service: Any, catalog: Any, own: Any, file: str) -> tuple[Run, ...]:
    """The runs of a service's profiles; raises InvalidInput where profiles are stated and none can be used."""
    runs = runs_of(service, catalog, own)
    stated = [profile for profile in service.profiles if profile.points]
    if stated and not runs:
        text = (
            f"none of the {len(stated)} measured profiles of {service.name} can be used: model {service.model}, variant "
            f"{stated[0].variant} or accelerator {stated[0].accelerator} is not known, or another engine was measured"
        )
        raise InvalidInput(file, [Fault("services", "unusable_profile", text)])
    return runs
