"""Every default of the problem format, in one place, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Default:
    """A value used when the problem is silent, and why that value."""

    value: Any
    reason: str


DEFAULTS: dict[str, Default] = {
    "horizon.months": Default(12, "a budget year; reservations of one year fit in it"),
    "periods.kind": Default("single", "one period at the mean rate when no daily shape is given"),
    "workload.dispersion_10s": Default(
        4.0, "index of dispersion over 10 s of the conversation traces (1.3 to 16), used when no trace gives it"
    ),
    "provisioned.output_weight": Default(1.0, "a token of output counts as one of input unless the seller says otherwise"),
    "provisioned.minimum_units": Default(1, "the seller's smallest purchase is for the user to state"),
    "provisioned.step_units": Default(1, "the seller's multiples are for the user to state"),
    "workload.headroom": Default(1.0, "no hidden safety: demand is planned as stated"),
    "workload.max_classes": Default(8, "work adds up over length buckets; eight keep the mix within about 1 %"),
    "workload.utc_offset_hours": Default(0.0, "rates by hour are read as UTC"),
    "workload.prefix_hit": Default(0.0, "prompts share nothing unless the problem says so"),
    "speculation.draft_cost": Default(0.1, "a draft of about a tenth of the model's size"),
    "slo.waiting_room": Default(
        0.1, "share of a TTFT or end-to-end limit kept for waiting: what takes longer alone cannot share a replica"
    ),
    "service.modes": Default(("real_time",), "own replicas alone: a provider sees no request unless the problem says so"),
    "service.defer": Default(True, "a window is there to be used"),
    "service.routing": Default("divisible", "requests of one class may be split between deployments"),
    "service.priority": Default(1, "all services weigh the same under shortage"),
    "service.variants": Default(
        ("native", "bf16", "fp8"), "as published by the model's author, 16 bit, and 8 bit floating point, "
        "whose published recovery is 99 % or more"
    ),
    "service.batch_limits": Default(
        (8, 32, 128, 256), "sequences run together: latency against price; 256 is the usual engine default"
    ),
    "service.max_tp": Default(8, "accelerators within one scale-up domain of the catalogued instances"),
    "spot.allowed": Default(False, "interruptions are accepted only when the problem says so"),
    "spot.max_share": Default(1.0, "no limit besides survival once spot is allowed"),
    "spot.restart_hours": Default(
        0.1, "six minutes to obtain, boot and load weights; paid and unproductive at each interruption"
    ),
    "availability.min_instances": Default(2, "losing one instance must leave replicas serving"),
    "start_up.hours": Default(0.1, "six minutes of boot, image and weights before an instance serves"),
    "energy.busy_share_of_tdp": Default(0.8, "typical draw of a busy accelerator against its rated power"),
    "energy.idle_share_of_tdp": Default(
        0.12, "idle draw where the catalogue has none: measured idle of data-centre cards is 8 to 16 % of rated power"
    ),
    "energy.host_w": Default(
        75.0, "host share of one accelerator (processor, memory, network, fans): about 600 W over eight"
    ),
    "energy.pue": Default(1.2, "where a site states none: between the large providers' 1.1 and the industry's 1.5"),
    "carbon.intensity": Default("average", "location-based average, as greenhouse-gas inventories count"),
    "carbon.price_usd_per_tonne": Default(0.0, "no internal carbon price unless stated"),
    "carbon.embodied": Default(False, "operational emissions only, unless asked"),
    "carbon.embodied_years": Default(4.0, "usual accounting life of servers"),
    "financing.annual_rate": Default(0.0, "upfront payments are spread evenly without interest, shown so"),
    "commitments.allow_beyond_horizon": Default(
        False, "a term longer than the horizon leaves an obligation the plan does not cover"
    ),
    "commitments.offered": Default(True, "reserved prices in the catalogue may be used"),
    "worker.vcpus": Default(4.0, "the least that Cloud Run gives a worker with an accelerator"),
    "worker.memory_gib": Default(16.0, "the least that Cloud Run gives a worker with an accelerator"),
    "worker.load_gb_per_s": Default(1.0, "weights from a store near by: 5 to 60 s for the models that Cloud Run's figures are about"),
    "worker.max_workers": Default(5, "what RunPod gives a new account; Modal's first plan allows 10 accelerators"),
    "costs.bytes_per_token": Default(4.0, "a token of English is about four characters of one byte; framing comes on top"),
    "buy.life_years": Default(4.0, "accounting life of servers, as for embodied carbon; large clouds use five to six"),
    "buy.salvage_share": Default(0.0, "nothing is counted on that is only got if somebody buys old cards"),
    "serves.slower": Default(
        1.25, "a port of vLLM states 80 % or more of the speed without adapters; assumed at that end for all, measure your own"
    ),
    "migration.hours_per_change": Default(4.0, "half a day to roll out, watch and clean up; assumed"),
    "migration.usd_per_hour": Default(94.0, "150,000 USD a year for an engineer of site reliability, loaded by 1.3, over 2,080 h"),
    "migration.double_running_hours": Default(1.0, "traffic moves step by step while what it leaves still serves; assumed"),
    "offsets.inside_cap": Default(False, "a cap is on what is emitted; certificates stand beside it unless asked for"),
    "job.rank": Default(16, "usual rank of LoRA's factors"),
    "job.evaluation_tokens": Default(10_000_000.0, "about what a suite of public benchmarks reads; assumed"),
    "job.sequence_tokens": Default(4096, "usual training length of today's models"),
    "job.batch_tokens": Default(4_000_000.0, "GPT-3 took 3.2 million, Llama 3 up to 16 million tokens a batch"),
    "job.zero_stage": Default(3, "least memory, at half as much traffic again"),
    "job.checkpointing": Default(True, "published utilisations are with activations computed again"),
    "job.instances": Default((1, 2, 4, 8, 16, 32, 64, 128), "up to about a thousand accelerators in eights"),
    "job.checkpoint_hours": Default(1.0, "an interruption loses half of it on average"),
    "job.checkpoint_seconds": Default(60.0, "written by all instances side by side; assumed"),
    "limits.shortage": Default("forbidden", "all demand is served or the problem has no plan"),
}


def default(name: str) -> Any:
    """The default value registered under ``name``."""
    return DEFAULTS[name].value
