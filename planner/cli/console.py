"""Puts a view on standard output: coloured for a terminal that takes it, plain text everywhere else."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from planner.cli.streams import write_result

if TYPE_CHECKING:
    from rich.console import RenderableType

NARROWEST, WIDEST = 20, 200


def show(make: Callable[[int], RenderableType]) -> None:
    """Writes the view that ``make`` builds for the width there is."""
    columns = width()
    write_result(as_text(make(columns), columns, colour=takes_colour(sys.stdout)))


def as_text(view: RenderableType, columns: int, *, colour: bool = False) -> str:
    """A view as text; without colour no line ends in spaces and nothing but text is in it."""
    from io import StringIO

    from rich.console import Console

    stream = StringIO()
    console = Console(
        file=stream, width=columns, force_terminal=colour, color_system="standard" if colour else None,
        highlight=False, markup=False, emoji=False, legacy_windows=False,
    )
    console.print(view)
    return "\n".join(line.rstrip() for line in stream.getvalue().split("\n"))


def width() -> int:
    """Columns of the terminal, or of ``COLUMNS``; 80 where there is neither."""
    columns = shutil.get_terminal_size(fallback=(80, 24)).columns
    return min(WIDEST, max(NARROWEST, columns))


def takes_colour(stream: TextIO | None) -> bool:
    """A terminal that is not dumb, unless ``NO_COLOR`` is set to anything."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at the stream on a terminal that can move its cursor."""
    try:
        seen = stream is not None and stream.isatty()
    except ValueError:
        return False
    return seen and os.environ.get("TERM", "") not in ("", "dumb", "unknown")
