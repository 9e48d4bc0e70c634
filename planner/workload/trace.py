"""Reads a trace of requests, ``t_seconds,input_tokens,output_tokens`` as CSV or gzipped CSV, strictly."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from planner.documents.clean import shortened, visible
from planner.documents.decode import decode
from planner.errors import Fault, InvalidInput
from planner.workload.limits import MAX_FAULTS, MAX_SECONDS, MAX_SPAN_SECONDS, MAX_TOKENS, MAX_TRACE_BYTES, MAX_TRACE_REQUESTS

COLUMNS = ("t_seconds", "input_tokens", "output_tokens")
_GZIP = b"\x1f\x8b"
_CHUNK = 2**20
_FIRST_LINE = 2  # after the header
_BLOCK_LINES = 100_000


@dataclass(frozen=True, eq=False)
class Trace:
    """Requests in order of arrival; the arrays are read-only and equally long, at least one request.

    t_seconds      arrival, seconds from a start that the file does not state
    input_tokens   prompt tokens, whole, at least 1
    output_tokens  generated tokens, whole, at least 1
    notes          what was done to the file's content, such as sorting
    """

    t_seconds: np.ndarray
    input_tokens: np.ndarray
    output_tokens: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def requests(self) -> int:
        return len(self.t_seconds)

    @property
    def span_seconds(self) -> float:
        """From the first arrival to the last."""
        return float(self.t_seconds[-1] - self.t_seconds[0])


def read_trace(path: str | Path, *, file: str | None = None) -> Trace:
    """The trace in ``path`` (``file`` names it in messages); raises ``InvalidInput`` with line numbers.

    The first line names the columns; others than the three are ignored. Times out of order are sorted, arrivals at
    the same time kept in the order of the file, and a note says so. Zero, negative, fractional or missing values are
    refused, never repaired.
    """
    shown = visible(file or str(path))
    raw = _content(path, shown)
    text = decode(raw, f"lines of {','.join(COLUMNS)}")
    if isinstance(text, Fault):
        raise InvalidInput(shown, [text])
    columns = _columns(text.partition("\n")[0], shown)
    body = raw.partition(b"\n")[2]
    del raw, text
    if body.count(b"\n") > MAX_TRACE_REQUESTS:
        raise InvalidInput(shown, [Fault("", "too_many_requests", f"the trace has more than {MAX_TRACE_REQUESTS:,} lines; that is the limit")])
    rows = _fast_rows(body, columns)
    if rows is None:
        rows = _careful_rows(body, columns, shown)
    if not len(rows):
        raise InvalidInput(shown, [Fault("", "empty", "the trace holds no requests", 2)])
    span = float(np.ptp(rows[:, 0]))
    if span > MAX_SPAN_SECONDS:
        raise InvalidInput(shown, [Fault("t_seconds", "span_too_long", f"the arrivals span {span / 86_400:,.0f} days; the limit is {MAX_SPAN_SECONDS // 86_400}; are the times in milliseconds?")])
    return _trace(rows)


def longer_than(trace: Trace, context_tokens: int) -> np.ndarray:
    """Indices of the requests whose input and output together exceed a model's context of ``context_tokens``."""
    return np.flatnonzero(trace.input_tokens + trace.output_tokens > context_tokens)


def _content(path: str | Path, shown: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            is_gzip = stream.read(2) == _GZIP
            stream.seek(0)
            return _limited(gzip.GzipFile(fileobj=stream) if is_gzip else stream, shown)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput(shown, [Fault("", "bad_gzip", f"the gzip data is damaged or cut short: {error}")]) from None
    except OSError as error:
        raise InvalidInput(shown, [Fault("", "cannot_read", f"the file cannot be read: {visible(error.strerror or str(error))}")]) from None


def _limited(stream, shown: str) -> bytes:
    """Stops a decompression bomb at the limit instead of after it."""
    parts, size = [], 0
    while part := stream.read(_CHUNK):
        size += len(part)
        if size > MAX_TRACE_BYTES:
            raise InvalidInput(shown, [Fault("", "file_too_large", f"the trace has more than {MAX_TRACE_BYTES:,} bytes once unpacked; that is the limit")])
        parts.append(part)
    return b"".join(parts)


def _columns(header: str, shown: str) -> list[int]:
    names = [name.strip().strip('"') for name in header.split(",")]
    wrong = [name for name in COLUMNS if names.count(name) != 1]
    if wrong:
        found = shortened(header.strip(), 80)
        raise InvalidInput(shown, [Fault("", "wrong_columns", f'the first line is "{found}"; it must name each of {",".join(COLUMNS)} once', 1)])
    return [names.index(name) for name in COLUMNS]


def _fast_rows(body: bytes, columns: list[int]) -> np.ndarray | None:
    """All rows at once, or ``None`` when any of them needs a closer look."""
    if not body.strip():
        return np.empty((0, 3))
    try:
        rows = np.loadtxt(_text(body), delimiter=",", usecols=columns, ndmin=2, comments=None)
    except (ValueError, UnicodeError):
        return None
    time, tokens = rows[:, 0], rows[:, 1:]
    usable = (
        np.all((time >= 0) & (time <= MAX_SECONDS))  # false for NaN too
        and np.all((tokens >= 1) & (tokens <= MAX_TOKENS) & (tokens == np.floor(tokens)))
    )
    return rows if usable else None


def _careful_rows(body: bytes, columns: list[int], shown: str) -> np.ndarray:
    """Block by block, and row by row where a block has something wrong, collecting faults with their lines."""
    faults: list[Fault] = []
    blocks: list[np.ndarray] = []
    lines = body.split(b"\n")
    for start in range(0, len(lines), _BLOCK_LINES):
        block = b"\n".join(lines[start : start + _BLOCK_LINES])
        rows = _fast_rows(block, columns)
        if rows is None:
            rows = _rows_one_by_one(block, columns, start + _FIRST_LINE, faults)
        blocks.append(rows)
        if len(faults) >= MAX_FAULTS:
            break
    if faults:
        raise InvalidInput(shown, faults)
    return np.concatenate(blocks)


def _rows_one_by_one(block: bytes, columns: list[int], first_line: int, faults: list[Fault]) -> np.ndarray:
    values: list[float] = []
    reader = csv.reader(_text(block))
    for cells in _lines(reader, first_line, faults):
        line = first_line + reader.line_num - 1
        if cells and len(cells) <= max(columns):
            faults.append(Fault("", "wrong_columns", f"the line has {len(cells)} cells; the header names more", line))
        elif cells:
            values.extend(_number(name, cells[column], line, faults) for name, column in zip(COLUMNS, columns))
        if len(faults) >= MAX_FAULTS:
            break
    return np.array(values).reshape(-1, len(COLUMNS))


def _text(body: bytes) -> io.TextIOWrapper:
    """Decoded as it is read: a whole decoded copy for the readers would take four bytes a character."""
    return io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline="")


def _lines(reader, first_line: int, faults: list[Fault]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        faults.append(Fault("", "wrong_columns", f"the line is not CSV: {visible(str(error))}", first_line + reader.line_num - 1))


def _number(name: str, cell: str, line: int, faults: list[Fault]) -> float:
    try:
        value = float("" if "_" in cell else cell)
    except ValueError:
        value = float("nan")
    if name == "t_seconds":
        allowed, good = f"a number of seconds from 0 to {MAX_SECONDS:g}", 0 <= value <= MAX_SECONDS
    else:
        allowed, good = f"a whole number from 1 to {MAX_TOKENS:,}", 1 <= value <= MAX_TOKENS and value == int(value)
    if not good:
        faults.append(Fault(name, "bad_value", f'found "{shortened(cell)}"; {allowed} is expected', line))
    return value


def _trace(rows: np.ndarray) -> Trace:
    notes = ()
    steps_back = int(np.count_nonzero(np.diff(rows[:, 0]) < 0))
    if steps_back:
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        notes = (f"arrival times were out of order at {steps_back} of {len(rows)} lines and were sorted",)
    arrays = (rows[:, 0].copy(), rows[:, 1].astype(np.int64), rows[:, 2].astype(np.int64))
    for array in arrays:
        array.setflags(write=False)
    return Trace(*arrays, notes)
