"""Arithmetic and memory of training and fine-tuning, from constants that the catalogue cites."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from planner.perf.memory import kv_bytes_per_token
from planner.perf.replica import Architecture
from planner.units import BYTES_PER_GIB

#: Ids of the constants in the catalogue's table of costs.
CONSTANTS = {
    "flop_per_parameter": "training:training FLOP per parameter per token@*:*",
    "lora_flop_per_parameter": "finetune:LoRA FLOP per base parameter per token@*:*",
    "tokens_per_parameter": "training:Chinchilla tokens per parameter@*:*",
    "utilisation": "training:MFU typical, large dense training@*:*",
    "full_bytes": "finetune:full fine-tune, mixed precision AdamW, weights+grads+optimizer@*:*",
    "lora_base_bytes": "finetune:LoRA, BF16 base weights@*:*",
    "qlora_base_bytes": "finetune:QLoRA NF4 base with double quantisation@*:*",
    "qlora_speed": "finetune:QLoRA throughput against LoRA-16bit@*:*",
    "activation_bytes": "finetune:activation memory per layer without recompute@*:*",
}
#: With full recomputation each layer keeps its 16-bit input (Korthikanti et al. 2022, as the catalogue's note says).
KEPT_BYTES = 2.0


@dataclass(frozen=True)
class Work:
    """One way to train on a number of tokens.

    method            pretraining | full | lora | qlora
    trained_params    parameters that change
    flop              arithmetic of all tokens
    state_gib         weights, gradients and optimizer
    activations_gib   of one micro-batch, every layer's input kept and the rest recomputed
    speed             against 16-bit arithmetic at the usual utilisation
    """

    method: str
    tokens: float
    trained_params: float
    flop: float
    state_gib: float
    activations_gib: float
    speed: float = 1.0

    @property
    def memory_gib(self) -> float:
        return self.state_gib + self.activations_gib

    def accelerator_hours(self, tflops: float, utilisation: float) -> float:
        """Hours on one accelerator of that dense 16-bit rate."""
        return self.flop / (tflops * 1e12 * utilisation * self.speed) / 3600.0

    def accelerators(self, memory_gib: float) -> int:
        """Fewest accelerators, a power of two, whose memory holds evenly sharded state and each its own activations."""
        room = memory_gib - self.activations_gib
        return 0 if room <= 0.0 else 2 ** math.ceil(math.log2(max(self.state_gib / room, 1.0)))


def training_work(
    model: Architecture, constants: Mapping[str, float], *, tokens: float, sequence: int = 4096, rank: int = 16
) -> tuple[Work, ...]:
    """Pretraining on the compute-optimal number of tokens, and three ways of fine-tuning on ``tokens``.

    constants  by the names of ``CONSTANTS``
    sequence   tokens of one micro-batch
    rank       of LoRA's factors, on every matrix of attention and feed-forward
    """
    total, active = model.params_b * 1e9, model.active_params_b * 1e9
    optimal = constants["tokens_per_parameter"] * total
    kept = sequence * model.hidden * (KEPT_BYTES * model.layers + constants["activation_bytes"]) / BYTES_PER_GIB
    adapter = lora_params(model, rank)
    own = constants["full_bytes"]

    def work(method: str, on: float, per_parameter: float, trained: float, state_bytes: float, speed: float = 1.0) -> Work:
        flop = per_parameter * active * on + constants["flop_per_parameter"] * (trained if trained < total else 0.0) * on
        return Work(method, on, trained, flop, state_bytes / BYTES_PER_GIB, kept, speed)

    six, four = constants["flop_per_parameter"], constants["lora_flop_per_parameter"]
    return (
        work("pretraining", optimal, six, total, own * total),
        work("full", tokens, six, total, own * total),
        work("lora", tokens, four, adapter, constants["lora_base_bytes"] * total + own * adapter),
        work("qlora", tokens, four, adapter, constants["qlora_base_bytes"] * total + own * adapter, constants["qlora_speed"]),
    )


def lora_params(model: Architecture, rank: int) -> float:
    """Parameters of two factors of ``rank`` beside each matrix of attention and feed-forward (Hu et al. 2021).

    A matrix of a rows and b columns gets rank x (a + b); the feed-forward width follows from what attention and
    embeddings leave of the parameters. Routed experts get none.
    """
    width = model.heads * model.head_dim
    keys = kv_bytes_per_token(model, "bf16")[0] / max(model.full_layers, 1) / 2.0  # values of keys and values of one layer
    attention = 2 * (model.hidden + width) + 2 * (model.hidden + keys / 2.0)
    dense = max(model.params_b * 1e9 - model.embedding_params - model.routed_params_b * 1e9, 0.0) / max(model.layers, 1)
    matrices = max(dense - 2 * model.hidden * width - model.hidden * keys, 0.0)
    inner = matrices / (3.0 * model.hidden)
    return rank * model.layers * (attention + 3.0 * (model.hidden + inner))
