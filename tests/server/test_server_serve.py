"""The server as a program: `serve` on a real port, told to stop by a signal."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import SCHEMA, TEXT, inline

from chunkr_integrations.server import create_app

SCRIPT = """
import sys
from pathlib import Path
from chunkr_integrations.server import serve

if __name__ == "__main__":
    serve(port=int(sys.argv[1]), data_dir=Path(sys.argv[2]), keys=sys.argv[3:4], workers=1)
"""


def start(folder: Path, *keys: str) -> tuple[subprocess.Popen[str], str]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    script = folder / "run.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(port), str(folder / "data"), *keys]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{url}/health")
        except httpx.ConnectError:  # noqa: PERF203 - it takes a while
            time.sleep(0.05)
        else:
            return process, url
    process.kill()
    pytest.fail(f"the server does not start: {process.communicate()[1]}")


def extracted(http: httpx.Client, **form: Any) -> dict[str, Any]:
    task: dict[str, Any] = http.post("/tasks/extract", json={"schema": SCHEMA, **form}).json()
    deadline = time.monotonic() + 60
    while not task["completed"] and time.monotonic() < deadline:
        time.sleep(0.02)
        task = http.get(f"/tasks/{task['task_id']}/extract").json()
    return task


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_it_is_told_to_stop(how: signal.Signals, tmp_path: Path) -> None:
    """Its processes go with it, and its log has no key."""
    process, url = start(tmp_path, "lu_served")
    try:
        with httpx.Client(base_url=url, headers={"Authorization": "lu_served"}) as http:
            task = extracted(http, file=inline(TEXT))
            assert task["output"]["results"] == {"order_number": "PO-7781", "total": 118}
            assert httpx.get(f"{url}/tasks").status_code == 401
        children = children_of(process.pid)
        process.send_signal(how)
        log = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode in (0, -how)
    assert f"task={task['task_id']} type=Extract ended=succeeded" in log
    assert "method=GET path=/tasks status=401" in log
    assert "lu_served" not in log
    assert "Traceback" not in log
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        assert time.monotonic() < deadline, "its processes stay"
        time.sleep(0.02)


def children_of(pid: int) -> list[str]:
    """The processes it has started; none where the system does not tell."""
    return [child for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def test_without_keys_it_answers_to_its_own_names_only(tmp_path: Path) -> None:
    process, url = start(tmp_path)
    try:
        assert httpx.get(f"{url}/tasks").status_code == 200
        assert httpx.get(f"{url}/tasks", headers={"Host": "localhost:1"}).status_code == 200
        answer = httpx.get(f"{url}/tasks", headers={"Host": "rebound.test"})
        assert (answer.status_code, "host name" in answer.text) == (401, True)
        assert httpx.post(f"{url}/tasks/extract", headers={"Origin": "http://evil.test"}).status_code == 401
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"workers": 0}, "workers"),
        ({"isolation": "fork"}, "isolation"),
        ({"engine": object(), "engine_factory": object}, "both"),
    ],
)
def test_an_application_that_cannot_be_made_is_told_by_its_argument(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        create_app(**options)
