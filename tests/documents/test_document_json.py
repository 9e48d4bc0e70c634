"""JSON is read strictly, and every fault has its line and column."""

import json

import pytest

from planner.documents import limits, parse
from planner.errors import InvalidInput


def faults(text):
    with pytest.raises(InvalidInput) as caught:
        parse(text.encode(), "p.json")
    return caught.value.faults


def spot(fault):
    return fault.code, fault.path, fault.line, fault.column


@pytest.mark.parametrize(
    "text, code, line, column",
    [
        ('{"a": [1,', "truncated", 1, 10),
        ('{\n"a": "x', "truncated", 2, 6),
        ('{"a": 1,\n}', "trailing_comma", 2, 1),
        ("[1,]", "trailing_comma", 1, 4),
        ('{"a": 1}\n{"b": 2}', "second_document", 2, 1),
        ("{'a': 1}", "syntax", 1, 2),
        ('{"a": 1 // note\n}', "syntax", 1, 9),
        ('{"a" 1}', "syntax", 1, 6),
        ('{"a": 01}', "syntax", 1, 8),
        ('{"a": "x\ty"}', "syntax", 1, 9),
    ],
)
def test_a_broken_text_has_its_line_and_column(text, code, line, column):
    (fault,) = faults(text)
    assert (fault.code, fault.line, fault.column) == (code, line, column)


def test_every_duplicate_key_is_named_with_both_places():
    text = '{"budget": 1000,\n "x": {"a": 1, "a": 2},\n "budget": 100000}'
    inner, outer = faults(text)
    assert spot(inner) == ("duplicate_key", "x.a", 2, 16) and "line 2, column 8" in inner.message
    assert spot(outer) == ("duplicate_key", "budget", 3, 2) and "line 1, column 2" in outer.message


def test_a_key_escaped_in_two_ways_is_still_the_same_key():
    assert faults('{"a": 1, "\\u0061": 2}')[0].code == "duplicate_key"


def test_numbers_that_are_not_finite_are_all_refused_with_their_paths():
    found = faults('{"a": NaN, "b": [1e400, -Infinity], "c": {"d": Infinity}}')
    assert [(fault.code, fault.path) for fault in found] == [
        ("not_finite", "a"), ("not_finite", "b[0]"), ("not_finite", "b[1]"), ("not_finite", "c.d"),
    ]


def test_a_number_that_would_vanish_is_refused_and_a_true_zero_is_not():
    assert faults('{"a": 1e-400}')[0].code == "number_too_small"
    assert parse(b'{"a": 0.00e-400}', "p.json").data == {"a": 0}


def test_minus_zero_is_zero():
    data = parse(b"[-0.0, -0, -0e5]", "p.json").data
    assert [str(value) for value in data] == ["0", "0", "0"]


def test_whole_numbers_are_integers_however_they_are_written():
    data = parse(b"[8.0, 1e6, 8.5, 1E15]", "p.json").data
    assert data == [8, 10**6, 8.5, 10**15] and [type(value) for value in data] == [int, int, float, int]


def test_integers_of_more_than_64_bits_are_refused():
    assert parse(b"[9223372036854775807, -9223372036854775807]", "p.json").data == [2**63 - 1, 1 - 2**63]
    first, second = faults('{"a": 9223372036854775808, "b": ' + "7" * 5000 + "}")
    assert first.code == second.code == "integer_too_large" and "5000 digits" in second.message


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_deep_nesting_is_refused_without_recursion(text):
    (fault,) = faults(text)
    assert fault.code == "too_deep" and str(limits.MAX_DEPTH) in fault.message


def test_the_depth_limit_itself_is_allowed_and_brackets_in_text_do_not_count():
    parse(b"[" * limits.MAX_DEPTH + b"]" * limits.MAX_DEPTH, "p.json")
    parse(json.dumps(["[" * 1000, '\\"[' * 1000]).encode(), "p.json")


def test_too_many_values_and_too_long_texts_are_refused_with_the_limit():
    (many,) = faults("[" + ",".join(["{}"] * limits.MAX_NODES) + "]")
    assert many.code == "too_many_values" and f"{limits.MAX_NODES:,}" in many.message
    (text,) = faults('{"a": "' + "x" * (limits.MAX_TEXT_CHARS + 1) + '"}')
    assert spot(text) == ("text_too_long", "a", 1, 7)
    (key,) = faults('{"' + "k" * (limits.MAX_KEY_CHARS + 1) + '": 1}')
    assert key.code == "text_too_long"


def test_an_unclosed_text_full_of_escapes_takes_linear_time():
    # A backtracking scanner would need about 10^11 steps here.
    assert faults('["' + '\\"' * 300_000)[0].code == "truncated"


def test_places_are_those_of_the_values():
    places = parse(b'{"a": [1,\n {"b c": 2}], "a-b": null}', "p.json").places
    assert dict(places) == {"": (1, 1), "a": (1, 7), "a[0]": (1, 8), "a[1]": (2, 2), 'a[1]["b c"]': (2, 10), "a-b": (2, 22)}
    assert len(places) == 6 and "a[2]" not in places and "a..b" not in places


def test_the_digest_is_the_same_for_equal_content():
    first = parse(b'{"a": 8.0, "b": [1e6]}', "p.json")
    second = parse(b"b: [1000000]\na: 8\n", "p.yaml")
    assert first.digest == second.digest and first.bytes_digest != second.bytes_digest
    assert first.digest != parse(b'{"a": 8, "b": [1000001]}', "p.json").digest
