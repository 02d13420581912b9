"""The manifests: right by Kubernetes' own schemas, in accord with each other and with the server, and driven."""

from __future__ import annotations

import copy
import http.client
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from tests.deployment.pond import example, instructions, options_of, write_pond
from tests.proxies.fronts import free_port
from tests.server.process.serving import GUARD, Serving, ask, poll, webfoot

from webfoot.server.process.bounds import longest_stop

MANIFESTS = {each["kind"]: each for each in yaml.safe_load_all(example("kubernetes.yaml"))}
POD = MANIFESTS["Deployment"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
PORTS = {each["name"]: each["containerPort"] for each in CONTAINER["ports"]}
OPTIONS = options_of(CONTAINER["args"])
LABELS = POD["metadata"]["labels"]

VERSIONS = ["1.28.0", kubernetes_validate.latest_version()]


@pytest.mark.parametrize("version", VERSIONS, ids=["old", "latest"])
@pytest.mark.parametrize("kind", MANIFESTS)
def test_the_schema(kind: str, version: str) -> None:
    kubernetes_validate.validate(MANIFESTS[kind], version, strict=True)


@pytest.mark.parametrize(
    ("at", "value"), [(("spec", "replica"), 2), (("spec", "template", "spec", "containers", 0, "args"), "webfoot")]
)
def test_the_schema_knows_better(at: tuple[str | int, ...], value: object) -> None:
    wrong = copy.deepcopy(MANIFESTS["Deployment"])
    *way, last = at
    place: Any = wrong
    for step in way:
        place = place[step]
    place[last] = value
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_there_is_time_to_stop() -> None:
    assert OPTIONS.shutdown_delay > 0
    assert POD["spec"]["terminationGracePeriodSeconds"] > longest_stop(OPTIONS)
    assert f"({longest_stop(OPTIONS):g} s here)" in example("kubernetes.yaml")


def test_the_probes_ask_where_the_server_answers() -> None:
    assert OPTIONS.admin_bind == f"0.0.0.0:{PORTS['admin']}"
    assert PORTS["http"] == OPTIONS.port
    asked = {name: CONTAINER[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")}
    assert asked["startup"] == asked["readiness"] == {"path": OPTIONS.readyz_path, "port": "admin"}
    assert asked["liveness"] == {"path": OPTIONS.livez_path, "port": "admin"}
    notes = POD["metadata"]["annotations"]
    assert notes["prometheus.io/port"] == str(PORTS["admin"])
    assert notes["prometheus.io/path"] == OPTIONS.metrics_path


def test_the_probes_are_patient() -> None:
    start, live = CONTAINER["startupProbe"], CONTAINER["livenessProbe"]
    assert start["periodSeconds"] * start["failureThreshold"] >= 120
    assert live["periodSeconds"] * live["failureThreshold"] >= 30
    for probe in (CONTAINER["readinessProbe"], live):
        assert probe["timeoutSeconds"] < probe["periodSeconds"]


def test_each_finds_the_pods() -> None:
    deployment, service = MANIFESTS["Deployment"], MANIFESTS["Service"]
    assert deployment["spec"]["selector"]["matchLabels"] == LABELS
    assert service["spec"]["selector"] == LABELS
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["http"]  # and none for the metrics
    assert MANIFESTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == LABELS
    scaled = MANIFESTS["HorizontalPodAutoscaler"]["spec"]
    kind, name = deployment["kind"], deployment["metadata"]["name"]
    assert (scaled["scaleTargetRef"]["kind"], scaled["scaleTargetRef"]["name"]) == (kind, name)
    assert scaled["minReplicas"] > MANIFESTS["PodDisruptionBudget"]["spec"]["maxUnavailable"]
    assert "replicas" not in deployment["spec"]  # each apply would set back what the autoscaler has done


def test_no_variable_of_kubernetes_is_taken_for_a_setting() -> None:
    """For a Service called webfoot each pod would get WEBFOOT_PORT=tcp://10.0.0.1:80."""
    assert POD["spec"]["enableServiceLinks"] is False


def test_it_runs_as_who_the_image_says() -> None:
    context, own = POD["spec"]["securityContext"], CONTAINER["securityContext"]
    assert ("USER", f"{context['runAsUser']}:{context['runAsGroup']}") in instructions()
    assert context["runAsNonRoot"] is own["readOnlyRootFilesystem"] is True
    assert own["allowPrivilegeEscalation"] is False
    (command,) = [rest for word, rest in instructions() if word == "CMD"]
    assert yaml.safe_load(command)[:3] == CONTAINER["args"][:3]


def test_a_pod_comes_and_goes(tmp_path: Path) -> None:
    """What a kubelet does: it asks until the pod is ready, and sends SIGTERM while requests still come."""
    admin = free_port()
    changes = {f"--admin-bind={OPTIONS.admin_bind}": f"--admin-bind=127.0.0.1:{admin}", "--host=0.0.0.0": "--port=0"}
    changes["--shutdown-delay=5"] = "--shutdown-delay=1"
    words = [changes.pop(word, word) for word in CONTAINER["args"]]
    assert not changes

    def probe(name: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", admin, timeout=GUARD)
        try:
            connection.request("GET", CONTAINER[f"{name}Probe"]["httpGet"]["path"])
            return connection.getresponse().status
        finally:
            connection.close()

    with webfoot(*words[1:], cwd=write_pond(tmp_path)) as server:
        poll(lambda: probe("startup") == 200)
        url = server.url()
        assert (probe("readiness"), probe("liveness"), ask(url)) == (200, 200, "quack")
        server.send(signal.SIGTERM)
        poll(lambda: probe("readiness") == 503)
        assert (probe("liveness"), ask(url)) == (200, "quack")
        assert server.code() == 0
    assert "the pond closes" in server.output


READ_ONLY = 'mount -o remount,bind,ro / && exec "$@"'


def test_it_writes_nothing(tmp_path: Path) -> None:
    """As with readOnlyRootFilesystem, and without the /tmp that it has there."""
    if subprocess.run(["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", "true"], capture_output=True).returncode:
        pytest.skip("nobody may mount here")
    words = ["--mount", "sh", "-c", READ_ONLY, "sh", sys.executable, "-m", "webfoot", "run", "ducks.web:app"]
    flags = ["--port", "0", "--workers", "2", "--admin-bind", f"127.0.0.1:{free_port()}"]
    with Serving(*words, *flags, cwd=write_pond(tmp_path), python="unshare") as server:
        assert ask(server.url()) == "quack"
        assert server.end() == 0
    assert "Read-only" not in server.output
