"""Which ways to split a replica over accelerators are considered: tensor parallelism, and stages of a pipeline."""

from __future__ import annotations

from planner.perf.from_catalog import ServedVariant, replica_of
from planner.perf.memory import memory_use
from planner.perf.replica import Chip
from planner.problem.defaults import default
from planner.problem.service import Service

Split = tuple[int, int]  # tp, pp


def splits(service: Service, variant: ServedVariant | None, chip: Chip | None, largest: int) -> tuple[Split, ...]:
    """Degrees (tp, pp) to judge on instances of at most ``largest`` accelerators.

    What the service names, in every combination; else powers of two, and pipelines only where they can gain: weights that
    one accelerator cannot hold, on accelerators that no scale-up link joins, where all-reduces are slow.
    """
    most = min(max(largest, 1), default("service.max_tp"))
    tensor = _powers(most) if service.allow.tp is None else tuple(sorted(set(service.allow.tp)))
    if service.allow.pp is not None:
        return tuple((tp, pp) for tp in tensor for pp in sorted(set(service.allow.pp)))
    plain = tuple((tp, 1) for tp in tensor)
    if service.allow.tp is not None or not _may_gain(variant, chip):
        return plain
    return plain + tuple((tp, pp) for tp in tensor for pp in _powers(most) if pp > 1 and tp * pp <= most)


def _powers(most: int) -> tuple[int, ...]:
    return tuple(2**k for k in range(most.bit_length()))


def _may_gain(variant: ServedVariant | None, chip: Chip | None) -> bool:
    """Whether weights must be split, over accelerators that talk through their slots."""
    if variant is None or chip is None or variant.architecture is None or variant.precision is None:
        return False
    return not chip.is_linked and not memory_use(replica_of(variant, chip, 1, 1, 1)).fits
