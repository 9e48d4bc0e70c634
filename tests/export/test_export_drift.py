"""What runs against the plan: the same files differ in nothing, each change is named, the rest is nobody's concern."""

import copy

from ruamel.yaml import YAML

from planner.export.drift import Drift, drift
from planner.export.targets import TARGETS
from tests.export.cases import asked


def running():
    """The objects as they were exported."""
    return [one for text in TARGETS["kubernetes"](asked()).values() for one in YAML(typ="safe", pure=True).load_all(text)]


def changed(edit, kind="Deployment", name="chat-fp8-h100"):
    objects = copy.deepcopy(running())
    edit(next(one for one in objects if one["kind"] == kind and one["metadata"]["name"] == name))
    return drift(asked().units(), objects)


def engine(one):
    return one["spec"]["template"]["spec"]["containers"][0]


def test_what_was_exported_does_not_differ():
    assert drift(asked().units(), running()) == ()
    assert drift(asked().units(), iter(running())) == ()  # files are read one after the other, once


def test_a_list_as_kubectl_prints_it_with_all_its_defaults_does_not_differ():
    objects = running()
    for one in objects:
        one["status"] = {"replicas": 1}
        one.setdefault("metadata", {})["uid"] = "x"
    assert drift(asked().units(), [{"kind": "List", "items": objects}]) == ()


def test_replicas_within_the_schedule_do_not_differ_and_others_do():
    assert changed(lambda one: one["spec"].update(replicas=3)) == ()
    assert changed(lambda one: one["spec"].update(replicas=4)) == (Drift("chat-fp8-h100", "replicas", 1, 4),)


def test_arguments_differ_by_name_in_either_form():
    def edit(one):
        words = engine(one)["args"]
        words[words.index("--max-num-seqs") + 1] = "256"
        at = words.index("--tensor-parallel-size")
        words[at : at + 2] = ["--tensor-parallel-size=1"]
        words.append("--enforce-eager")

    assert changed(edit) == (Drift("chat-fp8-h100", "--enforce-eager", None, "true"), Drift("chat-fp8-h100", "--max-num-seqs", "64", "256"))


def test_nodes_accelerators_and_schedules_are_compared():
    found = changed(lambda one: one["spec"]["template"]["spec"]["nodeSelector"].update({"node.kubernetes.io/instance-type": "g6e.xlarge"}))
    assert found == (Drift("chat-fp8-h100", "nodeSelector node.kubernetes.io/instance-type", "p5.4xlarge", "g6e.xlarge"),)
    assert changed(lambda one: engine(one)["resources"]["limits"].update({"nvidia.com/gpu": 2}))[0].what == "limits nvidia.com/gpu"
    assert changed(lambda one: one["spec"].update(maxReplicaCount=9), "ScaledObject")[0] == Drift("chat-fp8-h100", "maxReplicaCount", 3, 9)


def test_what_is_missing_and_what_nobody_planned_is_named_but_not_other_workloads():
    objects = [one for one in running() if one["metadata"]["name"] != "long-papers-733454-bf16-h100"]
    extra = copy.deepcopy(next(one for one in objects if one["kind"] == "Deployment"))
    extra["metadata"]["name"] = "forgotten"
    web = {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [{"image": "nginx"}]}}}}
    found = drift(asked().units(), [*objects, extra, web])
    assert [(one.name, one.what) for one in found] == [("long-papers-733454-bf16-h100", "missing"), ("forgotten", "not_planned")]
