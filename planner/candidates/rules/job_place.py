"""Rule: a job runs where it may."""

from __future__ import annotations

from planner.candidates.candidate import Broken
from planner.candidates.jobs import JobCase
from planner.candidates.judged import broken
from planner.candidates.patterns import matches_any
from planner.candidates.registry import rule


@rule(of="job")
def job_place(it: JobCase) -> Broken | None:
    """Provider, region and accelerator are among those that ``jobs[].allow`` names, and none that it excludes; absent names allow any."""
    allow, pool = it.job.allow, it.pool
    for what, value, allowed, excluded in (
        ("provider", pool.provider, allow.providers, allow.exclude_providers),
        ("accelerator", pool.accelerator, allow.accelerators, allow.exclude_accelerators),
    ):
        if allowed is not None and not matches_any(allowed, value):
            return broken("job_place", value, ", ".join(allowed), "", f"{what} {value}; allowed: {', '.join(allowed)}")
        if matches_any(excluded, value):
            return broken("job_place", value, f"not {', '.join(excluded)}", "", f"{what} {value} is excluded")
    if allow.regions is not None and not any(pool.matches(region) for region in allow.regions):
        stated = ", ".join(allow.regions)
        return broken("job_place", pool.region, stated, "", f"in {pool.region}; allowed: {stated}")
    hit = next((region for region in allow.exclude_regions if pool.matches(region)), None)
    return None if hit is None else broken("job_place", pool.region, f"not {hit}", "", f"in {pool.region}; excluded: {hit}")
