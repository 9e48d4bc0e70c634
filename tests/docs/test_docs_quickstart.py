"""The quickstart's five commands, run as they stand there in a folder with its two files."""

import json
import re
import shlex
import shutil
from pathlib import Path

from planner.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "quickstart.md"


def commands():
    return [line for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL) for line in block.strip().split("\n")]


def test_there_are_five_commands():
    assert [shlex.split(one)[:2] for one in commands()] == [["planner", name] for name in ("init", "check", "solve", "report", "export")]


def test_they_lead_from_a_config_and_a_trace_to_a_proven_plan_a_report_and_manifests(tmp_path, monkeypatch, capsys):
    shutil.copy(ROOT / "docs" / "quickstart" / "config.json", tmp_path)
    shutil.copy(ROOT / "problems" / "workloads" / "azure2023-conversation.csv.gz", tmp_path / "trace.csv.gz")
    monkeypatch.chdir(tmp_path)
    for one in commands():
        assert main(shlex.split(one)[1:]) == 0, one
    plan = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    assert plan["proven"] and plan["certificate"]["passed"]
    assert Path("report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    manifest = Path("manifests/chat.yaml").read_text(encoding="utf-8")
    deployment = plan["services"][0]["deployments"][0]
    assert f'"{deployment["instance_type"]}"' in manifest and '"meta-llama/Llama-3.1-8B-Instruct"' in manifest
    assert main(["drift", "plan.json", "--weights", "chat=meta-llama/Llama-3.1-8B-Instruct", "--against", "manifests"]) == 0


def test_every_page_it_points_to_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).exists(), target
