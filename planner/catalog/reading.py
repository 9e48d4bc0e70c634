"""Reads one table of an edition from CSV into frozen rows, with every fault at its line."""

from __future__ import annotations

import csv
import difflib
import io
from typing import Any

from pydantic import ValidationError

from planner.catalog.schema import Table
from planner.errors import Fault

MAX_TABLE_BYTES = 64 * 2**20


def read_table(table: Table, content: bytes) -> tuple[dict[str, Any], list[Fault]]:
    """Rows by id, in file order, and what is wrong with the file (rows with a fault are left out)."""
    if len(content) > MAX_TABLE_BYTES:
        return {}, [Fault("", "too_large", f"the table has {len(content)} bytes; at most {MAX_TABLE_BYTES} are read")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return {}, [Fault("", "encoding", f"not UTF-8 at byte {error.start}; save the file as UTF-8")]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _rows(table, reader)
    except csv.Error as error:
        return {}, [Fault("", "csv", f"not readable as CSV: {error}", line=reader.line_num)]


def _rows(table: Table, reader: Any) -> tuple[dict[str, Any], list[Fault]]:
    header = next(reader, None)
    if not header:
        return {}, [Fault("", "empty", "the table is empty; its first line must name the columns")]
    faults = _header_faults(table, header)
    if faults:
        return {}, faults
    rows: dict[str, Any] = {}
    first_line: dict[str, int] = {}
    line = reader.line_num + 1
    for cells in reader:
        if len(cells) != len(header):
            faults.append(Fault("", "columns", f"{len(cells)} cells under {len(header)} columns", line=line))
        else:
            try:
                row = table.row.model_validate({name: cell for name, cell in zip(header, cells) if cell != ""})
            except ValidationError as error:
                faults.extend(_faults_of(error, line))
            else:
                key = row.id
                if key in rows:
                    faults.append(_duplicate(table, row, rows[key], first_line[key], line))
                else:
                    rows[key], first_line[key] = row, line
        line = reader.line_num + 1
    return rows, faults


def _header_faults(table: Table, header: list[str]) -> list[Fault]:
    faults = []
    for name in header:
        if name not in table.columns:
            near = difflib.get_close_matches(name, table.columns, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            faults.append(Fault(name, "unknown_column", f"{table.name} has no column {name!r}{hint}", line=1))
    for name, field in table.row.model_fields.items():
        if field.is_required() and name not in header:
            faults.append(Fault(name, "missing_column", f"column {name!r} is missing", line=1))
    if len(set(header)) != len(header):
        twice = sorted({name for name in header if header.count(name) > 1})
        faults.append(Fault("", "duplicate_column", f"columns named twice: {', '.join(twice)}", line=1))
    return faults


def _faults_of(error: ValidationError, line: int) -> list[Fault]:
    faults = []
    for one in error.errors(include_url=False):
        path = ".".join(str(part) for part in one["loc"])
        missing = one["type"] == "missing"
        found = "is blank" if missing else f"{one['msg'].removeprefix('Value error, ')} (found {_shown(one['input'])})"
        if not one["loc"]:
            found = one["msg"].removeprefix("Value error, ")
        faults.append(Fault(path, one["type"], found, line=line))
    return faults


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _duplicate(table: Table, row: Any, earlier: Any, earlier_line: int, line: int) -> Fault:
    """Two rows with one id are refused; where they differ, the fields that conflict are named."""
    differing = [name for name in table.columns if getattr(row, name) != getattr(earlier, name)]
    if not differing:
        message = f"{row.id!r} is already on line {earlier_line}; delete one of the two"
        return Fault(row.id, "duplicate_row", message, line=line)
    told = "; ".join(f"{name} {getattr(earlier, name)!r} against {getattr(row, name)!r}" for name in differing[:4])
    message = f"conflicts with line {earlier_line}: {told}; keep the row that holds"
    return Fault(row.id, "conflicting_rows", message, line=line)
