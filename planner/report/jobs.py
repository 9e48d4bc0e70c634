"""How each job of a plan is run, in a line or two."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from planner.plan.schema import JobPlan, Plan
from planner.report.cell import FAINT, STRONG, line, listed, title
from planner.report.figures import amount, counted


def jobs_view(plan: Plan) -> RenderableType:
    """One entry for each job: where, for how long, what it computes and draws."""
    return Group(title("Jobs"), listed([text for job in plan.jobs for text in _job(job)]))


def _job(job: JobPlan) -> list[Text]:
    times = "" if job.runs == 1 else f", {counted(job.runs, 'time')} within the horizon"
    where = f"{counted(job.instances, 'instance')} of {job.pool}, {job.purchase}"
    facts = f"{job.flop_per_run:.3g} FLOP, {amount(round(job.memory_gib, 1))} GiB an accelerator"
    if job.kwh_per_run is not None:
        facts += f", {amount(round(job.kwh_per_run, 1))} kWh a run"
    if any(job.spare):
        low, high = min(job.spare), max(job.spare)
        facts += f"; {amount(low)} to {amount(high)} of them on capacity that services leave idle" if low != high else \
            f"; {amount(high)} of them on capacity that services leave idle"
    return [line((f"{job.name}  ", STRONG), f"{where}, {amount(round(job.hours_per_run, 1))} h{times}"), line((f"  {facts}", FAINT))]
