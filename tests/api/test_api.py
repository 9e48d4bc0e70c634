"""``import planner`` offers what the command line does: the same inputs, the same judgement, the same plan."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import planner
from planner.plan.write import plan_text

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "problems" / "01-greedy-pays-10.json"


@pytest.fixture(scope="module")
def plan():
    """Three cards at 2 USD/h: 3 × 2 × 730 = 4,380 USD/month."""
    return planner.solve(SMALL).plan


def test_the_plan_is_the_one_that_the_command_prints(plan, run):
    def timeless(text):
        found = json.loads(text)
        return {name: value for name, value in found.items() if name != "solver"}

    assert plan.cost["total_usd_per_month"] == 4380.0
    assert timeless(plan_text(plan)) == timeless(run("solve", SMALL, "--json").out)


def test_a_path_a_dictionary_and_a_problem_read_before_are_one_problem(plan):
    loaded = planner.load_problem(SMALL)
    stated = json.loads(SMALL.read_text(encoding="utf-8"))
    digests = {planner.solve(one).plan.inputs.problem_digest for one in (stated, loaded, loaded.problem, loaded.stated)}
    assert digests == {plan.inputs.problem_digest}


def test_the_module_that_solves_is_also_the_function():
    # In either order, and in a fresh process: importing a submodule binds its name in the package.
    for first, second in (("planner.solve", "from planner.solve import Options"), ("from planner.solve import Options", "planner.solve")):
        script = f"import planner; {first}; {second}; import planner.solve as m; print(m is planner.solve, callable(m), m.Options)"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
        assert done.stdout == "True True <class 'planner.solve.Options'>\n"


def test_importing_the_package_loads_nothing_heavy():
    script = "import sys, planner; dir(planner); print(sorted(set(sys.modules) & {'numpy', 'pandas', 'pydantic', 'click', 'planner.api'}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"


def test_every_public_name_is_there_and_a_wrong_one_is_an_attribute_error():
    for name in planner.__all__:
        assert getattr(planner, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'sovle'"):
        planner.sovle  # noqa: B018 - the access is the test


def test_a_name_that_leads_nowhere_is_refused_as_on_the_command_line():
    stated = json.loads(SMALL.read_text(encoding="utf-8"))
    stated["services"][0]["allow"] = {"accelerators": ["card-chop"]}
    with pytest.raises(planner.InvalidInput, match="card-chop"):
        planner.solve(stated)


def test_a_doubt_is_a_warning_and_with_strict_an_error():
    # A first token after 0.2 ms is no wish but 0.2 s written in the wrong unit.
    stated = json.loads(SMALL.read_text(encoding="utf-8"))
    stated["services"][0]["slo"] = {"ttft_ms": {"p95": 0.2}}
    with pytest.warns(planner.DoubtfulInput, match="ttft_ms.p95: 0.2 ms is shorter"):
        planner.check(stated)
    with pytest.raises(planner.InvalidInput), warnings.catch_warnings():
        warnings.simplefilter("error")
        planner.check(stated, strict=True)


def test_the_answer_and_everything_in_it_is_frozen(plan):
    from dataclasses import FrozenInstanceError

    from pydantic import ValidationError

    with pytest.raises(FrozenInstanceError):
        planner.Solved(plan).plan = None
    for part, field in ((plan, "status"), (plan.pools[0], "id"), (plan.services[0], "name")):
        with pytest.raises(ValidationError):
            setattr(part, field, "other")


def test_a_plan_written_and_read_back_is_the_same_and_holds(plan, tmp_path):
    planner.write_plan(plan, tmp_path / "plan.json")
    again = planner.load_plan(tmp_path / "plan.json")
    assert plan_text(again) == plan_text(plan) and planner.certify(again).passed
    assert not planner.certify(again, {**json.loads(SMALL.read_text()), "horizon": {"months": 2}}).passed


def test_what_if_gives_the_difference(plan):
    # 9 requests/s take the box at 10 USD/h, 7,300: 2,920 more.
    assert planner.what_if(SMALL, "demand=*1.5").found.cost.value == pytest.approx(2920.0)


def test_the_report_is_the_page_that_the_command_writes(plan, run, tmp_path):
    planner.write_plan(plan, tmp_path / "plan.json")
    assert planner.report_html(planner.load_plan(tmp_path / "plan.json")) == run("report", tmp_path / "plan.json").out


def test_the_package_says_that_it_is_typed():
    assert (Path(planner.__file__).parent / "py.typed").is_file()


def test_type_checkers_see_the_names_that_are_there():
    import ast

    tree = ast.parse(Path(planner.__file__).read_text(encoding="utf-8"))
    (checking,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.asname for node in checking.body for alias in node.names}
    assert seen | {"__version__"} == set(planner.__all__)


def test_numbers_of_numpy_are_numbers_of_a_problem_and_other_things_are_told():
    import numpy

    stated = json.loads(SMALL.read_text(encoding="utf-8"))
    stated["services"][0]["workload"]["rate_per_s"] = numpy.int64(6)
    assert planner.load_problem(stated).problem.services[0].workload.rate_per_s == (6,)
    with pytest.raises(TypeError, match="a problem holds no set"):
        planner.load_problem({"services": {1}})


@pytest.fixture
def metrics(tmp_path):
    """A day's counters at 9 requests/s of 500 tokens in and 200 out, where 6 were planned."""
    def series(name, per_s):
        return {"metric": {"__name__": name, "model_name": "assistant"}, "values": [[3600 * hour, str(3600 * hour * per_s)] for hour in range(25)]}

    counters = {"vllm:request_success_total": 9, "vllm:prompt_tokens_total": 4500, "vllm:generation_tokens_total": 1800}
    path = tmp_path / "prom.json"
    result = [series(name, per_s) for name, per_s in counters.items()]
    path.write_text(json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}), encoding="utf-8")
    return path


def test_metrics_beside_a_plan_and_the_problem_for_what_was_measured(plan, metrics):
    found = planner.actuals(plan, metrics=metrics)
    (served,) = found.served
    assert (served.planned_per_s, served.measured_per_s) == pytest.approx((6.0, 9.0))
    # 9 requests/s take the box at 10 USD/h: 7,300.
    assert planner.solve(planner.measured_problem(plan, [metrics])).plan.cost["total_usd_per_month"] == pytest.approx(7300.0)
    with pytest.raises(planner.CheckFailed, match="does not pass"):
        planner.actuals(plan.model_copy(update={"cost": {**plan.cost, "on_demand_usd_per_month": 1.0}}), metrics=metrics)
