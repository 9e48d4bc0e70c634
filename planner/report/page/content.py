"""What a report says, apart from how it is written: sections of lines, tables and charts, every figure with its origin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A number of the plan as it is shown.

    value   unrounded
    text    as a person reads it
    origin  where it stands in the plan (a JSON pointer), or how it follows from it (a name of ``figures_from`` and
            its arguments); a leading ``other:`` says that it is of the plan compared with
    """

    value: float
    text: str
    origin: str


@dataclass(frozen=True)
class Name:
    """Words of the plan, somebody else's: shown, never obeyed."""

    text: str


Cell = Figure | Name | str | None
Line = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Rows under headings; the first column names the row.

    numeric  indices of columns that hold numbers
    folded   closed until somebody opens it
    unit     of the figures, where it is one
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: tuple[int, ...] = ()
    folded: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar from zero; ``limit`` is marked on its scale."""

    label: str
    figure: Figure
    series: int = 0
    limit: Figure | None = None
    low: Figure | None = None


@dataclass(frozen=True)
class Bars:
    """Horizontal bars from zero, to either side."""

    title: str
    unit: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Stack:
    """Columns over the periods, series upon series; ``line`` is drawn above on a scale of its own."""

    title: str
    unit: str
    periods: tuple[str, ...]
    series: tuple[tuple[str, tuple[Figure, ...]], ...]
    line: tuple[str, str, tuple[Figure, ...]] | None = None


@dataclass(frozen=True)
class Flow:
    """How much goes from each of the left to each of the right."""

    title: str
    unit: str
    links: tuple[tuple[str, str, Figure], ...]


@dataclass(frozen=True)
class Points:
    """Points of two figures each, joined in order; ``marked`` are pointed out."""

    title: str
    across: str
    up: str
    points: tuple[tuple[str, Figure, Figure], ...]
    marked: tuple[int, ...] = ()


Chart = Bars | Stack | Flow | Points
Part = Table | Chart


@dataclass(frozen=True)
class Section:
    """A heading, what is to be said in words, and what shows it."""

    key: str
    title: str
    lines: tuple[Line, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Report:
    """A whole report: the answer and its sections."""

    title: str
    answer: Line
    facts: tuple[Line, ...]
    sections: tuple[Section, ...]
