"""For each check one change that makes it fail."""

from __future__ import annotations

from typing import Any

from edits import BOX, BULK, CHAT, FIRM, FP8_PLAN, FP8_PROBLEM, JOB, MODELLED, RACK, TRAINED, both, job_plan, latency_only, measured_latency, put

# Check → what is wrong: an edit of the plan, of the problem, facts of the catalogue.
WRONG: dict[str, dict[str, Any]] = {
    "inputs": {"plan": put("inputs.catalog_digest", "1" * 64)},
    "periods": {"plan": put("periods.0.name", "noon")},
    "shape": {"plan": put("services.0.name", "nobody")},
    "non_negative": {"plan": put(f"{FIRM}.rate_per_s.short.0", -1.0)},
    "integrality": {"plan": put("commitments.0.units", 0.5)},
    # Without a throughput the formula needs facts about accelerator and model.
    "accelerator_facts_known": {"problem": both(latency_only(BULK), put("offers.accelerators.0.memory_gib", None)), **MODELLED},
    "model_facts_known": {"problem": latency_only(BULK)},
    "kind_of_model": {"problem": latency_only(BULK), "catalog": {"model": {"kind_of_model": "encoder"}}},
    "precision_supported": {"problem": both(latency_only(BULK), put("offers.accelerators.0.bf16_tflops", None)), **MODELLED},
    "heads_divide": {"problem": latency_only(BULK), "catalog": {"model": {"heads": 31, "kv_heads": 31}}},
    "context_length": {"problem": latency_only(BULK), "catalog": {"model": {"max_context": 149}}},  # 100 + 50 tokens
    "memory": {"problem": both(latency_only(BULK), put("offers.accelerators.0.memory_gib", 8.0)), **MODELLED},
    "kv_capacity": {"problem": latency_only(BULK), "plan": put(f"{RACK}.rate_per_s.c1", [1e6, 1e6]), **MODELLED},
    "preparation_known": {"problem": FP8_PROBLEM, "plan": FP8_PLAN,
                          "catalog": {"model": {}, "variants": ({"preparation_accelerator_hours": None},)}},
    "allowed_variant": {"problem": put(f"{CHAT}.allow.variants", ["fp8"])},
    "engine_settings": {"plan": put(f"{FIRM}.engine", "vLLM")},
    "throughput": {"problem": put(f"{CHAT}.profiles.0.throughput_rps", [None, 1e-5])},
    # Nine tenths of the limit is 90 ms.
    "ttft": {"problem": both(put(f"{CHAT}.slo", {"ttft_ms": {"p95": 100.0}}), measured_latency(ttft_ms=91.0))},
    "tpot": {"problem": both(put(f"{CHAT}.slo", {"tpot_ms": {"p95": 50.0}}), measured_latency(tpot_ms=51.0))},
    # The short class is done after 10 + 49 × 20 = 990 ms, over nine tenths of a second.
    "end_to_end": {"problem": both(put(f"{CHAT}.slo", {"end_to_end_ms": {"p95": 1000.0}}),
                                   measured_latency(ttft_ms=10.0, tpot_ms=20.0))},
    "allowed_vendor": {"problem": put(f"{CHAT}.allow.vendors", ["NVIDIA"])},
    "allowed_provider": {"problem": put(f"{CHAT}.allow.exclude_providers", ["ac*"])},
    "allowed_region": {"problem": put(f"{CHAT}.allow.regions", ["EU"])},
    "allowed_accelerator": {"problem": put(f"{CHAT}.allow.exclude_accelerators", ["x"])},
    "allowed_tp": {"problem": put(f"{CHAT}.allow.tp", [2, 4])},
    "allowed_pp": {"problem": put(f"{CHAT}.allow.pp", [2, 4])},
    "on_offer": {"plan": put(f"{FIRM}.accelerator", "Y")},
    "price_known": {
        "problem": both(put(f"{BOX}.on_demand_usd_per_hour", None), put(f"{BOX}.reserved_1y_usd_per_hour", None),
                        put("commitments.held", [])),
        "plan": both(put("pools.0.reserved", {}), put("commitments", [])),
    },
    # The toy model is not in this catalogue, so its size is unknown.
    "weights_known": {"problem": put("costs.storage", [{"usd_per_gb_month": 0.1}])},
    "charges_known": {"problem": put("costs.egress", [{"place": "acme:*", "usd_per_gb": 0.1}])},
    "paid_once": {"problem": put("costs.platforms", [{"name": "own", "usd_per_month": 9.0}])},
    "offsets": {"problem": put("carbon.offsets", {"usd_per_tonne": 1.0})},  # none is bought
    "claimed_cash": {"plan": put("cash", [{"month": 0, "running_usd": 1.0, "upfront_usd": 0.0, "one_off_usd": 0.0}])},
    "response_cache": {"plan": put(f"{CHAT}.cache", "none stated")},
    "jobs_done": {"problem": JOB},  # the plan says nothing of it
    "job_facts": {"problem": JOB, "plan": job_plan()},  # this catalogue has no constants of training
    "job_place": {"problem": both(JOB, put("jobs.0.allow.providers", ["owned"])), "plan": job_plan()},
    "job_price": {"problem": both(JOB, put(f"{BOX}.on_demand_usd_per_hour", None)), "plan": job_plan()},
    "job_network": {"problem": JOB, "plan": job_plan(instances=2), **TRAINED},
    # 8e9 parameters of 16 bytes are 59.6 GiB on each of two accelerators.
    "job_memory": {"problem": both(JOB, put("offers.accelerators.0.memory_gib", 40.0)), "plan": job_plan(), **TRAINED},
    # 6 × 8e9 × 1e9 FLOP at 2 × 0.4 × 300 TFLOP/s are 56 h.
    "job_deadline": {"problem": both(JOB, put("jobs.0.deadline_hours", 50.0)), "plan": job_plan(), **TRAINED},
    "job_stock": {"problem": both(JOB, put(f"{BOX}.stock", 0)), "plan": job_plan(), **TRAINED},
    "job_power": {"problem": both(JOB, put("offers.accelerators.0.tdp_w", None)), "plan": job_plan(), **TRAINED},
    "power_known": {"problem": put("offers.accelerators.0.tdp_w", None)},
    "replica_capacity": {"plan": put(f"{FIRM}.rate_per_s.short.0", 7.0)},  # 7/4 + 1/2 = 2.25 of 2
    "instance_packing": {"plan": put(f"{FIRM}.replicas", [5, 5])},  # two instances of 2 in the first period
    "instance_size": {"problem": put(f"{BULK}.profiles.0.tp", 4), "plan": put(f"{RACK}.tp", 4)},
    "commitment_pool": {"plan": put("pools.0.on_demand", [0.0, 0.0])},
    "commitment_terms": {"plan": put("commitments.0.term_months", 36)},
    "demand_served": {"plan": put(f"{FIRM}.rate_per_s.short", [2.9, 4.5])},
    "class_served": {"problem": put(f"{CHAT}.profiles.0.throughput_rps", [4.0, None])},
    "slices": {"problem": both(put(f"{CHAT}.routing", "slices"), put(f"{CHAT}.slice_factor", 4)), "plan": put("routing", "mixed")},
    "ramp": {"plan": put(f"{CHAT}.deployments.1.replicas", [0, 3])},
    "start_up": {"plan": put("pools.0.firm_starts", [0, 0])},
    "max_configurations": {"problem": put("limits.max_configurations", 1)},
    "min_instances": {"problem": put(f"{CHAT}.availability.min_instances", 3)},
    "spot_allowed": {"problem": put(f"{CHAT}.spot.allowed", False)},
    "spot_share": {"problem": put(f"{CHAT}.spot.max_share", 0.24)},  # a quarter is on spot at noon
    "stock": {"problem": put(f"{BOX}.stock", 3)},  # 3 firm and 1 spot run at noon
    "quota": {"problem": put("limits.quotas.0.max_instances", 3)},
    "power_cap": {"problem": put("owned.0.power_cap_kw", 1.0)},  # 1.1 kW
    "survives_loss": {"problem": put(f"{CHAT}.availability.survives_loss.fraction", 0.76)},
    "budget": {"problem": put("limits.teams.0.budget_usd_per_month", 3193.0)},
    "carbon_cap": {"problem": put(f"{CHAT}.carbon_kg_per_month", 84.0)},
    "quality_known": {"problem": put(f"{CHAT}.quality", {"min": 0.5})},  # the catalogue lacks the model
    "quality_min": {"problem": put(f"{CHAT}.quality", {"min": 0.5, "base_score": 0.4}), **MODELLED},
    "quality_floor": {"problem": put(f"{CHAT}.quality", {"mean": 0.5, "base_score": 0.4}), **MODELLED},
    "claimed_quality": {"problem": put(f"{CHAT}.quality", {"base_score": 0.4}), "plan": put(f"{CHAT}.quality_mean", 0.41), **MODELLED},
    "cost": {"plan": put("cost.spot_usd_per_month", 492.0)},
    "preparation": {"problem": FP8_PROBLEM, "plan": FP8_PLAN, "catalog": {"model": {}, "variants": ({},)}},
    "claimed_carbon": {"plan": put("carbon_kg_per_month", 270.0)},
    "claimed_share": {"plan": put(f"{CHAT}.share_usd_per_month", 3194.0)},
    "performance": {"plan": put(f"{FIRM}.utilisation.0", 0.6)},
    "demand_multiplier": {"plan": put("demand_multiplier_survived", 1.07)},  # 2 / 1.875 = 1.0667
    "changes": {"problem": both(put("existing", {}), put("limits.max_changes", 0))},
    "migration": {"problem": put("existing", {})},
    "safety": {"plan": put("safety", {"confidence": {}, "nominal_usd_per_month": 1.0, "nominal_bound_usd_per_month": 1.0,
                                      "extra_usd_per_month": 1.0})},
    "proof": {"plan": put("bound_usd_per_month", 4000.0)},
    "assumptions": {"plan": put("assumptions.0.value", "marginal")},
    "binding": {"plan": put("binding.0.limit", 6000.0)},
    "certificate": {"plan": put("certificate", {"passed": True, "checks": [{"name": "cost", "passed": True, "worst": 0.0}]})},
}  # fmt: skip
