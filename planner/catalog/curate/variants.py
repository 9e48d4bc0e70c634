"""Variants of an edition: each model as released, its measured compressions, and generic ones."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from planner.catalog.curate.facts import Draft, number
from planner.catalog.curate.methods import BENCHMARKS, METHODS, Method, models_of

PARAMETERS_COMPARABLE_B = 7.0

# Bits of a weight in the released checkpoint, scales included: mxfp4 has an 8-bit scale for 32 weights,
# int4 a 16-bit scale for 32, fp8 block scales add under 0.1 %.
NATIVE_BITS = {"bf16": 16.0, "fp16": 16.0, "fp32": 32.0, "fp8": 8.0, "mxfp4": 4.25, "int4": 4.5}


def variants(rows: list[dict[str, str]], draft: Draft) -> None:
    """Native rows, one row per measured fact, and one generic row per method."""
    for model in draft.rows["models"]:
        _native(model, draft)
    known = {row["name"]: row for row in draft.rows["models"]}
    generic: dict[str, list[dict[str, str]]] = defaultdict(list)
    facts: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        method = METHODS[row["method"]]
        benchmark = BENCHMARKS[row["benchmark"]]
        if method.modifies_cache:
            _kv_cache(row, method, draft)
            continue
        models, parameters_b = models_of(row["model"])
        if not any(model in known for model in models):
            used = method.generic and parameters_b >= PARAMETERS_COMPARABLE_B
            use = "; used for the generic row" if used else ""
            draft.leave_out("variants", f"{row['model']}:{method.id}:{benchmark}", f"not a model of the catalogue{use}")
        for model in models:
            if model in known:
                facts[model, method.id, benchmark].append(row)
        if method.generic and parameters_b >= PARAMETERS_COMPARABLE_B:
            generic[method.id].append(row)
    for (model, _, benchmark), found in sorted(facts.items()):
        _measured(model, benchmark, found, draft)
    for method_id, found in sorted(generic.items()):
        _generic(method_id, found, draft)


def _native(model: dict[str, Any], draft: Draft) -> None:
    precision = model["native_precision"]
    common = {"as_of": "2026-11", "model": model["name"], "benchmark": "*", "recovery": 1.0}
    common["preparation_accelerator_hours"] = 0
    note = "the released weights: the score that recoveries are measured against"
    if precision == "bf16":
        draft.add("variants", source="definition", kind="derived", note=note, method="bf16", native=True,
                  weight_precision="bf16", activation_precision="bf16", weight_bits=16.0, size_factor=1.0, **common)
        return
    factor, reckoning = _native_size(model, precision)
    draft.add("variants", source="definition", kind="derived", note=f"{note}; {reckoning}", method=precision, native=True,
              weight_precision=precision, activation_precision="fp8" if precision == "fp8" else "bf16",
              weight_bits=NATIVE_BITS[precision], size_factor=factor, **common)
    draft.add("variants", source="definition", kind="derived", method="bf16", native=False,
              note=f"the released {precision} weights widened to 16 bits, exactly: for accelerators without {precision}",
              weight_precision="bf16", activation_precision="bf16", weight_bits=16.0, size_factor=1.0, **common)


def _native_size(model: dict[str, Any], precision: str) -> tuple[float, str]:
    """Size over 16 bits: fp8 covers about everything, 4-bit formats only the experts."""
    bits = NATIVE_BITS[precision]
    if precision == "fp8":
        return bits / 16.0, "about all weights are fp8"
    expert_layers = model["layers"] - (model["dense_layers"] or 0)
    experts_b = 3.0 * model["hidden"] * model["moe_intermediate"] * model["experts"] * expert_layers / 1e9
    share = experts_b / model["params_b"]
    factor = round(share * bits / 16.0 + (1.0 - share), 4)
    return factor, f"experts ({share:.1%} of the weights) at {bits:g} bits, the rest at 16"


def _measured(model: str, benchmark: str, found: list[dict[str, str]], draft: Draft) -> None:
    """One fact, or the lowest of several for one model, method and benchmark."""
    row = min(found, key=_recovery)
    method = METHODS[row["method"]]
    notes = [row["note"], f"as {row['method']} of {row['model']}"]
    if len(found) > 1:
        notes.append(f"the lowest of {len(found)} facts")
    size = number(row["size_factor"])
    if "FP8 baseline" in row["model"]:
        size, remark = round(size * 0.5, 4), "size over 16 bits is half the source's, which is over fp8"
        notes.append(remark)
    verified = row["check"] == "verified"
    draft.add(
        "variants",
        source=row["source"], as_of=row["year"], kind="published" if verified else "assumed",
        note="; ".join(note for note in [*notes, row["check"]] if note),
        model=model, method=method.id, weight_precision=method.weights, activation_precision=method.activations,
        weight_bits=number(row["weight_bits"]), size_factor=size, benchmark=benchmark, recovery=_recovery(row),
        becomes=method.becomes,
    )


def _generic(method_id: str, facts: list[dict[str, str]], draft: Draft) -> None:
    """The lowest recovery seen on any benchmark, never above 1: no gain is promised without a measurement.

    One row a method: a recovery on one benchmark of one model says too little about that benchmark elsewhere.
    """
    row = min(facts, key=_recovery)
    method = METHODS[row["method"]]
    capped = "; capped at 1" if _recovery(row) > 1.0 else ""
    draft.add(
        "variants",
        source=row["source"], as_of=row["year"], kind="assumed",
        note=f"the lowest of {len(facts)} facts on models of {PARAMETERS_COMPARABLE_B:g}B and more: "
             f"{row['model']}, {row['benchmark']}{capped}; small models, mathematics and code may lose more",
        model="*", method=method_id, weight_precision=method.weights, activation_precision=method.activations,
        weight_bits=number(row["weight_bits"]), size_factor=_largest_size(facts), benchmark="*",
        recovery=min(1.0, _recovery(row)),
    )


def _largest_size(facts: list[dict[str, str]]) -> float:
    """The largest size factor stated over 16 bits, so that memory is never promised away."""
    return max(number(row["size_factor"]) for row in facts if "FP8 baseline" not in row["model"])


def _kv_cache(row: dict[str, str], method: Method, draft: Draft) -> None:
    draft.add(
        "variants",
        source=row["source"], as_of=row["year"], kind="assumed",
        note="halves the KV cache and leaves the weights as they are; combine with any weights; planner default",
        model="*", method=method.id, kv_precision="fp8", size_factor=1.0, benchmark="*", recovery=_recovery(row),
        preparation_accelerator_hours=0,
    )


def _recovery(row: dict[str, str]) -> float:
    return round(number(row["recovery_pct"]) / 100.0, 6)
