"""Jobs: their arithmetic, memory, hours and money by hand, and how they compete for pools with services."""

from __future__ import annotations

import pytest

from planner.documents import from_data
from planner.errors import InvalidInput
from planner.plan.cost import TOTAL
from planner.problem.load import problem_of
from planner.problem.without import without
from planner.solve import Infeasible, Options, solve
from planner.verify.certify import held_against
from tests.costs.test_charges import document
from tests.oracle.load import catalog, problem
from tests.oracle.solving import plan_of

CARDS = {"accelerators": [{"name": "card", "tdp_w": 100, "memory_gib": 80.0, "memory_bandwidth_gb_per_s": 2000.0, "bf16_tflops": 100.0}]}
ONE = {"provider": "aws", "region": "us-east-1", "instance_type": "one", "accelerator": "card", "accelerators_per_instance": 1,
       "on_demand_usd_per_hour": 1.0}  # fmt: skip
# Llama-3.2-1B: 1.24e9 parameters. A card does 100 TFLOP/s at 0.4; no checkpoints, no evaluation: 186 h for 6 × 1.24e9 × 3.6e9 FLOP.
TUNE = {"name": "tune", "kind": "fine_tuning", "model": "Llama-3.2-1B", "tokens": 3.6e9, "instances": [1], "deadline_hours": 700.0,
        "evaluation_tokens": 0.0, "checkpoint_seconds": 0.0}  # fmt: skip
HOURS = 6 * 1.24e9 * 3.6e9 / 40e12 / 3600


def with_job(job: dict, *offers: dict, **more) -> dict:
    stated = document({}, **more)
    stated["offers"] = {"catalog": False, **CARDS, "own": list(offers) or [ONE]}
    stated["jobs"] = [{**TUNE, **job}]
    return stated


def job_of(stated: dict):
    return plan_of(stated).jobs[0]


def test_hours_and_rent_follow_from_six_flop_a_parameter_and_token():
    plan = plan_of(with_job({}))
    assert plan.jobs[0].hours_per_run == pytest.approx(HOURS) == pytest.approx(186.0)
    assert plan.cost["jobs_usd_per_month"] == pytest.approx(186.0 / 12)
    assert plan.jobs[0].flop_per_run == pytest.approx(6 * 1.24e9 * 3.6e9)


def test_a_job_repeats_every_so_many_months():
    plan = plan_of(with_job({"every_months": 3, "data_usd": 900.0}))
    assert (plan.jobs[0].runs, plan.cost["jobs_usd_per_month"]) == (4, pytest.approx(4 * 186.0 / 12))
    assert plan.cost["job_data_usd_per_month"] == pytest.approx(300.0)
    assert [c.running_usd > 1461 for c in plan.cash] == [True, False, False] * 4


def test_evaluation_teacher_rounds_and_epochs_are_arithmetic_too():
    # Two rounds of two epochs, each round evaluated; a teacher of 8.03e9 parameters writes 1e9 tokens at 2 FLOP.
    job = {"kind": "distillation", "epochs": 2.0, "rounds": 2, "evaluation_tokens": 1e8, "teacher": {"model": "Llama-3.1-8B", "tokens": 1e9}}
    expected = 1.24e9 * (4 * 6 * 3.6e9 + 2 * 2 * 1e8) + 2 * 8.03e9 * 1e9
    assert job_of(with_job({**job, "deadline_hours": 8000.0})).flop_per_run == pytest.approx(expected, rel=1e-3)


def test_a_teacher_behind_an_api_is_paid_by_the_token():
    job = {"kind": "distillation", "teacher": {"usd_per_mtok": 0.6, "tokens": 2e9}}
    assert plan_of(with_job(job)).cost["job_data_usd_per_month"] == pytest.approx(2000 * 0.6 / 12)


def test_lora_costs_two_thirds_of_the_arithmetic_and_qlora_less_memory_but_more_time():
    full, lora, qlora = (job_of(with_job({"method": m})) for m in ("full", "lora", "qlora"))
    assert lora.flop_per_run / full.flop_per_run == pytest.approx(2 / 3, rel=0.03)
    assert qlora.flop_per_run == pytest.approx(lora.flop_per_run / 0.65)
    assert qlora.memory_gib < lora.memory_gib < full.memory_gib


def test_pretraining_takes_twenty_tokens_a_parameter_unless_told():
    job = job_of(with_job({"kind": "pretraining", "tokens": None, "deadline_hours": 8000.0}))
    assert job.flop_per_run == pytest.approx(6 * 20 * 1.24e9**2)


def test_zero_shares_the_state_among_accelerators():
    # 12 bytes of optimizer, 2 of gradients, 2 of weights for each of 1.24e9 parameters, on four accelerators; activations come on top.
    gib = 1.24e9 / 2**30
    four = {**ONE, "instance_type": "four", "accelerators_per_instance": 4, "on_demand_usd_per_hour": 4.0}
    used = [job_of(with_job({"zero_stage": stage}, four)).memory_gib for stage in range(4)]
    assert [u - used[3] for u in used] == pytest.approx([gib * (16 - 4), gib * (3 + 4 - 4), gib * (3 + 0.5 + 2 - 4), 0.0])


def test_keeping_activations_takes_memory_and_saves_a_quarter_of_the_time():
    kept, again = job_of(with_job({"checkpointing": False, "sequence_tokens": 512})), job_of(with_job({"sequence_tokens": 512}))
    assert kept.memory_gib > again.memory_gib and kept.hours_per_run == pytest.approx(again.hours_per_run * 6 / 8)


def test_a_network_that_is_slow_leaves_less_of_two_instances():
    # Compute of a batch of 1e6 tokens: 6 × 1.24e15 FLOP on 80 TFLOP/s = 93 s. Exchange: 2 × ½ × 2 bytes × 1.5 × 1.24e9 at 0.1 GB/s = 37.2 s.
    job = {"instances": [2], "network_gb_per_s": 0.1, "batch_tokens": 1e6}
    assert job_of(with_job(job)).hours_per_run == pytest.approx(HOURS / 2 * (93 + 37.2) / 93)


def test_reading_is_split_between_instances_that_hold_all_weights_and_need_no_network():
    # 2 × 1.24e9 × 3.6e9 FLOP: a third of training, halved by two instances; 2 bytes a parameter on each card.
    read = {"kind": "offline_inference", "utilisation": 0.4}
    one, two = job_of(with_job(read)), job_of(with_job({**read, "instances": [2]}))
    assert two.hours_per_run == pytest.approx(HOURS / 3 / 2)
    assert two.memory_gib == one.memory_gib == pytest.approx(2 * 1.24e9 / 2**30)


def test_of_equal_hours_in_all_the_fewest_instances_are_taken():
    # 62 h on one; 32 h are given: two will do, and four or eight cost the same.
    read = {"kind": "offline_inference", "utilisation": 0.4, "instances": [1, 2, 4, 8], "deadline_hours": 32.0}
    assert job_of(with_job(read)).instances == 2


def test_a_deadline_that_no_network_could_meet_is_the_reason_not_the_network_that_is_not_stated():
    # 186 h on one, 93 h on two even if exchanging took no time.
    found = solve(problem(with_job({"instances": [1, 2], "deadline_hours": 90.0})), catalog(), Options())
    assert [c.constraint for c in found.conflicts] == ["job_deadline"]
    assert "at least 93 h on 2" in found.conflicts[0].message and not [w for w in found.ways_out if "network" in w.change]
    found = solve(problem(with_job({"instances": [1, 2], "deadline_hours": 100.0})), catalog(), Options())
    assert [w.change for w in found.ways_out] == ["job_deadline for tune", "job_network for tune"]


def test_spot_loses_half_a_checkpoint_and_a_restart_for_every_instance_lost():
    spot = {**ONE, "spot_usd_per_hour": 0.25, "spot_availability": 0.8, "spot_interruptions_per_month": 73.0}
    stated = with_job({"allow": {"spot": True}, "checkpoint_hours": 2.0}, spot, start_up={"hours": 0.0, "spot_restart_hours": 0.5})
    plan = plan_of(stated)
    # 0.1 interruptions an hour × (1 + 0.5) h lost; there for 0.8 of the time, and paid only then.
    assert plan.jobs[0].hours_per_run == pytest.approx(186.0 * 1.15 / 0.8)
    assert plan.cost["jobs_usd_per_month"] == pytest.approx(186.0 * 1.15 * 0.25 / 12)


def night_and_day(job: dict, **more) -> dict:
    """2/s by day on two cards, 1/s by night on one: a reserved pair leaves one card idle at night."""
    stated = with_job(job, {**ONE, "reserved_1y_usd_per_hour": 0.3}, periods={"kind": "day", "per_day": 2}, start_up={"hours": 0.0}, **more)
    stated["services"][0]["workload"]["rate_per_s"] = [1.0, 2.0]
    return stated


def test_reserved_machines_that_a_service_leaves_idle_carry_a_job_for_nothing():
    plan = plan_of(night_and_day({}))
    assert plan.jobs[0].spare == (1.0, 0.0)
    # Half of the 186 h fall into the night, for nothing; the other half is rented at 1 USD.
    assert plan.cost["jobs_usd_per_month"] == pytest.approx(93.0 / 12)
    assert plan.cost["reserved_usd_per_month"] == pytest.approx(2 * 0.3 * 730)


def test_a_quota_counts_instances_of_jobs():
    small = {**ONE, "instance_type": "dear", "on_demand_usd_per_hour": 3.0, "region": "eu-north-1"}
    quota = {"quotas": [{"region": "us-east-1", "max_instances": 2}]}
    plan = plan_of(with_job({}, ONE, small, limits=quota))
    # Two cards serve; the third of the quota's region is not to be had, so the job pays 3 USD an hour.
    assert plan.jobs[0].pool.startswith("aws:dear") and plan.cost["jobs_usd_per_month"] == pytest.approx(3 * 186.0 / 12)


def test_energy_and_emissions_of_a_job_count():
    own = {"name": "cellar", "site": "hall", "accelerator": "card", "accelerators_per_instance": 1, "instances": 3, "pue": 1.0,
           "electricity_usd_per_kwh": 0.1, "g_co2e_per_kwh": 100.0, "power_off": True}  # fmt: skip
    plan = plan_of(with_job({}, owned=[own]))
    # 87 W idle and 68 W more at work for 186 h.
    assert plan.jobs[0].kwh_per_run == pytest.approx(186.0 * 0.155)
    assert plan.cost["job_energy_usd_per_month"] == pytest.approx(186.0 * 0.155 * 0.1 / 12)
    served = 730 * 0.1 * (2 * 0.087 + 1.6 * 0.068)
    assert plan.carbon_kg_per_month == pytest.approx(served + 186.0 * 0.155 * 0.1 / 12)


@pytest.mark.parametrize(
    "job, rule",
    [
        ({"deadline_hours": 185.0}, "job_deadline"),
        ({"deadline_hours": 9000.0}, "job_deadline"),
        ({"model": "Llama-3.1-8B", "tokens": 1e6}, "job_memory"),
        ({"instances": [2]}, "job_network"),
        ({"allow": {"regions": ["EU"]}}, "job_place"),
        ({"allow": {"exclude_regions": ["us-*"]}}, "job_place"),
        ({"allow": {"exclude_providers": ["aws"]}}, "job_place"),
        ({"allow": {"exclude_accelerators": ["card"]}}, "job_place"),
        ({"model": "GPT-5"}, "job_facts"),
    ],
)
def test_a_job_that_cannot_be_run_is_refused_by_name(job, rule):
    answer = solve(problem(with_job(job)), catalog(), Options())
    assert isinstance(answer, Infeasible) and [(c.constraint, c.where) for c in answer.conflicts] == [(rule, "tune")]


@pytest.mark.parametrize(
    "job, why",
    [
        ({"tokens": None}, "tokens are missing"),
        ({"kind": "offline_inference"}, "needs utilisation"),
        ({"kind": "distillation"}, "a teacher"),
        ({"every_months": 1, "deadline_hours": 731.0}, "longer than the months"),
    ],
)
def test_a_job_that_does_not_hang_together_is_refused(job, why):
    with pytest.raises(InvalidInput, match=why):
        problem(with_job(job))


def test_parts_sum_to_the_total():
    cost = plan_of(night_and_day({"data_usd": 100.0})).cost
    assert sum(usd for part, usd in cost.items() if part != TOTAL) == pytest.approx(cost[TOTAL], abs=1e-9)


def test_a_job_that_is_run_once_is_one_off_work_and_one_that_recurs_is_not():
    # 186 h at 1 USD and 100 USD of data: 286 USD.
    assert plan_of(with_job({"data_usd": 100.0}, limits={"one_off_usd": 287.0})) is not None
    assert plan_of(with_job({"data_usd": 100.0}, limits={"one_off_usd": 285.0})) is None
    assert plan_of(with_job({"data_usd": 100.0, "every_months": 6}, limits={"one_off_usd": 0.0})) is not None


def test_what_a_job_would_make_beyond_the_horizon_is_not_free():
    from tests.costs.test_adapting import adapted

    assert plan_of(adapted(0.85, {"start_month": 11, "deadline_hours": 800.0})).services[0].deployments[0].variant == "bf16"


@pytest.mark.parametrize("excluded", [{"exclude_regions": ["US"]}, {"exclude_providers": ["a*"]}, {"exclude_accelerators": ["card"]}])
def test_the_check_sees_a_job_where_it_must_not_run(excluded):
    plan = plan_of(with_job({}))
    seen = held_against(plan, problem(with_job({"allow": excluded})), catalog(), {"job_place"})
    assert [one.name for one in seen if not one.passed] == ["job_place"]


def test_without_a_provider_jobs_go_elsewhere_too():
    # The other provider's card costs a tenth more, for the service's replicas and for the job's 186 h.
    other = {**ONE, "provider": "gcp", "region": "europe-west4", "on_demand_usd_per_hour": 1.1}
    loaded = problem_of(from_data(with_job({}, ONE, other), "p.json"))
    then = solve(without(loaded, ["aws"], catalog()).problem, catalog(), Options()).plan
    assert {pool.id.partition(":")[0] for pool in then.pools} == {"gcp"} and then.jobs[0].pool.startswith("gcp:")
    assert then.cost["jobs_usd_per_month"] == pytest.approx(1.1 * 186.0 / 12)
