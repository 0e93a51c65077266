from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "documents"))

from scripted_service import ScriptedService, write


@pytest.fixture
def service() -> ScriptedService:
    return ScriptedService()


@pytest.fixture
def client(service):
    with service.client() as client:
        yield client


@pytest.fixture
async def async_client(service):
    async with service.async_client() as client:
        yield client


@pytest.fixture
def folder(tmp_path):
    """Three documents."""
    for name in ("a", "b", "c"):
        write(tmp_path, name)
    return tmp_path


@pytest.fixture
def paths(folder):
    return sorted(folder.glob("*.txt"))


@pytest.fixture
def bad(tmp_path):
    """The second of three fails."""
    return [write(tmp_path, "a"), write(tmp_path, "b", failed="no pages"), write(tmp_path, "c")]
