"""``planner export``: files where they are wanted, and nothing of a plan that does not hold."""

import json

import pytest
from small import written

from planner.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("export")
    assert main(["solve", str(written(found)), "-o", str(found / "plan.json")]) == 0
    return found


def test_manifests_are_written_into_a_folder(folder, tmp_path, capsys):
    out = tmp_path / "manifests"
    assert main(["export", str(folder / "plan.json"), "--to", "kubernetes", "-o", str(out)]) == 0
    assert [path.name for path in out.iterdir()] == ["chat.yaml"]
    # Two replicas of 2 requests/s each for 3 requests/s.
    assert "  replicas: 2\n" in (out / "chat.yaml").read_text(encoding="utf-8")


def test_the_longest_request_that_nobody_stated_is_said_where_engines_are_told_of_it(folder, capsys):
    assert main(["export", str(folder / "plan.json"), "--to", "helm"]) == 0
    assert "context_tokens" in capsys.readouterr().err
    assert main(["export", str(folder / "plan.json"), "--to", "focus"]) == 0
    assert "context_tokens" not in capsys.readouterr().err


def test_files_of_an_older_plan_in_the_folder_are_named(folder, tmp_path, capsys):
    (tmp_path / "forgotten.yaml").write_text("{}", encoding="utf-8")
    assert main(["export", str(folder / "plan.json"), "--to", "kubernetes", "-o", str(tmp_path)]) == 0
    assert "older files" in capsys.readouterr().err and (tmp_path / "forgotten.yaml").read_text(encoding="utf-8") == "{}"


def test_without_a_folder_files_go_to_standard_output(folder, capsys):
    assert main(["export", str(folder / "plan.json"), "--to", "commitments"]) == 0
    assert capsys.readouterr().out.startswith("commitment,counted_in")


def test_a_plan_changed_by_hand_is_refused(folder, tmp_path, capsys):
    changed = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    changed["services"][0]["deployments"][0]["replicas"] = [1]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(changed), encoding="utf-8")
    assert main(["export", str(file), "--to", "kubernetes"]) == 7
    assert "does not hold any more" in capsys.readouterr().err


def test_a_plan_of_another_problem_or_catalogue_is_refused(folder, tmp_path, capsys):
    other = written(tmp_path, start_up={"hours": 0.5})
    assert main(["export", str(folder / "plan.json"), "--to", "kubernetes", "--problem", str(other)]) == 7
    changed = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    changed["inputs"]["catalog_digest"] = "0" * 64
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(changed), encoding="utf-8")
    assert main(["export", str(file), "--to", "kubernetes"]) == 7
    assert "inputs" in capsys.readouterr().err


@pytest.fixture
def beside(tmp_path, capsys):
    """A problem and its plan in a folder, and what export says of it: (exit code, standard error)."""
    problem = written(tmp_path)
    assert main(["solve", str(problem), "-o", str(tmp_path / "plan.json")]) == 0
    capsys.readouterr()

    def export(*more):
        return main(["export", str(tmp_path / "plan.json"), "--to", "commitments", *more]), capsys.readouterr().err

    return problem, export


def test_a_problem_that_changed_in_its_file_is_noticed_without_being_named(beside):
    problem, export = beside
    assert export() == (0, "")
    # Blanks change nothing that a plan rests on.
    problem.write_text(problem.read_text(encoding="utf-8") + "\n\n", encoding="utf-8")
    assert export() == (0, "")
    problem.write_text(problem.read_text(encoding="utf-8").replace('"rate_per_s": 3', '"rate_per_s": 4'), encoding="utf-8")
    code, said = export()
    assert code == 7 and "the problem changed since the plan was solved: services[0].workload.rate_per_s" in said
    assert export("--as-is") == (0, "")
    problem.write_text("{}", encoding="utf-8")
    code, said = export()
    assert code == 7 and "not valid any more" in said


def test_a_problem_that_is_not_there_any_more_is_said(beside):
    problem, export = beside
    problem.unlink()
    code, said = export()
    assert code == 0 and "small.json, from which the plan was solved, is not there" in said


def test_options_that_change_a_problem_are_no_change_of_its_file(tmp_path, capsys):
    problem = written(tmp_path)
    assert main(["solve", str(problem), "-o", str(tmp_path / "plan.json"), "--confidence", "0.6"]) == 0
    capsys.readouterr()
    assert main(["export", str(tmp_path / "plan.json"), "--to", "commitments"]) == 0
    assert capsys.readouterr().err == ""


def test_an_overlay_that_changed_in_its_file_is_noticed(tmp_path, capsys):
    overlay = tmp_path / "prices.json"
    row = {"provider": "aws", "region": "us-east-1", "instance_type": "two", "accelerator": "H100", "accelerators_per_instance": 1, "on_demand_usd_per_hour": 10.0}
    overlay.write_text(json.dumps({"schema_version": 1, "as_of": "2026-11-01", "offers": [row]}), encoding="utf-8")
    problem = written(tmp_path)
    plan = str(tmp_path / "plan.json")
    assert main(["solve", str(problem), "--overlay", str(overlay), "-o", plan]) == 0
    assert main(["export", plan, "--to", "commitments"]) == 0
    overlay.write_text(overlay.read_text(encoding="utf-8").replace("10.0", "11.0"), encoding="utf-8")
    assert main(["export", plan, "--to", "commitments"]) == 7
    assert "the overlay changed" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--to", "kubernetes", "--weights", "chat"], ["--to", "focus", "--month", "soon"], ["--to", "sagemaker"], ["--to", "nomad"]]
)
def test_what_does_not_go_together_is_a_usage_error(folder, words, capsys):
    assert main(["export", str(folder / "plan.json"), *words]) == 2


def test_drift_is_told_from_manifests_in_a_folder(folder, tmp_path, capsys):
    out, plan = tmp_path / "manifests", str(folder / "plan.json")
    assert main(["export", plan, "--to", "kubernetes", "-o", str(out)]) == 0
    assert main(["drift", plan, "--against", str(out)]) == 0
    assert "what the plan says" in capsys.readouterr().out
    file = out / "chat.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("replicas: 2", "replicas: 5"), encoding="utf-8")
    assert main(["drift", plan, "--against", str(out), "--json"]) == 7
    assert json.loads(capsys.readouterr().out)["differences"] == [{"name": "chat-bf16-h100", "what": "replicas", "planned": 2, "running": 5}]
    assert main(["drift", plan, "--against", str(tmp_path / "nowhere")]) == 3
