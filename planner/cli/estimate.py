"""``planner estimate``: memory, times, cost per token and training work of one model on each accelerator."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

import click

from planner.cli.inputs import catalog_options, json_option
from planner.cli.parameters import FILE, Number
from planner.errors import ExitCode, UsageError

TOKENS = Number("TOKENS", 1.0, 1e9, what="tokens, such as 1000")
LATER = Number("TOKENS", 1.0, 1e16, what="tokens, such as 1e8")
#: Precisions that are compared where none is asked for.
USUAL = ("bf16", "fp8", "int4")
CONTEXTS = (4096, 32768, 131072)


@click.command("estimate", epilog="Example: planner estimate Llama-3.1-8B --accelerator 'H*' --precision fp8")
@click.argument("model", type=FILE)
@click.option("--accelerator", "accelerators", multiple=True, metavar="PATTERN", help="Only these; * stands for any text. May be repeated.")
@click.option("--precision", "precisions", multiple=True, metavar="NAME", help="Of the weights: bf16, fp8, int8, int4, fp4. May be repeated.")
@click.option("--kv-precision", default="bf16", show_default=True, metavar="NAME", help="Of the cache.")
@click.option("--tp", type=click.IntRange(1, 64), help="Tensor parallelism; default: the least that fits.")
@click.option("--input", "input_tokens", type=TOKENS, default=1000, show_default=True, help="Input tokens of a request.")
@click.option("--output", "output_tokens", type=TOKENS, default=200, show_default=True, help="Output tokens of a request.")
@click.option("--context", type=TOKENS, help="Longest request that must fit; default: input and output.")
@click.option("--train-tokens", type=LATER, default=1e8, show_default="1e8", help="Tokens to fine-tune on.")
@click.option("--rank", type=click.IntRange(1, 4096), default=16, show_default=True, help="Rank of LoRA's factors.")
@click.option("--params", type=Number("BILLION", 0.001, 1e5, what="10^9 parameters"), help="Parameters of a config.json in 10^9; default: counted.")
@json_option
@catalog_options
def command(model: str, as_json: bool, catalog: str | None, overlay: str | None, **asked: Any) -> int:
    """Estimate memory, batch, prefill and decode time, cost per million tokens, and training work of MODEL.

    MODEL is a name of the catalogue, a Hugging Face id that it knows, or a local config.json. Prices are the lowest on demand.
    """
    from planner.catalog import load_catalog
    from planner.perf.coefficients import coefficients_of
    from planner.perf.estimate import memory_rows, serving_rows
    from planner.perf.replica import Architecture

    facts = load_catalog(catalog, overlay)
    row = _model(model, facts, asked["params"])
    shape = Architecture.of(row)
    precisions = _precisions(asked["precisions"], row)
    context = asked["context"] or asked["input_tokens"] + asked["output_tokens"]
    chips = _chips(facts, asked["accelerators"])
    contexts = [tokens for tokens in CONTEXTS if tokens <= (row.max_context or CONTEXTS[-1])] or [row.max_context]
    served = list(
        serving_rows(
            shape, chips.values(), precisions, input_tokens=asked["input_tokens"], output_tokens=asked["output_tokens"],
            context=context, kv=asked["kv_precision"], tp=asked["tp"], coefficients=coefficients_of(facts),
        )
    )  # fmt: skip
    found = {
        "model": {"name": row.name, "params_b": row.params_b, "active_params_b": row.active_params_b, "layers": row.layers,
                  "attention": row.attention, "max_context": row.max_context, "kind": row.kind, "note": row.note},
        "request": {"input_tokens": asked["input_tokens"], "output_tokens": asked["output_tokens"], "context": context},
        "contexts": contexts,
        "memory": [asdict(one) for one in memory_rows(shape, precisions, contexts, asked["kv_precision"])],
        "serving": [asdict(one) | _money(facts, one) for one in served],
        **_training(facts, shape, chips, asked),
    }  # fmt: skip
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(ExitCode.DONE, edition=facts.edition, **found))
        return ExitCode.DONE
    from planner.cli.console import show
    from planner.report.estimate import estimate_view

    show(lambda width: estimate_view(found, width))
    return ExitCode.DONE


def _model(name: str, facts: Any, params_b: float | None) -> Any:
    row = facts.model(name)
    if row is not None:
        return row
    if os.path.isfile(name) or name.endswith(".json"):
        from pathlib import Path

        from planner.catalog.huggingface import read_config

        called = os.path.basename(os.path.dirname(os.path.realpath(name))) or "model"
        return read_config(Path(name), called, as_of="2026", params_b=params_b)[0]
    near = facts.near_models(name)
    hint = f"did you mean {' or '.join(near)}?" if near else "name a config.json to describe it"
    raise UsageError(f'the catalogue has no model "{name}"', where="MODEL", hint=hint)


def _precisions(asked: tuple[str, ...], row: Any) -> tuple[str, ...]:
    from planner.perf.from_catalog import SAME_FORMAT
    from planner.perf.replica import BYTES_PER_VALUE

    names = tuple(SAME_FORMAT.get(name, name) for name in asked)
    wrong = next((name for name in names if name not in BYTES_PER_VALUE), None)
    if wrong is not None:
        raise UsageError(f'"{wrong}" is no precision', where="--precision", hint="one of " + ", ".join(sorted(BYTES_PER_VALUE)))
    native = SAME_FORMAT.get(row.native_precision, row.native_precision)
    return names or ((native,) if native not in ("bf16", "fp16") else USUAL)


def _chips(facts: Any, patterns: tuple[str, ...]) -> dict[str, Any]:
    """Accelerators by name: those that match, else those that are sold on demand."""
    from fnmatch import fnmatchcase

    from planner.errors import PlannerError
    from planner.perf.replica import Chip

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


def _money(facts: Any, row: Any) -> dict[str, Any]:
    """USD per million input and output tokens at saturation, at the lowest price on demand; None: unknown."""
    price = _price(facts, row.accelerator)
    if price is None or not row.fits:
        return {"usd_per_accelerator_hour": None if price is None else price[0], "offer": None if price is None else price[1],
                "usd_per_million_input": None, "usd_per_million_output": None}  # fmt: skip
    per_s = price[0] * row.tp / 3600.0
    return {"usd_per_accelerator_hour": price[0], "offer": price[1], "usd_per_million_input": per_s * row.input_work_s * 1e6,
            "usd_per_million_output": per_s * row.output_work_s * 1e6}  # fmt: skip


def _training(facts: Any, shape: Any, chips: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Work of training and fine-tuning with the sources of its constants, and what it takes on each accelerator."""
    from planner.catalog.provenance import citation
    from planner.perf.training import CONSTANTS, training_work

    rows = {name: facts.costs.get(key) for name, key in CONSTANTS.items()}
    missing = sorted(name for name, row in rows.items() if row is None)
    if missing:
        return {"training": [], "training_sources": [f"the catalogue lacks {', '.join(missing)}"]}
    constants = {name: row.value for name, row in rows.items()}
    works = training_work(shape, constants, tokens=asked["train_tokens"], rank=asked["rank"])
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
