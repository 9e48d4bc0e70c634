"""Bytes that are no usable document are refused with the place and the reason."""

import os
import sys

import pytest

from planner.documents import limits, parse, read
from planner.errors import InvalidInput


def faults(raw, file="p.json"):
    with pytest.raises(InvalidInput) as caught:
        parse(raw if isinstance(raw, bytes) else raw.encode(), file)
    return caught.value.faults


def only(raw, file="p.json"):
    (fault,) = faults(raw, file)
    return fault


@pytest.mark.parametrize("file", ["p.json", "p.yaml", "p"])
@pytest.mark.parametrize("raw", [b"", b" \r\n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
def test_a_file_without_content_is_called_empty(raw, file):
    assert only(raw, file).code == "empty"


@pytest.mark.parametrize("text", ["# only a comment\n", "---\n", "~", "null\n"])
def test_yaml_that_says_nothing_is_called_empty(text):
    assert only(text, "p.yaml").code == "empty"


@pytest.mark.parametrize("file", ["p.json", "p.yaml"])
def test_a_byte_order_mark_before_a_document_is_accepted(file):
    assert parse(b'\xef\xbb\xbf{"a": 1}', file).data == {"a": 1}


@pytest.mark.parametrize("file", ["p.json", "p.yaml"])
def test_windows_line_ends_are_accepted_and_counted_as_one(file):
    document = parse(b'{"a":\r\n 1}', file)
    assert document.data == {"a": 1} and document.places["a"] == (2, 2)


@pytest.mark.parametrize("file", ["p.json", "p.yaml"])
def test_invalid_utf8_names_the_byte_and_its_offset(file):
    # {"a": "é followed by a lone 0xff: offset 9, and é counts as one column
    fault = only('{"a": "é'.encode() + b'\xff"}', file)
    assert (fault.code, fault.line, fault.column) == ("not_utf8", 1, 9)
    assert "0xff" in fault.message and "offset 9" in fault.message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_refused_with_an_offset(encoding):
    fault = only('{"a": 1}'.encode(encoding))
    assert fault.code in ("not_utf8", "nul_character") and "offset" in fault.message


def test_a_nul_character_is_refused_with_its_offset():
    assert "offset 3" in only(b'{"a\x00": 1}').message
    assert only(b'{"a\x00": 1}').code == "nul_character"
    assert only('{"a": "\\u0000"}').code == "nul_character"
    assert only('a: "\\0"', "p.yaml").code == "nul_character"


@pytest.mark.parametrize("text, file", [('{"a": "\\ud800"}', "p.json"), ('a: "\\ud800"', "p.yaml")])
def test_half_a_surrogate_pair_is_refused_because_it_cannot_be_written(text, file):
    assert only(text, file).code == "not_utf8"


def test_whole_surrogate_pairs_are_one_character():
    assert parse(b'{"a": "\\ud83d\\ude00"}', "p.json").data == {"a": "\U0001f600"}


def test_the_ending_tells_the_format_and_else_the_first_character():
    assert parse(b"a: 1", "p.YML").data == {"a": 1}
    assert parse(b"a: 1", "problem").data == {"a": 1}
    assert only(b'{"a": 1,}', "problem").code == "trailing_comma"


def test_a_missing_file_names_the_closest_one(tmp_path):
    (tmp_path / "problem.json").write_text("{}")
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path / "problm.json")
    assert caught.value.faults[0].code == "file_not_found" and "problem.json" in str(caught.value)


def test_a_folder_and_a_pipe_without_a_writer_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path, tmp_path / "pipe.json", "/dev/zero"):
        with pytest.raises(InvalidInput) as caught:
            read(path)
        assert caught.value.faults[0].code == "not_a_file"


def test_a_file_over_the_limit_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["planner.documents.read"], "MAX_FILE_BYTES", 10)
    (tmp_path / "p.json").write_text('{"a": "0123456789"}')
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path / "p.json")
    assert caught.value.faults[0].code == "file_too_large"


def test_yaml_has_a_lower_limit_and_says_so():
    fault = only("a: " + "x" * limits.MAX_YAML_BYTES, "p.yaml")
    assert fault.code == "file_too_large" and f"{limits.MAX_YAML_BYTES:,}" in fault.message


def test_the_name_of_a_file_cannot_steer_the_terminal():
    with pytest.raises(InvalidInput) as caught:
        parse(b"", "\x1b[2Jp.json")
    assert "\x1b" not in str(caught.value) and "\\x1b[2Jp.json" in str(caught.value)
