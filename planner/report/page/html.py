"""Writes a report as one HTML file that needs no network: styles and behaviour inside, allowed by their digests alone."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from planner.report.page.chart import chart
from planner.report.page.content import Cell, Figure, Line, Name, Part, Report, Section, Table
from planner.report.page.markup import Markup, joined, tag

HERE = Path(__file__).parent
# From this many rows on a table can be filtered.
_FILTERED = 8


def html_text(report: Report) -> str:
    """The page; the same report gives the same bytes."""
    style, behaviour = ((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "behaviour.js"))
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(behaviour)}'; base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head", None, tag("meta", {"charset": "utf-8"}),
        tag("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        tag("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        tag("meta", {"name": "referrer", "content": "no-referrer"}), tag("meta", {"name": "color-scheme", "content": "light dark"}),
        tag("title", None, report.title), tag("style", None, Markup(style)),
    )  # fmt: skip
    body = tag("body", None, _skip(), _header(report), _contents(report), tag("main", {"id": "main"}, *map(_section, report.sections)),
               tag("script", None, Markup(behaviour)))  # fmt: skip
    return f"<!DOCTYPE html>\n{tag('html', {'lang': 'en'}, head, body)}\n"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _skip() -> Markup:
    return tag("a", {"class": "skip", "href": "#main"}, "Skip to the sections")


def _header(report: Report) -> Markup:
    theme = tag("button", {"type": "button", "id": "theme", "hidden": True}, "Dark or light")
    answer = tag("p", {"class": "answer"}, _line(report.answer))
    return tag("header", None, tag("div", {"class": "bar"}, tag("h1", None, _name(report.title)), theme), answer, *(tag("p", None, _line(one)) for one in report.facts))


def _contents(report: Report) -> Markup:
    links = (tag("li", None, tag("a", {"href": f"#{one.key}"}, one.title)) for one in report.sections)
    return tag("nav", {"aria-label": "Sections"}, tag("ul", None, *links))


def _section(section: Section) -> Markup:
    heading = tag("h2", {"id": f"{section.key}-title"}, section.title)
    lines = (tag("p", None, _line(one)) for one in section.lines)
    parts = (_part(one) for one in section.parts)
    return tag("section", {"id": section.key, "aria-labelledby": f"{section.key}-title"}, heading, *lines, *parts)


def _part(part: Part) -> Markup:
    return _table(part) if isinstance(part, Table) else chart(part)


def _table(table: Table) -> Markup:
    """A table that scrolls by itself where the page is narrow; folded ones stand behind their caption."""
    numeric = set(table.numeric)
    caption = f"{table.caption}, {table.unit}" if table.unit else table.caption
    head = tag("tr", None, *(_heading(name, at in numeric) for at, name in enumerate(table.headings)))
    rows = (tag("tr", None, *(_cell(cell, at, at in numeric) for at, cell in enumerate(row))) for row in table.rows)
    hidden_caption = tag("caption", {"class": "unseen" if table.folded else None}, _name(caption))
    body = tag("table", None, hidden_caption, tag("thead", None, head), tag("tbody", None, *rows))
    scroll = tag("div", {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": f"Table: {caption}"}, body)
    seek = _filter(caption) if len(table.rows) >= _FILTERED else None
    if not table.folded:
        return tag("div", {"class": "table"}, seek, scroll)
    return tag("details", None, tag("summary", None, _name(caption)), tag("div", {"class": "table"}, seek, scroll))


def _filter(caption: str) -> Markup:
    field = tag("label", None, "Rows with ", tag("input", {"type": "search", "aria-label": f"Filter rows of {caption}"}))
    return tag("div", {"class": "filter", "hidden": True}, field, tag("span", {"class": "found", "role": "status"}))


def _heading(name: str, number: bool) -> Markup:
    return tag("th", {"scope": "col", "class": "number" if number else None}, _name(name))


def _cell(cell: Cell, at: int, number: bool) -> Markup:
    name, attributes = ("th", {"scope": "row"}) if at == 0 else ("td", {"class": "number" if number else None})
    return tag(name, attributes, _inline(cell))


def _line(line: Line) -> Markup:
    return joined(*map(_inline, line))


def _inline(cell: Cell) -> Markup | str | None:
    if isinstance(cell, Figure):
        return tag("data", {"value": repr(cell.value), "data-from": cell.origin}, cell.text)
    return _name(cell.text) if isinstance(cell, Name) else cell


def _name(text: str) -> Markup:
    """Somebody's words, set apart from the direction of what is around them."""
    return tag("bdi", None, text)
