"""What one model needs and does: tables that fit 80 and 160 columns."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from planner.report.cell import FAINT, NARROW, STRONG, WIDE, cell, line, listed, title
from planner.report.figures import amount

#: How a reason begins that is about memory, and differs from accelerator to accelerator in its figures only.
_LACKS = "needs "
_TRAINED = {"pretraining": "pretraining", "full": "full fine-tuning", "lora": "LoRA", "qlora": "QLoRA"}


def estimate_view(found: dict[str, Any], width: int) -> RenderableType:
    """Memory, serving and training of ``found``, as ``planner estimate --json`` prints it."""
    model, request = found["model"], found["request"]
    active = "" if model["active_params_b"] == model["params_b"] else f", {amount(model['active_params_b'])} active"
    head = line((model["name"], STRONG), f"  {amount(model['params_b'])} billion parameters{active}, {model['attention']}, "
                f"context {amount(model['max_context'])}", (f"  {model['kind']}", FAINT))
    served = [row for row in found["serving"] if row["fits"]]
    served.sort(key=lambda row: (row["usd_per_million_output"] is None, row["usd_per_million_output"] or 0.0, row["accelerator"], row["precision"]))
    asked = f"{amount(request['input_tokens'])} tokens in, {amount(request['output_tokens'])} out, contexts up to {amount(request['context'])}"
    parts = [head, line(""), _memory(found), line(""), line(title("Serving"), (f" {asked}; modelled{_bands(served)}", FAINT)), _serving(served, width)]
    if found["notes"]:
        parts.append(listed([line(note) for note in found["notes"]]))
    out: dict[str, list[str]] = {}
    for row in found["serving"]:
        if not row["fits"]:
            out.setdefault("does not fit" if row["reason"].startswith(_LACKS) else row["reason"], []).append(_name(row))
    if out:
        parts.append(listed([line((f"{reason}: {', '.join(names)}", FAINT)) for reason, names in out.items()]))
    return Group(*parts, line(""), _training(found, width))


def _name(row: dict[str, Any]) -> str:
    return f"{row['precision']} on {row['accelerator']}"


def _memory(found: dict[str, Any]) -> RenderableType:
    table = _table(("precision", "weights GiB", *(f"cache of {amount(tokens)}" for tokens in found["contexts"])))
    for row in found["memory"]:
        table.add_row(cell(row["precision"]), _figure(row["weights_gib"]), *(_figure(one) for one in row["cache_gib"]))
    return Group(line(title("Memory"), (" of the whole model; cache of one request by its tokens, GiB", FAINT)), table)


def _bands(rows: list[dict[str, Any]]) -> str:
    """The widest of the throughputs' bands: a narrow window has no room for each."""
    if not rows:
        return ""
    low, high = min(row["band"][0] for row in rows), max(row["band"][1] for row in rows)
    return f", tokens/s within ×{low:.2f} to ×{high:.2f} in 80 % of cases"


def _serving(rows: list[dict[str, Any]], width: int) -> RenderableType:
    if not rows:
        return listed([line("no accelerator that was asked for holds it")])
    if width < NARROW:
        return listed(line((_where(row), STRONG), f" {_figure(row['output_tokens_per_s'])} tokens/s, "
                           f"{_money(row['usd_per_million_output'])} USD/M out") for row in rows)  # fmt: skip
    wide = width >= WIDE
    names = ["accelerator", "batch", "prefill ms", "TPOT ms", "tokens/s", "USD/M in", "USD/M out"]
    if wide:
        names[1:1] = ["weights GiB each", "most requests"]
        names += ["band", "one request ms", "USD/h each", "sold by"]
    table = _table(names)
    for row in rows:
        cells = [cell(_where(row)), amount(int(row["batch"])), _figure(row["prefill_ms"]), "none" if row["tpot_ms"] is None else _figure(row["tpot_ms"]),
                 _figure(row["output_tokens_per_s"]), _money(row["usd_per_million_input"]), _money(row["usd_per_million_output"])]  # fmt: skip
        if wide:
            cells[1:1] = [_figure(row["weights_gib_each"]), amount(row["max_batch"])]
            low, high = row["band"]
            cells += [cell(f"×{low:.2f}–{high:.2f}", FAINT), _figure(row["decode_ms"]), _money(row["usd_per_accelerator_hour"]), cell((row["offer"] or "").split(":")[0], FAINT)]
        table.add_row(*cells)
    return table


def _where(row: dict[str, Any]) -> str:
    several = f" ×{row['tp']}" if row["tp"] > 1 else ""
    return f"{row['accelerator']}{several} {row['precision']}"


def _training(found: dict[str, Any], width: int) -> RenderableType:
    lines: list[Text] = []
    for one in found["training"]:
        flop = f"{one['flop']:.2g} FLOP on {_tokens(one['tokens'])} tokens"
        memory = f"{amount(round(one['memory_gib'], 1))} GiB (state {amount(round(one['state_gib'], 1))})"
        lines.append(line((_TRAINED[one["method"]], STRONG), f"  {flop}, {memory}, {_tokens(one['trained_params'])} parameters trained"))
        on = sorted((row for row in one["on"] if row["usd"] is not None), key=lambda row: row["usd"])[:3]
        for row in on:
            hours = f"{amount(round(row['accelerator_hours'], 1))} accelerator-hours, {_money(row['usd'])} USD"
            lines.append(line((f"  {row['accelerator']}, at least {row['accelerators_at_least']}: {hours}", FAINT)))
    sources = [_source(one) for one in found["training_sources"]]
    return Group(line(title("Training"), (" cheapest accelerators on demand", FAINT)), listed(lines), line(title("Sources")), listed(sources))


def _source(one: Any) -> Text:
    if not isinstance(one, dict):
        return line(one)
    return line((f"{one['constant']} {amount(one['value'])} {one['unit']}: {one['source']}", FAINT))


def _tokens(value: float) -> str:
    for size, word in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if value >= size:
            return f"{amount(round(value / size, 2))} {word}"
    return amount(round(value))


def _table(names: tuple[str, ...] | list[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=FAINT)
    for at, name in enumerate(names):
        table.add_column(name, justify="left" if at == 0 or name in ("sold by", "band") else "right", overflow="fold")
    return table


def _figure(value: float) -> str:
    """Three significant digits."""
    return amount(float(f"{value:.3g}"))


def _money(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}" if value >= 1.0 else f"{value:.3g}"
