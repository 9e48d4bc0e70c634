"""Writes a report's tables as a spreadsheet: a sheet a table, figures as numbers, words as text that nothing computes."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from planner.documents.clean import csv_safe, visible
from planner.report.page.content import Cell, Figure, Name, Report, Table

# What a sheet can hold (ECMA-376 and Excel's limits): longer words are cut and end in an ellipsis.
MOST_CHARACTERS = 32_767
MOST_NAME = 31
_WIDEST = 60
# Styles by their place in the style sheet below.
_PLAIN, _HEAD, _MONEY, _QUOTED = 0, 1, 2, 3
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# 1980 is the first year that the archive format knows: the same report gives the same bytes.
_WHEN = (1980, 1, 1, 0, 0, 0)


def xlsx_bytes(report: Report) -> bytes:
    """The report without its pictures: the answer first, then every table with unrounded figures.

    Words are inline strings, which no spreadsheet computes; those that look like a formula also carry the mark that keeps
    them text when somebody edits the cell. Control characters and marks of direction are shown by their codes.
    """
    sheets = dict(_sheets(report))
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook(list(sheets)),
        "xl/_rels/workbook.xml.rels": _relations(
            [*(("worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(sheets) + 1)), ("styles", "styles.xml")]
        ),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{at}.xml": text for at, text in enumerate(sheets.values(), 1)},
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _WHEN), f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}', zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _sheets(report: Report) -> Iterator[tuple[str, str]]:
    taken: set[str] = set()
    answer = [(report.title,), ("".join(map(_text, report.answer)),), *(("".join(map(_text, line)),) for line in report.facts)]
    yield _sheet_name("Answer", taken), _sheet(answer, heads=1, money=False)
    for section in report.sections:
        for part in section.parts:
            if isinstance(part, Table):
                money = part.unit.startswith("USD")
                yield _sheet_name(part.caption, taken), _sheet([part.headings, *part.rows], heads=1, money=money)


def _sheet_name(text: str, taken: set[str]) -> str:
    """At most 31 characters, none of those that a sheet's name may not have, and no other sheet's in any case of letters."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", visible(text)).strip() or "Table"
    name, number = plain[:MOST_NAME].strip(), 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain[: MOST_NAME - len(str(number)) - 1].strip()} {number}"
    taken.add(name.casefold())
    return name


def _sheet(rows: list[tuple[Cell, ...]], *, heads: int, money: bool) -> str:
    width = max(len(row) for row in rows)
    longest = [max((len(_text(row[at])) for row in rows if at < len(row)), default=0) for at in range(width)]
    columns = "".join(f'<col min="{at}" max="{at}" width="{min(_WIDEST, size + 2)}" customWidth="1"/>' for at, size in enumerate(longest, 1))
    body = "".join(
        f'<row r="{number}">{"".join(_cell(cell, _reference(at, number), number <= heads, money) for at, cell in enumerate(row))}</row>'
        for number, row in enumerate(rows, 1)
    )
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if width > 1 else ""
    views = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    chosen = f'<autoFilter ref="A1:{_reference(width - 1, len(rows))}"/>' if width > 1 and len(rows) > 1 else ""
    return f'<worksheet xmlns="{_MAIN}">{views}<cols>{columns}</cols><sheetData>{body}</sheetData>{chosen}</worksheet>'


def _cell(cell: Cell, place: str, head: bool, money: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Figure) and math.isfinite(cell.value):
        return f'<c r="{place}" s="{_MONEY if money else _PLAIN}"><v>{float(cell.value)!r}</v></c>'
    text = _text(cell)
    style = _HEAD if head else _QUOTED if csv_safe(text) != text else _PLAIN
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    text = visible(cell.text if isinstance(cell, (Name, Figure)) else cell)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def _reference(column: int, row: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _content_types(sheets: int) -> str:
    kinds = {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"}
    kinds |= {f"/xl/worksheets/sheet{at}.xml": "worksheet" for at in range(1, sheets + 1)}
    overrides = "".join(f'<Override PartName="{name}" ContentType="{_TYPE}.{kind}+xml"/>' for name, kind in kinds.items())
    defaults = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    return f'<Types xmlns="{_PACKAGE}/content-types">{defaults}{overrides}</Types>'


def _relations(targets: list[tuple[str, str]]) -> str:
    found = "".join(f'<Relationship Id="rId{at}" Type="{_RELATIONS}/{kind}" Target="{target}"/>' for at, (kind, target) in enumerate(targets, 1))
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'


def _workbook(names: list[str]) -> str:
    sheets = "".join(f'<sheet name={quoteattr(name)} sheetId="{at}" r:id="rId{at}"/>' for at, name in enumerate(names, 1))
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets></workbook>'


_STYLES = (
    f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
