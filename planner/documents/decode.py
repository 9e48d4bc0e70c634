"""Bytes of an input file as text: UTF-8 only, a byte-order mark allowed, every other encoding refused with its offset."""

from __future__ import annotations

from planner.errors import Fault

_BOM = b"\xef\xbb\xbf"
_UTF16_AND_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def decode(raw: bytes, expected: str = "one JSON or YAML document") -> str | Fault:
    """The text of ``raw`` without a byte-order mark, or what is wrong with it; ``expected`` is what it should hold."""
    if raw.startswith(_UTF16_AND_32):
        return Fault("", "not_utf8", "the file is UTF-16 or UTF-32 (byte-order mark at byte offset 0); save it as UTF-8", 1, 1)
    start = len(_BOM) if raw.startswith(_BOM) else 0
    zero = raw.find(b"\0")
    if zero >= 0:
        line, column = _place(raw, zero)
        return Fault("", "nul_character",
                     f"a NUL character stands at byte offset {zero}; only UTF-8 text is read (is this UTF-16 or a binary file?)",
                     line, column)
    try:
        text = raw[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        offset = start + error.start
        line, column = _place(raw, offset)
        return Fault("", "not_utf8",
                     f"byte 0x{raw[offset]:02x} at byte offset {offset} is not valid UTF-8; save the file as UTF-8",
                     line, column)
    if not text.strip():
        return Fault("", "empty", f"the file is empty; it must hold {expected}", 1, 1)
    return text


def _place(raw: bytes, offset: int) -> tuple[int, int]:
    line_start = raw.rfind(b"\n", 0, offset) + 1
    return raw.count(b"\n", 0, offset) + 1, len(raw[line_start:offset].decode("utf-8", "replace")) + 1
