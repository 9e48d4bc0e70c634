"""The calculators that people look for: what one model needs, does and costs on each accelerator, and to train it."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from planner.catalog.provenance import citation
from planner.errors import PlannerError, UsageError
from planner.perf.coefficients import coefficients_of
from planner.perf.estimate import ServingRow, memory_rows, serving_rows
from planner.perf.from_catalog import SAME_FORMAT
from planner.perf.replica import BYTES_PER_VALUE, Architecture, Chip
from planner.perf.training import CONSTANTS, training_work

#: Precisions that are compared where none is asked for and the model was released in 16 bits.
USUAL = ("bf16", "fp8", "int4")
#: Tokens whose cache is shown, as far as the model can hold so many.
CONTEXTS = (4096, 32768, 131072)


@dataclass(frozen=True)
class Asked:
    """What to estimate: accelerators by pattern, precisions of weights and cache, lengths in tokens, and training."""

    accelerators: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()
    kv_precision: str = "bf16"
    tp: int | None = None
    input_tokens: float = 1000.0
    output_tokens: float = 200.0
    context: float | None = None
    train_tokens: float = 1e8
    rank: int = 16


def estimate(facts: Any, row: Any, asked: Asked) -> dict[str, Any]:
    """Memory, serving and training of a catalogue's model row, as plain data; raises UsageError for unknown names."""
    shape, precisions = Architecture.of(row), _precisions(asked, row)
    context = asked.context or asked.input_tokens + asked.output_tokens
    chips = _chips(facts, asked.accelerators)
    contexts = [tokens for tokens in CONTEXTS if tokens <= row.max_context] or [row.max_context]
    served = serving_rows(
        shape, chips.values(), precisions, input_tokens=asked.input_tokens, output_tokens=asked.output_tokens, context=context,
        kv=asked.kv_precision, tp=asked.tp, coefficients=coefficients_of(facts),
    )
    return {
        "model": {"name": row.name, "params_b": row.params_b, "active_params_b": row.active_params_b, "layers": row.layers,
                  "attention": row.attention, "max_context": row.max_context, "kind": row.kind, "note": row.note},
        "request": {"input_tokens": asked.input_tokens, "output_tokens": asked.output_tokens, "context": context},
        "notes": _notes(row, context),
        "contexts": contexts,
        "memory": [asdict(one) for one in memory_rows(shape, precisions, contexts, asked.kv_precision)],
        "serving": [asdict(one) | _money(facts, one) for one in served],
        **_training(facts, shape, chips, asked),
    }  # fmt: skip


def _notes(row: Any, context: float) -> list[str]:
    """What the figures leave open."""
    if not row.max_context or context <= row.max_context:
        return []
    return [f"requests of {context:,.0f} tokens are longer than the model's context of {row.max_context:,}"]


def model_named(facts: Any, name: str, params_b: float | None = None) -> Any:
    """The catalogue's row of that name or Hugging Face id, or one read from a local config.json."""
    row = facts.model(name)
    if row is not None:
        return row
    if os.path.isfile(name) or name.endswith(".json"):
        from pathlib import Path

        from planner.catalog.huggingface import read_config

        folder, file = os.path.split(os.path.realpath(name))
        called = file.removesuffix(".json") if file != "config.json" else os.path.basename(folder) or "model"
        return read_config(Path(name), called, as_of="2026", params_b=params_b)[0]
    near = facts.near_models(name)
    hint = f"did you mean {' or '.join(near)}?" if near else "name a config.json to describe it"
    raise UsageError(f'the catalogue has no model "{name}"', where="MODEL", hint=hint)


def _precisions(asked: Asked, row: Any) -> tuple[str, ...]:
    names = tuple(SAME_FORMAT.get(name, name) for name in asked.precisions)
    wrong = next((name for name in (*names, asked.kv_precision) if name not in BYTES_PER_VALUE), None)
    if wrong is not None:
        raise UsageError(f'"{wrong}" is no precision', where="--precision", hint="one of " + ", ".join(sorted(BYTES_PER_VALUE)))
    native = SAME_FORMAT.get(row.native_precision, row.native_precision)
    return names or ((native,) if native not in ("bf16", "fp16") else USUAL)


def _chips(facts: Any, patterns: tuple[str, ...]) -> dict[str, Chip]:
    """Accelerators by name: those that match, else those that are sold on demand."""
    rows = list(facts.accelerators.values())
    if patterns:
        wanted = [facts.accelerator(p) for p in patterns]
        chosen = {row.name for row in wanted if row is not None}
        chosen |= {row.name for row in rows if any(fnmatchcase(row.name.casefold(), p.casefold()) for p in patterns)}
        rows = [row for row in rows if row.name in chosen]
        if not rows:
            near = [name for p in patterns for name in facts.near_accelerators(p)]
            raise UsageError("no accelerator matches", where="--accelerator", hint=f"did you mean {' or '.join(near)}?" if near else "")
    else:
        rows = [row for row in rows if _price(facts, row.name) is not None]
    found = {}
    for row in rows:
        try:
            found[row.name] = Chip.of(row)
        except PlannerError:
            continue
    return found


def _price(facts: Any, accelerator: str) -> tuple[float, str] | None:
    """(USD per accelerator-hour on demand, who sells it so), the lowest."""
    prices = [
        (offer.on_demand_usd_per_hour / offer.accelerators_per_instance, offer.id)
        for offer in facts.offers_of(accelerator)
        if offer.on_demand_usd_per_hour is not None
    ]
    return min(prices, default=None)


def _money(facts: Any, row: ServingRow) -> dict[str, Any]:
    """USD per million input and output tokens at saturation, at the lowest price on demand; None: unknown."""
    price = _price(facts, row.accelerator)
    if price is None or not row.fits:
        return {"usd_per_accelerator_hour": None if price is None else price[0], "offer": None if price is None else price[1],
                "usd_per_million_input": None, "usd_per_million_output": None}  # fmt: skip
    per_s = price[0] * row.tp / 3600.0
    return {"usd_per_accelerator_hour": price[0], "offer": price[1], "usd_per_million_input": per_s * row.input_work_s * 1e6,
            "usd_per_million_output": per_s * row.output_work_s * 1e6}  # fmt: skip


def _training(facts: Any, shape: Architecture, chips: dict[str, Chip], asked: Asked) -> dict[str, Any]:
    """Work of training and fine-tuning with the sources of its constants, and what it takes on each accelerator."""
    rows = {name: facts.costs.get(key) for name, key in CONSTANTS.items()}
    missing = sorted(name for name, row in rows.items() if row is None)
    if missing:
        return {"training": [], "training_sources": [f"the catalogue lacks {', '.join(missing)}"]}
    constants = {name: row.value for name, row in rows.items()}
    works = training_work(shape, constants, tokens=asked.train_tokens, rank=asked.rank)
    sources = [{"constant": row.item, "value": row.value, "unit": row.unit, "kind": row.kind, "source": citation(facts, row)}
               for row in rows.values()]  # fmt: skip
    found = []
    for work in works:
        on = []
        for name, chip in chips.items():
            rate, count = chip.rate_tflops("bf16"), work.accelerators(chip.memory_gib)
            if rate and count:
                hours, price = work.accelerator_hours(rate, constants["utilisation"]), _price(facts, name)
                usd = None if price is None else hours * price[0]
                on.append({"accelerator": name, "accelerators_at_least": count, "accelerator_hours": hours, "usd": usd})
        found.append({**asdict(work), "memory_gib": work.memory_gib, "on": on})
    return {"training": found, "training_sources": sources}
