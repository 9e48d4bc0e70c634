"""Serving groups: what a group takes from those it serves, and what cannot be meant."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from planner.analysis.compare import of_kind
from planner.documents import from_data
from planner.economics.timeline import timeline
from planner.errors import InvalidInput, UsageError
from planner.problem.demand import demand
from planner.problem.load import problem_of
from planner.problem.patch import Change, patched

BASE = "Llama-3.1-8B"


def document(**fields: Any) -> dict[str, Any]:
    """docs at 2 requests/s with an adapter of another model's stead, chat at 6 on the base itself, and both for both."""
    docs = {
        "name": "docs", "model": "Llama-3.3-70B", "alternatives": [{"use": "docs-lora", "score": 0.9}],
        "workload": {"rate_per_s": 2.0, "classes": [{"name": "c", "input_tokens": 400, "output_tokens": 40, "share": 1}], "dispersion_10s": 5, "prefix_hit": 0.5},
        "slo": {"ttft_ms": {"p95": 800}, "tpot_ms": {"p99": 90}}, "quality": {"min": 0.8},
    }  # fmt: skip
    chat = {
        "name": "chat", "model": BASE,
        "workload": {"rate_per_s": 3.0, "scale": 2.0, "dispersion_10s": 3, "classes": [
            {"name": "long", "input_tokens": 900, "output_tokens": 90, "share": 0.25}, {"name": "short", "input_tokens": 100, "output_tokens": 10, "share": 0.75},
        ]},
        "slo": {"ttft_ms": {"p95": 500, "p99": 900}}, "requires": ["no_training"],
    }  # fmt: skip
    both = {"name": "both", "model": BASE, "workload": {"serves": {"services": ["docs", "chat"]}}}
    adapted = [{"name": "docs-lora", "model": BASE, "examples_tokens": 100, "adapter": {"rank": 20}}]
    return {"schema_version": 1, "services": [docs, chat, both], "adapted": adapted, **fields}


def loaded(data: dict[str, Any]):
    return problem_of(from_data(data, "test.json"))


def group(data: dict[str, Any]):
    return next(s for s in loaded(data).problem.services if s.name == "both")


def faults(data: dict[str, Any]) -> str:
    with pytest.raises(InvalidInput) as error:
        loaded(data)
    return "\n".join(f"{fault.path}: {fault.message}" for fault in error.value.faults)


def changed(place: str, value: Any) -> dict[str, Any]:
    """The document with ``value`` at a dotted path."""
    data: Any = copy.deepcopy(document())
    at = data
    *above, last = place.split(".")
    for step in above:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    at[int(last) if isinstance(at, list) else last] = value
    return data


def test_classes_are_those_of_all_by_name_and_lengthened_by_examples():
    # chat 6/s of 8 in all: 3/4 of the requests, of which 1/4 long; docs 1/4, with 100 tokens of examples.
    found = [(c.name, c.input_tokens, c.output_tokens, c.share) for c in group(document()).workload.classes]
    assert found == [("chat:short", 100, 10, 0.5625), ("chat:long", 900, 90, 0.1875), ("docs:c", 500, 40, 0.25)]


def test_limits_are_the_strictest_of_all():
    found = group(document())
    assert found.slo.ttft_ms == {"p95": 500, "p99": 900} and found.slo.tpot_ms == {"p99": 90}
    assert found.requires == ("no_training",)
    assert found.workload.dispersion_10s == 5 and found.workload.prefix_hit == 0.0
    # Rank 20 takes the engine's room for 32.
    assert (found.workload.serves.max_adapters, found.workload.serves.max_rank) == (1, 32)


def test_what_the_group_states_may_be_stricter_and_is_never_laxer():
    assert group(changed("services.2.slo", {"ttft_ms": {"p95": 300}})).slo.ttft_ms["p95"] == 300
    assert group(changed("services.2.slo", {"ttft_ms": {"p95": 3000}})).slo.ttft_ms["p95"] == 500


def test_floors_on_redundancy_are_the_largest_of_all():
    data = changed("services.0.availability", {"min_instances": 3, "survives_loss": {"fraction": 0.5, "of": ["zone"]}})
    data["services"][1]["availability"] = {"min_instances": 1, "survives_loss": {"fraction": 0.7, "of": ["spot_pool"]}}
    found = group(data).availability
    assert found.min_instances == 3
    assert (found.survives_loss.fraction, found.survives_loss.of) == (0.7, ("spot_pool", "zone"))


def test_spot_is_for_the_group_only_where_all_allow_it():
    data = changed("services.2.spot", {"allowed": True})
    assert not group(data).spot.allowed
    for service in data["services"][:2]:
        service["spot"] = {"allowed": True, "max_share": 0.5}
    assert group(data).spot.allowed and group(data).spot.max_share == 0.5


def test_it_may_be_sent_all_that_its_services_are_asked_season_by_season():
    seasons = [{"name": "low", "months": 6}, {"name": "high", "months": 6, "demand": {"docs": 2.0}}]
    problem = loaded(document(horizon={"months": 12, "seasons": seasons})).problem
    found = np.asarray(demand(problem, timeline(problem))["both"])
    assert found.tolist() == [[4.5, 4.5], [1.5, 1.5], [2.0, 4.0]]


def test_reading_what_a_plan_holds_again_changes_nothing():
    problem = loaded(document()).problem
    assert loaded(problem.model_dump(mode="json")).problem == problem


def test_a_change_of_a_service_is_one_of_its_group():
    after = patched(loaded(document()), [Change("services.docs.slo.ttft_ms.p95", 200.0), Change("demand.docs", factor=2.0)], None)
    found = next(s for s in after.problem.services if s.name == "both")
    assert found.slo.ttft_ms["p95"] == 200 and found.workload.classes[2].share == pytest.approx(0.4)
    assert after.problem == loaded(after.document.data).problem


def test_a_group_has_no_demand_to_scale():
    with pytest.raises(UsageError, match="demand of docs, chat"):
        patched(loaded(document()), [Change("demand.both", factor=2.0)], None)


def test_what_providers_answer_alone_has_no_group():
    kinds = {kind: {s.name for s in of_kind(loaded(document()).problem, kind).services} for kind in ("provider_api", "self_hosted")}
    assert kinds == {"provider_api": {"docs", "chat"}, "self_hosted": {"docs", "chat", "both"}}


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("services.2.model", "Qwen3-8B", "'docs' cannot be served by 'both': it runs Llama-3.3-70B, and none of its alternatives is an adapter of Qwen3-8B"),
        ("adapted.0.adapter", None, "'docs-lora' states no adapter, so it has weights of its own"),
        ("services.2.workload.serves.services", ["docs", "nobody"], "serves 'nobody': no service is named so"),
        ("services.2.workload.serves.services", ["docs", "both"], "a group or a mirror cannot be served"),
        ("services.2.workload.serves.services", ["docs", "docs"], "named twice"),
        ("services.2.workload.serves.max_rank", 16, "an adapter has rank 20, the engine takes 16"),
        ("services.2.workload.serves.max_adapters", 0, "1 adapters are to be loaded, 0 may be"),
        ("services.2.workload.rate_per_s", 3.0, "has their demand; leave this out"),
        ("services.2.workload.scale", 2.0, "has their demand; leave this out"),
        ("services.2.quality", {"min": 0.5}, "takes this from them"),
        ("services.2.modes", ["provider_api"], "shared replicas answer in real time"),
        ("services.2.profiles", [{"accelerator": "H100", "throughput_rps": [1, 2]}], "one for each of chat:short, chat:long, docs:c"),
        ("services.0.modes", ["provider_api"], "it allows no replicas in real time"),
        ("services.0.ramp", {"max_added_replicas": 1}, "a limit on replicas added"),
        ("services.0.carbon_kg_per_month", 10.0, "a cap on its own emissions"),
        ("services.0.home", "us-east-1", "different homes"),
    ],
)
def test_groups_that_cannot_be_meant_are_refused(place, value, said):
    assert said in faults(changed(place, value))


def test_a_service_with_two_adapters_of_the_base_must_say_which():
    data = document()
    data["adapted"].append({"name": "other-lora", "model": BASE, "adapter": {"rank": 8}})
    data["services"][0]["alternatives"].append({"use": "other-lora", "score": 0.9})
    assert "2 of its alternatives are adapters" in faults(data)


def test_a_budget_of_one_of_several_teams_is_refused():
    data = document(limits={"teams": [{"team": "red", "budget_usd_per_month": 100}]})
    data["services"][0]["team"] = "red"
    assert "a team's budget counts replicas" in faults(data)
    data["services"][1]["team"] = "red"
    assert group(data).team == "red"
