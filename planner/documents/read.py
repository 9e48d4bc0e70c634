"""Reads one JSON or YAML file strictly: anything doubtful is an error with its place, never a guess."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path, PurePath

from planner.documents.clean import visible
from planner.documents.decode import decode
from planner.documents.document import Document
from planner.documents.json_places import places_of
from planner.documents.json_text import parse_json
from planner.documents.limits import MAX_FILE_BYTES
from planner.documents.near import did_you_mean
from planner.documents.numbers import real
from planner.documents.yaml_text import parse_yaml
from planner.errors import Fault, InvalidInput

_YAML_ENDINGS = frozenset({".yaml", ".yml"})


def read(path: str | os.PathLike[str]) -> Document:
    """The document in the file ``path``; raises ``InvalidInput`` with everything that is wrong with its text.

    The format follows the ending (``.json``, ``.yaml``, ``.yml``), else the first character: ``{`` or ``[`` is JSON.
    """
    file = os.fspath(path)
    return parse(bytes_of(file), file)


def parse(raw: bytes, file: str) -> Document:
    """The document in ``raw``; ``file`` names it in messages and its ending tells the format."""
    shown = visible(file)
    if len(raw) > MAX_FILE_BYTES:
        raise InvalidInput(shown, [_too_large(f"{len(raw):,}")])
    text = decode(raw)
    if isinstance(text, Fault):
        raise InvalidInput(shown, [text])
    if _is_yaml(file, text):
        data, places, faults = parse_yaml(text)

        def find_places():
            return places
    else:
        data, faults = parse_json(text)

        def find_places():
            return places_of(text)
    if faults:
        raise InvalidInput(shown, faults)
    return Document(shown, data, hashlib.sha256(raw).hexdigest(), find_places)


def from_data(data: object, file: str) -> Document:
    """A document made of values that did not come from a file, such as a patched problem; places are unknown.

    Raises ``InvalidInput`` for numbers that are not finite, ``TypeError`` for values that JSON does not have.
    """
    try:
        plain = json.loads(json.dumps(data, allow_nan=False), parse_float=real)
    except ValueError as error:
        raise InvalidInput(visible(file), [Fault("", "not_finite", f"a number cannot be used: {error}")]) from None
    return Document(visible(file), plain)


def bytes_of(file: str, expected: str = "a JSON or YAML file") -> bytes:
    """What a file holds; raises ``InvalidInput`` for what is no readable file or too large."""
    shown = visible(file)
    try:
        mode = os.stat(file).st_mode
        # A pipe that nobody writes to would wait for ever; the shell's own are open already.
        if not stat.S_ISREG(mode) and not file.startswith(("/dev/stdin", "/dev/fd/", "/proc/self/fd/")):
            kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
            raise InvalidInput(shown, [Fault("", "not_a_file", f"this is {kind}; name {expected}")])
        with open(file, "rb") as stream:
            raw = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise InvalidInput(shown, [Fault("", "file_not_found", f"there is no such file{_beside(file)}")]) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(shown, [Fault("", "cannot_read", f"the file cannot be read: {visible(reason)}")]) from None
    if len(raw) > MAX_FILE_BYTES:
        raise InvalidInput(shown, [_too_large("more")])
    return raw


def _too_large(size: str) -> Fault:
    return Fault("", "file_too_large", f"the file has {size} bytes; the limit is {MAX_FILE_BYTES:,} (64 MiB)")


def _beside(file: str) -> str:
    try:
        names = [entry.name for entry in Path(file).parent.iterdir()]
    except OSError:
        return "; its folder does not exist either"
    return visible(did_you_mean(PurePath(file).name, names)) or "; check the name"


def _is_yaml(file: str, text: str) -> bool:
    ending = PurePath(file).suffix.lower()
    if ending in _YAML_ENDINGS:
        return True
    return ending != ".json" and text.lstrip()[0] not in "{["
