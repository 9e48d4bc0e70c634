"""Rows of a catalogue as the replica they describe: which variants a model has, in which precision, on which accelerator."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from planner.errors import PlannerError
from planner.perf.coefficients import Coefficients, coefficients_of
from planner.perf.replica import BYTES_PER_VALUE, Architecture, Chip, Engine, Precision, Replica

NATIVE = "native"
#: Stored formats that compute like one of ``BYTES_PER_VALUE``; both carry one 8-bit scale per small block.
SAME_FORMAT = {"nvfp4": "fp4", "mxfp4": "fp4"}


@dataclass(frozen=True)
class ServedVariant:
    """A model at a precision, as far as a replica depends on it.

    method        its name in configurations, such as fp8
    native        as the model was published
    architecture  of the model that is served (pruning and distillation serve another); None: facts unknown
    precision     None: a format that the performance model does not know
    preparation_accelerator_hours  work to make it; None: unknown
    unknown       why architecture or precision is None
    kind          how its recovery is known (measured, published, derived, assumed)
    coefficients  the catalogue's fitted table of performance; None: it holds none
    """

    model: str
    method: str
    native: bool
    architecture: Architecture | None
    precision: Precision | None
    preparation_accelerator_hours: float | None
    unknown: str = ""
    kind: str = "published"
    coefficients: Coefficients | None = None


def served_variants(catalog: Any, model: str) -> tuple[ServedVariant, ...]:
    """Every variant of ``model`` that the catalogue knows, native first, then by name; empty for an unknown model."""
    row = catalog.model(model)
    if row is None:
        return ()
    found = [_variant(catalog, row, rows[0]) for rows in catalog.variants_of(row.name)]
    if not any(v.native for v in found):
        found.insert(0, _as_published(catalog, row))
    return tuple(found)


def served_variant(catalog: Any, model: str, method: str) -> ServedVariant | None:
    """The variant of that name; None when the model has none such. The same as among ``served_variants``, without the others."""
    row = catalog.model(model)
    if row is None:
        return None
    stated = [rows[0] for rows in catalog.variants_of(row.name)]
    if method == row.native_precision and not any(one.native for one in stated):
        return _as_published(catalog, row)
    return next((_variant(catalog, row, one) for one in stated if one.method == method), None)


def chip_of(catalog: Any, own: Any, name: str) -> Chip:
    """The accelerator ``name`` of the user's ``own`` rows or the catalogue; raises PlannerError for unknown facts."""
    for row in own:
        if row.name.casefold() == name.casefold():
            return Chip.of(row)
    row = catalog.accelerator(name)
    if row is None:
        raise PlannerError(f"accelerator {name!r} is not in the catalogue")
    return Chip.of(row)


def replica_of(variant: ServedVariant, chip: Chip, tp: int, pp: int, max_num_seqs: int) -> Replica:
    """One replica with the engine's usual settings; the variant's architecture and precision must be known."""
    return Replica(
        variant.architecture, chip, variant.precision, tp=tp, pp=pp, engine=_engine(max_num_seqs),
        coefficients=variant.coefficients,
    )


@lru_cache(maxsize=64)
def _engine(max_num_seqs: int) -> Engine:
    return Engine(max_num_seqs=max_num_seqs)


def _variant(catalog: Any, model: Any, row: Any) -> ServedVariant:
    served = model if row.becomes is None else catalog.model(row.becomes)
    architecture, unknown = _architecture(served, row.becomes or model.name)
    own = served.native_precision if served is not None else "bf16"
    weights = _format(row.weight_precision or own)
    computed = _format(row.activation_precision or _multiplied_as(weights))
    cache = _format(row.kv_precision or "bf16")
    odd = next((name for name in (weights, computed, cache) if name not in BYTES_PER_VALUE), None)
    if odd is not None:
        unknown = f"the performance model does not know the format {odd!r}"
    return ServedVariant(
        model=model.name,
        method=row.method,
        native=row.native,
        architecture=architecture,
        precision=None if odd is not None else Precision(weights, computed, cache),
        preparation_accelerator_hours=row.preparation_accelerator_hours,
        unknown=unknown,
        kind=row.kind,
        coefficients=coefficients_of(catalog),
    )


def _as_published(catalog: Any, model: Any) -> ServedVariant:
    """The released weights, where the catalogue states no variant of them."""
    architecture, unknown = _architecture(model, model.name)
    stored = _format(model.native_precision)
    return ServedVariant(
        model=model.name,
        method=model.native_precision,
        native=True,
        architecture=architecture,
        precision=Precision(stored, _multiplied_as(stored), "bf16"),
        preparation_accelerator_hours=0.0,
        unknown=unknown,
        kind=model.kind,
        coefficients=coefficients_of(catalog),
    )


def _architecture(row: Any, name: str) -> tuple[Architecture | None, str]:
    if row is None:
        return None, f"model {name!r} is not in the catalogue"
    try:
        return Architecture.of(row), ""
    except PlannerError as error:
        return None, error.message


def _format(name: str) -> str:
    return SAME_FORMAT.get(name, name)


def _multiplied_as(stored: str) -> str:
    """Formats under eight bits are widened to 16 before they are multiplied, unless a row says otherwise."""
    return "bf16" if BYTES_PER_VALUE.get(stored, 1.0) < 1.0 else stored
