"""YAML is read as version 1.2 and nothing in it runs, expands without bound, or is guessed."""

import pytest

from planner.documents import limits, parse
from planner.errors import InvalidInput


def data(text):
    return parse(text.encode(), "p.yaml").data


def faults(text):
    with pytest.raises(InvalidInput) as caught:
        parse(text.encode(), "p.yaml")
    return caught.value.faults


@pytest.mark.parametrize(
    "text, value",
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("y", "y"), ("12:30:00", "12:30:00"), ("1_000", "1_000"),
        ("2026-11-01", "2026-11-01"), ("1e6", 1_000_000), ("1E-3", 0.001), ("1.10", 1.1), ("0o17", 15), ("0x1F", 31),
        ("0b11", "0b11"), ("012", 12), ("+12", 12), (".5", 0.5), ("5.", 5), ("-0.0", 0), ("true", True), ("TRUE", True),
        ("tRUE", "tRUE"), ("null", None), ("~", None), ("=", "="), ("'8'", "8"), ('"true"', "true"), ("nan", "nan"),
    ],
)
def test_a_plain_value_means_what_the_core_schema_of_1_2_says(text, value):
    read = data(f"a: {text}")["a"]
    assert read == value and type(read) is type(value)


def test_keys_are_the_text_as_written():
    assert data("1: a\nnull: b\ntrue: c\n1.10: d") == {"1": "a", "null": "b", "true": "c", "1.10": "d"}


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['touch ran']", "!custom 1", "!!str 3", "! x", "!!binary aGk="])
def test_tags_are_refused_and_nothing_runs(tag, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (fault,) = faults(f"b: 1\na: {tag}")
    assert (fault.code, fault.line) == ("yaml_tag", 2) and not list(tmp_path.iterdir())


def test_merge_keys_are_refused_and_a_quoted_one_is_a_name():
    (fault,) = faults("a: &x {b: 1}\nc:\n  <<: *x\n")
    assert (fault.code, fault.path, fault.line) == ("merge_key", "c", 3)
    assert data('"<<": 1') == {"<<": 1}


def test_duplicate_keys_are_named_with_both_places():
    first, second = faults("a: 1\nb: {c: 1, 'c': 3}\na: 2")
    assert (first.path, first.line, first.column) == ("b.c", 2, 11) and "line 2, column 5" in first.message
    assert (second.path, second.line) == ("a", 3) and "line 1, column 1" in second.message


def test_an_alias_is_a_copy_not_the_same_list():
    read = data("a: &x [1, {b: 2}]\nc: *x")
    assert read["c"] == read["a"] and read["c"] is not read["a"] and read["c"][1] is not read["a"][1]


def test_an_alias_bomb_is_refused_before_it_expands():
    # Nine levels of nine aliases would be 9^9 = 387 million values.
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{c}: &{c} [{', '.join(['*' + p] * 9)}]" for p, c in zip("abcdefgh", "bcdefghi")]
    (fault,) = faults("\n".join(lines))
    assert fault.code == "too_many_values" and f"{limits.MAX_NODES:,}" in fault.message


def test_a_long_text_repeated_by_aliases_is_refused_before_it_is_written_out():
    # 60,000 characters 10,000 times are 600 million.
    (fault,) = faults("a: &a " + "x" * 60_000 + "\nb: [" + ", ".join(["*a"] * 10_000) + "]")
    assert fault.code == "too_much_text" and f"{limits.MAX_EXPANDED_CHARS:,}" in fault.message


def test_nesting_through_aliases_counts_as_depth():
    lines = ["a0: &a0 [1]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, limits.MAX_DEPTH + 1)]
    assert faults("\n".join(lines))[0].code == "too_deep"


@pytest.mark.parametrize("text", ["[" * 100_000, "{" * 100_000, "- " * 100_000, "? " * 100_000])
def test_deep_nesting_is_refused_without_recursion(text):
    assert faults(text)[-1].code in ("too_deep", "key_not_text")


@pytest.mark.parametrize(
    "text, code, line",
    [
        ("a: 1\n---\nb: 2", "second_document", 2), ("a\n...\nb", "second_document", 3), ("a: [1,", "truncated", 1),
        ("a: 'b", "truncated", 1), ("x: 1\n\ta: 1", "syntax", 2), ("a: b: c", "syntax", 1), ("a: &a [*a]", "bad_alias", 1),
        ("a: *b", "bad_alias", 1), ("? [1]\n: 2", "key_not_text", 1), ("%YAML 1.1\n---\na: no", "yaml_version", 2),
        ("a: .nan", "not_finite", 1), ("a: -.INF", "not_finite", 1), ("a: 1e400", "not_finite", 1),
        ("a: " + "9" * 5000, "integer_too_large", 1), ("a: 1\nb: \x1b", "control_character", 2),
        ('a: "\\UFFFFFFFF"', "syntax", 1), ("a: @x", "syntax", 1), ("a: " + "x" * 70_000, "text_too_long", 1),
    ],
)
def test_what_cannot_be_read_has_a_code_and_a_line(text, code, line):
    fault = faults(text)[0]
    assert (fault.code, fault.line) == (code, line)


def test_places_are_those_of_the_values_and_an_alias_has_its_own():
    places = parse(b"a: [1,\n {b: 2}]\nc: &x {d: 1}\ne: *x", "p.yaml").places
    assert places["a[1].b"] == (2, 6) and places["e"] == (4, 4)
    assert places.nearest(("e", "d")) == (4, 4)
