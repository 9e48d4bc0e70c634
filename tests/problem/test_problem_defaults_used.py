"""Every default is visible."""

from stated_problems import service

from planner.problem.defaults import DEFAULTS
from planner.problem.defaults_used import FIELDS, defaults_used


def test_every_default_belongs_to_a_field():
    assert set(FIELDS.values()) == set(DEFAULTS)


def test_a_default_is_listed_until_it_is_stated(made):
    silent = {path: value for path, value, _ in defaults_used(made().problem)}
    stated = {path for path, _, _ in defaults_used(made(service(workload={"headroom": 1.0})).problem)}
    assert silent["services.chat.workload.headroom"] == 1.0
    assert "services.chat.workload.headroom" not in stated


def test_assumed_burstiness_is_listed_although_it_is_filled_in(made):
    loaded = made().problem
    assert loaded.services[0].workload.dispersion_10s == 4.0
    assert ("services.chat.workload.dispersion_10s", 4.0) in [used[:2] for used in defaults_used(loaded)]


def test_measured_burstiness_is_no_default(written, tmp_path):
    rows = [f"{2 * i},100,20" for i in range(401)]
    (tmp_path / "t.csv").write_text("\n".join(["t_seconds,input_tokens,output_tokens", *rows]))
    loaded = written({**service(), "workload": {"trace": "t.csv"}}).problem
    assert not any("dispersion" in path for path, _, _ in defaults_used(loaded))


def test_what_all_services_share_is_said_once(made):
    paths = [path for path, _, _ in defaults_used(made(service("a"), service("b", priority=2)).problem)]
    assert "services.*.routing" in paths and "services.a.routing" not in paths
    assert "services.a.priority" in paths and "services.b.priority" not in paths


def test_defaults_of_parts_that_are_absent_are_not_listed(made):
    paths = [path for path, _, _ in defaults_used(made().problem)]
    assert not any("availability" in path or "max_share" in path or "waiting_room" in path for path in paths)
