"""Exports against what their targets publish: schemas and parsers from the targets' own packages."""

import json
import os

import pytest
from ruamel.yaml import YAML

from planner.export.targets import TARGETS
from tests.export import golden
from tests.export.cases import asked
from tests.export.test_export_files import serverless


# LiteLLM looks for prices on the network when it is imported, unless it is told not to.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")


def documents(text):
    return list(YAML(typ="safe", pure=True).load_all(text))


def test_kubernetes_takes_the_manifests():
    validator = pytest.importorskip("kubernetes_validate", reason="the schemas of Kubernetes are not installed")
    kinds = []
    for text in TARGETS["kubernetes"](asked()).values():
        for one in documents(text):
            kinds.append(one["kind"])
            if not one["apiVersion"].startswith("keda.sh/"):
                validator.validate(one, "1.33", strict=True)
    assert {"Service", "Deployment", "ScaledObject", "PodDisruptionBudget"} == set(kinds)


def schedules():
    """Every ScaledObject: beside the manifests, and in the values of the chart."""
    found = [one for text in TARGETS["kubernetes"](asked()).values() for one in documents(text) if one["kind"] == "ScaledObject"]
    return [*found, *documents(TARGETS["helm"](asked())["values.yaml"])[0]["extraObjects"]]


def test_keda_takes_the_schedules():
    keda = pytest.importorskip("cloudcoil.models.keda.v1alpha1", reason="the models of KEDA's resources are not installed")
    for one in schedules():
        # Its models are made from the published custom resource definitions; a field that these do not have would be lost.
        read = keda.ScaledObject.model_validate(one)
        assert read.model_dump(by_alias=True, exclude_none=True, exclude_unset=True, mode="json") == one


def test_a_cron_trigger_says_what_the_scaler_asks_for():
    # The resource definition leaves a trigger's metadata open: its keys are those of the cron scaler, and all values are text.
    for one in schedules():
        spec = one["spec"]
        assert 0 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] and set(spec["scaleTargetRef"]) == {"name"}
        for trigger in spec["triggers"]:
            assert trigger["type"] == "cron" and set(trigger["metadata"]) == {"timezone", "start", "end", "desiredReplicas"}
            assert all(isinstance(value, str) for value in trigger["metadata"].values()) and trigger["metadata"]["start"] != trigger["metadata"]["end"]
            assert int(trigger["metadata"]["desiredReplicas"]) <= spec["maxReplicaCount"]


# What helm/values.schema.json of vllm-project/production-stack says of the fields that are written (commit 01eaf92, read 2026-11-21), and
# what the chart's templates require. No package registry carries the chart, so its facts are stated here.
CHART = {
    "name": str, "repository": str, "tag": str, "modelURL": str, "replicaCount": int, "requestCPU": int, "requestMemory": str, "requestGPU": int,
    "requestGPUType": str, "vllmConfig": dict, "tolerations": list, "nodeSelectorTerms": list,
}  # fmt: skip
CHART_ENGINE = {"tensorParallelSize": int, "maxNumSeqs": int, "maxModelLen": int, "dtype": str, "enablePrefixCaching": bool, "extraArgs": list}


def test_the_production_stack_takes_the_values():
    values = documents(TARGETS["helm"](asked())["values.yaml"])[0]
    assert set(values) == {"servingEngineSpec", "extraObjects"} and set(values["servingEngineSpec"]) == {"enableEngine", "modelSpec"}
    for one in values["servingEngineSpec"]["modelSpec"]:
        assert set(one) <= set(CHART) and set(one["vllmConfig"]) <= set(CHART_ENGINE)
        assert all(isinstance(value, CHART[name]) for name, value in one.items())
        assert all(isinstance(value, CHART_ENGINE[name]) for name, value in one["vllmConfig"].items())
        assert all(isinstance(word, str) for word in one["vllmConfig"]["extraArgs"])
        assert {"name", "repository", "tag", "modelURL", "replicaCount", "requestCPU", "requestMemory", "requestGPU"} <= set(one)
    names = {one["name"] for one in values["servingEngineSpec"]["modelSpec"]}
    targets = {one["spec"]["scaleTargetRef"]["name"] for one in values["extraObjects"]}
    assert targets <= {f"{{{{ .Release.Name }}}}-{name}-deployment-vllm" for name in names}


def test_aws_takes_the_requests():
    loaders = pytest.importorskip("botocore.loaders", reason="the service models of AWS are not installed")
    from botocore.model import ServiceModel
    from botocore.validate import ParamValidator

    models = {name: ServiceModel(loaders.Loader().load_service_model(name, "service-2")) for name in ("sagemaker", "application-autoscaling")}
    operations = {"1": "CreateModel", "2": "CreateEndpointConfig", "3": "CreateEndpoint", "4": "RegisterScalableTarget", "5": "PutScheduledAction"}
    files = TARGETS["sagemaker"](golden.without_spot()) | TARGETS["sagemaker"](asked(plan=golden.without_spot().plan, bucket="answers"))
    files |= TARGETS["sagemaker"](asked(plan=serverless(), weights={"chat": "me/small"}, image="me/vllm-cpu:1"))
    for name, text in files.items():
        number = name.rpartition("/")[2][0]
        model = models["sagemaker" if number < "4" else "application-autoscaling"]
        shape = model.operation_model(operations[number]).input_shape
        assert not ParamValidator().validate(json.loads(text), shape).has_errors(), name
        for variant in json.loads(text).get("ProductionVariants", ()):
            assert "ServerlessConfig" in variant or variant["InstanceType"] in model.shape_for("ProductionVariantInstanceType").enum


def test_skypilot_takes_the_tasks_and_services():
    schemas = pytest.importorskip("sky.utils.schemas", reason="SkyPilot is not installed")
    jsonschema = pytest.importorskip("jsonschema")
    for target in ("skypilot", "skyserve"):
        for text in TARGETS[target](asked()).values():
            task = documents(text)[0]
            jsonschema.validate(task, schemas.get_task_schema())
            jsonschema.validate(task["resources"], schemas.get_resources_schema())
            if target == "skyserve":
                jsonschema.validate(task["service"], schemas.get_service_schema())


# The fields of SkyPilot's schemas that are written, for where it is not installed.
TASK = {"name", "resources", "envs", "run", "service"}
RESOURCES = {"infra", "instance_type", "ports", "use_spot", "image_id"}
POLICY = {"min_replicas", "max_replicas", "target_qps_per_replica", "dynamic_ondemand_fallback", "base_ondemand_fallback_replicas"}


def test_skypilot_knows_the_fields():
    for target in ("skypilot", "skyserve"):
        for text in TARGETS[target](asked()).values():
            task = documents(text)[0]
            assert set(task) <= TASK and set(task["resources"]) == RESOURCES
            policy = task.get("service", {}).get("replica_policy", {"min_replicas": 0})
            assert set(policy) <= POLICY and policy.get("max_replicas", 0) >= policy["min_replicas"] * ("max_replicas" in policy)
            # A range of replicas needs a rate to scale by.
            assert ("max_replicas" in policy) == ("target_qps_per_replica" in policy)


def test_litellm_takes_the_configuration():
    router = pytest.importorskip("litellm.types.router", reason="LiteLLM is not installed")
    config = documents(TARGETS["litellm"](asked())["config.yaml"])[0]
    for one in config["model_list"]:
        router.Deployment(**one)


def test_litellm_knows_every_seller_of_the_catalogue():
    litellm = pytest.importorskip("litellm", reason="LiteLLM is not installed")
    from planner.catalog import load_catalog
    from planner.export.litellm import SELLERS

    for seller in {row.provider for row in load_catalog("2026-11").api_prices.values()}:
        name = SELLERS.get(seller, seller)
        assert litellm.get_llm_provider(f"{name}/model")[1] == name


def test_litellm_knows_the_fields():
    config = documents(TARGETS["litellm"](asked())["config.yaml"])[0]
    assert set(config) == {"model_list", "router_settings"}
    for one in config["model_list"]:
        assert set(one) == {"model_name", "litellm_params"} and set(one["litellm_params"]) == {"model", "api_base", "api_key", "weight"}
        assert one["litellm_params"]["model"].startswith("hosted_vllm/") and one["litellm_params"]["weight"] > 0
