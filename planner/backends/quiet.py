"""Keeps what a solver's library prints by itself off standard output, which belongs to whoever calls the planner."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

_LOCK = threading.Lock()
_USERS = 0
_BEFORE: int | None = None


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, C's ``printf`` writes nowhere.

    HiGHS prints lines on how it repairs a solution whatever its options say. Pointing the descriptor of standard output
    elsewhere would also take what Python prints in other threads; so C's own stream is replaced, which Python does not
    write to. Only GNU's C library makes it a variable that may be set; elsewhere nothing is changed.
    """
    stream = _stream()
    if stream is None:
        yield
        return
    _enter(*stream)
    try:
        yield
    finally:
        _leave(stream[0])


def _enter(stdout: ctypes.c_void_p, nowhere: int) -> None:
    global _USERS, _BEFORE
    with _LOCK:
        if _USERS == 0:
            _BEFORE, stdout.value = stdout.value, nowhere
        _USERS += 1


def _leave(stdout: ctypes.c_void_p) -> None:
    global _USERS
    with _LOCK:
        _USERS -= 1
        if _USERS == 0:
            stdout.value = _BEFORE


@lru_cache(maxsize=1)
def _stream() -> tuple[ctypes.c_void_p, int] | None:
    """(C's standard output, a stream to nowhere); None where it cannot be set."""
    try:
        libc = ctypes.CDLL(None)
        libc.gnu_get_libc_version  # noqa: B018 - the name is what tells
        stdout = ctypes.c_void_p.in_dll(libc, "stdout")
        libc.fopen.restype = ctypes.c_void_p
        nowhere = libc.fopen(b"/dev/null", b"w")
    except (AttributeError, OSError, TypeError, ValueError):
        return None
    return None if not nowhere else (stdout, nowhere)
