"""Documents from URLs: fetched from where anyone may fetch, and from nowhere else."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import SCHEMA, TEXT, ended, served

from chunkr_integrations.server import Limits, create_app


class Site(http.server.BaseHTTPRequestHandler):
    """A small site on the loopback address."""

    asked: list[str]

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        status, headers, body = self.answer()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        path, _, rest = self.path.partition("?")
        if path == "/order.txt":
            return 200, {"Content-Type": "text/plain", "Content-Length": str(len(TEXT))}, TEXT
        if path == "/to":
            return 302, {"Location": rest, "Content-Length": "0"}, b""
        if path == "/again":
            return 302, {"Location": "/again", "Content-Length": "0"}, b""
        if path == "/large":
            return 200, {}, b"x" * 3_000_000
        if path == "/slow":
            time.sleep(0.2)
        return 404, {"Content-Length": "4"}, b"nope"

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


async def fetched(url: str, data_dir: Path, **options: Any) -> dict[str, Any]:
    """The task that was to read that URL, ended."""
    async with served(create_app(data_dir=data_dir, **options)) as client:
        created = await client.post("/tasks/extract", json={"file": url, "schema": SCHEMA})
        assert created.status_code == 200, created.text
        return await ended(client, created.json()["task_id"])


async def test_a_document_is_fetched_from_an_allowed_host(site: str, tmp_path: Path) -> None:
    task = await fetched(f"http://{site}/order.txt?token=1", tmp_path, allow_hosts=["127.0.0.1"])
    assert task["output"]["results"] == {"order_number": "PO-7781", "total": 118}
    assert task["file_info"]["name"] == "order.txt"
    assert Site.asked == ["/order.txt?token=1"]


async def test_a_redirect_is_followed_to_an_allowed_host(site: str, tmp_path: Path) -> None:
    task = await fetched(f"http://{site}/to?/order.txt", tmp_path, allow_hosts=["127.0.0.1"])
    assert task["status"] == "Succeeded", task["message"]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "[fd00:ec2::254]",
        "224.0.0.1",
    ],
)
async def test_an_address_that_is_not_public_is_refused(host: str, site: str, tmp_path: Path) -> None:
    port = site.rpartition(":")[2]
    task = await fetched(f"http://{host}:{port}/order.txt", tmp_path)
    assert task["status"] == "Failed"
    assert task["output"] is None
    assert Site.asked == []


async def test_a_redirect_to_an_address_that_is_not_public_is_refused(site: str, tmp_path: Path) -> None:
    """An allowed host cannot send the server on to one that is not."""
    port = site.rpartition(":")[2]
    for target in (
        f"http://localhost:{port}/order.txt",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
    ):
        task = await fetched(f"http://{site}/to?{target}", tmp_path, allow_hosts=["127.0.0.1"])
        assert task["status"] == "Failed"
    assert [path for path in Site.asked if path.startswith("/order")] == []


async def test_redirects_without_end_are_given_up(site: str, tmp_path: Path) -> None:
    task = await fetched(f"http://{site}/again", tmp_path, allow_hosts=["127.0.0.1"])
    assert (task["status"], "redirect" in task["message"]) == ("Failed", True)
    assert len(Site.asked) < 12


async def test_too_large_a_document_is_given_up(site: str, tmp_path: Path) -> None:
    limits = Limits(fetch_bytes=1_000_000)
    task = await fetched(f"http://{site}/large", tmp_path, allow_hosts=["127.0.0.1"], limits=limits)
    assert (task["status"], "1,000,000" in task["message"]) == ("Failed", True)


async def test_a_document_that_is_not_there_says_so(site: str, tmp_path: Path) -> None:
    task = await fetched(f"http://{site}/gone.pdf", tmp_path, allow_hosts=["127.0.0.1"])
    assert (task["status"], "404" in task["message"]) == ("Failed", True)


async def test_a_closed_port_says_so(tmp_path: Path) -> None:
    task = await fetched("http://127.0.0.1:9/a.pdf", tmp_path, allow_hosts=["127.0.0.1"])
    assert task["status"] == "Failed"
    assert "Check the URL" in task["message"]


@pytest.mark.parametrize("url", ["http://", "https:///a.pdf", "http://[::1/a.pdf"])
async def test_a_url_without_a_host_is_a_400(url: str, tmp_path: Path) -> None:
    async with served(create_app(data_dir=tmp_path)) as client:
        answer = await client.post("/tasks/extract", json={"file": url, "schema": SCHEMA})
        assert answer.status_code == 400, answer.text


async def test_a_urls_secrets_are_not_in_the_message(site: str, tmp_path: Path) -> None:
    """Messages end up in logs and in front of users; a URL's query may be a signature."""
    task = await fetched(f"http://{site}/gone.pdf?sig=hunter2", tmp_path, allow_hosts=["127.0.0.1"])
    assert task["status"] == "Failed"
    assert "hunter2" not in task["message"]


async def test_a_host_is_allowed_by_its_name(site: str, tmp_path: Path) -> None:
    port = site.rpartition(":")[2]
    task = await fetched(f"http://localhost:{port}/order.txt", tmp_path, allow_hosts=["localhost"])
    assert task["status"] == "Succeeded", task["message"]
    assert httpx.URL(task["file_info"]["url"]).host == "server"
