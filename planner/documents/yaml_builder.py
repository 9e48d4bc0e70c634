"""Builds plain data from YAML parser events with an explicit stack, refusing what is doubtful on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.documents.clean import shortened
from planner.documents.limits import MAX_DEPTH, MAX_EXPANDED_CHARS, MAX_FAULTS, MAX_KEY_CHARS, MAX_NODES, MAX_TEXT_CHARS
from planner.documents.numbers import BadNumber
from planner.documents.places import ROOT, Place, Places, path_text
from planner.documents.yaml_scalars import core_value
from planner.errors import Fault


class StopReading(Exception):
    """Reading on would only cost time: a limit is exceeded or there are enough faults."""


@dataclass
class _Anchor:
    """A named value and what each alias of it adds: values, characters of text, levels of nesting."""

    value: object
    nodes: int
    chars: int
    height: int


@dataclass
class _Frame:
    """One open list or mapping."""

    value: list | dict
    node: int
    anchor: str | None
    nodes_before: int
    chars_before: int
    height: int = 0
    key: str | None = None
    key_place: Place | None = None
    key_places: dict[str, Place] = field(default_factory=dict)


class YamlBuilder:
    """Takes parser events one by one and holds the value, the places and the faults so far."""

    def __init__(self) -> None:
        self.value: object = None
        self.places = Places(lambda place: place)
        self.faults: list[Fault] = []
        self.documents = 0
        self.last_place: Place = (1, 1)
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Anchor | None] = {}
        self._nodes = 0
        self._chars = 0

    def fault(self, place: Place | None, code: str, message: str, steps: tuple | None = None) -> None:
        line, column = place or (None, None)
        where = self._steps() if steps is None else steps
        self.faults.append(Fault(path_text(where), code, message, line, column))
        if len(self.faults) >= MAX_FAULTS:
            raise StopReading

    def take(self, event: object) -> None:
        kind = type(event).__name__
        place = self.last_place = place_of(event.start_mark)
        if kind == "DocumentStartEvent":
            self._start_document(event, place)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._check_tag(event, place)
            self._open({} if kind == "MappingStartEvent" else [], event.anchor, place)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._close()
        elif kind == "ScalarEvent":
            self._check_tag(event, place)
            self._scalar(event, place)
        elif kind == "AliasEvent":
            self._alias(event.anchor, place)

    def _start_document(self, event: object, place: Place) -> None:
        self.documents += 1
        if self.documents > 1:
            self.fault(place, "second_document", "a second document starts here; a file holds one document", ())
            raise StopReading
        if event.version is not None and tuple(event.version) != (1, 2):
            self.fault(place, "yaml_version", "only YAML 1.2 is read; remove the %YAML line", ())

    def _check_tag(self, event: object, place: Place) -> None:
        if event.tag is not None:
            self.fault(place, "yaml_tag", f"the tag {shortened(str(event.tag))} is not allowed; write plain values without tags")

    def _awaits_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None

    def _open(self, value: list | dict, anchor: str | None, place: Place) -> None:
        if self._awaits_key():
            self.fault(place, "key_not_text", "a key must be a plain name, not a list or an object")
            raise StopReading
        if len(self._stack) >= MAX_DEPTH:
            self._too_deep(place)
        if anchor is not None:
            self._anchors[anchor] = None  # open: an alias inside it would contain itself
        before = self._nodes, self._chars
        self._count(1, 0, place)
        node = self._attach(value, place)
        self._stack.append(_Frame(value, node, anchor, *before))

    def _close(self) -> None:
        frame = self._stack.pop()
        height = frame.height + 1
        if frame.anchor is not None:
            self._anchors[frame.anchor] = _Anchor(
                frame.value, self._nodes - frame.nodes_before, self._chars - frame.chars_before, height
            )
        if self._stack:
            self._stack[-1].height = max(self._stack[-1].height, height)

    def _scalar(self, event: object, place: Place) -> None:
        text = event.value
        plain = event.implicit[0] and not event.style
        if self._awaits_key():
            self._key(text, plain, event.anchor, place)
            return
        value: object = text
        if plain:
            try:
                value = core_value(text)
            except BadNumber as error:
                self.fault(place, error.code, str(error), self._steps_of_next())
                value = 0
        if isinstance(value, str):
            self._check_text(value, MAX_TEXT_CHARS, "text", place)
        self._count(1, len(text), place)
        self._attach(value, place)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchor(value, 1, len(text), 0)

    def _key(self, text: str, plain: bool, anchor: str | None, place: Place) -> None:
        frame = self._stack[-1]
        if text == "<<" and plain:
            self.fault(place, "merge_key", "merge keys (<<) are not read; write the fields out")
        if anchor is not None:
            self._anchors[anchor] = _Anchor(text, 1, len(text), 0)
        self._count(0, len(text), place)
        self._check_text(text, MAX_KEY_CHARS, "key", place)
        first = frame.key_places.setdefault(text, place)
        if first != place:
            self.fault(place, "duplicate_key",
                       f'the key "{shortened(text)}" appears twice: here and at line {first[0]}, column {first[1]}; keep one',
                       (*self._steps(), text))
        frame.key, frame.key_place = text, place

    def _alias(self, name: str, place: Place) -> None:
        anchor = self._anchors.get(name)
        if anchor is None:
            problem = "contains itself" if name in self._anchors else "has no anchor before it"
            self.fault(place, "bad_alias", f"the alias *{shortened(name)} {problem}")
            raise StopReading
        if self._awaits_key():
            if not isinstance(anchor.value, str):
                self.fault(place, "key_not_text", "a key must be a plain name, not an alias of something else")
                raise StopReading
            self._key(anchor.value, False, None, place)
            return
        self._count(anchor.nodes, anchor.chars, place)
        if len(self._stack) + anchor.height > MAX_DEPTH:
            self._too_deep(place)
        self._attach(_copied(anchor.value), place)
        if self._stack:
            self._stack[-1].height = max(self._stack[-1].height, anchor.height)

    def _attach(self, value: object, place: Place) -> int:
        if not self._stack:
            self.value = value
            self.places.set_value(ROOT, place)
            return ROOT
        frame = self._stack[-1]
        if isinstance(frame.value, list):
            frame.value.append(value)
            return self.places.add(frame.node, len(frame.value) - 1, place)
        frame.value[frame.key] = value
        node = self.places.add(frame.node, frame.key, place, frame.key_place)
        frame.key = None
        return node

    def _count(self, nodes: int, chars: int, place: Place) -> None:
        self._nodes += nodes
        self._chars += chars
        if self._chars > MAX_EXPANDED_CHARS:
            self.fault(place, "too_much_text",
                       f"with its aliases expanded the file holds more than {MAX_EXPANDED_CHARS:,} characters; that is the limit", ())
            raise StopReading
        if self._nodes > MAX_NODES:
            self.fault(place, "too_many_values",
                       f"with its aliases expanded the file holds more than {MAX_NODES:,} values; that is the limit", ())
            raise StopReading

    def _too_deep(self, place: Place) -> None:
        self.fault(place, "too_deep", f"values are nested more than {MAX_DEPTH} deep here; the limit is {MAX_DEPTH}", ())
        raise StopReading

    def _check_text(self, text: str, most: int, kind: str, place: Place) -> None:
        if len(text) > most:
            self.fault(place, "text_too_long", f"a {kind} of {len(text):,} characters; the limit is {most:,}", self._steps_of_next())
        if "\0" in text:
            self.fault(place, "nul_character", f"the {kind} holds a NUL character; remove it", self._steps_of_next())
        if any("\ud800" <= char <= "\udfff" for char in text):
            self.fault(place, "not_utf8", f"the {kind} holds half of a surrogate pair, which is not a character; remove it",
                       self._steps_of_next())

    def _steps(self) -> tuple:
        return self.places.steps(self._stack[-1].node) if self._stack else ()

    def _steps_of_next(self) -> tuple:
        """The path of the value about to be attached."""
        if not self._stack:
            return ()
        frame = self._stack[-1]
        step = len(frame.value) if isinstance(frame.value, list) else frame.key
        return self._steps() if step is None else (*self._steps(), step)


def _copied(value: object) -> object:
    """A deep copy, so that two places never share a list; depth and size are bounded by the limits."""
    if isinstance(value, dict):
        return {key: _copied(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_copied(member) for member in value]
    return value


def place_of(mark: object) -> Place:
    return mark.line + 1, mark.column + 1
