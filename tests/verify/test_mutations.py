"""Whatever is changed in a plan that holds, the certificate fails and names a check that the change concerns."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
import tiny

from planner.errors import InvalidInput
from planner.plan.schema import Plan
from planner.verify.certify import certify

Path = tuple[Any, ...]

# Path in the plan → checks of which at least one must fail. Later lines win.
CONCERNS: tuple[tuple[str, str], ...] = (
    (r"status|proven|gap|bound_usd_per_month", "proof"),
    (r"cost\..*", "cost"),
    (r"carbon_kg_per_month|carbon_by_region\..*|services\.\d\.carbon_kg_per_month", "claimed_carbon"),
    (r"routing", "shape"),
    (r"periods\..*", "periods"),
    (r"services\.\d\.name", "shape"),
    (r"services\.\d\.share_usd_per_month", "claimed_share"),
    (r"services\.\d\.unserved_per_s\..*", "demand_served"),
    (r"services\.\d\.deployments\.\d\.(variant|tp|pp|engine|max_num_seqs)", "engine_settings model_facts_known"),
    (r"services\.\d\.deployments\.\d\.accelerator", "on_offer"),
    (r"services\.\d\.deployments\.\d\.(instance_type|provider|region|pool)", "shape"),
    (r"services\.\d\.deployments\.\d\.purchase", "instance_packing shape"),
    (r"services\.\d\.deployments\.\d\.replicas\.\d", "replica_capacity instance_packing performance"),
    (r"services\.\d\.deployments\.\d\.rate_per_s\..*", "demand_served"),
    (r"services\.\d\.deployments\.\d\.(ttft_ms|tpot_ms|utilisation|headroom|latency_percentile|basis).*", "performance"),
    (r"services\.\d\.survival\.\d\.(lost|kind)", "survives_loss"),
    (r"services\.\d\.survival\.\d\.routing\.\d\.request_class", "shape survives_loss"),
    (r"services\.\d\.survival\.\d\.routing\.\d\.(?!request_class).*", "survives_loss"),
    (r"pools\.\d\.(id|instance_type|provider|region|accelerator|accelerators_per_instance)", "shape"),
    (r"pools\.\d\.on_demand\.\d", "cost commitment_pool"),
    (r"pools\.\d\.reserved\..*", "commitment_pool"),
    (r"pools\.\d\.owned\.\d", "commitment_pool"),
    (r"pools\.\d\.spot\.\d", "cost"),
    (r"pools\.\d\.running_firm\.\d", "commitment_pool start_up"),
    (r"pools\.\d\.(firm|spot)_starts\.\d", "start_up"),
    (r"commitments\.\d\.name", "shape"),
    (r"commitments\.\d\.units", "cost commitment_pool"),
    (r"commitments\.\d\.(?!name|units).*", "commitment_terms"),
    (r"binding\.\d+\.(constraint|where|value|limit|unit|slack)", "binding"),
    (r"assumptions\.\d+\.(path|value|kind|source|as_of)", "assumptions"),
    (r"assumptions\.[0-2]\.reason", "assumptions"),
    (r"demand_multiplier_survived", "demand_multiplier"),
    (r"inputs\.(problem_digest|catalog_edition|catalog_digest|overlay_digest|problem\..*)", "inputs"),
)
# Taken as stated: how the plan was found, words, and what no recomputation of decisions can tell.
TAKEN_AS_STATED = re.compile(
    r"deterministic|simulated|checked|solver\..*|assumptions\.[34]\.reason|inputs\.planner_version"
    r"|inputs\.facts|schema_version|inputs\.problem\..*"
)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from leaves(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from leaves(member, (*path, index))
    else:
        yield path, value


def changed(path: Path, value: Any) -> dict[str, Any]:
    data = tiny.plan_data()
    at: Any = data
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return data


def dotted(path: Path) -> str:
    return ".".join(map(str, path))


def concerned(path: Path) -> set[str]:
    found: set[str] = set()
    for pattern, checks in CONCERNS:
        if re.fullmatch(pattern, dotted(path)):
            found = set(checks.split())
    return found


def others(path: Path, value: Any) -> Iterator[Any]:
    """Values that differ from ``value`` in what they say, of the same type."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        yield value - 1
    elif isinstance(value, float):
        if dotted(path) != "demand_multiplier_survived":  # a lower limit: claiming less is true
            yield value * 0.999 - 1e-3
        if not re.fullmatch(r"services\.\d\.survival\..*rate_per_s\.\d", dotted(path)):  # more than asked survives too
            yield value * 1.001 + 1e-3
    elif isinstance(value, str):
        yield "feasible" if value == "optimal" else "firm" if value == "spot" else "spot" if value == "firm" else \
            "zone" if value == "spot_pool" else "interpolated" if value == "measured" else \
            "spend" if value == "instances" and path[-1] == "measure" else \
            {"default": "assumed", "assumed": "default", "private": "published"}.get(value, "derived") if path[-1] == "kind" and path[0] == "assumptions" else "mixed" if value == "divisible" else f"other {value}"


def mutations() -> list[Any]:
    found = []
    for path, value in leaves(tiny.plan_data()):
        if value is None or TAKEN_AS_STATED.fullmatch(dotted(path)):
            continue
        found += [pytest.param(path, other, id=f"{dotted(path)}={other!r:.24}") for other in others(path, value)]
    return found


def failed(data: dict[str, Any]) -> set[str]:
    certificate = certify(tiny.plan(data), tiny.problem(), tiny.catalog())
    assert certificate.passed == all(c.passed for c in certificate.checks)
    return {c.name for c in certificate.checks if not c.passed}


def test_the_plan_by_hand_holds() -> None:
    certificate = certify(tiny.plan(), tiny.problem(), tiny.catalog())
    assert [(c.name, c.where, c.detail) for c in certificate.checks if not c.passed] == []
    assert certificate.passed
    assert certificate.placement == {"chat": (f"{tiny.BOX} firm #1", f"{tiny.BOX} firm #2")}


@pytest.mark.parametrize("path, value", mutations())
def test_a_changed_value_fails_the_check_it_concerns(path: Path, value: Any) -> None:
    expected = concerned(path)
    assert expected, f"no check is named for {dotted(path)}"
    found = failed(changed(path, value))
    assert found & expected, f"{dotted(path)} = {value!r} fails {sorted(found)}, not {sorted(expected)}"


def lists() -> list[Any]:
    found = []

    def walk(value: Any, path: Path) -> None:
        if isinstance(value, dict):
            for key, member in value.items():
                walk(member, (*path, key))
        elif isinstance(value, list) and value and path[0] not in ("inputs", "binding", "assumptions"):
            found.append(path)
            for index, member in enumerate(value):
                walk(member, (*path, index))

    walk(tiny.plan_data(), ())
    return [pytest.param(path, id=dotted(path)) for path in found]


@pytest.mark.parametrize("path", lists())
@pytest.mark.parametrize("change", ["shorter", "longer", "empty"])
def test_a_list_of_another_length_fails(path: Path, change: str) -> None:
    data = tiny.plan_data()
    at: Any = data
    for step in path:
        at = at[step]
    if change == "shorter":
        del at[-1]
    elif change == "longer":
        at.append(copy.deepcopy(at[-1]))
    else:
        at.clear()
    assert failed(data)


@pytest.mark.parametrize("key", ["ttft_ms", "tpot_ms", "utilisation", "headroom"])
def test_a_figure_not_stated_is_no_claim(key: str) -> None:
    data = tiny.plan_data()
    data["services"][0]["deployments"][0][key] = [None, None]
    assert failed(data) == set()


def test_a_part_of_the_cost_nobody_knows_is_refused() -> None:
    data = tiny.plan_data()
    data["cost"]["goodwill_usd_per_month"] = 0.0
    assert failed(data) == {"shape"} | {c for c in _all_checks() if c not in FORM}


FORM = ("inputs", "periods", "shape")


def _all_checks() -> list[str]:
    from planner.verify.checks import CHECKS

    return list(CHECKS)


def _built(change: dict[str, Any]) -> Plan:
    """A plan as a program might build it, without validation."""
    return tiny.plan().model_copy(update=change)


@pytest.mark.parametrize(
    "change, name",
    [
        ({"services": None}, "shape"),
        ({"services": ({"name": "chat"},)}, "shape"),
        ({"pools": 3}, "shape"),
        ({"cost": {"total_usd_per_month": float("nan")}}, "shape"),
        ({"cost": {}}, "cost"),
        ({"periods": ()}, "periods"),
        ({"gap": float("inf")}, "shape"),
        ({"inputs": None}, "shape"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_plan_built_wrong_fails_without_an_error(change: dict[str, Any], name: str) -> None:
    certificate = certify(_built(change), tiny.problem(), tiny.catalog())
    assert not certificate.passed
    assert any(c.name == name and not c.passed and c.detail for c in certificate.checks)


def test_a_fraction_of_an_instance_fails_integrality() -> None:
    plan = tiny.plan()
    pool = plan.pools[0].model_copy(update={"running_firm": (2, 2.5)})
    certificate = certify(plan.model_copy(update={"pools": (pool, plan.pools[1])}), tiny.problem(), tiny.catalog())
    assert [c.detail for c in certificate.checks if c.name == "integrality" and not c.passed][0].startswith("pools.0.running_firm.1")


def test_negative_replicas_fail_non_negative() -> None:
    data = tiny.plan_data()
    data["services"][0]["deployments"][1]["replicas"] = [-1, 1]
    assert "non_negative" in failed(data)


def test_another_problem_or_catalogue_fails_inputs() -> None:
    other = copy.deepcopy(tiny.PROBLEM)
    other["limits"]["budget_usd_per_month"] = 5001.0
    certificate = certify(tiny.plan(), tiny.problem(other), tiny.catalog())
    assert {c.name for c in certificate.checks if not c.passed} == {"inputs", "binding"}


def test_a_malformed_plan_file_is_invalid_input(tmp_path) -> None:
    from planner.plan.read import read_plan

    file = tmp_path / "plan.json"
    file.write_text('{"status": "optimal", "services": 3}')
    with pytest.raises(InvalidInput) as caught:
        read_plan(file)
    assert {"services", "cost"} <= {fault.path for fault in caught.value.faults}
