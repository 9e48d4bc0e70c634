"""What companies run on language models: products with their traffic, latency and choice of model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """A kind of service.

    lengths       key of the observed request lengths and burstiness
    days          key of the observed hourly rates; None: a steady load, such as work done from a queue
    burst_of      key whose dispersion stands in where the lengths come without arrivals
    rate_per_s    lowest and highest mean rate, drawn log-uniformly                      [1/s]
    classes       fewest and most length classes
    ttft_ms, tpot_ms  lowest and highest p95 TTFT and p90 TPOT limit; None: no such limit [ms]
    models        size classes of model that it is built on, with their weights
    """

    name: str
    lengths: str
    days: str | None
    burst_of: str
    rate_per_s: tuple[float, float]
    classes: tuple[int, int]
    ttft_ms: tuple[float, float] | None
    tpot_ms: tuple[float, float] | None
    models: tuple[tuple[str, float], ...]

    @property
    def online(self) -> bool:
        """Whether somebody waits for the answer."""
        return self.ttft_ms is not None


#: Models that people run, by size class, the most used first; all are in the catalogue.
MODELS = {
    "small": ("Llama-3.1-8B", "Qwen3-8B", "Qwen2.5-7B", "gpt-oss-20b", "Mistral-Nemo-12B"),
    "medium": ("Qwen3-14B", "Qwen2.5-14B", "Gemma-3-12B", "Phi-4"),
    "large": ("Qwen3-32B", "Qwen2.5-32B", "Gemma-3-27B", "Mistral-Small-24B"),
    "huge": ("Llama-3.3-70B", "Qwen2.5-72B", "Llama-3.1-70B"),
    "mixture": ("Qwen3-30B-A3B", "gpt-oss-120b", "Mixtral-8x7B", "GLM-4.5-Air"),
}

#: One deck of products; a fleet deals it over and over, so that small fleets are mixed as well.
PRODUCTS = (
    Product(
        "assistant", "conversation", "extraction", "conversation", (0.1, 60.0), (4, 8), (500.0, 2000.0), (30.0, 80.0),
        (("huge", 4.0), ("small", 2.0), ("mixture", 2.0), ("large", 1.0)),
    ),
    Product(
        "completion", "code", "extraction", "code", (0.2, 40.0), (4, 7), (500.0, 1500.0), (30.0, 60.0),
        (("small", 3.0), ("medium", 2.0), ("large", 1.0)),
    ),
    Product(
        "agents", "agents", "agents", "agents", (0.5, 120.0), (4, 8), (700.0, 2000.0), (40.0, 80.0),
        (("small", 4.0), ("mixture", 2.0), ("medium", 2.0), ("large", 1.0)),
    ),
    Product(
        "documents", "documents", "extraction", "documents", (0.02, 3.0), (4, 8), (8000.0, 20000.0), (40.0, 80.0),
        (("small", 3.0), ("mixture", 2.0), ("medium", 1.0), ("huge", 1.0)),
    ),
    Product(
        "support", "sharegpt", "extraction", "conversation", (0.1, 25.0), (4, 8), (600.0, 2000.0), (30.0, 80.0),
        (("large", 3.0), ("huge", 2.0), ("medium", 2.0), ("small", 2.0)),
    ),
    Product(
        "summaries", "summarisation", None, "conversation", (0.05, 20.0), (4, 6), None, None,
        (("small", 4.0), ("medium", 2.0), ("large", 1.0)),
    ),
    Product(
        "extraction", "extraction", "extraction", "agents", (1.0, 200.0), (4, 6), (400.0, 1500.0), None,
        (("small", 5.0), ("medium", 1.0)),
    ),
    Product(
        "reasoning", "reasoning", "agents", "reasoning", (0.02, 2.0), (4, 8), (1500.0, 5000.0), (30.0, 60.0),
        (("large", 3.0), ("mixture", 3.0), ("medium", 1.0)),
    ),
    Product(
        "labelling", "sharegpt", None, "conversation", (0.05, 15.0), (4, 6), None, None,
        (("huge", 2.0), ("large", 2.0), ("mixture", 1.0), ("small", 1.0)),
    ),
)  # fmt: skip
