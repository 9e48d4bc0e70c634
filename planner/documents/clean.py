"""Text from input files made safe to show on a terminal and to write into a CSV cell."""

from __future__ import annotations

import unicodedata

# Cc controls, Cf formatting (bidi overrides, zero-width), Cs lone surrogates, Zl/Zp line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# Full-width forms that some spreadsheet locales read as the ASCII ones.
_WIDE_FORMULA_STARTS = ("\uff1d", "\uff0b", "\uff0d", "\uff20")


def visible(text: str) -> str:
    r"""``text`` with every character that could steer a terminal or hide itself written as an escape.

    ESC becomes ``\x1b``, a right-to-left override ``\u202e``, a newline ``\n``; printable text of any language and
    ordinary backslashes are unchanged.
    """
    if text.isprintable():  # false for every class escaped below
        return text
    return "".join(_escaped(char) if unicodedata.category(char) in _HIDDEN else char for char in text)


def shortened(text: str, most: int = 60) -> str:
    """``visible(text)`` cut to ``most`` characters with an ellipsis, for values quoted in messages."""
    shown = visible(text[: most + 1])
    return shown if len(shown) <= most and len(text) <= most else shown[: most - 3] + "..."


def csv_safe(cell: object) -> object:
    """``cell`` so that a spreadsheet takes it as text: ``'`` goes before a text that would start a formula.

    Numbers, booleans and ``None`` are returned unchanged, negative ones too. Leading spaces do not hide a formula.
    """
    if not isinstance(cell, str):
        return cell
    head = cell.lstrip(" \u00a0\ufeff\u200b")
    if cell.startswith(_FORMULA_STARTS) or head.startswith(_FORMULA_STARTS + _WIDE_FORMULA_STARTS):
        return "'" + cell
    return cell


def _escaped(char: str) -> str:
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if named:
        return named
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
