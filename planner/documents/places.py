"""Where each value of a document stands in its file, and how such a place is written: ``services[0].slo.ttft_ms``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

Step = str | int
Place = tuple[int, int]

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_STEP = re.compile(r'\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')
ROOT = 0


def path_text(steps: Sequence[Step]) -> str:
    """``("services", 0, "a b")`` as ``services[0]["a b"]``; the whole document is the empty text."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.match(step):
            text += f".{step}" if text else step
        else:
            text += f"[{_quoted(step)}]"
    return text


def path_steps(path: str) -> tuple[Step, ...]:
    """The inverse of ``path_text``; raises ``ValueError`` for a text that is not a path."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError(f"not a path: {path!r} at character {at}")
        plain, index, quoted = match.groups()
        steps.append(plain if plain is not None else int(index) if index is not None else json.loads(quoted, strict=False))
        at = match.end()
    return tuple(steps)


def _quoted(key: str) -> str:
    r"""As a JSON text, with everything unprintable as ``\\u`` escapes, so that it is safe to show and can be read back."""
    def escaped(char: str) -> str:
        return "".join(f"\\u{unit:04x}" for unit in memoryview(char.encode("utf-16", "surrogatepass")[2:]).cast("H"))

    return "".join(char if char.isprintable() else escaped(char) for char in json.dumps(key, ensure_ascii=False))


class Places(Mapping[str, Place]):
    """Path to (line, column), both 1-based. Kept as a tree, because long keys make written paths large.

    ``locate`` turns what was recorded (an offset, or already a place) into a place.
    """

    def __init__(self, locate: Callable[[object], Place]) -> None:
        self._locate = locate
        self._children: dict[tuple[int, Step], int] = {}
        self._steps: list[tuple[int, Step] | None] = [None]
        self._values: list[object] = [None]
        self._keys: list[object] = [None]

    def add(self, parent: int, step: Step, value: object, key: object = None) -> int:
        """Records a child of node ``parent`` and returns its number; ``ROOT`` is the whole document."""
        node = len(self._values)
        self._children[parent, step] = node
        self._steps.append((parent, step))
        self._values.append(value)
        self._keys.append(key)
        return node

    def set_value(self, node: int, value: object) -> None:
        self._values[node] = value

    def steps(self, node: int) -> tuple[Step, ...]:
        """The way from the document to node ``node``."""
        steps: list[Step] = []
        while (link := self._steps[node]) is not None:
            node, step = link
            steps.append(step)
        return tuple(reversed(steps))

    def nearest(self, steps: Sequence[Step], *, key: bool = False) -> Place | None:
        """The place of ``steps``, or of the deepest part of it that exists; of its key instead of its value on ask."""
        node = ROOT
        whole = True
        for step in steps:
            child = self._children.get((node, step))
            if child is None:
                whole = False
                break
            node = child
        mark = self._keys[node] if (key and whole and self._keys[node] is not None) else self._values[node]
        return None if mark is None else self._locate(mark)

    def __getitem__(self, path: str) -> Place:
        node = ROOT
        try:
            for step in path_steps(path):
                node = self._children[node, step]
        except ValueError:
            raise KeyError(path) from None
        if self._values[node] is None:
            raise KeyError(path)
        return self._locate(self._values[node])

    def __iter__(self) -> Iterator[str]:
        for node, value in enumerate(self._values):
            if value is not None:
                yield path_text(self.steps(node))

    def __len__(self) -> int:
        return sum(value is not None for value in self._values)
