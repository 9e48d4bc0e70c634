"""A trace is read strictly, with line numbers, from beside the problem only."""

import gzip
import os

import numpy as np
import pytest

from planner.errors import InvalidInput
from planner.workload import longer_than, read_trace, resolve_beside
from planner.workload import limits

HEADER = "t_seconds,input_tokens,output_tokens\n"


def trace(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    raw = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return read_trace(path)


def faults(tmp_path, text, name="t.csv"):
    with pytest.raises(InvalidInput) as caught:
        trace(tmp_path, text, name)
    return caught.value.faults


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_plain_and_packed_traces_read_the_same(tmp_path, name):
    read = trace(tmp_path, HEADER + "0.5,10,2\n0.5,20,3\n4,30,1\n", name)
    assert read.t_seconds.tolist() == [0.5, 0.5, 4.0] and read.input_tokens.tolist() == [10, 20, 30]
    assert read.output_tokens.tolist() == [2, 3, 1] and read.requests == 3 and read.span_seconds == 3.5 and read.notes == ()


def test_a_trace_cannot_be_changed(tmp_path):
    with pytest.raises(ValueError):
        trace(tmp_path, HEADER + "0,1,1\n").t_seconds[0] = 1


def test_columns_may_be_in_any_order_with_others_between_and_windows_line_ends(tmp_path):
    read = trace(tmp_path, "\ufeffoutput_tokens,id,t_seconds,input_tokens\r\n2,a,0,10\r\n\r\n3,b,1,20\r\n")
    assert read.output_tokens.tolist() == [2, 3] and read.input_tokens.tolist() == [10, 20]


def test_one_request_is_a_trace(tmp_path):
    assert trace(tmp_path, HEADER + "7,1,1").requests == 1


def test_times_out_of_order_are_sorted_keeping_equal_ones_in_order_and_a_note_says_so(tmp_path):
    read = trace(tmp_path, HEADER + "5,1,1\n3,2,1\n3,3,1\n9,4,1\n")
    assert read.input_tokens.tolist() == [2, 3, 1, 4] and "1 of 4 lines" in read.notes[0]


@pytest.mark.parametrize("text, code", [("", "empty"), (HEADER, "empty"), (HEADER + "\n\n", "empty"), ("0,1,1\n", "wrong_columns"), ("a,b\n", "wrong_columns"),
                                        ("t_seconds,t_seconds,input_tokens,output_tokens\n", "wrong_columns"), (b"\xff\xfe\0", "not_utf8")])
def test_a_file_without_requests_or_columns_is_refused(tmp_path, text, code):
    assert faults(tmp_path, text)[0].code == code


def test_every_bad_value_is_named_with_its_line_and_column(tmp_path):
    rows = ["0,1,1", "-1,1,1", "nan,1,1", "1,0,1", "2,1,0", "3,-5,1", "4,1.5,1", "5,x,1", "6,1,", "7,1", "1_0,1,1", "inf,1,1", "8,99999999,1"]
    found = faults(tmp_path, HEADER + "\n".join(rows))
    # The header is line 1, so rows[k] is line k + 2.
    assert [(fault.line, fault.path) for fault in found] == [
        (3, "t_seconds"), (4, "t_seconds"), (5, "input_tokens"), (6, "output_tokens"), (7, "input_tokens"), (8, "input_tokens"),
        (9, "input_tokens"), (10, "output_tokens"), (11, ""), (12, "t_seconds"), (13, "t_seconds"), (14, "input_tokens"),
    ]


def test_lines_are_counted_through_all_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("planner.workload.trace._BLOCK_LINES", 4)
    found = faults(tmp_path, HEADER + "0,1,1\n" * 5 + "x,1,1\n" + "0,1,1\n" * 5 + "0,0,1\n")
    assert [fault.line for fault in found] == [7, 13]
    assert trace(tmp_path, HEADER + "0,1,1\n" * 5 + '"1",1,1\n' + "2,1,1\n" * 5).requests == 11


def test_quoted_cells_are_read(tmp_path):
    assert trace(tmp_path, HEADER + '"0","10","2"\n').input_tokens.tolist() == [10]


def test_a_decompression_bomb_stops_at_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("planner.workload.trace.MAX_TRACE_BYTES", 3 * 2**20)
    (fault,) = faults(tmp_path, b"0" * 2**23, "t.csv.gz")
    assert fault.code == "file_too_large"


def test_a_damaged_gzip_is_refused(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(HEADER.encode() * 100)[:-12])
    with pytest.raises(InvalidInput) as caught:
        read_trace(tmp_path / "t.csv.gz")
    assert caught.value.faults[0].code == "bad_gzip"


def test_too_many_requests_and_too_long_a_span_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("planner.workload.trace.MAX_TRACE_REQUESTS", 2)
    assert faults(tmp_path, HEADER + "0,1,1\n" * 3)[0].code == "too_many_requests"
    found = faults(tmp_path, HEADER + f"0,1,1\n{limits.MAX_SPAN_SECONDS + 1},1,1\n")
    assert found[0].code == "span_too_long" and "milliseconds" in found[0].message


def test_requests_beyond_a_context_are_named(tmp_path):
    read = trace(tmp_path, HEADER + "0,90,10\n1,91,10\n2,1,200\n")
    assert np.array_equal(longer_than(read, 100), [1, 2])


def test_files_under_the_problems_folder_are_found(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "t.csv").write_text("x")
    (tmp_path / "link.csv").symlink_to("data/t.csv")
    for reference in ("data/t.csv", "./data//t.csv", "link.csv"):
        assert resolve_beside(tmp_path / "p.json", reference) == (tmp_path / "data" / "t.csv").resolve()


def test_the_problem_may_be_named_relative_to_where_one_stands(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert resolve_beside("p.json", "t.csv") == (tmp_path / "t.csv").resolve()


@pytest.mark.parametrize("reference", ["../../etc/passwd", "a/../../b", "/etc/passwd", "file:///etc/passwd", "http://x/t.csv", "HTTPS://x", "C:\\t.csv",
                                       "\\\\host\\t.csv", "..\\t.csv", "~/t.csv", "out.csv", "outside/t.csv"])
def test_nothing_outside_the_folder_is_reached(tmp_path, reference):
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text("x")
    (tmp_path / "t.csv").write_text("x")
    (inside / "out.csv").symlink_to(tmp_path / "secret.csv")
    (inside / "outside").symlink_to(tmp_path)
    with pytest.raises(InvalidInput) as caught:
        resolve_beside(inside / "p.json", reference, path="services[0].workload.trace")
    (fault,) = caught.value.faults
    assert (fault.code, fault.path) == ("outside_folder", "services[0].workload.trace")


@pytest.mark.parametrize("reference", ["", " ", "a\0b", "loop", "n" * 5000])
def test_what_is_no_file_name_is_refused(tmp_path, reference):
    os.symlink("loop", tmp_path / "loop")
    with pytest.raises(InvalidInput):
        resolve_beside(tmp_path / "p.json", reference)


def test_a_missing_file_gets_near_names_and_a_folder_is_no_file(tmp_path):
    (tmp_path / "trace.csv").write_text("x")
    with pytest.raises(InvalidInput) as caught:
        resolve_beside(tmp_path / "p.json", "trce.csv")
    assert 'did you mean "trace.csv"?' in str(caught.value)
    with pytest.raises(InvalidInput):
        resolve_beside(tmp_path / "p.json", ".")
