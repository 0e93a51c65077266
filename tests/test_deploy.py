"""What is shipped for operators says what the program understands: variables, commands, one unit in two places."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from chunkr_integrations.cli import _serve

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
SECRETS = {"CHUNKR_SERVER_KEYS", "CHUNKR_SERVER_WEBHOOK_SECRET", "CHUNKR_SERVER_METRICS_KEY"}


def options() -> set[str]:
    commands = argparse.ArgumentParser().add_subparsers()
    _serve.add_to(commands, {})
    return set(re.findall(r"--[a-z][a-z-]+", commands.choices["serve"].format_usage()))


def test_every_variable_that_is_named_is_an_option() -> None:
    known = SECRETS | {f"CHUNKR_SERVER_{flag[2:].replace('-', '_').upper()}" for flag in options()}
    named: set[str] = set()
    for path in (*DEPLOY.iterdir(), *ROOT.glob("docs/**/*.md"), ROOT / "README.md"):
        named |= set(re.findall(r"CHUNKR_SERVER_[A-Z_]*[A-Z]", path.read_text("utf-8")))
    assert len(named) > 6
    assert named <= known


def test_every_option_that_the_guide_and_the_unit_name_is_there() -> None:
    text = (ROOT / "docs/guides/server.md").read_text("utf-8") + (DEPLOY / "chunkr.service").read_text("utf-8")
    served = re.findall(r"chunkr-integrations serve((?: (?:--[a-z-]+|[^-`\s][^`\s]*))+)", text)
    named = set(re.findall(r"--[a-z-]+", " ".join(served)))
    assert {"--data-dir", "--keys-file", "--webhook-url"} <= named
    assert named - {"--help"} <= options()


def test_the_unit_in_the_guide_is_the_one_that_is_shipped() -> None:
    guide = (ROOT / "docs/guides/server.md").read_text("utf-8")
    assert f"```\n{(DEPLOY / 'chunkr.service').read_text('utf-8')}```" in guide


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = (DEPLOY / "chunkr.service").read_text("utf-8")
    command = re.search(r"^ExecStart=(\S+)", unit, re.MULTILINE)
    assert command is not None
    path = tmp_path / "chunkr.service"
    path.write_text(unit.replace(command[1], sys.executable))  # which is there, as the command would be
    done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_compose_file_fits_the_image() -> None:
    """Its services, volumes, networks and secrets are declared, and the folders are those that the image makes."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    image = (DEPLOY / "Containerfile").read_text("utf-8")
    server = compose["services"]["server"]
    assert set(server["depends_on"]) <= set(compose["services"])
    for service in compose["services"].values():
        assert {volume.partition(":")[0] for volume in service["volumes"]} <= set(compose["volumes"])
        assert set(service["networks"]) <= set(compose["networks"])
    assert set(server["secrets"]) == set(compose["secrets"])
    assert server["environment"]["CHUNKR_SERVER_KEYS_FILE"] == "/run/secrets/keys"
    for volume in server["volumes"]:
        assert f" {volume.partition(':')[2]}" in image
    assert server["environment"]["CHUNKR_SERVER_FILES"] in [v.partition(":")[2] for v in server["volumes"]]
    assert compose["networks"]["inside"]["internal"]
    assert compose["services"]["database"]["networks"] == ["inside"]
    assert all(port.startswith("127.0.0.1:") for port in server["ports"])


def test_the_image_installs_extras_that_there_are() -> None:
    image = (DEPLOY / "Containerfile").read_text("utf-8")
    extras = re.search(r'"\.\[([a-z0-9,]+)\]"', image)
    assert extras is not None
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for extra in extras[1].split(","):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE), extra


def test_the_images_health_check_is_code_that_runs() -> None:
    """Against a port that nobody listens at it fails, which is what it is for."""
    image = (DEPLOY / "Containerfile").read_text("utf-8")
    code = re.search(r'CMD \["python", "-c", "([^"]+)"\]', image)
    assert code is not None
    environment = {"CHUNKR_SERVER_PORT": "9"}
    done = subprocess.run([sys.executable, "-c", code[1]], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Connection refused" in done.stderr
