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
