"""``planner estimate``: memory, times, cost per token and training work of one model on each accelerator."""

from __future__ import annotations

from typing import Any

import click

from planner.cli.inputs import catalog_options, json_option
from planner.cli.parameters import FILE, Number
from planner.errors import ExitCode

TOKENS = Number("TOKENS", 1.0, 1e9, what="tokens, such as 1000")
LATER = Number("TOKENS", 1.0, 1e16, what="tokens, such as 1e8")


@click.command("estimate", epilog="Example: planner estimate Llama-3.1-8B --accelerator 'H*' --precision fp8")
@click.argument("model", type=FILE)
@click.option("--accelerator", "accelerators", multiple=True, metavar="PATTERN", help="Only these; * stands for any text. May be repeated.")
@click.option("--precision", "precisions", multiple=True, metavar="NAME", help="Of the weights: bf16, fp8, int8, int4, fp4. May be repeated.")
@click.option("--kv-precision", default="bf16", show_default=True, metavar="NAME", help="Of the cache.")
@click.option("--tp", type=click.IntRange(1, 64), help="Tensor parallelism; default: the least that fits.")
@click.option("--input", "input_tokens", type=TOKENS, default=1000, show_default=True, help="Input tokens of a request.")
@click.option("--output", "output_tokens", type=TOKENS, default=200, show_default=True, help="Output tokens of a request.")
@click.option("--context", type=TOKENS, help="Longest request that must fit; default: input and output.")
@click.option("--train-tokens", "train_tokens", type=LATER, default=1e8, show_default="1e8", help="Tokens to fine-tune on.")
@click.option("--rank", type=click.IntRange(1, 4096), default=16, show_default=True, help="Rank of LoRA's factors.")
@click.option("--params", type=Number("BILLION", 0.001, 1e5, what="10^9 parameters"), help="Parameters of a config.json in 10^9; default: counted.")
@json_option
@catalog_options
def command(model: str, as_json: bool, catalog: str | None, overlay: str | None, **asked: Any) -> int:
    """Estimate memory, batch, prefill and decode time, cost per million tokens, and training work of MODEL.

    MODEL is a name of the catalogue, a Hugging Face id that it knows, or a local config.json. Prices are the lowest on demand.
    """
    from planner.analysis.estimate import Asked, estimate, model_named
    from planner.catalog import load_catalog

    facts = load_catalog(catalog, overlay)
    row = model_named(facts, model, asked.pop("params"))
    found = estimate(facts, row, Asked(**asked))
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(ExitCode.DONE, edition=facts.edition, **found))
        return ExitCode.DONE
    from planner.cli.console import show
    from planner.report.estimate import estimate_view

    show(lambda width: estimate_view(found, width))
    return ExitCode.DONE
