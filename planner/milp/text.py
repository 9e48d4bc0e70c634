"""Writes a program as LP or MPS text: the same bytes for the same arrays, readable by any solver."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from planner.milp.model import LinearModel

# The LP format allows more, but HiGHS reads brackets as operators.
_UNSAFE = re.compile(r"[^A-Za-z0-9_.]+")
_LINE = 200
# Words that an LP reader takes for a section or a number when they stand as a name.
_RESERVED = re.compile(
    r"^(min|max|minimi[sz]e|maximi[sz]e|minimum|maximum|st|s\.t\.|such|subject|bounds?|free|inf|infinity"
    r"|gen|generals?|integers?|int|bin|binary|binaries|semi|semis|sos|sos1|sos2|end|e\d*)$",
    re.IGNORECASE,
)


def lp_text(model: LinearModel) -> str:
    """The program in CPLEX LP format."""
    return "".join(f"{line}\n" for line in _lp_lines(model))


def mps_text(model: LinearModel) -> str:
    """The program in free MPS format."""
    return "".join(f"{line}\n" for line in _mps_lines(model))


def safe_names(names: list[str], prefix: str) -> list[str]:
    """Names that every reader takes, unique and at most 200 characters, in the order given."""
    taken: set[str] = set()
    safe = []
    for index, name in enumerate(names):
        text = _UNSAFE.sub("_", name).strip("_")[:200]
        if not text or not text[0].isalpha() or _RESERVED.match(text) or re.match(r"^[eE]\d", text):
            text = f"{prefix}_{text}"
        if text in taken:
            text = f"{text}_{index}"
            while text in taken:
                text += "_"
        taken.add(text)
        safe.append(text)
    return safe


def _lp_lines(model: LinearModel) -> Iterator[str]:
    columns, rows = safe_names(model.column_names(), "x"), safe_names(model.row_names(), "r")
    yield "Minimize"
    terms = [_term(model.cost[j], columns[j]) for j in np.flatnonzero(model.cost)]
    if model.cost_offset:
        terms.append(_signed(model.cost_offset))
    yield from _wrapped(" obj:", terms)
    yield "Subject To"
    start = model.row_start
    for i, row in enumerate(rows):
        lower, upper = model.row_lower[i], model.row_upper[i]
        if not np.isfinite(lower) and not np.isfinite(upper):
            continue
        entries = range(start[i], start[i + 1])
        body = [_term(model.coefficient[k], columns[model.column_index[k]]) for k in entries]
        if not body:
            # The format has no empty row; a zero term of any column says the same.
            body = [_term(0.0, columns[0])]
        if lower == upper:
            yield from _wrapped(f" {row}:", [*body, f"= {_number(lower)}"])
            continue
        both = np.isfinite(lower) and np.isfinite(upper)
        if np.isfinite(lower):
            yield from _wrapped(f" {row}{'.lo' if both else ''}:", [*body, f">= {_number(lower)}"])
        if np.isfinite(upper):
            yield from _wrapped(f" {row}{'.up' if both else ''}:", [*body, f"<= {_number(upper)}"])
    yield "Bounds"
    for j, column in enumerate(columns):
        lower, upper = model.column_lower[j], model.column_upper[j]
        if lower == -np.inf and upper == np.inf:
            yield f" {column} free"
        elif lower == upper:
            yield f" {column} = {_number(lower)}"
        else:
            yield f" {_number(lower)} <= {column} <= {_number(upper)}"
    whole = np.flatnonzero(model.integer)
    if whole.size:
        yield "General"
        yield from _wrapped("", [columns[j] for j in whole])
    yield "End"


def _mps_lines(model: LinearModel) -> Iterator[str]:
    columns, rows = safe_names(model.column_names(), "x"), safe_names(model.row_names(), "r")
    kinds = [_row_kind(lower, upper) for lower, upper in zip(model.row_lower, model.row_upper, strict=True)]
    yield "NAME program"
    yield "ROWS"
    yield " N COST"
    yield from (f" {kind} {row}" for kind, row in zip(kinds, rows, strict=True))
    yield "COLUMNS"
    order = np.argsort(model.column_index, kind="stable")
    entry_row = model.entry_row()[order]
    start = np.concatenate([[0], np.cumsum(np.bincount(model.column_index, minlength=model.column_count))])
    coefficient = model.coefficient[order]
    inside = False
    for j, column in enumerate(columns):
        if bool(model.integer[j]) != inside:
            inside = not inside
            edge = "INTORG" if inside else "INTEND"
            yield f" MARKER{j} 'MARKER' '{edge}'"
        # The cost is written even when 0, so that a column without entries exists.
        yield f" {column} COST {_number(model.cost[j])}"
        yield from (
            f" {column} {rows[entry_row[k]]} {_number(coefficient[k])}" for k in range(start[j], start[j + 1])
        )
    if inside:
        yield " MARKERZ 'MARKER' 'INTEND'"
    yield "RHS"
    if model.cost_offset:
        # The format subtracts the objective's right-hand side.
        yield f" RHS COST {_number(-model.cost_offset)}"
    ranges = []
    for row, kind, lower, upper in zip(rows, kinds, model.row_lower, model.row_upper, strict=True):
        side = upper if kind == "L" else lower
        if kind != "N" and side != 0.0:
            yield f" RHS {row} {_number(side)}"
        if kind == "G" and np.isfinite(upper):
            ranges.append(f" RNG {row} {_number(upper - lower)}")
    if ranges:
        yield "RANGES"
        yield from ranges
    yield "BOUNDS"
    for j, column in enumerate(columns):
        yield from _mps_bounds(column, model.column_lower[j], model.column_upper[j])
    yield "ENDATA"


def _mps_bounds(column: str, lower: float, upper: float) -> Iterator[str]:
    if lower == upper:
        yield f" FX BND {column} {_number(lower)}"
    elif lower == -np.inf and upper == np.inf:
        yield f" FR BND {column}"
    else:
        # Written in full: readers disagree on an absent bound of an integer column and on a negative upper one.
        yield f" MI BND {column}" if lower == -np.inf else f" LO BND {column} {_number(lower)}"
        yield f" PL BND {column}" if upper == np.inf else f" UP BND {column} {_number(upper)}"


def _row_kind(lower: float, upper: float) -> str:
    if lower == upper:
        return "E"
    if np.isfinite(lower):
        return "G"
    return "L" if np.isfinite(upper) else "N"


def _number(value: float) -> str:
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return repr(float(value))


def _signed(value: float) -> str:
    return f"{'-' if value < 0 else '+'} {_number(abs(value))}"


def _term(coefficient: float, column: str) -> str:
    return f"{_signed(coefficient)} {column}"


def _wrapped(head: str, words: list[str]) -> Iterator[str]:
    line = head
    for word in words:
        if len(line) + len(word) >= _LINE:
            yield line
            line = ""
        line += f" {word}"
    yield line
