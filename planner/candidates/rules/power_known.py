"""Rule: where carbon counts, power and grid are known."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.judged import Place, broken
from planner.candidates.registry import rule


@rule(of="pool")
def power_known(it: Place) -> Broken | None:
    """Where a carbon cap or price bears on the pool, its power and its grid's intensity are known.

    With embodied emissions asked for, those of the accelerator are known too. Electricity of owned hardware is paid,
    so its power is known in any case, and under a power cap.
    """
    pool = it.pool
    unknown = [
        words
        for words, missing in (
            ("power draw", pool.idle_w is None or pool.busy_w is None),
            ("grid intensity", pool.intensity is None and it.carbon_counts),
            ("embodied emissions", pool.embodied_kg_per_hour is None and it.carbon_counts and it.problem.carbon.embodied),
        )
        if missing
    ]
    counts = it.carbon_counts or ("electricity is paid" if pool.owned is not None else "")
    if not counts or not unknown:
        return None
    text = " and ".join(unknown)
    return broken("power_known", None, None, "", f"{text} of {pool.id} unknown; {counts}")
