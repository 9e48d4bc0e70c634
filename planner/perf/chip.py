"""One accelerator as rented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.errors import PlannerError
from planner.perf.reading import number, text


@dataclass(frozen=True)
class Chip:
    """One accelerator as rented: dense rates in TFLOPS (or TOPS), None where the format is not supported.

    processor  a host's processors, no card
    """

    name: str
    vendor: str
    memory_gib: float
    memory_bandwidth_gb_per_s: float
    fp32_tflops: float | None = None
    fp16_tflops: float | None = None
    bf16_tflops: float | None = None
    fp8_tflops: float | None = None
    int8_tops: float | None = None
    fp4_tflops: float | None = None
    int4_tops: float | None = None
    scaleup_link: str | None = None
    scaleup_gb_per_s: float | None = None
    pcie: str | None = None
    tdp_w: float | None = None
    idle_w: float | None = None
    processor: bool = False

    @classmethod
    def of(cls, row: Any) -> Chip:
        """From a catalogue accelerator row; raises PlannerError when memory or bandwidth is unknown."""
        name = text(row, "name") or ""
        memory = number(row, "memory_gib", "memory_gb")
        bandwidth = number(row, "memory_bandwidth_gb_per_s", "memory_bandwidth_gb_s")
        if memory is None or bandwidth is None:
            raise PlannerError(f"accelerator {name!r}: memory or memory bandwidth is unknown")
        return cls(
            name=name,
            vendor=text(row, "vendor") or "",
            memory_gib=memory,
            memory_bandwidth_gb_per_s=bandwidth,
            fp32_tflops=number(row, "fp32_tflops"),
            fp16_tflops=number(row, "fp16_tflops", "fp16_tflops_dense"),
            bf16_tflops=number(row, "bf16_tflops", "bf16_tflops_dense"),
            fp8_tflops=number(row, "fp8_tflops", "fp8_tflops_dense"),
            int8_tops=number(row, "int8_tops", "int8_tflops", "int8_tops_dense"),
            fp4_tflops=number(row, "fp4_tflops", "fp4_tflops_dense"),
            int4_tops=number(row, "int4_tops", "int4_tflops", "int4_tops_dense"),
            scaleup_link=text(row, "scaleup_link"),
            scaleup_gb_per_s=number(row, "scaleup_gb_per_s", "scaleup_gb_s_bidir"),
            pcie=text(row, "pcie"),
            tdp_w=number(row, "tdp_w"),
            idle_w=number(row, "idle_w"),
            processor=bool(getattr(row, "processor", False)),
        )

    @property
    def is_linked(self) -> bool:
        """Whether a scale-up link joins it to more than one other; a bridge joins two cards."""
        return bool(self.scaleup_link) and "bridge" not in self.scaleup_link

    def rate_tflops(self, precision: str) -> float | None:
        """Dense matrix rate with operands of ``precision``; 16-bit formats stand in for each other, then fp32."""
        sixteen = self.bf16_tflops or self.fp16_tflops or self.fp32_tflops
        return {
            "fp32": self.fp32_tflops,
            "bf16": sixteen,
            "fp16": self.fp16_tflops or sixteen,
            "fp8": self.fp8_tflops,
            "int8": self.int8_tops,
            "fp4": self.fp4_tflops,
            "int4": self.int4_tops,
            "nf4": None,
        }[precision]
