"""Every Python block of the README and the docs is run: by Sybil, in the repository, with the network blocked."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parent


def _enter_root(namespace: dict[str, Any]) -> None:
    # Blocks name their documents as a reader of the repository would: examples/documents/...
    namespace["__before"] = Path.cwd()
    os.chdir(ROOT)


def _leave_root(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["__before"])


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    setup=_enter_root,
    teardown=_leave_root,
).pytest()


def _beside_checkout(variable: str, folder: str) -> Path | None:
    """A folder of material that lies beside the checkout, or where the variable says."""
    given = os.environ.get(variable)
    found = Path(given) if given else ROOT.parent / "shared" / folder
    return found if found.is_dir() else None


@pytest.fixture(scope="session")
def devset() -> Path:
    """The folder of real labelled documents; they are read where they lie."""
    found = _beside_checkout("CHUNKR_DEVSET", "devset")
    if found is None:
        pytest.skip("the labelled documents are not here; set CHUNKR_DEVSET to their folder")
    return found


@pytest.fixture(scope="session")
def vendor_spec() -> dict[str, Any]:
    """The vendor's OpenAPI document."""
    folder = _beside_checkout("CHUNKR_SPEC", "spec")
    path = folder / "chunkr-extract-openapi.yaml" if folder else None
    if path is None or not path.is_file():
        pytest.skip("the vendor's OpenAPI document is not here; set CHUNKR_SPEC to its folder")
    import yaml  # noqa: PLC0415 - only those tests need it

    loaded: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


@pytest.fixture(autouse=True)
def _no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own key or server never takes part in a test."""
    for name in ("CHUNKR_API_KEY", "CHUNKR_BASE_URL", "CHUNKR_WEBHOOK_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def example_documents() -> Path:
    """The documents made for this project."""
    return ROOT / "examples" / "documents"


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serve an ASGI app, with uvicorn's options, on a real loopback port while the test runs; gives the base URL."""
    import uvicorn  # noqa: PLC0415 - only those tests need it

    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Any, **options: Any) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on", **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        while not server.started:
            if not thread.is_alive():
                pytest.fail("the server did not start; its log is above")
            time.sleep(0.005)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(timeout=20)
        if thread.is_alive():
            pytest.fail("the server did not stop")
