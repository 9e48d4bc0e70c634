"""The table of limits knows every limit that the format has, and every step leads to a problem that is allowed."""

import pytest

from planner.analysis.limits import TABLE, limits_of
from planner.errors import UsageError
from planner.problem.jobs import JobAllow
from planner.problem.limits import Limits, Quota, RegionLimit, SiteLimit, TeamLimit
from planner.problem.patch import patched
from planner.problem.paths import places
from planner.problem.service import Allow, Quality, Slo
from tests.analysis.small import bench, catalog, offer, problem, service

FULL = problem(
    [
        service(
            "chat", team="red", slo={"ttft_ms": {"p95": 800, "p99": 3000}, "tpot_ms": {"p95": 50}}, quality={"min": 0.9, "mean": 0.95},
            allow={"regions": ["here"], "providers": ["own"], "tp": [1]}, availability={"min_instances": 2, "survives_loss": {"fraction": 0.5, "of": ["zone"]}},
            spot={"allowed": True, "max_share": 0.5}, ramp={"max_added_replicas": 3}, max_configurations=2, carbon_kg_per_month=900, confidence=0.8,
        )
    ],
    [offer("one", 10.0, zone="a"), offer("two", 11.0, zone="b")],
    limits={
        "budget_usd_per_month": 1000, "horizon_usd": 9000, "upfront_usd": 100, "one_off_usd": 100, "carbon_kg_per_month": 50, "max_configurations": 3,
        "regions": [{"region": "here", "carbon_kg_per_month": 70}], "teams": [{"team": "red", "budget_usd_per_month": 800}],
        "quotas": [{"accelerator": "H100", "max_instances": 4}, {"name": "q", "provider": "own", "max_accelerators": 9}],
    },
    commitments={"offered": False, "max_term_months": 12},
)  # fmt: skip


def patterns(prefix):
    return {row.pattern.removeprefix(prefix).split(".")[0] for row in TABLE if row.pattern.startswith(prefix)}


def test_every_limit_of_the_format_has_a_row():
    assert set(Limits.model_fields) - {"shortage"} == patterns("limits.")
    assert set(Slo.model_fields) - {"waiting_room"} == patterns("services.*.slo.")
    assert set(Quality.model_fields) - {"benchmark", "base_score"} == patterns("services.*.quality.")
    assert set(Allow.model_fields) == patterns("services.*.allow.") and set(JobAllow.model_fields) == patterns("jobs.*.allow.")
    for kind, prefix in ((Quota, "limits.quotas.*."), (TeamLimit, "limits.teams.*."), (RegionLimit, "limits.regions.*."), (SiteLimit, "limits.sites.*.")):
        figures = {name for name, field in kind.model_fields.items() if "name" not in str(field.annotation).lower() and "str" not in str(field.annotation)}
        assert {name for name in figures if name.endswith(("_month", "_kw", "instances", "accelerators"))} == patterns(prefix)


def test_every_pattern_is_a_path_of_the_schema():
    for row in TABLE:
        try:
            places(bench(FULL).loaded.stated, row.pattern)
        except UsageError as error:
            # Nothing of the kind is stated; a field that does not exist would be named with its neighbours.
            assert f'has no "{row.pattern}"' in str(error) or 'has no "*"' in str(error), row.pattern


@pytest.mark.parametrize("limit", limits_of(bench(FULL).loaded.stated), ids=lambda limit: limit.path)
def test_every_step_of_a_limit_is_allowed_and_the_last_gives_it_up(limit):
    base = bench(FULL).loaded
    for step in limit.steps:
        after = patched(base, [step.change], catalog())
        left = {one.path: one for one in limits_of(after.stated)}
        if step.dropped:
            assert limit.path not in left
        else:
            assert left[limit.path].value == pytest.approx(step.change.value)
    sizes = [step.size for step in limit.steps]
    assert sizes == sorted(sizes) and limit.steps[-1].dropped


def test_a_default_is_a_lever_and_a_wish_is_not():
    levers = {limit.path: limit.lever for limit in limits_of(bench().loaded.stated)}
    assert levers["services.chat.spot.allowed"] and levers["services.chat.allow.variants"]
    assert not any(limit.lever for limit in limits_of(bench(FULL).loaded.stated) if limit.kind.name in ("slo", "budget", "quota", "residency"))


def test_a_deadline_is_given_up_at_the_end_of_the_horizon_and_a_window_at_a_month():
    """Beyond the horizon a job is not done at all, and without a window nothing may wait: both would be harder, not easier."""
    from types import SimpleNamespace

    from planner.analysis.limits import TABLE

    free = {row.pattern: row.free for row in TABLE}
    problem = SimpleNamespace(horizon=SimpleNamespace(months=12))
    job = SimpleNamespace(start_month=2, every_months=None)
    assert free["jobs.*.deadline_hours"](problem, job) == 10 * 730
    job.every_months = 3
    assert free["jobs.*.deadline_hours"](problem, job) == 3 * 730
    assert free["services.*.window_hours"] == 730
