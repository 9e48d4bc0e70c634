"""Jobs of a plan as manifests: as many instances as planned, in their pool, by their deadline, and only what somebody said runs them."""

import datetime
import json

import pytest
from ruamel.yaml import YAML

from planner.errors import UsageError
from planner.export.targets import TARGETS
from tests.export.cases import asked, plan, pool, problem

POOL = "aws:p5.48xlarge@us-east-1"
TUNE = {"name": "tune", "kind": "fine_tuning", "model": "Llama-3.1-8B", "method": "lora", "tokens": 2e8, "every_months": 3, "start_month": 1,
        "deadline_hours": 72}  # fmt: skip
OWN = {"name": "Own <b>model", "kind": "pretraining", "model": "TinyLlama-1.1B", "deadline_hours": 340, "network_gb_per_s": 50}
SAID = {"jobs": {"tune": "torchrun train.py", "Own <b>model": "torchrun --nnodes=$NNODES pretrain.py"}, "job_images": {"tune": "reg/t:1", "Own <b>model": "reg/t:1"}}


def job(name, **changes):
    """A job of the plan."""
    found = {"name": name, "pool": POOL, "purchase": "firm", "instances": 1, "spare": (0,) * 24, "runs": 4, "hours_per_run": 4.5,
             "flop_per_run": 1e18, "memory_gib": 17.0}  # fmt: skip
    return {**found, **changes}


def exported(target, **changes):
    """Files of a plan with two jobs; horizon from December 2026."""
    stated = problem(jobs=[TUNE, OWN])
    made = plan(problem=stated, jobs=[job("tune"), job("Own <b>model", purchase="spot", instances=2, runs=1)])
    return TARGETS[target](asked(plan=made, problem=stated, month=datetime.date(2026, 12, 1), **{**SAID, **changes}))


def documents(text):
    return list(YAML(typ="safe", pure=True).load_all(text))


def own_name(files):
    (name,) = (name for name in files if name.startswith("job-own-b-model-"))
    return name


def test_a_job_that_recurs_is_a_cron_job_in_the_months_it_recurs():
    (one,) = documents(exported("kubernetes")["job-tune.yaml"])
    # It may begin in the second month from December 2026, and every third after that: January, April, July, October.
    assert one["kind"] == "CronJob" and one["spec"]["schedule"] == "0 0 1 1,4,7,10 *"
    spec = one["spec"]["jobTemplate"]["spec"]
    assert (spec["parallelism"], spec["completions"], spec["activeDeadlineSeconds"]) == (1, 1, 72 * 3600) and "podFailurePolicy" not in spec
    box = spec["template"]["spec"]["containers"][0]
    assert box["args"] == ["torchrun train.py"] and box["resources"]["limits"] == {"nvidia.com/gpu": "8"}
    facts = {one["name"]: one.get("value") for one in box["env"]}
    assert facts["TOKENS"] == "200000000" and facts["JOB_METHOD"] == "lora" and facts["LORA_RANK"] == "16" and facts["MODEL"] == "meta-llama/Llama-3.1-8B"


def test_a_job_on_several_spot_instances_finds_its_first_and_outlives_a_loss():
    files = exported("kubernetes")
    service, one = documents(files[own_name(files)])
    name = one["metadata"]["name"]
    assert one["kind"] == "Job" and one["spec"]["parallelism"] == 2 and one["spec"]["podFailurePolicy"]["rules"][0]["action"] == "Ignore"
    pod = one["spec"]["template"]["spec"]
    assert service["spec"]["clusterIP"] == "None" and pod["subdomain"] == service["metadata"]["name"] == name
    facts = {one["name"]: one.get("value") for one in pod["containers"][0]["env"]}
    assert (facts["NNODES"], facts["MASTER_ADDR"]) == ("2", f"{name}-0.{name}")
    assert pod["nodeSelector"]["karpenter.sh/capacity-type"] == "spot" and pod["nodeSelector"]["node.kubernetes.io/instance-type"] == "p5.48xlarge"


def test_skypilot_runs_jobs_on_their_instances_and_replaces_what_is_taken_back():
    files = exported("skypilot")
    (one,) = documents(files[own_name(files)])
    assert one["num_nodes"] == 2 and one["resources"]["use_spot"] is True and one["resources"]["job_recovery"]["strategy"] == "FAILOVER"
    assert one["resources"]["infra"] == "aws/us-east-1" and one["run"] == SAID["jobs"]["Own <b>model"]
    assert documents(files["job-tune.yaml"])[0]["resources"]["use_spot"] is False


def test_kubernetes_and_skypilot_take_the_jobs():
    validator = pytest.importorskip("kubernetes_validate", reason="the schemas of Kubernetes are not installed")
    kinds = []
    for name, text in exported("kubernetes").items():
        for one in documents(text) if name.startswith("job-") else ():
            kinds.append(one["kind"])
            validator.validate(one, "1.33", strict=True)
    assert sorted(kinds) == ["CronJob", "Job", "Service"]


def test_skypilot_takes_the_jobs():
    schemas = pytest.importorskip("sky.utils.schemas", reason="SkyPilot is not installed")
    jsonschema = pytest.importorskip("jsonschema")
    for name, text in exported("skypilot").items():
        for one in documents(text) if name.startswith("job-") else ():
            jsonschema.validate(one, schemas.get_task_schema())
            jsonschema.validate(one["resources"], schemas.get_resources_schema())


def test_a_job_that_nobody_said_how_to_run_is_not_guessed():
    assert not [name for name in exported("kubernetes", jobs={}, job_images={}) if name.startswith("job-")]
    with pytest.raises(UsageError, match="which container"):
        exported("kubernetes", job_images={})
    with pytest.raises(UsageError, match='no job "tuna"'):
        exported("kubernetes", jobs={"tuna": "x"})


def test_months_that_no_calendar_repeats_are_a_job_that_says_so():
    stated = problem(jobs=[{**TUNE, "every_months": 5}])
    files = TARGETS["kubernetes"](asked(plan=plan(problem=stated, jobs=[job("tune")]), problem=stated, jobs={"tune": "x"}, job_images={"tune": "y"}))
    (one,) = documents(files["job-tune.yaml"])
    assert one["kind"] == "Job" and "again every 5 months" in json.dumps(one["metadata"]["annotations"])


def test_processors_ask_for_no_device():
    from tests.export.cases import deployment

    own = deployment(accelerator="Xeon-8488C-4c", variant="bf16", instance_type="c7i.2xlarge", pool="aws:c7i.2xlarge@us-east-1")
    pools = [{**pool(), "id": "aws:c7i.2xlarge@us-east-1", "instance_type": "c7i.2xlarge", "accelerator": "Xeon-8488C-4c"}]
    made = plan(services=[{"name": "chat", "deployments": [own]}], pools=pools, commitments=[])
    (text,) = TARGETS["kubernetes"](asked(plan=made, image="me/vllm-cpu:1")).values()
    box = next(one for one in documents(text) if one["kind"] == "Deployment")["spec"]["template"]["spec"]
    assert box["tolerations"] == [] and box["containers"][0]["resources"]["limits"] == {} and box["containers"][0]["resources"]["requests"]["cpu"] == "6"
    with pytest.raises(UsageError, match="Intel"):
        TARGETS["sagemaker"](asked(plan=made))
