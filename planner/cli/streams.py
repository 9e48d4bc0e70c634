"""Standard output and error made safe: any encoding, closed early, full, or not there at all."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from planner.errors import CannotWrite

# One sign for one sign, so that tables stay aligned where the terminal knows only ASCII.
PLAIN = {
    "×": "x", "–": "-", "—": "-", "·": ".", "•": "*", "…": "~", "→": ">", "≤": "<", "≥": ">", "≈": "~", "φ": "f",
    "─": "-", "━": "-", "│": "|", "\u00a0": " ", "\u202f": " ", "✓": "+", "✗": "x", "²": "2", "é": "e",
    "▁": "_", "▂": ",", "▃": "-", "▄": "~", "▅": "=", "▆": "+", "▇": "*", "█": "#",
}


def prepare_streams() -> None:
    """Makes writing any text possible: what the encoding lacks is shown by a plain sign or its code."""
    codecs.register_error("planner.plain", _plain_sign)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="planner.plain")


def write_result(text: str) -> None:
    """Writes ``text`` to standard output at once.

    A reader that has closed the pipe has seen enough: the rest is dropped. Raises CannotWrite when the output
    cannot take the text for another reason, such as a full disk.
    """
    stream = sys.stdout
    if stream is None:
        return
    try:
        _write_all(stream, text)
    except BrokenPipeError:
        drop(stream)
    except OSError as error:
        drop(stream)
        raise CannotWrite(f"standard output cannot be written: {error.strerror or error}") from error


def _write_all(stream: TextIO, text: str) -> None:
    """All of ``text``, also when a signal comes while a slow reader holds the pipe full: a text stream then drops the rest."""
    stream.flush()
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        stream.write(text)
        stream.flush()
        return
    left = memoryview(text.encode(stream.encoding or "utf-8", stream.errors or "strict"))
    while left:
        left = left[os.write(descriptor, left) :]


@contextmanager
def results_only() -> Iterator[None]:
    """Inside, what a library prints on standard output by itself goes to standard error: results alone belong there."""
    try:
        descriptor = sys.stdout.fileno()
        kept = os.dup(descriptor)
        os.dup2(2, descriptor)
    except (AttributeError, OSError, ValueError):
        yield
        return
    try:
        yield
    finally:
        _flush_libraries()
        os.dup2(kept, descriptor)
        os.close(kept)


def _flush_libraries() -> None:
    """What C libraries hold back would else come out at the end of the process, behind the results."""
    import ctypes

    try:
        ctypes.CDLL(None).fflush(None)
    except (AttributeError, OSError, TypeError):
        return


def say(text: str) -> None:
    """Writes a line to standard error; nobody listening there is no failure."""
    stream = sys.stderr
    if stream is None:
        return
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except OSError:
        drop(stream)


def drop(stream: TextIO) -> None:
    """Points a stream nowhere, so that what is left in its buffer raises nothing when the program ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return


def _plain_sign(error: Any) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign) or _code(sign) for sign in missing), error.end


def _code(sign: str) -> str:
    point = ord(sign)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
