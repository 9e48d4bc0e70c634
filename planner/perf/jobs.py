"""What one run of a job takes on a number of instances: arithmetic, memory, hours, and what holds it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.perf.replica import Architecture, Chip
from planner.perf.training import CONSTANTS, KEPT_BYTES, lora_params
from planner.units import BYTES_PER_GIB, SECONDS_PER_HOUR

#: Ids in the catalogue's table of costs, beside those of ``perf.training``.
INFERENCE_FLOP = "training:inference FLOP per parameter per token@*:*"
#: Bytes per trained parameter of the full state: 2 of weights, 2 of gradients, 12 of optimizer (ZeRO, Rajbhandari 2020).
WEIGHTS, GRADIENTS, OPTIMIZER = 2.0, 2.0, 12.0
#: Of an accelerator's memory that a job may fill, as for serving.
USABLE = 0.9
#: Without computing activations again the same machines do this much more of the model's arithmetic (8 against 6 FLOP).
WITHOUT_RECOMPUTE = 8.0 / 6.0


@dataclass(frozen=True)
class Run:
    """One run on ``instances`` instances.

    flop          model arithmetic, with a teacher's and an evaluation's
    memory_gib    of one accelerator; limit_gib what it may fill
    efficiency    of several instances against one: what exchanging gradients leaves
    work_hours    if nothing interrupts it, checkpoints included
    wall_hours    with restarts, and with what is not there (spot)
    """

    flop: float
    memory_gib: float
    limit_gib: float
    efficiency: float
    work_hours: float
    wall_hours: float


def job_constants(costs: Mapping[str, Any]) -> dict[str, float]:
    """Constants by name from the catalogue's table of costs; empty where one is missing."""
    rows = {name: costs.get(key) for name, key in {**CONSTANTS, "inference_flop": INFERENCE_FLOP}.items()}
    return {} if None in rows.values() else {name: row.value for name, row in rows.items()}


def job_flop(job: Any, model: Architecture, teacher: Architecture | None, constants: Mapping[str, float]) -> float:
    """Arithmetic of one run [FLOP]: 6 N D for training, 4 N D (and 6 of the adapters) for LoRA, 2 N D for inference.

    N are parameters at work per token, D tokens times epochs and rounds. Kaplan et al. 2020; a teacher and an evaluation
    infer.
    """
    active = model.active_params_b * 1e9
    six, two = constants["flop_per_parameter"], constants["inference_flop"]
    tokens = job_tokens(job, model, constants)
    if job.kind == "offline_inference":
        each = two * active
    elif job.method == "full":
        each = six * active
    else:
        each = constants["lora_flop_per_parameter"] * active + six * lora_params(model, job.rank)
    slower = constants["qlora_speed"] if job.method == "qlora" else 1.0
    total = each * tokens / slower
    if job.kind != "offline_inference":
        total += two * active * job.evaluation_tokens * job.rounds
    if teacher is not None:
        total += two * teacher.active_params_b * 1e9 * job.teacher.tokens
    return total


def job_tokens(job: Any, model: Architecture, constants: Mapping[str, float]) -> float:
    """Tokens of all passes and rounds of one run."""
    once = job.tokens if job.tokens is not None else constants["tokens_per_parameter"] * model.params_b * 1e9
    return once * job.epochs * job.rounds


def job_memory_gib(job: Any, model: Architecture, accelerators: int, constants: Mapping[str, float]) -> float:
    """Memory of one of those that share a job's state: its part by ZeRO stage, and a micro-batch's activations [GiB]."""
    total = model.params_b * 1e9
    if job.kind == "offline_inference":
        return WEIGHTS * total / accelerators / BYTES_PER_GIB
    trained, frozen = total, 0.0
    if job.method != "full":
        trained = lora_params(model, job.rank)
        frozen = total * constants["lora_base_bytes" if job.method == "lora" else "qlora_base_bytes"]
    shared = {stage: accelerators if job.zero_stage >= stage else 1 for stage in (1, 2, 3)}
    state = trained * (OPTIMIZER / shared[1] + GRADIENTS / shared[2] + WEIGHTS / shared[3]) + frozen / shared[3]
    kept = KEPT_BYTES if job.checkpointing else constants["activation_bytes"]
    layers = KEPT_BYTES * model.layers + constants["activation_bytes"] if job.checkpointing else kept * model.layers
    return (state + job.sequence_tokens * model.hidden * layers) / BYTES_PER_GIB


def exchange_efficiency(job: Any, model: Architecture, flop_per_s: float, instances: int) -> float:
    """Share of the time that several instances compute: gradients and parameters are exchanged once a batch.

    Each instance sends and receives 2 (n - 1) / n times the trained parameters at 16 bits, half as much again where
    parameters are shared (ZeRO stage 3), with nothing of it hidden behind arithmetic: a lower limit.
    """
    if instances == 1 or not job.exchanges:
        return 1.0
    trained = model.params_b * 1e9 if job.method == "full" else lora_params(model, job.rank)
    moved = 2.0 * (instances - 1) / instances * GRADIENTS * trained * (1.5 if job.zero_stage == 3 else 1.0)
    each = 6.0 if job.method == "full" else 4.0
    compute_s = each * model.active_params_b * 1e9 * job.batch_tokens / (flop_per_s * instances)
    return compute_s / (compute_s + moved / (job.network_gb_per_s * 1e9))


def job_run(
    job: Any, model: Architecture, teacher: Architecture | None, chip: Chip, per_instance: int, instances: int,
    constants: Mapping[str, float], *, interruptions_per_hour: float = 0.0, availability: float = 1.0, restart_hours: float = 0.0,
) -> Run:  # fmt: skip
    """One run; the chip's 16-bit rate must be known. Spot: any instance lost stops all, and half a checkpoint's work is lost."""
    flop = job_flop(job, model, teacher, constants)
    utilisation = constants["utilisation"] if job.utilisation is None else job.utilisation
    faster = 1.0 if job.checkpointing or job.kind == "offline_inference" else WITHOUT_RECOMPUTE
    rate = chip.rate_tflops("bf16") * 1e12 * utilisation * faster * per_instance
    efficiency = exchange_efficiency(job, model, rate, instances)
    checkpoints = 1.0 + (0.0 if job.kind == "offline_inference" else job.checkpoint_seconds / SECONDS_PER_HOUR / job.checkpoint_hours)
    work = flop / (rate * instances * efficiency) / SECONDS_PER_HOUR * checkpoints
    holders = per_instance * (instances if job.exchanges else 1)
    lost = interruptions_per_hour * instances * (restart_hours + job.checkpoint_hours / 2.0)
    return Run(
        flop=flop,
        memory_gib=job_memory_gib(job, model, holders, constants),
        limit_gib=chip.memory_gib * USABLE,
        efficiency=efficiency,
        work_hours=work,
        wall_hours=work * (1.0 + lost) / availability,
    )
