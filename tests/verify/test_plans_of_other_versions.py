"""A plan of an earlier version stays checkable: fields and checks that came later do not make it wrong."""

import json
from pathlib import Path

import pytest

from planner.cli.main import main
from planner.plan.problem_digest import problem_digest

PROBLEM = Path(__file__).resolve().parents[2] / "problems/01-greedy-pays-10.json"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    assert main(["solve", str(PROBLEM), "-o", str(path)]) == 0
    return path


@pytest.fixture
def earlier(written):
    """The plan as a version would have written it that knew neither modes nor limits of APIs."""
    data = json.loads(written.read_text())
    assert data["inputs"]["problem"]["services"][0].pop("modes") == ["real_time"]
    data["inputs"]["problem_digest"] = problem_digest(data["inputs"]["problem"])
    data["inputs"]["planner_version"] = "0.0.9"
    data["certificate"]["checks"] = [one for one in data["certificate"]["checks"] if one["name"] != "api_limit"]
    return data


def verified(data, tmp_path) -> int:
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(data))
    return main(["verify", str(path)])


def test_a_plan_of_an_earlier_version_is_checked_as_a_new_one(earlier, tmp_path):
    assert verified(earlier, tmp_path) == 0


def test_the_same_version_lists_every_check(earlier, written, tmp_path):
    earlier["inputs"]["planner_version"] = json.loads(written.read_text())["inputs"]["planner_version"]
    assert verified(earlier, tmp_path) == 7


def test_another_problem_under_the_old_digest_is_refused(earlier, tmp_path):
    earlier["inputs"]["problem"]["services"][0]["priority"] = 7
    assert verified(earlier, tmp_path) == 7


def test_a_number_counts_alike_with_and_without_a_point():
    assert problem_digest({"a": [5.0]}) == problem_digest({"a": [5]}) != problem_digest({"a": [5.5]})
