"""The facts that decide what one replica can do: its model, chip, precision, split and engine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.errors import PlannerError
from planner.perf.architecture import Architecture
from planner.perf.chip import Chip

if TYPE_CHECKING:
    from planner.perf.coefficients import Coefficients

__all__ = ["BYTES_PER_VALUE", "Architecture", "Chip", "Engine", "Precision", "Replica"]

#: Bytes of one stored value. Group-quantised formats carry their scales: int4 one 16-bit scale and a 4-bit zero
#: per 128 values, nf4 one 8-bit scale per 64 (double quantisation), fp4 one 8-bit scale per 16 (NVFP4).
BYTES_PER_VALUE = {
    "fp32": 4.0,
    "bf16": 2.0,
    "fp16": 2.0,
    "fp8": 1.0,
    "int8": 1.0,
    "int4": 0.5 + 20 / 8 / 128,
    "nf4": 0.5 + 1 / 64,
    "fp4": 0.5 + 1 / 16,
}


@dataclass(frozen=True)
class Precision:
    """Stored weights, matrix-multiply activations and KV cache, each named apart (w4a16 is int4, bf16, bf16)."""

    weights: str = "bf16"
    activations: str = "bf16"
    kv: str = "bf16"

    def __post_init__(self) -> None:
        for part in (self.weights, self.activations, self.kv):
            if part not in BYTES_PER_VALUE:
                raise PlannerError(
                    f"precision {part!r} is not known", hint="use one of " + ", ".join(sorted(BYTES_PER_VALUE))
                )


@dataclass(frozen=True)
class Engine:
    """The serving program and the settings that bound its batch.

    version         None: the latest
    host_gib        of weights that each chip keeps in its host's memory
    draft_tokens, draft_acceptance, draft_cost  speculative decoding, see ``speculation.Speculation``; 0: none
    adapters, adapter_rank, slower  LoRA adapters kept loaded, room for their rank, and what every time is multiplied by
    """

    name: str = "vLLM"
    version: str | None = None
    max_num_seqs: int = 256
    max_batched_tokens: int = 8192
    chunked_prefill: bool = True
    memory_utilisation: float = 0.9
    draft_tokens: int = 0
    draft_acceptance: float = 0.0
    draft_cost: float = 0.0
    host_gib: float = 0.0
    adapters: int = 0
    adapter_rank: int = 0
    slower: float = 1.0


@dataclass(frozen=True)
class Replica:
    """One copy able to serve, on tp x pp chips.

    ep  chips that share the routed experts; 1: experts are split like everything else. Above tp, attention runs
        as ep / tp copies side by side (attention data parallelism) on ep x pp chips.
    coefficients  the fitted table that it is predicted with; None: that of the newest edition
    """

    architecture: Architecture
    chip: Chip
    precision: Precision = Precision()
    tp: int = 1
    pp: int = 1
    ep: int = 1
    engine: Engine = Engine()
    coefficients: Coefficients | None = field(default=None, repr=False)

    @property
    def chips(self) -> int:
        """Chips of one replica; more than tp x pp where experts are spread wider than attention."""
        return max(self.tp, self.ep) * self.pp

    def with_batch(self, max_num_seqs: int) -> Replica:
        return replace(self, engine=replace(self.engine, max_num_seqs=max_num_seqs))
