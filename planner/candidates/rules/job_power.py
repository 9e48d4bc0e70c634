"""Rule: where carbon counts or electricity is paid, power and grid are known."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.jobs import JobCase
from planner.candidates.judged import broken
from planner.candidates.registry import rule


@rule(of="job")
def job_power(it: JobCase) -> Broken | None:
    """Power is known where electricity is paid or carbon counts, the grid too where carbon counts."""
    pool = it.pool
    if not it.emissions_count and pool.owned is None:
        return None
    unknown = [w for w, missing in (("power", pool.idle_w is None or pool.busy_w is None),
                                    ("grid intensity", bool(it.emissions_count) and pool.intensity is None)) if missing]  # fmt: skip
    if not unknown:
        return None
    return broken("job_power", None, None, "", f"{' and '.join(unknown)} of {pool.id} unknown; {it.emissions_count or 'electricity is paid'}")
