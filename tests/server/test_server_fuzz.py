"""Whatever is sent, the answer is one of the documented ones: no 5xx, and never JSON for an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served import SCHEMA, TEXT, inline
from starlette.testclient import TestClient

from chunkr_integrations.server import create_app

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
KEYWORDS = st.sampled_from(
    [
        "type",
        "properties",
        "items",
        "$ref",
        "$defs",
        "enum",
        "required",
        "anyOf",
        "pattern",
        "$schema",
        "$id",
        "minimum",
    ]
)
SCHEMAS = st.dictionaries(
    KEYWORDS, JSON | st.sampled_from(["object", "#", "#/$defs/a", {"a": {"type": "string"}}]), max_size=4
)
SETTINGS = st.dictionaries(
    st.sampled_from(
        [
            "chunk_processing",
            "error_handling",
            "ocr_strategy",
            "pipeline",
            "segment_processing",
            "segmentation_strategy",
        ]
    ),
    JSON
    | st.sampled_from(["Fail", "Auto", "Page", {"tokenizer": "Word"}, {"Table": {"format": "Html"}}, {"Table": None}]),
    max_size=3,
)
FILES = JSON | st.sampled_from(
    [inline(TEXT), "data:text/plain;base64,eA==", "ch://files/x", "5b0f3c1e-6a43-4f0e-9a57-0f5f3f0c9f10"]
)
FORMS = st.fixed_dictionaries(
    {"file": FILES},
    optional={
        "schema": JSON | SCHEMAS | st.just(SCHEMA),
        "system_prompt": JSON,
        "parse_configuration": JSON | SETTINGS,
        "expires_in": JSON | st.integers(min_value=-5, max_value=2**33),
        "file_name": JSON,
        "more": JSON,
    },
)


@pytest.fixture(scope="module")
def http() -> Iterator[TestClient]:
    with TestClient(create_app(keep=0.0), raise_server_exceptions=False) as client:
        yield client


fuzzed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(answer: Any, *statuses: int) -> None:
    assert answer.status_code in statuses, (answer.status_code, answer.text)
    is_error = answer.status_code >= 400
    assert answer.headers["content-type"].startswith("text/plain" if is_error else "application/json")
    if not is_error:
        assert isinstance(json.loads(answer.content, parse_constant=pytest.fail), dict)


@given(form=FORMS)
@fuzzed
def test_any_form_is_taken_or_refused(http: TestClient, form: dict[str, Any]) -> None:
    body = json.dumps(form).encode()
    for path in ("/tasks/extract", "/tasks/parse"):
        check(http.post(path, content=body, headers={"Content-Type": "application/json"}), 200, 400)


@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data", "a/b", ""]),
)
@fuzzed
def test_any_body_is_taken_or_refused(http: TestClient, body: bytes, kind: str) -> None:
    for path in ("/tasks/extract", "/tasks/parse", "/files"):
        check(http.post(path, content=body, headers={"Content-Type": kind}), 200, 400)


@given(
    parts=st.lists(
        st.tuples(st.sampled_from(["file", "file_metadata", "x"]), st.text(max_size=20), st.binary(max_size=50)),
        max_size=3,
    )
)
@fuzzed
def test_any_form_of_parts_is_taken_or_refused(http: TestClient, parts: list[tuple[str, str, bytes]]) -> None:
    body = b"".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, file_name, content in parts
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    check(http.post("/files", content=body + b"--x--\r\n", headers=headers), 200, 400)


TEXTS = st.text(max_size=30) | st.sampled_from(
    ["2025-01-01", "true", "1", "asc", "Succeeded,Failed", "0001-01-01T00:00:00Z"]
)


@given(
    query=st.dictionaries(
        st.sampled_from(
            [
                "limit",
                "cursor",
                "start",
                "end",
                "sort",
                "statuses",
                "task_types",
                "base64_urls",
                "include_chunks",
                "expires_in",
            ]
        ),
        TEXTS,
        max_size=4,
    ),
    name=TEXTS,
)
@fuzzed
def test_any_query_and_any_id_is_answered_or_refused(http: TestClient, query: dict[str, str], name: str) -> None:
    from urllib.parse import quote

    part = quote(name, safe="") or "0"
    for path in ("/tasks", "/files"):
        check(http.get(path, params=query), 200, 400)
    for path in (f"/tasks/{part}", f"/tasks/{part}/extract", f"/tasks/{part}/parse", f"/tasks/{part}/cancel"):
        check(http.get(path, params=query), 400, 404)
    for path in (f"/files/{part}", f"/files/{part}/url", f"/files/{part}/content"):
        check(http.get(path, params=query), 400, 401, 404)  # 404: the name has a slash in it
    check(http.get(f"/links/{part}/{part}", params={**query, "until": name, "signature": name}), 401, 404)


@given(
    headers=st.dictionaries(
        st.sampled_from(
            ["Authorization", "User-Agent", "X-Stainless-Package-Version", "Idempotency-Key", "Host", "Content-Length"]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
        max_size=4,
    )
)
@fuzzed
def test_any_header_is_borne(http: TestClient, headers: dict[str, str]) -> None:
    body = json.dumps({"file": inline(TEXT), "schema": SCHEMA}).encode()
    check(http.post("/tasks/extract", content=body, headers=headers), 200, 400)
