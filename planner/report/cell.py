"""Text that came from a file, put on a terminal as written: no markup, no control characters."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from planner.documents.clean import visible

TITLE = "bold cyan"
STRONG = "bold"
FAINT = "dim"
GOOD = "green"
BAD = "bold red"
WARNING = "yellow"

# Below this many columns a table is harder to read than lines.
NARROW = 60
# From this many columns on, one wide table replaces two-line entries.
WIDE = 150


def cell(text: object, style: str = "") -> Text:
    """``text`` as data: brackets are no markup and escapes are shown, not obeyed."""
    return Text(visible(str(text)), style=style, overflow="fold")


def line(*parts: str | Text | tuple[object, str]) -> Text:
    """One line of text from plain strings and (data, style) pairs; all of them are taken as data."""
    found = Text(overflow="fold")
    for part in parts:
        found.append_text(part if isinstance(part, Text) else cell(*part) if isinstance(part, tuple) else cell(part))
    return found


def title(text: str) -> Text:
    """The heading of a section."""
    return Text(text, style=TITLE)


def listed(lines: Iterable[Text], *, indent: int = 2) -> Group:
    """Lines set in; a line that wraps goes on where its own text began."""
    set_in = []
    for found in lines:
        own = len(found.plain) - len(found.plain.lstrip(" "))
        set_in.append(Padding(found[own:] if own else found, (0, 0, 0, indent + own), expand=False))
    return Group(*set_in)
