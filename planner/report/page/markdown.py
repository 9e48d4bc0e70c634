"""Writes a report as Markdown: words and tables, for a pull request or a wiki."""

from __future__ import annotations

from planner.documents.clean import visible
from planner.report.page.content import Cell, Figure, Line, Name, Report, Section, Table

_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]()#+!|<>~$&@:"} | {"\n": " "})


def markdown_text(report: Report) -> str:
    """The report without its pictures; words of the plan are escaped, so that none of them is a link or a heading."""
    blocks = [f"# {_escaped(report.title)}", f"**{_line(report.answer)}**", *map(_line, report.facts)]
    for section in report.sections:
        blocks += _section(section)
    return "\n\n".join(blocks) + "\n"


def _section(section: Section) -> list[str]:
    found = [f"## {_escaped(section.title)}", *map(_line, section.lines)]
    for part in section.parts:
        if isinstance(part, Table):
            found += [f"### {_escaped(part.caption)}{f', {part.unit}' if part.unit else ''}", _table(part)]
    return found


def _table(table: Table) -> str:
    numeric = set(table.numeric)
    lines = [_row(tuple(map(Name, table.headings))), _row_of(":" if at not in numeric else "" for at in range(len(table.headings)))]
    return "\n".join(lines + [_row(row) for row in table.rows])


def _row_of(sides) -> str:
    return "|" + "|".join(f"{'---' if side else '---:'}" for side in sides) + "|"


def _row(cells: tuple[Cell, ...]) -> str:
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _line(line: Line) -> str:
    return "".join(map(_cell, line))


def _cell(cell: Cell) -> str:
    if isinstance(cell, Figure):
        return cell.text
    return "" if cell is None else _escaped(cell.text) if isinstance(cell, Name) else cell


def _escaped(text: str) -> str:
    return visible(text.replace("\n", " ")).translate(_SIGNS)
