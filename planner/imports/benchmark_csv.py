"""Reads plain tables of measurements: one run a row with units in the names, or one figure a row as predictions have it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from planner.documents import CsvTable
from planner.errors import Fault, InvalidInput
from planner.imports.benchmark import RATE_UNITS, TIME_UNITS, Benchmark, in_unit, made

TOOL = "CSV"
LENGTHS = {"input_tokens": ("input_tokens", "isl"), "output_tokens": ("output_tokens", "osl")}
LOADS = ("concurrency", "concurrency_or_max", "max_concurrency")
FIGURES = {"ttft_ms": ("ttft",), "tpot_ms": ("tpot", "itl"), "output_tokens_per_s": ("output_tokens", "output_tok", "output_throughput")}
RATE_SUFFIXES = {"per_s": "tokens/s", "s_total": "tokens/s", "s": "tokens/s"}
FULL = "max"
#: Columns that say what ran; one profile is of one configuration.
CONFIGURATION = ("model", "gpu", "n_gpu", "tp", "pp", "engine", "engine_version", "weight_precision", "kv_precision")


def read_benchmark_csv(table: CsvTable) -> list[Benchmark]:
    """Every row as a run; rows of one figure each (columns metric and value) are joined by their load and lengths.

    A metric that comes again for the same load and lengths is another run. Raises InvalidInput for rows of several
    configurations.
    """
    _refuse_mixtures(table)
    if {"metric", "value"} <= set(table.columns):
        return _joined(table)
    lengths = {ours: _column(table, names) for ours, names in LENGTHS.items()}
    load = _column(table, LOADS)
    figures = {ours: _figure_column(table, ours) for ours in FIGURES}
    found = []
    for at, line in enumerate(table.lines):
        path = f"line {line}"
        values = {}
        for ours, column in figures.items():
            cell = _cell(table, column[0], at) if column else ""
            if cell:
                units = RATE_UNITS if ours == "output_tokens_per_s" else TIME_UNITS
                values[ours] = in_unit(_number(cell), column[1], units, column[0], table.file, path)
        found.append(_run(table, at, path, load, lengths, values))
    return found


def _joined(table: CsvTable) -> list[Benchmark]:
    lengths = {ours: _column(table, names) for ours, names in LENGTHS.items()}
    load = _column(table, LOADS)
    runs: dict[tuple, dict[str, float]] = {}
    where: dict[tuple, int] = {}
    seen: Counter = Counter()
    places = list(zip(*(table.column(name) for name in (load, *lengths.values()))))
    for at, (line, metric, cell) in enumerate(zip(table.lines, table.column("metric"), table.column("value"))):
        path, place = f"line {line}", places[at]
        ours, unit = _metric(metric, table.file, path)
        units = RATE_UNITS if ours == "output_tokens_per_s" else TIME_UNITS
        value = in_unit(_number(cell), unit, units, metric, table.file, path)
        repeat = seen[place, metric]
        seen[place, metric] += 1
        runs.setdefault((place, repeat), {}).setdefault(ours, value)
        where.setdefault((place, repeat), at)
    return [_run(table, where[key], f"line {table.lines[where[key]]}", load, lengths, values) for key, values in runs.items()]


def _refuse_mixtures(table: CsvTable) -> None:
    faults = []
    for name in CONFIGURATION:
        found = sorted(set(table.column(name)))
        if len(found) > 1:
            text = f"the rows are of several configurations ({', '.join(found[:3])}{', …' if len(found) > 3 else ''}); import them one by one"
            faults.append(Fault(name, "several_configurations", text))
    if faults:
        raise InvalidInput(table.file, faults)


def _metric(name: str, file: str, path: str) -> tuple[str, str]:
    """(figure, unit) of a metric such as ``ttft_ms_p50`` or ``output_tok_s_total``."""
    plain = re.sub(r"_(mean|median|avg|p50)$", "", name)
    for ours, words in FIGURES.items():
        for word in words:
            if plain.startswith(word):
                rest = plain.removeprefix(word).strip("_")
                return ours, (RATE_SUFFIXES.get(rest, rest) if ours == "output_tokens_per_s" else rest)
    text = f"the metric {name!r} is none of ttft, tpot, itl (with _ms or _s) and output_tokens_per_s"
    raise InvalidInput(file, [Fault(path, "metric", text)])


def _run(table: CsvTable, at: int, path: str, load: str, lengths: dict[str, str], values: dict[str, float]) -> Benchmark:
    stated = _cell(table, load, at)
    if not stated:
        raise InvalidInput(table.file, [Fault(path, "concurrency", f"{load} is blank; write a number, or {FULL}")])
    given: dict[str, Any] = {ours: _number(_cell(table, name, at)) for ours, name in lengths.items()}
    return made(table.file, path, tool=TOOL, load=None if stated == FULL else _number(stated), **given, **values)


def _cell(table: CsvTable, name: str, at: int) -> str:
    """One cell of a column that the table has."""
    return table.rows[at][table.columns.index(name)].strip()


def _column(table: CsvTable, names: tuple[str, ...]) -> str:
    found = next((name for name in names if name in table.columns), None)
    if found is None:
        raise InvalidInput(table.file, [Fault(names[0], "missing_column", f"there is no column {' or '.join(names)}", 1)])
    return found


def _figure_column(table: CsvTable, ours: str) -> tuple[str, str | None] | None:
    """(column, unit) of a figure; a column that states no unit is refused when it is read."""
    for word in FIGURES[ours]:
        for name in table.columns:
            plain = re.sub(r"^(mean|median|avg)_|_(mean|median|avg|p50)$", "", name)
            rest = plain.removeprefix(word)
            if rest == plain or name in LENGTHS["output_tokens"]:
                continue
            unit = rest.strip("_")
            if ours == "output_tokens_per_s":
                if unit in RATE_SUFFIXES or not unit:
                    return name, RATE_SUFFIXES.get(unit)
            elif unit in TIME_UNITS or not unit:
                return name, unit or None
    return None


def _number(cell: str) -> Any:
    """The number in a cell; other text stays what it is, to be named in the refusal."""
    try:
        return float(cell)
    except ValueError:
        return cell
