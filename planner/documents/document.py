"""One input document: its plain data, where each value stands, and the digests that identify it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from planner.documents.canonical import digest
from planner.documents.places import Place, Places, Step
from planner.errors import Fault


@dataclass(frozen=True)
class Document:
    """What a file says, before it is given a meaning.

    file          as the user wrote it
    data          dict, list, str, int, float, bool, None only; whole numbers are ``int`` however they were written
    bytes_digest  SHA-256 of the bytes, hexadecimal; "" for data that was never a file
    """

    file: str
    data: object
    bytes_digest: str = ""
    find_places: Callable[[], Places] = field(default=lambda: Places(lambda place: place), repr=False, compare=False)

    @cached_property
    def places(self) -> Places:
        """Path (``services[0].slo.ttft_ms``) to (line, column), both 1-based; worked out when first asked for."""
        return self.find_places()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical content: the same for JSON and YAML, and for any order of keys."""
        return digest(self.data)

    def fault(self, steps: Sequence[Step], code: str, message: str, *, key: bool = False) -> Fault:
        """A fault at ``steps`` with its line and column (of the key instead of the value on ask)."""
        from planner.documents.places import path_text

        place: Place | None = self.places.nearest(steps, key=key)
        line, column = place or (None, None)
        return Fault(path_text(steps), code, message, line, column)
