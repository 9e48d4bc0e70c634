"""What a plan is exported to says what the plan says, and is kept to be read."""

import json
import shlex

import pytest
from ruamel.yaml import YAML

from planner.errors import InvalidInput, UsageError
from planner.export.kubernetes import kubernetes
from planner.export.schedule import windows
from planner.export.targets import TARGETS
from planner.export.yaml_text import yaml_text
from tests.export import golden
from tests.export.cases import asked, deployment, plan, pool, problem


def documents(text):
    return list(YAML(typ="safe", pure=True).load_all(text))


def manifests(**changes):
    return [one for text in TARGETS["kubernetes"](asked(**changes)).values() for one in documents(text)]


def named(kind, name, **changes):
    return next(one for one in manifests(**changes) if one["kind"] == kind and one["metadata"]["name"] == name)


def options(words):
    """``--name value`` pairs."""
    return {words[at]: words[at + 1] for at in range(len(words) - 1) if words[at].startswith("--")}


def test_the_files_are_those_that_are_kept():
    assert golden.made() == golden.kept(), "look at the difference, then: python -m tests.export.golden --write"


def test_vllm_is_started_as_planned():
    engine = named("Deployment", "long-papers-733454-bf16-h100")["spec"]["template"]["spec"]["containers"][0]
    assert engine["command"] == ["vllm", "serve"] and engine["args"][0] == "Qwen/Qwen2.5-72B-Instruct"
    found = options(engine["args"])
    assert found["--tensor-parallel-size"] == "4" and found["--pipeline-parallel-size"] == "1" and found["--max-num-seqs"] == "32"
    assert found["--max-model-len"] == "32000" and found["--dtype"] == "bfloat16" and "--quantization" not in found
    assert engine["resources"]["limits"] == {"nvidia.com/gpu": "4"}
    # Half of the host's 192 processors and 2,048 GiB, four fifths of that for the pod.
    assert engine["resources"]["requests"]["cpu"] == "76" and engine["resources"]["requests"]["memory"] == "819Gi"


def test_eight_bits_are_made_while_loading_and_the_context_is_that_of_the_longest_class():
    found = options(named("Deployment", "chat-fp8-h100")["spec"]["template"]["spec"]["containers"][0]["args"])
    # 3,000 in and 500 out.
    assert found["--quantization"] == "fp8" and found["--max-model-len"] == "3500" and found["--served-model-name"] == "chat"


def test_sglang_is_started_as_planned():
    own = plan(services=[{"name": "chat", "deployments": [deployment(engine="SGLang", tp=2)]}])
    engine = named("Deployment", "chat-fp8-h100", plan=own)["spec"]["template"]["spec"]["containers"][0]
    found = options(engine["args"])
    assert engine["command"] == ["python3", "-m", "sglang.launch_server"]
    assert (found["--tp-size"], found["--max-running-requests"], found["--context-length"], found["--quantization"]) == ("2", "64", "3500", "fp8")


def test_hours_become_schedules_and_the_rest_of_the_day_has_the_fewest():
    scaled = named("ScaledObject", "chat-fp8-h100")["spec"]
    assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (1, 3)
    assert [one["metadata"] for one in scaled["triggers"]] == [
        # Three from 8:00 on: those that are added begin to start six minutes before, as the problem states by default.
        {"timezone": "Etc/UTC", "start": "54 7 * * *", "end": "0 20 * * *", "desiredReplicas": "3"}
    ]


def test_what_never_changes_has_no_schedule():
    assert not [one for one in manifests() if one["kind"] == "ScaledObject" and "papers" in one["metadata"]["name"]]


def test_spot_goes_to_spot_nodes_and_firm_does_not():
    spot, firm = (named("Deployment", name)["spec"]["template"]["spec"] for name in ("chat-fp8-h100-spot", "chat-fp8-h100"))
    assert spot["nodeSelector"]["karpenter.sh/capacity-type"] == "spot"
    assert {"key": "karpenter.sh/capacity-type", "operator": "Equal", "value": "spot", "effect": "NoSchedule"} in spot["tolerations"]
    assert "karpenter.sh/capacity-type" not in firm["nodeSelector"]
    assert firm["nodeSelector"]["node.kubernetes.io/instance-type"] == "p5.4xlarge"


@pytest.mark.parametrize(
    ("replicas", "kind", "expected"),
    [
        ((2,) * 24, "day", []),
        # 22:00 to 02:00 is one window over midnight.
        ((3, 3) + (1,) * 20 + (3, 3), "day", [("0 22 * * *", "0 2 * * *", 3)]),
        ((1, 1, 2, 3), "day", [("0 12 * * *", "0 18 * * *", 2), ("0 18 * * *", "0 0 * * *", 3)]),
        # Weekdays from 20:00 to midnight, ending on the days after them.
        ((1,) * 20 + (2,) * 4 + (1,) * 24, "weekday_weekend", [("0 20 * * 1-5", "0 0 * * 2-6", 2)]),
        # Sunday from 23:00 to Monday 0:00: cron's Sunday is 0.
        ((1,) * 167 + (4,), "week", [("0 23 * * 0", "0 0 * * 1", 4)]),
    ],
)
def test_periods_become_windows_of_the_week(replicas, kind, expected):
    assert [(one.start, one.end, one.replicas) for one in windows(replicas, kind)] == expected
    assert all(one.begins == one.start for one in windows(replicas, kind))


@pytest.mark.parametrize(
    ("replicas", "kind", "minutes", "expected"),
    [
        # Six minutes before noon; the third replica before six in the evening. What leaves, leaves at the end of its period.
        ((1, 1, 2, 3), "day", 6, [("54 11 * * *", "0 18 * * *", 2), ("54 17 * * *", "0 0 * * *", 3)]),
        # Nothing is added at 18:00, so nothing begins early there.
        ((1, 1, 3, 2), "day", 6, [("54 11 * * *", "0 18 * * *", 3), ("0 18 * * *", "0 0 * * *", 2)]),
        # At midnight, it begins on the day before; also where a start takes more than an hour.
        ((2, 1, 1, 1), "day", 90, [("30 22 * * *", "0 6 * * *", 2)]),
        ((1,) * 48 + (2,) * 24 + (1,) * 96, "week", 6, [("54 23 * * 2", "0 0 * * 4", 2)]),
        # Every weekday at 0:00 follows a day that ends with one; Monday to Friday become Sunday to Thursday.
        ((2,) * 12 + (1,) * 36, "weekday_weekend", 6, [("54 23 * * 0-4", "0 12 * * 1-5", 2)]),
        # Weekdays end with two and weekends with three: on Monday at 0:00 one goes, and on Saturday one comes.
        ((2,) * 24 + (3,) * 24, "weekday_weekend", 6, [("54 23 * * 5", "0 0 * * 0", 3), ("0 0 * * 0", "0 0 * * 1", 3)]),
    ],
)
def test_replicas_that_a_period_adds_start_before_it_begins(replicas, kind, minutes, expected):
    assert [(one.start, one.end, one.replicas) for one in windows(replicas, kind, minutes)] == expected


def test_skyserve_keeps_the_firm_base_and_falls_back_on_demand():
    task = documents(TARGETS["skyserve"](asked())["chat-fp8-h100-us-east-1.yaml"])[0]
    assert task["resources"] | {"image_id": ""} == {
        "infra": "aws/us-east-1", "instance_type": "p5.4xlarge", "ports": 8000, "use_spot": True, "image_id": "",
    }
    policy = task["service"]["replica_policy"]
    assert policy["dynamic_ondemand_fallback"] is True and policy["base_ondemand_fallback_replicas"] == 1
    # One to three firm, none to two spot.
    assert (policy["min_replicas"], policy["max_replicas"]) == (1, 5)


def test_weights_that_nobody_published_must_be_named():
    own = plan(services=[{"name": "chat", "deployments": [deployment(variant="int4-awq")]}])
    with pytest.raises(InvalidInput, match="--weights 'chat:int4-awq=ID'"):
        TARGETS["kubernetes"](asked(plan=own))
    engine = named("Deployment", "chat-int4-awq-h100", plan=own, weights={"chat:int4-awq": "me/chat-awq"})
    assert engine["spec"]["template"]["spec"]["containers"][0]["args"][0] == "me/chat-awq"


def test_accelerators_that_no_known_image_runs_on_need_one():
    own = plan(services=[{"name": "chat", "deployments": [deployment(accelerator="MI300X")]}])
    for target in ("kubernetes", "helm", "skypilot", "skyserve"):
        with pytest.raises(UsageError, match="no image of vLLM for AMD"):
            TARGETS[target](asked(plan=own))
    pod = named("Deployment", "chat-fp8-mi300x", plan=own, image="mine/vllm-rocm:1")["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "mine/vllm-rocm:1" and pod["containers"][0]["resources"]["limits"] == {"amd.com/gpu": "1"}


def test_a_cache_of_prefixes_is_part_of_the_engine_and_adapted_models_need_their_weights_named():
    cached = plan(services=[{"name": "chat", "deployments": [deployment(variant="bf16+manual")]}])
    (unit,) = asked(plan=cached).units()
    assert (unit.weights, unit.precision, unit.prefixes) == ("meta-llama/Llama-3.1-8B", "bfloat16", True)
    tuned = plan(services=[{"name": "chat", "deployments": [deployment(variant="tuned/fp8")]}])
    with pytest.raises(InvalidInput, match="chat:tuned/fp8"):
        asked(plan=tuned).units()
    (unit,) = asked(plan=tuned, weights={"chat:tuned/fp8": "me/tuned"}).units()
    assert (unit.weights, unit.quantise) == ("me/tuned", "fp8")


def test_targets_refuse_what_they_cannot_run():
    with pytest.raises(UsageError, match="no endpoints as spot"):
        TARGETS["sagemaker"](asked())
    with pytest.raises(UsageError, match="role"):
        TARGETS["sagemaker"](asked(role=None))
    elsewhere = plan(services=[{"name": "chat", "deployments": [deployment(provider="crusoe")]}])
    with pytest.raises(UsageError, match="does not rent from crusoe"):
        TARGETS["skypilot"](asked(plan=elsewhere))
    sglang = plan(services=[{"name": "chat", "deployments": [deployment(engine="SGLang")]}])
    with pytest.raises(UsageError, match="vLLM alone"):
        TARGETS["helm"](asked(plan=sglang))
    with pytest.raises(UsageError, match="no season"):
        TARGETS["kubernetes"](asked(season="summer"))


HOSTILE = ("<script>", "yes", "1e3", "a: b\n- c", "'; rm -rf / #", "$(reboot)", "{{ .Values }}", "\x1b[31m", "abc\u202edef", "x" * 10_000, "…", "&a *b", "!!python")


def test_hostile_names_stay_text_in_yaml():
    for name in HOSTILE:
        # A byte like NEL would be folded were it not written by its code.
        # A key that long is no key of YAML.
        data = {name[:500]: [name, {"k": name}], "n": 1.5, "e": {}, "l": []}
        assert documents(yaml_text(data)) == [data]
        assert "\x1b" not in yaml_text(name) and "\u202e" not in yaml_text(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_make_good_manifests_and_no_command(name):
    stated = problem().model_dump(mode="json")
    stated["services"][0]["name"] = name
    own = plan(services=[{"name": name, "deployments": [deployment()]}])
    own = own.model_copy(update={"inputs": own.inputs.model_copy(update={"problem": stated})})
    files = kubernetes(asked(plan=own).units())
    for file, text in files.items():
        assert len(file) < 70 and "/" not in file
        for one in documents(text):
            assert len(one["metadata"]["name"]) <= 63 and one["metadata"]["name"].replace("-", "").isalnum()
    task = documents(next(iter(TARGETS["skypilot"](asked(plan=own)).values())))[0]
    assert shlex.split(task["run"])[4] == name


def test_litellm_sends_each_service_to_its_own_endpoint():
    config = documents(TARGETS["litellm"](asked())["config.yaml"])[0]
    assert [one["model_name"] for one in config["model_list"]] == ["chat", "Long Papers"]
    assert config["model_list"][1]["litellm_params"]["api_base"] == "http://long-papers-733454/v1"


def test_litellm_sends_the_bought_share_to_the_seller_and_workers_to_their_address():
    def hosted(mode, name, provider, rate):
        return {"mode": mode, "name": name, "provider": provider, "rate_per_s": {"c1": (rate,) * 24}, "usd_per_month": 1.0}

    own = plan(services=[{"name": "chat", "deployments": [deployment()], "hosted": [
        hosted("provider_api", "together:meta-llama/Llama-3.1-8B", "together", 1.0), hosted("serverless", "modal:Functions L4 fp8", "modal", 0.25)]}])
    entries = [one["litellm_params"] for one in documents(TARGETS["litellm"](asked(plan=own))["config.yaml"])[0]["model_list"]]
    # Two requests/s for each of one and three replicas, half a day each.
    assert entries[0]["weight"] == 4.0
    assert entries[1] == {"model": "together_ai/meta-llama/Llama-3.1-8B", "api_key": "os.environ/TOGETHER_AI_API_KEY", "weight": 1.0}
    assert entries[2] == {"model": "hosted_vllm/chat", "api_base": "os.environ/CHAT_URL", "api_key": "os.environ/CHAT_API_KEY", "weight": 0.25}


def test_requests_for_bought_units_do_not_go_where_they_are_paid_by_the_token():
    def hosted(mode, provider):
        name = f"{provider}:m" + (" provisioned" if mode == "provisioned" else "")
        return {"mode": mode, "name": name, "provider": provider, "rate_per_s": {"c1": (1.0,) * 24}, "usd_per_month": 1.0}

    uses = [hosted(mode, provider) for provider in ("bedrock", "azure") for mode in ("provider_api", "provisioned")]
    own = plan(services=[{"name": "chat", "deployments": [], "hosted": uses}])
    tokens, units, azure, azure_units = [one["litellm_params"] for one in documents(TARGETS["litellm"](asked(plan=own))["config.yaml"])[0]["model_list"]]
    assert "model_id" not in tokens and units == {**tokens, "model_id": "os.environ/CHAT_PROVISIONED_ARN"}
    assert "api_base" not in azure and azure_units["api_base"] == "os.environ/CHAT_PROVISIONED_URL"


def test_a_sellers_batch_has_a_name_of_its_own():
    use = {"mode": "batch", "name": "openai:gpt-x batch", "provider": "openai", "rate_per_s": {"c1": (0.5,) * 24}, "usd_per_month": 1.0}
    own = plan(services=[{"name": "chat", "deployments": [], "hosted": [use]}])
    (entry,) = documents(TARGETS["litellm"](asked(plan=own))["config.yaml"])[0]["model_list"]
    assert (entry["model_name"], entry["litellm_params"]["model"], entry["model_info"]) == ("chat-batch", "openai/gpt-x", {"mode": "batch"})


def test_a_plan_that_deploys_nothing_of_its_own_is_refused_where_there_is_nothing_to_write():
    own = plan(services=[{"name": "chat", "deployments": []}])
    with pytest.raises(UsageError, match="nothing of its own"):
        TARGETS["kubernetes"](asked(plan=own))


def test_what_a_provider_runs_goes_to_its_endpoints_alone():
    of = {"instance_type": "ml.p5.4xlarge", "region": "aws/SageMaker:us-east-1", "pool": "aws:ml.p5.4xlarge@us-east-1"}
    made = plan(services=[{"name": "chat", "deployments": [deployment(**of)], "share_usd_per_month": 0.0}],
                pools=[pool(id=of["pool"], instance_type=of["instance_type"], region=of["region"])])  # fmt: skip
    files = TARGETS["sagemaker"](asked(plan=made, role="arn:aws:iam::1:role/r"))
    config = next(json.loads(text) for name, text in files.items() if name.endswith("2-create-endpoint-config.json"))
    assert config["ProductionVariants"][0]["InstanceType"] == "ml.p5.4xlarge"
    with pytest.raises(UsageError, match="aws/SageMaker"):
        TARGETS["kubernetes"](asked(plan=made))


def test_sagemaker_gets_its_requests_in_order():
    files = {name: json.loads(text) for name, text in TARGETS["sagemaker"](golden.without_spot()).items()}
    config = files["chat-fp8-h100/2-create-endpoint-config.json"]["ProductionVariants"][0]
    assert config["InstanceType"] == "ml.p5.4xlarge" and config["InitialInstanceCount"] == 1
    # Two replicas of four accelerators stand on one instance of eight.
    assert files["long-papers-733454-bf16-h100/2-create-endpoint-config.json"]["ProductionVariants"][0]["InitialInstanceCount"] == 1
    assert files["chat-fp8-h100/5-put-scheduled-action-1-start.json"]["Schedule"] == "cron(54 7 * * ? *)"


def serverless():
    workers = {"variant": "int8-w8a8", "accelerator": "cpu", "max_num_seqs": 1, "engine": "vLLM", "stops_when_idle": (1,) * 24,
               "up_share": (0.5,) * 24, "busy": (2,) * 12 + (3,) * 12, "kept": (0,) * 24, "cold_share": (0.1,) * 24}  # fmt: skip
    use = {"mode": "serverless", "name": "aws:SageMaker serverless", "provider": "aws", "rate_per_s": {"c1": (0.1,) * 24}, "usd_per_month": 1.0}
    return plan(services=[{"name": "chat", "deployments": [], "hosted": [{**use, "workers": workers}]}])


def test_serverless_endpoints_have_all_the_memory_and_the_concurrency_planned():
    files = TARGETS["sagemaker"](asked(plan=serverless(), weights={"chat": "me/small"}, image="me/vllm-cpu:1"))
    variant = json.loads(files["chat-serverless/2-create-endpoint-config.json"])["ProductionVariants"][0]
    # Three busy workers and one that stops when idle.
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 6144, "MaxConcurrency": 4} and "InstanceType" not in variant
    with pytest.raises(UsageError, match="which weights"):
        TARGETS["sagemaker"](asked(plan=serverless()))
    with pytest.raises(UsageError, match="no image for that is known"):
        TARGETS["sagemaker"](asked(plan=serverless(), weights={"chat": "me/small"}))


def test_asynchronous_endpoints_answer_into_a_bucket():
    own = golden.without_spot()
    files = TARGETS["sagemaker"](asked(plan=own.plan, bucket="answers"))
    found = json.loads(files["chat-fp8-h100/2-create-endpoint-config.json"])["AsyncInferenceConfig"]
    assert found["OutputConfig"]["S3OutputPath"] == "s3://answers/chat-fp8-h100/" and found["ClientConfig"]["MaxConcurrentInvocationsPerInstance"] == 64
