"""How much of a model's quality a compression keeps: its own fact first, then the generic one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.catalog.row import Kind
from planner.catalog.usage import ANY, Variant

ByMethod = Mapping[str, tuple[Variant, ...]]


@dataclass(frozen=True)
class Recovery:
    """A recovery and the row that states it; ``generic`` when the row is not about this model."""

    value: float
    kind: Kind
    generic: bool
    row: Variant


def recovery_of(variants: Mapping[str, ByMethod], model: str, method: str, benchmark: str) -> Recovery | None:
    """Own row for the benchmark, own row for any, generic row for the benchmark, generic row for any."""
    for name in (model, ANY):
        rows = {row.benchmark: row for row in variants.get(name, {}).get(method, ())}
        row = rows.get(benchmark) or rows.get(ANY)
        if row is not None:
            return Recovery(row.recovery, row.kind, generic=name == ANY, row=row)
    return None


def methods_for(variants: Mapping[str, ByMethod], model: str) -> tuple[tuple[Variant, ...], ...]:
    """The model's own methods and the generic ones it has no fact for, native first, then by name."""
    own = variants.get(model, {})
    generic = {method: rows for method, rows in variants.get(ANY, {}).items() if method not in own}
    every = {**generic, **own}
    return tuple(every[method] for method in sorted(every, key=lambda name: (not every[name][0].native, name)))
