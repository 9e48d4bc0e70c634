"""``planner init``: a good first problem from a model, what was seen of its load, and what is paid today."""

from __future__ import annotations

import datetime
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from planner.cli.output import refuse_output
from planner.cli.parameters import FILE, USD, Number
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.imports.first_problem import First

TOKENS = Number("TOKENS", 1.0, 1e7, what="tokens, such as 1000")
RATE = Number("RATE", 1e-9, 1e7, what="requests per second, such as 2.5")
MS = Number("MS", 0.1, 1e7, what="milliseconds, such as 500")


@click.command("init", epilog="Example: planner init --model Llama-3.1-8B --rate 5 --input-tokens 1000 --output-tokens 200 -o problem.json")
@click.option("--model", metavar="MODEL", help="A name of the catalogue, a Hugging Face id that it knows, or a config.json.")
@click.option("--name", metavar="NAME", help="Name of the service; default: the model's.")
@click.option("--trace", type=FILE, metavar="FILE", help="CSV t_seconds,input_tokens,output_tokens beside the problem.")
@click.option("--prometheus", type=FILE, multiple=True, metavar="FILE", help="Answer of a range query of vLLM's counters. May be repeated.")
@click.option("--spend", type=FILE, metavar="FILE", help="LiteLLM's spend log: JSON, one object a line, or CSV.")
@click.option("--served", metavar="NAME", help="Only this model of the metrics or of the spend log, or the name that a router gave it.")
@click.option("--bill", type=FILE, metavar="FILE", help="What is paid today, as FOCUS rows (CSV).")
@click.option("--rate", type=RATE, help="Requests per second, where nothing was measured.")
@click.option("--input-tokens", type=TOKENS, help="Mean prompt of a request.")
@click.option("--output-tokens", type=TOKENS, help="Mean answer of a request.")
@click.option("--ttft", type=MS, help="Most milliseconds to the first token, 95th percentile; default: 2000.")
@click.option("--tpot", type=MS, help="Most milliseconds for each token after it, 95th percentile; default: 100.")
@click.option("--region", "regions", multiple=True, metavar="REGION", help="Where it may run: provider:region, country, EU, US … May be repeated.")
@click.option("--vendor", "vendors", multiple=True, metavar="NAME", help="Makers of accelerators it may run on: NVIDIA, AMD … May be repeated.")
@click.option("--budget", type=USD, help="Most USD a month.")
@click.option("-o", "--output", type=FILE, required=True, metavar="FILE", help="The problem to write; an overlay for a config.json goes beside it.")
def command(output: str, **asked: Any) -> int:
    """Write a first problem that can be solved as it is, and say what was assumed.

    Without a source of load and on a terminal, the questions are asked.
    """
    inputs = [asked[name] for name in ("trace", "spend", "bill")] + list(asked["prometheus"])
    refuse_output(output, inputs)
    from planner.cli.streams import say
    from planner.documents import write_atomic
    from planner.imports.first_problem import first_problem

    if not (asked["trace"] or asked["spend"] or asked["prometheus"] or asked["rate"]):
        asked |= _questions(asked)
    first, notes, overlay = _known(asked, output)
    write_atomic(output, json.dumps(first_problem(first), indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    for note in notes:
        say(f"note: {note}")
    more = f" --overlay {overlay}" if overlay else ""
    say(f"written: {output}" + (f" and {overlay}" if overlay else ""))
    say(f"next: planner check {output}{more}; planner solve {output}{more} -o plan.json")
    return ExitCode.DONE


def _questions(asked: dict[str, Any]) -> dict[str, Any]:
    """Asked on standard error: standard output belongs to results."""
    if not sys.stdin.isatty():
        hint = "--trace, --prometheus, --spend, or --rate with --input-tokens and --output-tokens"
        raise UsageError("what is known of the load?", where="planner init", hint=hint)
    found: dict[str, Any] = {}
    for name, text, kind, default in (
        ("model", "Model (name, Hugging Face id, or config.json)", str, None), ("rate", "Requests per second", RATE, None),
        ("input_tokens", "Tokens of a prompt", TOKENS, 1000.0), ("output_tokens", "Tokens of an answer", TOKENS, 200.0),
        ("ttft", "Most milliseconds to the first token (95th percentile)", MS, 2000.0),
        ("tpot", "Most milliseconds for each token after it", MS, 100.0),
    ):  # fmt: skip
        if asked.get(name) is None:
            found[name] = click.prompt(text, type=kind, default=default, err=True)
    return found


def _known(asked: dict[str, Any], output: str) -> tuple[First, list[str], str | None]:
    from planner.imports.first_problem import First

    if asked["model"] is None:
        raise UsageError("which model is served?", where="--model", hint="--model Llama-3.1-8B, or --model config.json")
    if asked["rate"] is not None and None in (asked["input_tokens"], asked["output_tokens"]):
        raise UsageError("a rate needs the lengths of requests", where="--rate", hint="--input-tokens 1000 --output-tokens 200")
    model, overlay, notes = _model(asked["model"], output)
    name = asked["name"] or model.rpartition("/")[2][:200]
    load, trace, paid, whole_day = None, None, None, True
    if asked["trace"]:
        trace = _beside(asked["trace"], output)
        whole_day, more = _covers_a_day(asked["trace"])
        notes += more
    elif asked["spend"]:
        trace, paid, more = _from_spend(asked["spend"], asked["served"], output)
        notes += more
        whole_day, more = _covers_a_day(os.path.join(os.path.dirname(output), trace))
        notes += more
    elif asked["prometheus"]:
        load = _from_metrics(asked["prometheus"], asked["served"])
        notes += load.notes
    if asked["bill"]:
        from planner.imports.focus_bill import months_of, read_bill

        charges = read_bill(asked["bill"])
        paid = sum(one.effective_usd for one in charges) / months_of(charges)
        notes.append(f"paid today: {paid:,.2f} USD/month, all rows of the bill; leave rows of other services out of it")
    if not (asked["ttft"] and asked["tpot"]):
        notes.append("limits on latency that were not given are loose first ones: state your own in slo")
    stated = {"rate_per_s": asked["rate"], "input_tokens": asked["input_tokens"], "output_tokens": asked["output_tokens"]}
    first = First(
        name=name, model=model, load=load, trace=trace, whole_day=whole_day, ttft_ms=asked["ttft"], tpot_ms=asked["tpot"], regions=asked["regions"], vendors=asked["vendors"],
        budget_usd_per_month=asked["budget"], paid_now_usd_per_month=paid, **stated,
    )  # fmt: skip
    return first, notes, overlay


def _model(asked: str, output: str) -> tuple[str, str | None, list[str]]:
    """Its name; for a ``config.json`` the overlay that brings it in, written beside the problem."""
    from planner.catalog import load_catalog
    from planner.documents import nearest, write_atomic

    if not asked.endswith(".json"):
        catalog = load_catalog()
        if catalog.model(asked) is None:
            near = nearest(asked, catalog.models)
            hint = f"near: {', '.join(near)}" if near else "planner catalog list models"
            raise UsageError(f'the catalogue has no model "{asked}"', where="--model", hint=f"{hint}; or name its config.json")
        return asked, None, []
    config = _beside(asked, output)
    from pathlib import Path

    from planner.catalog.huggingface import read_config

    today = datetime.date.today().isoformat()
    name = _called(asked)
    model, _ = read_config(Path(asked), name, as_of=today)
    overlay = os.path.join(os.path.dirname(output), "overlay.json")
    if os.path.exists(overlay):
        raise UsageError("there is an overlay beside the problem already", where=overlay, hint="add model_configs to it, or write elsewhere")
    content = {"schema_version": 1, "as_of": today, "model_configs": [{"name": name, "config": config}]}
    write_atomic(overlay, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    note = f"{name}: {model.params_b:g} billion parameters counted from its config; state params_b in the overlay if it has other ones"
    return name, overlay, [note]


def _called(config: str) -> str:
    """What the config calls itself, else the family it is of."""
    from planner.documents import read

    data = read(config).data
    said = data if isinstance(data, dict) else {}
    return str(said.get("_name_or_path") or "").rstrip("/").rpartition("/")[2][:100] or str(said.get("model_type") or "model")


def _beside(path: str, output: str) -> str:
    """The path from the problem's folder: problems and overlays read files beside or below them."""
    from planner.documents.read import bytes_of

    bytes_of(path, "a file")
    home = os.path.realpath(os.path.dirname(output) or ".")
    found = os.path.relpath(os.path.realpath(path), home)
    if found.startswith(os.pardir):
        raise UsageError("the file must lie beside the problem or below it", where=path, hint=f"cp {path} {home}")
    return found


def _covers_a_day(trace: str) -> tuple[bool, list[str]]:
    """A trace of less than a day says nothing of the other hours: its mean is then planned for."""
    from planner.workload.trace import read_trace

    hours = read_trace(trace).span_seconds / 3600.0
    if hours >= 23.0:
        return True, []
    return False, [f"the trace covers {hours:.1f} hours: its mean rate is planned for all of the day; is it a busy hour or a quiet one?"]


def _from_spend(file: str, served: str | None, output: str) -> tuple[str, float | None, list[str]]:
    """A trace beside the problem, and what was paid a month."""
    from planner.documents import write_atomic
    from planner.imports.litellm_spend import read_spend, trace_text
    from planner.units import SECONDS_PER_MONTH

    spent = read_spend(file)
    models = sorted({one.model for one in spent})
    if served is None and len(models) > 1:
        raise UsageError("the log is about several models", where="--served", hint=f"one of {', '.join(models[:10])}")
    own = tuple(one for one in spent if served is None or served in (one.model, one.group))
    if len(own) < 2:
        groups = sorted({one.group for one in spent if one.group})
        raise UsageError(f'the log has no two requests of "{served}"', where="--served", hint=f"one of {', '.join([*groups, *models][:10])}")
    trace = f"{os.path.splitext(os.path.basename(output))[0]}-trace.csv"
    write_atomic(os.path.join(os.path.dirname(output), trace), trace_text(own))
    span = own[-1].unix_seconds - own[0].unix_seconds
    usd = sum(one.usd for one in own)
    if usd <= 0.0 or span <= 0.0:
        return trace, None, ["the log states no spend: what is paid today is unknown"]
    paid = usd / span * SECONDS_PER_MONTH
    return trace, paid, [f"paid today: {paid:,.2f} USD/month at the pace of the log ({usd:,.2f} USD in {span / 86400.0:.1f} days)"]


def _from_metrics(files: tuple[str, ...], served: str | None) -> Any:
    from planner.imports.prometheus import load_of, models_in, read_series

    series = read_series(files)
    models = models_in(series)
    if served is None and len(models) > 1:
        raise UsageError("the metrics are about several models", where="--served", hint=f"one of {', '.join(models[:10])}")
    return load_of(series, served)
