"""Size of a variant's weights as they are stored and copied."""

from __future__ import annotations

from planner.perf.from_catalog import ServedVariant
from planner.perf.memory import stored_bytes
from planner.perf.replica import BYTES_PER_VALUE
from planner.units import BYTES_PER_GB


def stored_gb(variant: ServedVariant | None) -> float | None:
    """Weights of the whole model in 10^9 bytes, as ``perf.memory.weight_bytes`` counts them; None: unknown."""
    if variant is None or variant.architecture is None or variant.precision is None:
        return None
    model, stored = variant.architecture, variant.precision.weights
    body = max(model.params_b * 1e9 - model.embedding_params, 0.0)
    embeddings = min(model.embedding_params, model.params_b * 1e9)
    return (body * BYTES_PER_VALUE[stored] + embeddings * stored_bytes("head", stored)) / BYTES_PER_GB
