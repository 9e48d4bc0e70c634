"""A document becomes a frozen model, or everything that is wrong with it is said at once."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from planner.documents import from_data, parse, validate
from planner.errors import InvalidInput


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spot(Frozen):
    kind: Literal["spot"]
    price: float = Field(gt=0)


class OnDemand(Frozen):
    kind: Literal["on_demand"]
    price: float


class Limits(Frozen):
    budget: float | None = Field(None, description="USD a month")
    rate: float | tuple[float, ...] | None = None
    cap: float | Literal["none"] = "none"


class Service(Frozen):
    name: str = Field(min_length=1, description="unique")
    replicas: int = 1
    enabled: bool = True
    regions: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _no_ghosts(self) -> Service:
        if self.name == "ghost":
            raise ValueError("ghosts cannot be served")
        return self


class Problem(Frozen):
    name: str = "p"
    services: tuple[Service, ...] = ()
    offers: tuple[Annotated[Spot | OnDemand, Field(discriminator="kind")], ...] = ()
    other: Spot | OnDemand | None = None
    limits: Limits = Limits()
    weights: dict[str, float] = {}

    @field_validator("name")
    @classmethod
    def _checked(cls, value: str, info) -> str:
        if value in (info.context or {}).get("taken", ()):
            raise PydanticCustomError("name_taken", "the name {name} is taken", {"name": value})
        return value


def faults(data, **options):
    with pytest.raises(InvalidInput) as caught:
        validate(parse(json.dumps(data).encode(), "p.json"), Problem, **options)
    return caught.value.faults


def only(data, **options):
    (fault,) = faults(data, **options)
    return fault


def valid(data):
    return validate(parse(json.dumps(data).encode(), "p.json"), Problem)


def test_lists_become_tuples_and_whole_floats_counts():
    problem = valid({"services": [{"name": "a", "replicas": 8.0, "regions": ["x"]}], "limits": {"budget": 5}})
    assert problem.services[0].replicas == 8 and problem.services[0].regions == ("x",) and problem.limits.budget == 5.0


@pytest.mark.parametrize("value, said", [(True, "true"), ("8", "remove the quotes"), (8.5, "8.5"), (None, "null"), ([8], "a list of 1 item")])
def test_a_count_is_no_boolean_text_or_fraction(value, said):
    fault = only({"services": [{"name": "a", "replicas": value}]})
    assert (fault.code, fault.path) == ("wrong_type", "services[0].replicas")
    assert said in fault.message and "a whole number is expected" in fault.message


def test_yaml_1_1_words_are_explained_where_a_boolean_or_number_is_wanted():
    with pytest.raises(InvalidInput) as caught:
        validate(parse(b"services:\n- name: a\n  enabled: no\n  replicas: 1_000\n- name: 1.10", "p.yaml"), Problem)
    enabled, replicas, name = caught.value.faults
    assert (enabled.line, enabled.path) == (3, "services[0].enabled") and "write true or false" in enabled.message
    assert "write only digits" in replicas.message
    assert "put it in quotes" in name.message


def test_all_faults_come_together_in_the_order_of_the_file():
    found = faults({"services": [{"replicas": "x"}, 3], "budget": 1, "limits": []})
    assert [(f.code, f.path) for f in found] == [
        ("missing_field", "services[0].name"), ("wrong_type", "services[0].replicas"), ("wrong_type", "services[1]"),
        ("unknown_field", "budget"), ("wrong_type", "limits"),
    ]
    assert all(f.line == 1 and f.column for f in found)


def test_an_unknown_field_gets_the_closest_name_of_its_object():
    fault = only({"limits": {"budegt": 1}})
    assert (fault.code, fault.path, fault.column) == ("unknown_field", "limits.budegt", 13)  # of the key
    assert 'did you mean "budget"?' in fault.message


def test_a_field_in_the_wrong_object_is_sent_to_the_right_one():
    assert 'it belongs under "limits"' in only({"budget": 1}).message
    assert 'it belongs under "services[]"' in only({"replicas": 1}).message
    assert "it belongs at the top level" in only({"limits": {"offers": []}}).message
    assert 'did you mean "budget" under "limits"?' in only({"budgett": 1}).message


def test_a_field_like_nothing_gets_the_known_ones():
    assert "known here: budget, cap, rate" in only({"limits": {"qqqq": 1}}).message


def test_fields_beginning_with_x_are_allowed_everywhere_and_kept_in_the_document():
    data = {"x_a": {"b": [1]}, "limits": {"x_b": 1, "budget": 2}, "offers": [{"kind": "spot", "price": 1, "x_c": None}]}
    document = parse(json.dumps(data).encode(), "p.json")
    assert validate(document, Problem).limits.budget == 2
    assert document.data == data
    assert only(data | {"nme": 1}).path == "nme"


def test_a_dictionary_key_beginning_with_x_is_data():
    assert valid({"weights": {"x_service": 2}}).weights == {"x_service": 2.0}


def test_a_missing_field_says_what_it_is_for():
    fault = only({"services": [{}]})
    assert fault.message == 'the field "name" is required (unique)'


def test_ranges_and_lengths_say_what_is_allowed():
    assert "greater than 0" in only({"offers": [{"kind": "spot", "price": -1}]}).message
    assert "must not be empty" in only({"services": [{"name": ""}]}).message


def test_a_discriminated_union_complains_about_its_kind_only():
    wrong, missing = faults({"offers": [{"kind": "spto", "price": 1}, {"price": 1}]})
    assert wrong.path == "offers[0].kind" and 'did you mean "spot"?' in wrong.message
    assert missing.path == "offers[1].kind" and '"spot", "on_demand"' in missing.message


def test_a_plain_union_complains_once():
    assert only({"other": {"kind": "spot"}}).path == "other.price"
    assert '"spot", "on_demand"' in only({"other": {"kind": "x", "price": 1}}).message
    assert "a number or a list is expected" in only({"limits": {"rate": "x"}}).message
    assert only({"limits": {"rate": [1, "x"]}}).path == "limits.rate[1]"
    assert 'a number or "none" is expected' in only({"limits": {"cap": "x"}}).message


def test_rules_of_models_keep_their_words_and_codes():
    assert only({"services": [{"name": "ghost"}]}).message == "ghosts cannot be served"
    fault = only({"name": "chat"}, context={"taken": ["chat"]})
    assert (fault.code, fault.message) == ("name_taken", "the name chat is taken")


def test_what_was_found_is_shortened_and_cannot_steer_the_terminal():
    message = only({"offers": ["\x1b[2J" + "x" * 1000]}).message
    assert "\\x1b[2J" in message and "\x1b" not in message and len(message) < 150
    assert "\x1b" not in str(only({"\x1b]0;a\x07": 1}))


def test_a_document_of_another_shape_is_refused_as_a_whole():
    assert only([1]).path == "" and "an object is expected" in only([1]).message


def test_patched_data_is_held_to_the_same_rules():
    document = from_data({"services": [{"name": "a", "replicas": 8.0}]}, "p.json (patched)")
    assert validate(document, Problem).services[0].replicas == 8
    with pytest.raises(InvalidInput):
        from_data({"limits": {"budget": float("nan")}}, "p.json")


def test_thousands_of_faults_are_survived():
    assert len(faults({"services": [{"name": 1, "x_note": 2}] * 3000})) == 1000
