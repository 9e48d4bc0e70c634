"""Whatever the bytes, reading ends in plain data or in one InvalidInput."""

import json
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.documents import parse
from planner.errors import InvalidInput

_SCALARS = st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
)
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner), max_leaves=20)
_FRAGMENTS = st.lists(st.sampled_from(["{", "}", "[", "]", ",", ":", '"', "'", "\\", "a", "1", "-", "e", ".", "\n", " ", "&x ", "*x", "!t ", "? ", "- ", "#", "|", ">", "%", "---", "null", "\\ud800", "\0", "\x1b", "\t", "\r"]), max_size=40).map("".join)


def _outcome(raw, file):
    try:
        return parse(raw, file)
    except InvalidInput as error:
        assert error.faults and all(fault.message and fault.code for fault in error.faults)
        return None


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=60) | _FRAGMENTS.map(str.encode), st.sampled_from(["p.json", "p.yaml", "p"]))
def test_any_bytes_give_plain_data_or_faults(raw, file):
    document = _outcome(raw, file)
    if document is not None:
        json.dumps(document.data, allow_nan=False).encode()
        assert document.digest and "" in document.places


@settings(max_examples=200, deadline=None, derandomize=True)
@given(_VALUES)
def test_what_the_standard_writer_writes_is_read_as_itself(value):
    document = parse(json.dumps(value).encode(), "p.json")
    assert document.data == value
    for path in document.places:
        assert math.prod(document.places[path]) > 0
