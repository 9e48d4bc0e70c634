"""Text reaches any stream: every encoding, a closed pipe, a full disk, no terminal, twenty columns."""

import io
import json
import sys

import pytest

from planner.cli.console import as_text, takes_colour, width
from planner.cli.outcome import write_json_text
from planner.cli.streams import PLAIN, prepare_streams, write_result
from planner.errors import CannotWrite


def in_ascii(monkeypatch, write, text):
    """The bytes that ``write(text)`` puts on an ASCII standard output."""
    raw = io.BytesIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
        prepare_streams()
        write(text)
        return raw.getvalue()


def test_signs_that_ascii_lacks_become_one_plain_sign_each(monkeypatch):
    written = in_ascii(monkeypatch, write_result, "3–12 × fp8 ▁▄█ → 5 USD · ü\n")
    assert written == b"3-12 x fp8 _~# > 5 USD . \\xfc\n"


def test_every_plain_sign_is_one_ascii_character():
    assert all(len(one) == len(plain) == 1 and plain.isascii() for one, plain in PLAIN.items())


def test_json_is_ascii_and_keeps_its_content(monkeypatch):
    content = {"name": "caf\u00e9 \u202e \x7f \x1b \U0001f600 \u2028"}
    text = json.dumps(content, ensure_ascii=False) + "\n"
    written = in_ascii(monkeypatch, write_json_text, text).decode("ascii")
    assert written.rstrip("\n").isprintable() and json.loads(written) == content


class Full(io.StringIO):
    def flush(self):
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_an_error_that_says_so(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(CannotWrite, match="No space left"):
        write_result("x")


def test_a_missing_standard_output_is_no_failure(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    write_result("x")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("terminal", "no_colour", "colour"), [("xterm", "", True), ("xterm", "1", False), ("dumb", "", False), ("", "", False)]
)
def test_colour_needs_a_terminal_that_takes_it_and_nobody_who_minds(monkeypatch, terminal, no_colour, colour):
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.setenv("NO_COLOR", no_colour)
    assert takes_colour(Terminal()) is colour
    assert not takes_colour(io.StringIO()) and not takes_colour(None)


@pytest.mark.parametrize(("columns", "found"), [("5", 20), ("100", 100), ("9999", 200)])
def test_the_width_is_that_of_the_terminal_within_reason(monkeypatch, columns, found):
    monkeypatch.setenv("COLUMNS", columns)
    assert width() == found


def test_plain_text_has_no_escapes_and_no_trailing_spaces():
    from rich.table import Table

    table = Table("a", "b")
    table.add_row("1", "2")
    text = as_text(table, 40)
    assert "\x1b" not in text and all(line == line.rstrip() for line in text.split("\n"))


def test_a_reader_that_leaves_early_causes_no_traceback(process):
    done = process("catalog", "list", "offers", shell='"$@" | head -1')
    assert done.code == 0 and done.err == "" and done.out.startswith("Catalogue")


def test_a_closed_output_causes_no_traceback(process):
    done = process("catalog", "list", shell='"$@" >&-')
    assert done.code == 0 and done.err == ""


def test_the_plainest_locale_still_shows_everything(process):
    done = process("catalog", "list", LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", TERM="dumb", COLUMNS="20")
    assert done.code == 0 and done.err == "" and done.out.isascii() and "offers" in done.out
