"""What is judged, what is left, and that a profile replaces the formula."""

import json

from own_pools import ONE_CLASS, offer, service

from planner.candidates.report import check_report


def test_every_combination_is_either_a_candidate_or_a_rejection(make):
    made = make(service(batch_limits=[8, 64]), offers=[offer(), offer("small", "L4", size=2)]).one()
    # bf16 and fp8, two batch limits; tp 1, 2, 4, 8 on H100 and 1, 2 on L4.
    assert len(made.candidates) + len(made.rejections) == 2 * 2 * (4 + 2)


def test_a_native_fp8_model_runs_as_published(make):
    made = make(service(model="DeepSeek-V3", allow={"variants": ["native"]}), offers=[offer(accelerator="H200")])
    assert {c.configuration.variant for c in made.one().candidates} == {"fp8"}


def test_levels_rise_from_one_replica_to_many_and_are_one_without_latency_limit(make):
    free = make(service(), offers=[offer()]).one().candidates[0]
    assert all(share == 1.0 for _, share in free.levels)
    tight = make(service(slo={"ttft_ms": {"p95": 400}}), offers=[offer()]).one().candidates
    for candidate in tight:
        shares = [share for _, share in candidate.levels]
        assert shares == sorted(shares) and shares[0] < shares[-1] < 1.0
        assert candidate.share_at(3) == dict(candidate.levels)[2] and candidate.share_at(0.5) == 0.0


def test_a_measured_throughput_stands_alone(make):
    profile = {"accelerator": "H100", "throughput_rps": [4.0]}
    made = make(service(model="ours", profiles=[profile], profiles_only=True), offers=[offer(size=1)]).one()
    (candidate,) = made.candidates
    assert candidate.work_s == (0.25,) and candidate.kv_capacity_tokens is None and candidate.basis == "measured"
    assert candidate.configuration.engine == "unstated" and not made.rejections


def test_what_cannot_be_checked_of_an_unknown_model_is_listed(make):
    profile = {"accelerator": "H100", "throughput_rps": [4.0]}
    unknown, known = (
        make(service(model=model, profiles=[profile], profiles_only=True), offers=[offer(size=1)]).one().candidates[0].assumptions
        for model in ("ours", "Llama-3.1-8B")
    )
    assert any("memory, cache and context length suffice is not checked: the catalogue has no facts of ours" in one for one in unknown)
    assert not any("not checked" in one for one in known)


def test_a_throughput_of_nil_serves_nothing(make):
    profile = {"accelerator": "H100", "throughput_rps": [1e-5]}
    made = make(service(profiles=[profile], profiles_only=True), offers=[offer(size=1)])
    assert {rule for b in made.broken().values() for rule in b} == {"throughput"}


def test_a_profile_without_batch_limit_replaces_the_formula_at_all_of_them(make):
    profile = {"accelerator": "H100", "throughput_rps": [4.0]}
    made = make(
        service(profiles=[profile], batch_limits=[8, 64], allow={"variants": ["bf16"], "tp": [1, 2]}), offers=[offer()]
    ).one()
    assert [(c.configuration.tp, c.configuration.max_num_seqs, c.basis) for c in made.candidates] == [
        (1, 64, "measured"), (2, 8, "modelled"), (2, 64, "modelled"),
    ]  # fmt: skip


def test_measured_latency_replaces_the_formulas(make):
    profile = {"accelerator": "H100", "ttft_ms": [123.0], "max_num_seqs": 64}
    made = make(service(profiles=[profile], allow={"variants": ["bf16"], "tp": [1]}, slo={"ttft_ms": {"p95": 136}}), offers=[offer()])
    # 123 ms is more than 136 less a tenth.
    found = made.broken()["bf16 H100 tp1 batch 64"]["ttft"]
    assert found.value == 123.0 and round(found.limit, 9) == 122.4


def test_services_that_ask_the_same_get_the_same(make):
    first, second = make(service("a"), service("b"), offers=[offer()]).choices()
    assert second.service == "b" and all(c.service == "b" for c in second.candidates)
    assert [(c.configuration, c.work_s, c.levels) for c in first.candidates] == [
        (c.configuration, c.work_s, c.levels) for c in second.candidates
    ]


def test_the_report_counts_every_rejection_once(make):
    picky = service(model="Llama-3.1-70B", slo={"ttft_ms": {"p95": 500}}, batch_limits=[8, 64])
    made = make(picky, offers=[offer(), offer("small", "L4", size=2)])
    report = check_report(made.choices())
    (entry,) = report["services"]
    assert sum(row["count"] for row in entry["removed_by"]) == entry["removed"] > 0
    assert entry["considered"] == entry["candidates"] + entry["removed"]
    assert {miss["rule"] for miss in entry["closest_miss"]} == {r for row in entry["removed_by"] for r in row["rules"]}
    assert set(report["rules"]) == {r for row in entry["removed_by"] for r in row["rules"]}
    json.dumps(report, allow_nan=False)


def test_a_class_too_large_for_the_limit_is_left_to_others(make):
    mixed = [{**ONE_CLASS[0], "share": 0.5}, {"input_tokens": 20_000, "output_tokens": 100, "share": 0.5}]
    asked = service(workload={"rate_per_s": 1.0, "classes": mixed}, slo={"ttft_ms": {"p95": 600}}, allow={"variants": ["bf16"]})
    made = make(asked, offers=[offer(size=1, accelerator="L40S")]).one()
    assert [c.can_serve for c in made.candidates] == [(True, False)]


def test_stages_are_considered_where_weights_must_be_split_over_slots(make):
    # 70 billion parameters at 16 bits fit no single L40S of 48 GB; at most 8 accelerators a replica.
    ask = {"model": "Llama-3.3-70B", "allow": {"variants": ["native"]}, "batch_limits": [64]}
    made = make(service(**ask), offers=[offer(accelerator="L40S")]).one()
    found = {(c.configuration.tp, c.configuration.pp) for c in (*made.candidates, *made.rejections)}
    assert {(1, 8), (2, 4), (4, 2), (8, 1)} <= found and all(tp * pp <= 8 for tp, pp in found)
    linked = make(service(**ask), offers=[offer()]).one()
    assert {c.configuration.pp for c in (*linked.candidates, *linked.rejections)} == {1}


def test_stages_that_a_service_names_are_judged_on_any_accelerator(make):
    made = make(service(allow={"variants": ["bf16"], "tp": [1], "pp": [2]}, batch_limits=[64]), offers=[offer()]).one()
    assert [str(c.configuration) for c in (*made.candidates, *made.rejections)] == ["bf16 H100 tp1 pp2 batch 64"]
