"""The files in deploy/ against the schemas of what reads them, and against what they call."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from cli.main import cli
from tests.shapes import REPO

DEPLOY = REPO / "deploy"
COMPOSE = DEPLOY / "docker-compose.yml"


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text())


def test_compose_is_what_the_specification_takes() -> None:
    compose = pytest.importorskip("compose_spec")
    asked = read(COMPOSE.name)  # with its aliases resolved, as Docker resolves them
    found = compose.PyCompose.from_json(json.dumps(asked))
    assert set(found.services) == {"catalogue", "objects", "bucket", "store", "server"}
    for service, name, value in (("server", "ports", 8000), ("objects", "helthcheck", {}), ("store", "image", [])):
        wrong = {**asked, "services": {**asked["services"], service: {**asked["services"][service], name: value}}}
        with pytest.raises(ValueError):
            compose.PyCompose.from_json(json.dumps(wrong))


def test_services_wait_for_services_that_are_there() -> None:
    services = read("docker-compose.yml")["services"]
    for service in services.values():
        for name, condition in service.get("depends_on", {}).items():
            healthy = condition["condition"] == "service_healthy"
            assert name in services and ("healthcheck" in services[name]) == healthy
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))
    assert asked == set(re.findall(r"(?m)^(\w+)=", (DEPLOY / "example.env").read_text()))
    images = [service["image"] for service in services.values() if "image" in service]
    assert images and all(":" in image and not image.endswith(":latest") for image in images)


def test_the_cluster_is_what_ray_takes() -> None:
    pytest.importorskip("ray", reason="needs Ray: pip install 'inrstore[ray]'")
    from jsonschema.exceptions import ValidationError
    from ray.autoscaler._private.util import prepare_config, validate_config

    validate_config(prepare_config(read("ray-cluster.yaml")))
    with pytest.raises(ValidationError):
        validate_config(prepare_config({**read("ray-cluster.yaml"), "max_workrs": 2}))


def test_the_job_has_pods_as_kuberay_takes_them() -> None:
    job = read("rayjob.yaml")
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    cluster = job["spec"]["rayClusterSpec"]
    pinned = re.search(r"(?m)^ray==(\S+)$", (REPO / "constraints.txt").read_text())
    assert pinned and cluster["rayVersion"] == pinned[1], "the image has the version of constraints.txt"
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        (container,) = group["template"]["spec"]["containers"]
        assert {"name", "image", "resources"} <= set(container) and "rayStartParams" in group
    (workers,) = cluster["workerGroupSpecs"]
    assert workers["minReplicas"] <= workers["replicas"] <= workers["maxReplicas"]


@pytest.mark.parametrize("path", sorted(DEPLOY.iterdir()), ids=lambda path: path.name)
def test_commands_have_options_that_there_are(path: Path) -> None:
    """Each `inrstore COMMAND --option` is one that the command line knows."""
    text = path.read_text().replace("\\\n", " ")
    calls = re.findall(r"inrstore ((?:ingest|init|stats|serve|index)\b[^\n#|&\"\]]*)", text)
    calls += [service["command"] for service in [read(COMPOSE.name)["services"]["server"]] if path == COMPOSE]
    for call in calls:
        command, *words = shlex.split(call)
        known = CliRunner().invoke(cli, [command, "--help"]).output
        for option in (word for word in words if word.startswith("--")):
            assert option in known, f"{path.name}: inrstore {command} has no {option}"
    assert calls or path.name in ("Dockerfile", "example.env")


def test_the_image_installs_extras_that_there_are() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    (extras,) = re.findall(r"\.\[([\w,]+)\]", text)
    known = set(re.findall(r"(?m)^(\w+) = \[", (REPO / "pyproject.toml").read_text()))
    assert set(extras.split(",")) <= known
