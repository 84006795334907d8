"""Tests of the deployment recipes in deploy/ and of deploy/space.py."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from huggingface_hub import HfApi, SpaceHardware

from deploy import space
from funaudio_core import settings
from funaudio_core.engines.remote import endpoint, server_profiles
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
FRONTS = [name for name in SERVICES if name.startswith("front-")]


def command(service: str) -> list[str]:
    return shlex.split(SERVICES[service]["command"])


def option(service: str, name: str) -> str:
    words = command(service)
    return words[words.index(name) + 1]


def test_services_depend_on_services_with_a_health_check() -> None:
    dockerfile = (DEPLOY / "front.dockerfile").read_text(encoding="utf-8")
    for name, service in SERVICES.items():
        for other, condition in service.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}, name
            built_from = str(SERVICES[other].get("build", {}).get("dockerfile", ""))
            assert "healthcheck" in SERVICES[other] or (
                built_from.endswith("front.dockerfile") and "HEALTHCHECK" in dockerfile
            ), other


def test_volumes_and_files_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).is_file(), volume
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_only_nginx_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]


def test_nginx_lists_exactly_the_fronts() -> None:
    dockerfile = (DEPLOY / "front.dockerfile").read_text(encoding="utf-8")
    port = re.search(r"FUNAUDIO_PORT=(\d+)", dockerfile)
    assert port is not None
    assert re.findall(r"server ([\w-]+:\d+)", NGINX) == [f"{name}:{port.group(1)}" for name in FRONTS]
    assert f"EXPOSE {port.group(1)}" in dockerfile
    assert f"127.0.0.1:{port.group(1)}/health" in dockerfile


def test_nginx_accepts_the_largest_upload_of_a_front() -> None:
    limit = re.search(r"client_max_body_size (\d+)m", NGINX)
    assert limit is not None
    assert int(limit.group(1)) > settings.read().max_file_megabytes


def test_router_lists_exactly_the_speech_servers() -> None:
    words = command("tts")
    start = words.index("--worker-urls") + 1
    workers = [word for word in words[start:] if word.startswith("http://")]
    voices = [name for name in SERVICES if name.startswith("tts-")]
    assert workers == [f"http://{name}:{option(name, '--port')}" for name in voices]


@pytest.mark.parametrize("front", FRONTS)
def test_fronts_are_configured_with_the_names_and_ports_of_their_engines(
    front: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {name: str(value) for name, value in SERVICES[front]["environment"].items()}
    source = (ROOT / "funaudio_core" / "settings.py").read_text(encoding="utf-8")
    for name, value in environment.items():
        assert f'"{name}"' in source, f"{name} is no setting"
        monkeypatch.setenv(name, "" if value.startswith("${") else value)
    values = settings.read.__wrapped__()
    assert values.tier == "remote"
    assert values.trusted_proxies == 1
    for variable, address, capabilities, model_option in (
        ("FUNAUDIO_TTS_URL", values.tts_url, server_profiles.SPEECH_CAPABILITIES, "--model-name"),
        ("FUNAUDIO_ASR_URL", values.asr_url, server_profiles.RECOGNITION_CAPABILITIES, "--model-name"),
        ("FUNAUDIO_CHAT_URL", values.chat_url, frozenset[str](), "--served-model-name"),
    ):
        engine = endpoint.parse_endpoint(variable, address, capabilities)
        url = urlsplit(engine.url)
        assert url.path == "/v1"
        assert str(url.port) == option(str(url.hostname), "--port")
        service = "tts-1" if url.hostname == "tts" else str(url.hostname)
        assert engine.model == option(service, model_option)


def test_image_contains_the_app_and_runs_without_root() -> None:
    text = (DEPLOY / "front.dockerfile").read_text(encoding="utf-8")
    ignored = (DEPLOY / "front.dockerfile.dockerignore").read_text(encoding="utf-8").split()
    copied = {word for line in re.findall(r"^COPY (.*)", text, re.MULTILINE) for word in line.split()[:-1]}
    copied = {word for word in copied if not word.startswith("--")}
    assert {"app.py", "tabs", "funaudio_core", "examples_audio", "requirements.txt", "packages.txt"} <= copied
    for name in copied:
        assert (ROOT / name).exists()
        assert f"!{name}" in ignored, f"{name} is kept from the build"
    assert text.index("USER front") < text.index('CMD ["python", "app.py"]')


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_accepts_its_configuration(tmp_path: Path) -> None:
    path = tmp_path / "nginx.conf"
    path.write_text(re.sub(r"front-\d", "127.0.0.1", NGINX.replace("listen 80", "listen 127.0.0.1:18080")))
    result = subprocess.run(
        ["nginx", "-t", "-p", str(tmp_path), "-c", str(path), "-g", f"pid {tmp_path}/pid; error_log stderr;"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "test is successful" in result.stderr, result.stderr


# The Space


class FakeApi:
    """Recorder of calls with the signatures of HfApi."""

    def __init__(self, hardware: str) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._hardware = hardware

    def __getattr__(self, name: str) -> Any:
        import inspect

        real = inspect.signature(getattr(HfApi, name))

        def call(*args: Any, **kwargs: Any) -> Any:
            bound = real.bind(self, *args, **kwargs)  # fails as the real one would
            self.calls.append((name, {key: value for key, value in bound.arguments.items() if key != "self"}))
            return SimpleNamespace(requested_hardware=self._hardware)

        return call


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    (root / "app.py").write_text("print()\n")
    (root / "a [b].txt").write_text("odd\n")
    (root / ".gitignore").write_text("weights\n")
    (root / "weights").write_text("x" * 1000)
    for words in ("init -q", "add app.py", "add .gitignore", "add :/a*"):
        subprocess.run(["git", *words.split()], cwd=root, check=True)
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, "commit", "-qm", "first"], cwd=root, check=True)
    (root / "secret.env").write_text("# for the app\nFUNAUDIO_SERVER_API_KEY=hush=hush\n\n")
    monkeypatch.setattr(space, "ROOT", root)
    return root


ARGUMENTS = ["me/funaudio", "--variable", "FUNAUDIO_TIER=full"]


def test_dry_run_prints_everything_but_secrets_and_makes_no_request(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: pytest.fail("asked the hub"))
    space.main([*ARGUMENTS, "--secrets", str(repository / "secret.env"), "--dry-run"])
    output = capsys.readouterr().out
    for words in ("would create the public Space me/funaudio on zero-a10g", "FUNAUDIO_TIER=full", "upload 3 files"):
        assert words in output
    assert "set the secret FUNAUDIO_SERVER_API_KEY" in output
    assert "hush" not in output


@pytest.mark.parametrize("current_hardware", ["zero-a10g", "cpu-basic"])
def test_hub_calls_and_their_order(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], current_hardware: str
) -> None:
    api = FakeApi(current_hardware)
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: api)
    space.main([*ARGUMENTS, "--private", "--secrets", str(repository / "secret.env")])
    names = [name for name, _ in api.calls]
    expected = ["create_repo", "add_space_variable", "add_space_secret", "upload_folder", "get_space_runtime"]
    assert names == expected + (["request_space_hardware"] if current_hardware == "cpu-basic" else [])
    calls = dict(api.calls)
    created = {"repo_id": "me/funaudio", "repo_type": "space", "space_sdk": "gradio", "space_hardware": "zero-a10g"}
    assert calls["create_repo"] == {**created, "private": True, "exist_ok": True}
    assert calls["add_space_secret"]["value"] == "hush=hush"
    assert calls["upload_folder"]["folder_path"] == repository
    assert "hush" not in capsys.readouterr().out
    assert space.HARDWARE in {hardware.value for hardware in SpaceHardware}


def test_only_tracked_files_are_uploaded(repository: Path) -> None:
    plan = space.Plan("me/x", repository, space.tracked_files(repository))
    api = FakeApi("zero-a10g")
    for step in space.steps(plan):
        step.run(api)  # type: ignore[arg-type]
    patterns = dict(api.calls)["upload_folder"]["allow_patterns"]
    everything = {path.name for path in repository.iterdir() if path.is_file()}
    uploaded = {name for name in everything if any(fnmatch(name, pattern) for pattern in patterns)}
    assert uploaded == {"app.py", "a [b].txt", ".gitignore"}
    assert dict(api.calls)["upload_folder"]["delete_patterns"] == ["*"]


def test_uncommitted_changes_are_an_error(repository: Path) -> None:
    (repository / "app.py").write_text("print(1)\n")
    with pytest.raises(SystemExit, match=r"such as app\.py\. Commit"):
        space.main([*ARGUMENTS, "--dry-run"])


@pytest.mark.parametrize(
    "arguments", [["funaudio"], ["a/b/c"], ["me/x", "--variable", "tier"], ["me/x", "--variable", "=1"]]
)
def test_invalid_arguments_are_an_error(repository: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match=r"\.$"):
        space.main([*arguments, "--dry-run"])


def test_error_about_an_invalid_secret_does_not_show_it(repository: Path) -> None:
    (repository / "secret.env").write_text("hush without a name\n")
    with pytest.raises(SystemExit) as error:
        space.main([*ARGUMENTS, "--secrets", str(repository / "secret.env"), "--dry-run"])
    assert "line 1" in str(error.value)
    assert "hush" not in str(error.value)
