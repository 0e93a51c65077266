"""Documents from URLs: what is fetched, and above all what is not. The sockets are real, the names are made up."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from served import SCHEMA, ended, served

from chunkr_integrations.server import Limits, create_app
from chunkr_integrations.server._connections import is_public, resolve_host
from chunkr_integrations.server._remote import Fetched, FetchError, UrlFetcher

BODY = b"Order number: PO-7781\n\nTotal: 118.00 EUR\n"


class Site(BaseHTTPRequestHandler):
    """Answers by the path, and notes what it was asked."""

    asked: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.asked.append((self.path, {key.casefold(): value for key, value in self.headers.items()}))
        path, _, query = self.path.partition("?")
        getattr(self, f"answer_{path.strip('/').partition('.')[0] or 'root'}", self.answer_missing)(query)

    def reply(self, status: int = 200, body: bytes = BODY, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_order(self, _: str) -> None:
        self.reply(Content_Type="text/plain; charset=utf-8")

    def answer_named(self, _: str) -> None:
        self.reply(Content_Disposition="attachment; filename*=UTF-8''..%2Fr%C3%A9sum%C3%A9.txt")

    def answer_to(self, target: str) -> None:
        self.reply(302, b"", Location=target)

    def answer_around(self, _: str) -> None:
        self.reply(301, b"", Location="/around")

    def answer_empty(self, _: str) -> None:
        self.reply(body=b"")

    def answer_packed(self, _: str) -> None:
        self.reply(Content_Encoding="gzip")

    def answer_missing(self, _: str) -> None:
        self.reply(404, b"no")

    def answer_endless(self, _: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.drip(b"x" * 1000)

    def answer_trickle(self, _: str) -> None:
        """A status line that never ends."""
        self.drip(b"H")

    def answer_short(self, _: str) -> None:
        """Less than it says."""
        self.reply(Content_Length=str(len(BODY) + 1))

    def answer_chunks(self, _: str) -> None:
        """Chunks without end."""
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.drip(b"400\r\n" + b"x" * 1024 + b"\r\n")

    def answer_two_lengths(self, _: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1")
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(BODY)

    def answer_heads(self, _: str) -> None:
        """A head without end."""
        self.send_response(200)
        self.drip(b"X-Again: " + b"x" * 10_000 + b"\r\n")

    def answer_packed_as(self, coding: str) -> None:
        """A bomb: 10 MB of zeros, as some kilobytes."""
        self.reply(body=gzip.compress(bytes(10_000_000)), Content_Encoding=coding)

    def drip(self, piece: bytes) -> None:
        try:
            while True:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(0.005)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Any]:
    handler = type("Here", (Site,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.asked = handler.asked  # type: ignore[attr-defined]
    server.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield server
    server.shutdown()
    server.server_close()


def fetch(url: str, *, allow: tuple[str, ...] = ("127.0.0.1",), **options: Any) -> tuple[Fetched, bytes]:
    pieces: list[bytes] = []
    limits = Limits(**{"fetch_seconds": 5.0, **options.pop("limits", {})})
    found = UrlFetcher(limits, allow, **options).fetch(url, pieces.append)
    return found, b"".join(pieces)


def test_a_document_is_fetched_with_what_is_said_of_it(site: Any) -> None:
    assert fetch(f"{site.url}/order.txt") == (Fetched(None, "text/plain"), BODY)
    assert fetch(f"{site.url}/named")[0].file_name == "../résumé.txt"
    assert not {"authorization", "cookie", "referer"} & set(site.asked[0][1])


def test_redirects_are_followed_relative_ones_too(site: Any) -> None:
    assert fetch(f"{site.url}/to?/to?/order.txt")[1] == BODY
    assert len(site.asked) == 3


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/missing", "404"),
        ("/empty", "empty"),
        ("/packed", "compressed"),
        ("/around", "more than 5 redirects"),
        ("/endless", "larger than 100,000 bytes"),
        ("/chunks", "larger than 100,000 bytes"),
        ("/short", "could not be fetched"),
        ("/two_lengths", "could not be fetched"),
        ("/heads", "could not be fetched"),
        ("/packed_as?gzip", "compressed"),
        ("/packed_as?br", "compressed"),
        ("/packed_as?identity,GZIP", "compressed"),
        ("/to?gopher://127.0.0.1/a", "redirects to what cannot be fetched"),
        ("/to?data:text/plain,a", "redirects to what cannot be fetched"),
        ("/to?//user@127.0.0.1/order.txt", "redirects to what cannot be fetched"),
        ("/to?http://good.test%5C@127.0.0.1/", "redirects to what cannot be fetched"),
        ("/to?ftp://127.0.0.1/a", "redirects to what cannot be fetched"),
        ("/to?file:///etc/passwd", "redirects to what cannot be fetched"),
        ("/to?http://user:secret@127.0.0.1/a", "redirects to what cannot be fetched"),
    ],
)
def test_what_cannot_be_had_is_told_with_the_url_and_a_cure(site: Any, path: str, words: str) -> None:
    with pytest.raises(FetchError, match=words) as caught:
        fetch(site.url + path, limits={"fetch_bytes": 100_000})
    assert str(caught.value).startswith(f"{site.url}{path.partition('?')[0]}: ")
    assert str(caught.value).endswith(".")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("path", ["/trickle", "/endless"])
def test_an_answer_that_trickles_in_has_one_deadline(site: Any, path: str) -> None:
    with pytest.raises(FetchError, match=r"did not come within 0\.3 seconds"):
        fetch(site.url + path, limits={"fetch_seconds": 0.3})


def test_nothing_answers(site: Any) -> None:
    with pytest.raises(FetchError, match="could not be fetched"):
        fetch("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:db8::1",
        "fec0::1",
        "3fff::1",
        "5f00::1",
        "192.88.99.1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "::ffff:100.64.0.1",
        "64:ff9b::a00:1",
        "64:ff9b::6440:1",
        "64:ff9b:1::1",
        "2002:a9fe:a9fe::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "not an address",
    ],
)
def test_an_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost.",
        "0",
        "0.0.0.0",
        "017700000001",
        "127.0.0.1.",
        "１２７.0.0.1",  # wide digits, which IDNA makes plain
        "127。0。0。1",
        "①②⑦.0.0.1",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "LOCALHOST",
        "[0:0:0:0:0:0:0:1]",
        "[::127.0.0.1]",
    ],
)
def test_no_spelling_of_this_machine_is_reached(site: Any, host: str) -> None:
    """Whatever the resolver makes of it, nothing arrives at the site."""
    with pytest.raises(FetchError):
        fetch(f"http://{host}:{site.server_port}/order.txt", allow=())
    assert site.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:7f00:1]",
        "localhost",
        "evil.test",
        "metadata.google.internal",
    ],
)
def test_no_redirect_leads_to_this_machine(site: Any, host: str) -> None:
    """However it is written, and whatever name was bound to it."""

    def resolve(name: str, port: int) -> list[str]:
        return {"good.test": ["127.0.0.1"], "evil.test": ["::ffff:127.0.0.1"]}.get(name) or resolve_host(name, port)

    target = f"http://{host}:{site.server_port}/order.txt"
    with pytest.raises(FetchError):
        fetch(f"http://good.test:{site.server_port}/to?{target}", allow=("good.test",), resolve=resolve)
    assert [path for path, _ in site.asked] == [f"/to?{target}"]


def resolver(**hosts: list[str]) -> Callable[[str, int], list[str]]:
    """Names to addresses; a list is used up from the front, its last entry stays."""

    def resolve(host: str, _: int) -> list[str]:
        answers = hosts[host.replace(".", "_").replace("-", "_")]
        return [answers.pop(0) if len(answers) > 1 else answers[0]]

    return resolve


def test_a_name_that_leads_to_this_machine_is_refused(site: Any) -> None:
    with pytest.raises(FetchError, match=r"evil\.test is not on the public internet"):
        fetch(f"http://evil.test:{site.server_port}/order.txt", resolve=resolver(evil_test=["127.0.0.1"]))
    assert site.asked == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(site: Any) -> None:
    with pytest.raises(FetchError, match="not on the public internet"):
        fetch(f"http://two.test:{site.server_port}/", resolve=lambda host, port: ["127.0.0.1", "8.8.8.8"])
    assert site.asked == []


def test_a_redirect_is_vetted_like_the_first_url(site: Any) -> None:
    """An allowed host may not send us to one that is not."""
    resolve = resolver(good_test=["127.0.0.1"], evil_test=["127.0.0.1"])
    target = f"http://evil.test:{site.server_port}/order.txt"
    with pytest.raises(FetchError, match=r"evil\.test"):
        fetch(f"http://good.test:{site.server_port}/to?{target}", allow=("good.test",), resolve=resolve)
    assert [path for path, _ in site.asked] == [f"/to?{target}"]


def test_a_name_is_looked_up_once_for_each_connection(site: Any) -> None:
    """DNS rebinding: the address that was vetted is the one that is connected to."""
    looked_up: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["203.0.113.1"]

    assert fetch(f"http://good.test:{site.server_port}/order.txt", allow=("good.test",), resolve=resolve)[1] == BODY
    assert looked_up == ["good.test"]
    assert site.asked[0][1]["host"] == f"good.test:{site.server_port}"


@pytest.mark.parametrize("allowed", ["localhost", "LOCALHOST", "localhost."])
def test_an_allowed_host_is_reached_however_it_is_written(site: Any, allowed: str) -> None:
    assert fetch(f"http://LocalHost:{site.server_port}/order.txt", allow=(allowed,))[1] == BODY


async def test_a_task_is_made_from_a_url_and_named_by_it(site: Any, tmp_path: Path) -> None:
    async with served(create_app(allow_hosts=["127.0.0.1"])) as http:
        for path, given, name in (
            ("/order.txt?signature=secret", None, "order.txt"),
            ("/named", None, "résumé.txt"),
            ("/named", "mine.txt", "mine.txt"),
        ):
            form = {"file": site.url + path, "schema": SCHEMA, "file_name": given}
            created = (await http.post("/tasks/extract", json=form)).json()
            assert created["file_info"]["url"] == site.url + path
            task = await ended(http, created["task_id"])
            assert task["status"] == "Succeeded", task["message"]
            assert task["file_info"]["name"] == name
            assert (await http.get(task["file_info"]["url"])).content == BODY


async def test_a_task_whose_url_may_not_be_fetched_fails_and_says_so(site: Any) -> None:
    async with served(create_app()) as http:
        form = {"file": f"{site.url}/order.txt?key=secret", "schema": SCHEMA}
        task = await ended(http, (await http.post("/tasks/extract", json=form)).json()["task_id"])
    assert task["status"] == "Failed"
    assert task["message"].startswith(f"{site.url}/order.txt: 127.0.0.1 is not on the public internet.")
    assert site.asked == []


@pytest.mark.parametrize(
    "url", ["http://", "http:///a", "http://a b/", "http://[::1/", "http://u:p@host/", "http://h:0/", "http://h:99999/"]
)
async def test_what_is_no_url_is_refused_at_once(url: str) -> None:
    async with served(create_app()) as http:
        answer = await http.post("/tasks/extract", json={"file": url, "schema": SCHEMA})
    assert answer.status_code == 400
    assert answer.text.startswith("Invalid file: ")
