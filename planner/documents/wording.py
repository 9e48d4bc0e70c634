"""Validation errors as sentences: what was found, what is allowed, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from planner.documents.clean import shortened
from planner.documents.near import nearest

# pydantic error type -> (stable code, what is allowed); {…} are the error's own context.
_TYPE_ERRORS = {
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "float_parsing": "a number", "decimal_type": "a number",
    "string_type": "text", "bool_type": "true or false", "bool_parsing": "true or false", "none_required": "null",
    "list_type": "a list", "tuple_type": "a list", "set_type": "a list", "frozen_set_type": "a list",
    "iterable_type": "a list", "dict_type": "an object", "model_type": "an object",
    "model_attributes_type": "an object", "dataclass_type": "an object",
    "date_type": "a date such as 2026-11-01", "datetime_type": "a time such as 2026-11-01T00:00:00Z",
}
_RANGE_ERRORS = {
    "greater_than": "greater than {gt}", "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}", "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}", "finite_number": "finite",
}
_LENGTH_ERRORS = {
    "string_too_short": "at least {min_length} character(s) long", "string_too_long": "at most {max_length} characters long",
    "too_short": "at least {min_length} item(s) long", "too_long": "at most {max_length} items long",
}
_CHOICE_ERRORS = frozenset({"literal_error", "enum", "union_tag_invalid"})
_RAISED_BY_MODELS = {"value_error": "Value error, ", "assertion_error": "Assertion failed, "}
NO_MEMBER = "no_member"  # a union none of whose members has the type of the value
_YAML_1_1_BOOLEANS = frozenset({"yes", "no", "on", "off", "y", "n"})


def found(value: object) -> str:
    """``value`` as it may be quoted in a message: short, and safe on a terminal."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{shortened(value)}" (text)' if value else '"" (empty text)'
    if isinstance(value, dict):
        return f"an object with {len(value)} field{'s' * (len(value) != 1)}"
    if isinstance(value, list):
        return f"a list of {len(value)} item{'s' * (len(value) != 1)}"
    return shortened(repr(value))


def expected(kind: str) -> str | None:
    """What a pydantic type error of this kind wants, or ``None`` when it is another sort of error."""
    return _TYPE_ERRORS.get(kind)


def worded(kind: str, message: str, context: Mapping[str, object], value: object) -> tuple[str, str]:
    """The stable code and the sentence for one pydantic error about ``value``."""
    if kind in _TYPE_ERRORS:
        return _wrong_type([_TYPE_ERRORS[kind]], value)
    if kind == NO_MEMBER:
        return _wrong_type(list(context["wanted"]), value)
    if kind in _RANGE_ERRORS:
        allowed = _RANGE_ERRORS[kind].format_map({name: _number(limit) for name, limit in context.items()})
        return "out_of_range", f"found {found(value)}; it must be {allowed}"
    if kind in _LENGTH_ERRORS:
        if context.get("min_length") == 1:
            return "wrong_length", f"found {found(value)}; it must not be empty"
        return "wrong_length", f"found {found(value)}; it must be {_LENGTH_ERRORS[kind].format_map(context)}"
    if kind in _CHOICE_ERRORS:
        return "not_allowed", not_a_choice(str(context.get("expected") or context.get("expected_tags")), value)
    if kind == "string_pattern_mismatch":
        return "wrong_format", f"found {found(value)}; it must match {context.get('pattern')}"
    if kind in _RAISED_BY_MODELS:
        return "invalid_value", message.removeprefix(_RAISED_BY_MODELS[kind])
    if message.startswith("Input should be "):
        return "invalid_value", f"found {found(value)}; it must be {message.removeprefix('Input should be ')}"
    return kind, message


def _wrong_type(wanted: list[str], value: object) -> tuple[str, str]:
    return "wrong_type", f"found {found(value)}; {' or '.join(wanted)} is expected{_hint(wanted, value)}"


def not_a_choice(allowed: str, value: object) -> str:
    """``allowed`` is pydantic's list, such as ``'a', 'b' or 'c'``."""
    text = f"found {found(value)}; allowed: {allowed.replace(chr(39), chr(34))}"
    names = [part.strip(" '") for part in allowed.replace(" or ", ",").split(",")]
    close = nearest(value, names, 1) if isinstance(value, str) else ()
    return f'{text}; did you mean "{close[0]}"?' if close else text


def _hint(wanted: list[str], value: object) -> str:
    numeric = any("number" in kind for kind in wanted)
    if isinstance(value, str):
        if "true or false" in wanted and value.lower() in _YAML_1_1_BOOLEANS:
            return "; write true or false (YAML 1.2 reads yes and no as text)"
        if numeric and _is_number(value):
            return "; remove the quotes"
        if numeric and _is_number(value.replace("_", "").replace(",", "").rstrip("%")):
            return "; write only digits, with a point for decimals and no unit"
        if wanted == ["a list"]:
            return "; put it in [ ]"
    if "text" in wanted and isinstance(value, (int, float)):
        return "; put it in quotes"
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _number(limit: object) -> object:
    return f"{limit:g}" if isinstance(limit, float) else limit
