"""Writes a file whole or not at all, so that a reader never meets half of it and a failure leaves the old one."""

from __future__ import annotations

import os
import secrets
import stat

from planner.documents.clean import visible
from planner.errors import CannotWrite


def write_atomic(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Puts ``data`` (text as UTF-8) in the file ``path``; raises ``CannotWrite`` and then the old file is untouched.

    The data goes to a hidden ``.planner-*.tmp`` beside the file, is synced, and takes its place in one step. An
    existing file's permissions are kept, a link's target is written, and a device such as ``/dev/stdout`` is written
    directly. Of two writers at once one wins whole. Only a killed process leaves its ``.tmp`` behind.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    shown = visible(os.fspath(path))
    try:
        target = os.path.realpath(os.fspath(path))
        old = _stat(target)
        if old is not None and not stat.S_ISREG(old.st_mode):
            _write_device(target, old, raw, shown)
            return
        folder = os.path.dirname(target)
        if not os.path.isdir(folder):
            raise CannotWrite("the folder of the output does not exist", where=shown, hint=f"mkdir -p {visible(folder)}")
        if old is not None and not os.access(target, os.W_OK):
            raise CannotWrite("the file is read-only", where=shown, hint="name another output or allow writing to this one")
        _replace(target, folder, old, raw)
    except OSError as error:
        reason = visible(error.strerror or str(error))
        raise CannotWrite(f"the file cannot be written: {reason}", where=shown, hint="name an output elsewhere") from error
    except ValueError as error:  # a NUL in the name
        raise CannotWrite(f"this is no file name: {error}", where=shown, hint="name an output elsewhere") from error


def _stat(target: str) -> os.stat_result | None:
    try:
        return os.stat(target)
    except FileNotFoundError:
        return None


def _write_device(target: str, old: os.stat_result, raw: bytes, shown: str) -> None:
    if stat.S_ISDIR(old.st_mode):
        raise CannotWrite("the output is a directory", where=shown, hint="name a file in it")
    with open(target, "wb") as stream:
        stream.write(raw)


def _replace(target: str, folder: str, old: os.stat_result | None, raw: bytes) -> None:
    temporary = os.path.join(folder, f".planner-{os.getpid()}-{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # less the umask
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(raw)
            stream.flush()
            if old is not None:
                os.chmod(temporary, stat.S_IMODE(old.st_mode))
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:  # an interruption too must leave no stray file
        _remove(temporary)
        raise
    _sync_folder(folder)


def _remove(temporary: str) -> None:
    try:
        os.unlink(temporary)
    except OSError:
        pass  # the first failure is the one to report


def _sync_folder(folder: str) -> None:
    """Makes the new name durable where the system can; the file itself is whole either way."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
