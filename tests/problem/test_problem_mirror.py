"""Shadow deployments: what is mirrored follows its source, in the months stated, under the same policies."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from planner.documents import from_data
from planner.economics.timeline import timeline
from planner.errors import InvalidInput, UsageError
from planner.problem.demand import demand
from planner.problem.load import problem_of
from planner.problem.mirror import without_mirrors
from planner.problem.patch import Change, patched

CLASSES = [{"input_tokens": 900, "output_tokens": 90, "share": 0.25}, {"input_tokens": 100, "output_tokens": 10, "share": 0.75}]


def document(**fields: Any) -> dict[str, Any]:
    """chat at 8 requests/s, of which a quarter is mirrored to trial in the third and fourth month."""
    chat = {"name": "chat", "model": "Llama-3.1-8B", "workload": {"rate_per_s": 4.0, "scale": 2.0, "classes": CLASSES}}
    mirrors = {"service": "chat", "share": 0.25, "start_month": 2, "months": 2}
    trial = {"name": "trial", "model": "Llama-3.1-8B", "workload": {"mirrors": mirrors}, "allow": {"variants": ["fp8"]}}
    return {"schema_version": 1, "services": [chat, trial], **fields}


def loaded(data: dict[str, Any]):
    return problem_of(from_data(data, "test.json"))


def rates(problem) -> list[list[float]]:
    """Requests/s of trial by class and period."""
    return np.asarray(demand(problem, timeline(problem))["trial"]).tolist()


def test_a_share_of_every_class_comes_in_the_months_stated_and_nothing_in_others():
    # 4 × 2 a second × a quarter = 2, three quarters of them short.
    problem = loaded(document()).problem
    assert [p.months for p in timeline(problem).periods] == [(0, 1), (2, 3), tuple(range(4, 12))]
    assert rates(problem) == [[0.0, 1.5, 0.0], [0.0, 0.5, 0.0]]


def test_seasons_are_those_of_the_source():
    seasons = [{"name": "low", "months": 3, "demand": {"chat": 0.5, "*": 9.0}}, {"name": "high", "months": 9}]
    problem = loaded(document(horizon={"months": 12, "seasons": seasons})).problem
    # Months 1-2, 3, 4, 5-12: half in the third, all in the fourth.
    assert rates(problem)[0] == [0.0, 0.75, 1.5, 0.0]


def test_a_change_of_the_source_is_one_of_its_mirror():
    for path, times in (("demand.chat", 1.5), ("demand", 1.5), ("services.chat.workload.rate_per_s", 1.5)):
        after = patched(loaded(document()), [Change(path, factor=times)], None)
        assert rates(after.problem)[0] == pytest.approx([0.0, 2.25, 0.0]), path
        assert after.problem == loaded(after.document.data).problem


def test_a_mirror_has_no_demand_to_scale():
    with pytest.raises(UsageError, match="which it mirrors"):
        patched(loaded(document()), [Change("demand.trial", factor=2.0)], None)
    for own in ({"scale": 3.0}, {"headroom": 1.5}):
        data = document()
        data["services"][1]["workload"] |= own
        with pytest.raises(InvalidInput):
            loaded(data)


def test_a_problem_in_its_one_form_is_in_it_already():
    once = loaded(document()).problem
    assert loaded(once.model_dump(mode="json")).problem == once


def test_what_the_source_requires_and_where_holds_for_the_copy_too():
    data = document()
    data["services"][0] |= {"requires": ["no_training"], "allow": {"regions": ["EU"]}, "home": "aws:eu-central-1"}
    data["services"][1]["requires"] = ["private_network"]
    mirror = loaded(data).problem.services[1]
    assert mirror.requires == ("no_training", "private_network") and mirror.home == "aws:eu-central-1"
    assert mirror.allow.regions == ("EU",) and mirror.allow.variants == ("fp8",)
    data["services"][1]["allow"]["regions"] = ["aws:eu-north-1"]
    assert loaded(data).problem.services[1].allow.regions == ("aws:eu-north-1",)


def test_a_copy_comes_last_where_stock_is_short_unless_stated():
    data = document()
    assert [s.priority for s in loaded(data).problem.services] == [1, 100]
    data["services"][1]["priority"] = 2
    assert loaded(data).problem.services[1].priority == 2


def test_a_copy_is_as_bursty_as_its_source_unless_measured():
    data = document()
    data["services"][0]["workload"] |= {"dispersion_10s": 7.0, "prefix_hit": 0.5}
    load = loaded(data).problem.services[1].workload
    assert (load.dispersion_10s, load.prefix_hit) == (7.0, 0.5)
    data["services"][1]["workload"] |= {"dispersion_10s": 2.0, "prefix_hit": 0.0}
    load = loaded(data).problem.services[1].workload
    assert (load.dispersion_10s, load.prefix_hit) == (2.0, 0.0)


def test_without_mirrors_the_services_that_answer_remain():
    left = without_mirrors(loaded(document()).problem)
    assert [s.name for s in left.services] == ["chat"] and len(timeline(left).periods) == 1


@pytest.mark.parametrize(
    ("mirrors", "words"),
    [
        ({"service": "nobody"}, "no service is named so"),
        ({"service": "trial"}, "mirrors another service"),
        ({"start_month": 11}, "beyond the horizon"),
        ({"start_month": 12, "months": None}, "beyond the horizon"),
        ({"share": 0.0}, "greater than 0"),
        ({"share": 1.5}, "1"),
    ],
)
def test_a_mirror_of_nothing_is_refused(mirrors, words):
    data = document()
    data["services"][1]["workload"]["mirrors"] |= mirrors
    with pytest.raises(InvalidInput) as error:
        loaded(data)
    assert any(words in fault.message for fault in error.value.faults)


def test_demand_of_its_own_beside_a_mirror_is_refused():
    for own in ({"trace": "a.csv"}, {"rate_per_s": 3.0}, {"classes": CLASSES[:1] and [{**CLASSES[0], "share": 1.0}]}):
        data = copy.deepcopy(document())
        data["services"][1]["workload"] |= own
        with pytest.raises(InvalidInput):
            loaded(data)


def test_a_profile_has_a_figure_for_each_class_of_the_source():
    data = document()
    data["services"][1]["profiles"] = [{"accelerator": "H100", "throughput_rps": [1.0]}]
    with pytest.raises(InvalidInput) as error:
        loaded(data)
    assert error.value.faults[0].path == "services[1].profiles[0].throughput_rps"
