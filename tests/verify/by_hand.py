"""Plans written by hand, one module each: the plan, and a change by which each check that concerns it fails."""

from __future__ import annotations

from types import ModuleType

import hosted_case
import serverless_case
import shadow_case
import shared_case
import units_case
import waiting_case

CASES: dict[str, ModuleType] = {
    "hosted": hosted_case, "serverless": serverless_case, "shadow": shadow_case, "shared": shared_case, "units": units_case, "waiting": waiting_case,
}  # fmt: skip
#: Shown by the changes of another case, or by a case without a plan.
ELSEWHERE = {"hosted": ("attributes", "api_batch_window")}


def failed(case: ModuleType, **changes) -> set[str]:
    """Names of the checks that the plan of ``case`` fails with values at dotted paths of plan and problem changed."""
    return {c.name for c in case.certificate(**changes).checks if not c.passed}
