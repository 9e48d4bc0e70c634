"""Reading a problem into its one form."""

import json
import random

import pytest
from stated_problems import document, service

from planner.documents import from_data
from planner.errors import InvalidInput
from planner.problem.json_schema import json_schema
from planner.problem.load import problem_of

TWO = [
    {"input_tokens": 900, "output_tokens": 50, "share": 0.25},
    {"input_tokens": 100, "output_tokens": 70, "share": 0.75},
]


def test_every_period_has_a_rate_and_every_class_a_name(made):
    chat = made(service(workload={"classes": TWO}), periods={"kind": "day", "per_day": 4}).problem.services[0]
    assert chat.workload.rate_per_s == (10.0,) * 4
    assert [(c.name, c.input_tokens) for c in chat.workload.classes] == [("c1", 100), ("c2", 900)]


def test_measured_figures_follow_their_classes_into_canonical_order(made):
    profile = {"accelerator": "H100", "throughput_rps": [1.0, None]}
    chat = made(service(workload={"classes": TWO}, profiles=[profile])).problem.services[0]
    assert chat.profiles[0].throughput_rps == (None, 1.0)


def test_a_stated_rate_of_zero_is_a_rate(made):
    assert made(service(workload={"rate_per_s": 0.0})).problem.services[0].workload.rate_per_s == (0.0,)


def test_permuting_everything_without_order_changes_nothing():
    stated = document(
        service("b", allow={"regions": ["US", "EU"], "variants": ["fp8", "native"]}, workload={"classes": TWO}),
        service("a", slo={"ttft_ms": {"p99": 900.0, "p95": 500.0}}, batch_limits=[64, 8]),
        limits={"quotas": [{"provider": "aws", "max_instances": 3}, {"provider": "gcp", "max_instances": 4}]},
        offers={"exclude": ["x:*", "a:*"]},
    )
    first = problem_of(from_data(stated, "p.json")).problem
    other = problem_of(from_data(_shuffled(stated, random.Random(3)), "p.json")).problem
    assert other.model_dump_json() == first.model_dump_json()
    assert [s.name for s in first.services] == ["a", "b"]


def _shuffled(data, rng):
    if isinstance(data, dict):
        return {key: _shuffled(data[key], rng) for key in rng.sample(sorted(data), len(data))}
    if isinstance(data, list):
        return [_shuffled(value, rng) for value in rng.sample(data, len(data))]
    return data


def test_all_that_does_not_add_up_is_reported_together(made):
    profile = {"accelerator": "H100", "throughput_rps": [1.0, 2.0]}
    twice = [{"name": "x", "input_tokens": 1, "output_tokens": 1, "share": 0.5}] * 2
    with pytest.raises(InvalidInput) as caught:
        made(
            service("a", workload={"rate_per_s": [1.0, 2.0]}, profiles=[profile]),
            service("b", workload={"classes": twice}),
            periods={"kind": "day"},
        )
    assert [(f.path, f.code) for f in caught.value.faults] == [
        ("services[0].workload.rate_per_s", "wrong_length"),
        ("services[0].profiles[0].throughput_rps", "wrong_length"),
        ("services[1].workload.classes", "duplicate_name"),
    ]


def test_faults_carry_line_and_column(written, tmp_path):
    with pytest.raises(InvalidInput) as caught:
        written(service(workload={"rate_per_s": [1.0, 2.0]}))
    text = (tmp_path / "problem.json").read_text()
    fault = caught.value.faults[0]
    assert fault.line == 1 and text[fault.column - 1 :].startswith("[1.0, 2.0]")


def test_a_steady_trace_beside_the_problem_gives_rate_lengths_and_burstiness(written, tmp_path):
    # One request every 2 s for 800 s: 0.5/s, five in every 10 s, so no dispersion beyond none.
    rows = [f"{2 * i},{100 if i % 4 else 500},20" for i in range(401)]
    (tmp_path / "t.csv").write_text("\n".join(["t_seconds,input_tokens,output_tokens", *rows]))
    load = written({**service(), "workload": {"trace": "t.csv"}}).problem.services[0].workload
    assert load.rate_per_s == (pytest.approx(0.5),)
    assert sum(c.share * c.input_tokens for c in load.classes) == pytest.approx((101 * 500 + 300 * 100) / 401)
    assert load.dispersion_10s is not None and load.dispersion_10s < 4.0


def test_what_the_problem_states_comes_before_its_trace(written, tmp_path):
    (tmp_path / "t.csv").write_text("t_seconds,input_tokens,output_tokens\n0,5,5\n1,5,5\n2,5,5")
    load = written({**service(), "workload": {"trace": "t.csv", "rate_per_s": 7.0, "dispersion_10s": 9.0}})
    assert load.problem.services[0].workload.rate_per_s == (7.0,)
    assert load.problem.services[0].workload.dispersion_10s == 9.0
    assert load.notes == ()


@pytest.mark.parametrize("reference", ["../t.csv", "/etc/passwd", "http://x/y.csv", "missing.csv"])
def test_only_files_beside_the_problem_are_read(written, reference):
    with pytest.raises(InvalidInput) as caught:
        written({**service(), "workload": {"trace": reference}})
    assert caught.value.faults[0].path == "services[0].workload.trace"


def test_faults_in_a_trace_name_the_file_and_its_line(written, tmp_path):
    (tmp_path / "t.csv").write_text("t_seconds,input_tokens,output_tokens\n0,5,5\n1,-5,5")
    with pytest.raises(InvalidInput) as caught:
        written({**service(), "workload": {"trace": "t.csv"}})
    assert "t.csv:3" in caught.value.faults[0].message


def test_the_schema_names_itself_and_every_field_of_a_service():
    schema = json_schema()
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"model", "workload", "slo", "allow"} <= set(schema["$defs"]["Service"]["properties"])
    json.dumps(schema)


def test_periods_that_a_trace_does_not_reach_take_its_mean_and_are_noted(written, tmp_path):
    (tmp_path / "t.csv").write_text("t_seconds,input_tokens,output_tokens\n0,5,5\n1,5,5\n2,5,5")
    loaded = written({**service(), "workload": {"trace": "t.csv"}}, periods={"kind": "day", "per_day": 2})
    assert loaded.problem.services[0].workload.rate_per_s == (1.0, 1.0)
    assert any("1 of 2 periods have no data" in note for note in loaded.notes)


def test_an_unknown_field_that_belongs_elsewhere_is_sent_to_the_nearest_place_first():
    with pytest.raises(InvalidInput) as refused:
        problem_of(from_data(document(service(regions=["EU"])), "p.json"))
    assert 'it belongs under "services[].allow"' in str(refused.value)


def test_a_name_given_twice_is_refused_where_it_stands():
    with pytest.raises(InvalidInput) as refused:
        problem_of(from_data(document(service("a"), service("b"), service("a")), "p.json"))
    (fault,) = refused.value.faults
    assert (fault.path, fault.code) == ("services[2].name", "invalid_value")
    assert fault.message == "the name 'a' is that of services[0].name too; names are unique"


def test_commitments_on_offer_and_held_share_their_names():
    offered = {"name": "c", "scope": {"provider": "aws"}, "measure": "instances", "term_months": 12, "usd_per_hour": 1.0}
    held = {"name": "c", "scope": {"provider": "aws"}, "measure": "instances", "amount": 1, "usd_per_month": 0.0}
    with pytest.raises(InvalidInput) as refused:
        problem_of(from_data(document(service("a"), commitments={"offers": [offered], "held": [held]}), "p.json"))
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [("commitments.held[0].name", "invalid_value")]


def test_a_folder_is_no_trace(written, tmp_path):
    (tmp_path / "traces").mkdir()
    with pytest.raises(InvalidInput, match="that is a folder; name a file in it"):
        written(service(workload={"trace": "traces"}))


def test_a_plan_is_refused_as_what_it_is():
    with pytest.raises(InvalidInput) as refused:
        problem_of(from_data({"schema_version": 1, "status": "optimal", "solver": {}, "inputs": {}, "pools": [], "cost": {}}, "plan.json"))
    (fault,) = refused.value.faults
    assert (fault.code, "inputs.problem" in fault.message) == ("wrong_document", True)
