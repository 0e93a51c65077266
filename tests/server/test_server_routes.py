"""Every route of the table, one by one: who may use it, what a foreign key sees there, and which methods it has.

The tests go through the table itself, so that a new route is tested or fails here.
"""

from __future__ import annotations

import ast
import inspect
import logging
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import SCHEMA, TEXT, extracted, served

from chunkr_integrations.server import _keys, _links, create_app
from chunkr_integrations.server._routes import _TABLE

ONE, TWO = "lu_key_of_one", "lu_key_of_two"
WRONG = ("lu_key_of", f"{ONE}x", ONE.upper(), "Bearer", f"Basic {ONE}", f"{ONE},{TWO}", "l\xfc_key_of_one", "\xff")
NO_KEYS: list[dict[str, Any]] = [
    *({}, {"Authorization": ""}, {"X-Api-Key": ONE}),
    *({"Authorization": key.encode("latin-1")} for key in WRONG),
]
NOBODY = "5b0f3c1e-6a43-4f0e-9a57-0f5f3f0c9f10"
OPEN = {"/links/{kind}/{name}", "/health", "/metrics", "/file-types", "/docs/openapi.json"}
ROUTES = [(method, path) for method, path, _ in _TABLE]
KEYED = [(method, path) for method, path in ROUTES if path not in OPEN]
PREFIXED = pytest.mark.parametrize("prefix", ["", "/api/v1"], ids=["bare", "prefixed"])


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(data_dir=tmp_path, keys=[ONE, TWO])) as client:
        yield client


@PREFIXED
async def test_every_route_asks_for_a_key_before_anything_else(http: httpx.AsyncClient, prefix: str) -> None:
    for method, path in KEYED:
        for headers in NO_KEYS:
            url = prefix + path.format(task_id="0", file_id="0")
            answer = await http.request(method, url, headers=headers, content=b"{")
            is_there = bool(headers.get("Authorization"))
            wanted = "Invalid or inactive API key" if is_there else "Authorization header is missing"
            assert (answer.status_code, answer.text) == (401, wanted), (method, path, headers)
            assert answer.headers["content-type"].startswith("text/plain")


class Owned:
    """A task of either kind and a file that belong to the first key."""

    def __init__(self, task: dict[str, Any], file: dict[str, Any]) -> None:
        self.extract, self.parse = task["task_id"], task["parse_task_id"]
        self.file = file["file_id"]
        self.file_url = file["url"]


async def owned(http: httpx.AsyncClient) -> Owned:
    http.headers["Authorization"] = ONE
    found = Owned(await extracted(http), (await http.post("/files", files={"file": ("a.txt", TEXT)})).json())
    http.headers["Authorization"] = TWO
    return found


@PREFIXED
async def test_every_route_shows_a_foreign_key_what_it_shows_of_nothing(http: httpx.AsyncClient, prefix: str) -> None:
    """Status and text are the same for what is another's and for what nobody has; nothing is changed by it."""
    mine = await owned(http)
    for method, path in KEYED:
        await _check_foreign(http, mine, method, prefix + path)
    http.headers["Authorization"] = ONE
    for task_id in (mine.extract, mine.parse):
        assert (await http.get(f"/tasks/{task_id}")).json()["status"] == "Succeeded"
    assert (await http.get(f"/files/{mine.file}/content")).content == TEXT


async def _check_foreign(http: httpx.AsyncClient, mine: Owned, method: str, path: str) -> None:
    if "{" in path:
        unknown = await http.request(method, path.format(task_id=NOBODY, file_id=NOBODY))
        assert unknown.status_code == (404 if "{task_id}" in path else 401), path
        for each in [mine.extract, mine.parse] if "{task_id}" in path else [mine.file]:
            answer = await http.request(method, path.format(task_id=each, file_id=each))
            assert (answer.status_code, answer.text) == (unknown.status_code, unknown.text), path
    elif method == "GET":
        found = (await http.get(path)).json()
        assert found == {path.rpartition("/")[2]: [], "has_more": False, "next_cursor": None}
    elif path.endswith(("/tasks/extract", "/tasks/parse")):
        for reference in (mine.parse, mine.file_url):
            form = {"file": reference, **({"schema": SCHEMA} if path.endswith("/extract") else {})}
            answer = await http.post(path, json=form)
            assert (answer.status_code, "not found" in answer.text) == (
                400,
                not path.endswith("/parse") or "ch:" in reference,
            )
            assert not [each for each in (mine.parse, mine.file) if each in answer.text]
    else:
        assert path.endswith("/files"), f"{method} {path} is new: say here what a foreign key sees there"


@PREFIXED
async def test_every_route_has_the_methods_of_the_table_and_no_others(http: httpx.AsyncClient, prefix: str) -> None:
    """Unknown ones too are a 405 that says which there are; a page of another origin is told of no permission."""
    for method, path in ROUTES:
        there = {known for known, same in ROUTES if same == path}
        there |= {"HEAD"} if "GET" in there and not path.endswith("/cancel") else set()
        url = prefix + path.format(task_id="0", file_id="0", kind="files", name="0")
        for other in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"):
            headers = {"Authorization": ONE, "Origin": "http://evil.test", "Access-Control-Request-Method": method}
            answer = await http.request(other, url, headers=headers)
            if other in there:
                assert answer.status_code != 405, (path, other)
            elif path in ("/tasks/extract", "/tasks/parse") and other in ("GET", "HEAD", "DELETE"):
                assert answer.status_code == 404, (path, other)  # the last part may be a task's id
            else:
                assert answer.status_code == 405, (path, other)
                assert set(answer.headers["allow"].split(", ")) == there
            assert not [name for name in answer.headers if name.startswith("access-control")]


@PREFIXED
async def test_head_says_what_get_says_and_changes_nothing(http: httpx.AsyncClient, prefix: str) -> None:
    mine = await owned(http)
    http.headers["Authorization"] = ONE
    for path in (f"/tasks/{mine.extract}", f"/tasks/{mine.parse}/parse", f"/files/{mine.file}/content", "/tasks"):
        head, get = await http.head(prefix + path), await http.get(prefix + path)
        assert (head.status_code, head.headers["content-type"]) == (200, get.headers["content-type"])
    assert (await http.head(f"{prefix}/tasks/{mine.extract}/cancel")).status_code == 405


async def test_no_answer_and_no_line_of_the_log_has_a_key(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever a caller puts it: in the header, the path, the query or the body."""
    caplog.set_level(logging.DEBUG)
    mine = await owned(http)
    http.headers["Authorization"] = ONE
    for method, path in ROUTES:
        for part in (mine.extract, mine.file, ONE):
            url = path.format(task_id=part, file_id=part, kind="tasks", name=part)
            form = {"file": ONE, "schema": {"type": ONE}, ONE: ONE}
            sent: dict[str, Any] = {"json": form} if method == "POST" else {}
            answer = await http.request(method, url, params={"cursor": ONE, "signature": ONE}, **sent)
            assert ONE not in answer.text, (method, url)
            assert not [value for value in answer.headers.values() if ONE in value]
    lines = [record for record in caplog.records if record.name.startswith(("chunkr_integrations", "uvicorn"))]
    assert len(lines) > len(ROUTES)
    assert not [line for line in lines if ONE in line.getMessage() or ONE in str(line.exc_text)]


@pytest.mark.parametrize("where", [_keys.Keys.owner, _keys.check_key, _links.Links.check])
def test_secrets_are_compared_in_constant_time(where: Any) -> None:
    """By `hmac.compare_digest`; no secret is compared by `==`, looked up by `in` or found by a method."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(where)))
    called = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert "hmac.compare_digest" in called
    assert not [name for name in called if name.endswith((".get", ".index", ".find"))]
    operators = [type(each) for node in ast.walk(tree) if isinstance(node, ast.Compare) for each in node.ops]
    assert not {ast.Eq, ast.NotEq, ast.In, ast.NotIn} & set(operators)
