"""schemathesis over the OpenAPI documents, the vendor's and our own: whatever they allow and whatever they do not.

The tests share 300 requests between them, always the same; `CHUNKR_CONTRACT_CASES=5000` asks for the whole proof, with
new ones.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from served import SCHEMA, TEXT, inline
from starlette.testclient import TestClient

from chunkr_integrations.server import Limits, create_app

WHOLE = "CHUNKR_CONTRACT_CASES" in os.environ
CASES = math.ceil(int(os.environ.get("CHUNKR_CONTRACT_CASES", "300")) / 6)  # of each of the six tests below
KEY = "lu_contract"
HEADERS = {"Authorization": KEY}
CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
DOCUMENTS = Path(__file__).parent.parent.parent / "examples" / "documents"
KINDS = ("*.pdf", "*.docx", "*.xlsx", "*.pptx", "*.png", "*.csv", "*.md", "*.html")

explored = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    derandomize=not WHOLE,  # so few may all miss a status that the document has
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


def contents() -> list[bytes]:
    """A document of each kind that can be read, and what cannot."""
    several = [sorted(DOCUMENTS.glob(kind), key=lambda path: path.stat().st_size) for kind in KINDS]
    found = [paths[0] for paths in several if paths]
    assert len(found) > 3
    return [TEXT, b"\xff", *(path.read_bytes() for path in found)]


class Seeds:
    """Tasks and files that are there, so that not every id is an unknown one.

    Args:
        http: Sends requests to the server.
    """

    def __init__(self, http: Any) -> None:
        self._http = http
        file = http.post("/files", files={"file": ("a.txt", TEXT)}).json()
        self.files = [file["file_id"], http.post("/files", files={"file": ('b"\r\n.bin', b"\xff")}).json()["file_id"]]
        tasks = [
            self._ended("/tasks/extract", file=file["url"], schema=SCHEMA),
            self._ended("/tasks/parse", file=file["url"]),
            self._ended("/tasks/parse", file=inline(b"%PDF-1.7 no more of it")),
        ]
        self.tasks = [task["task_id"] for task in tasks]
        self.sources = [*map(inline, contents()), file["url"], *self.tasks, "http://127.0.0.1/a", "data:;base64,eA=="]

    def _ended(self, path: str, **form: Any) -> dict[str, Any]:
        task: dict[str, Any] = self._http.post(path, json=form).json()
        deadline = time.monotonic() + 60
        while not task["completed"] and time.monotonic() < deadline:
            time.sleep(0.01)
            task = self._http.get(f"/tasks/{task['task_id']}").json()
        assert task["completed"]
        return task

    def cases(self, schema: Any) -> st.SearchStrategy[Any]:
        """Requests as the document has them and as it does not, with made-up ids and with these."""
        return st.one_of(
            [self._cases_of(found.ok(), mode) for found in schema.get_all_operations() for mode in GenerationMode]
        )

    def _cases_of(self, operation: Any, mode: Any) -> st.SearchStrategy[Any]:
        made_up = operation.as_strategy(generation_mode=mode)
        if "{task_id}" in operation.path:
            known = st.sampled_from(self.tasks).map(lambda task_id: {"task_id": task_id})
        elif "{file_id}" in operation.path:
            known = st.sampled_from(self.files).map(lambda file_id: {"file_id": file_id})
        elif operation.path in ("/tasks/extract", "/tasks/parse"):
            number = st.integers(
                0, len(self.sources) - 1
            )  # the sources themselves are long, and Hypothesis prints them
            return made_up | st.tuples(made_up, number).map(lambda both: _with_file(both[0], self.sources[both[1]]))
        else:
            return made_up
        return made_up | known.flatmap(lambda part: operation.as_strategy(generation_mode=mode, path_parameters=part))


def _with_file(case: Any, source: str) -> Any:
    if isinstance(case.body, dict):
        case.body = {**case.body, "file": source}
    return case


def explore(schema: Any, seeds: Seeds, **where: Any) -> dict[int, int]:
    """Send the cases and check each answer against the document; gives how often each status was answered."""
    statuses: dict[int, int] = {}

    @given(case=seeds.cases(schema))
    @explored
    def sent(case: Any) -> None:
        answer = case.call(headers=HEADERS, **where)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        case.validate_response(answer, checks=CHECKS, headers=HEADERS, transport_kwargs=where)

    sent()
    return statuses


def app(folder: Path) -> Any:
    return create_app(data_dir=folder, keys=[KEY], limits=Limits(files_per_second=None))


@pytest.fixture(params=["", "/api/v1"], ids=["bare", "prefixed"])
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def in_process(tmp_path: Path) -> Iterator[tuple[Any, Seeds]]:
    """The application, which schemathesis runs itself, and what is in its data folder."""
    with TestClient(app(tmp_path), headers=HEADERS) as http:
        seeds = Seeds(http)
    yield app(tmp_path), seeds
    shutdown_lifespans()


def check_spread(statuses: dict[int, int], *wanted: int) -> None:
    """As many as asked for were sent, and not all to the same end."""
    assert sum(statuses.values()) >= CASES
    assert set(wanted) <= set(statuses), statuses


def test_our_document_in_process(in_process: tuple[Any, Seeds], prefix: str) -> None:
    application, seeds = in_process
    schema = schemathesis.openapi.from_asgi("/docs/openapi.json", application)
    check_spread(explore(schema, seeds, base_url=f"http://testserver{prefix}"), 200, 400, 401, 404)


def test_the_vendors_document_in_process(
    in_process: tuple[Any, Seeds], prefix: str, vendor_spec: dict[str, Any]
) -> None:
    application, seeds = in_process
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(vendor_spec, default=str)))
    where = {"base_url": f"http://testserver{prefix}", "app": application}
    check_spread(explore(schema, seeds, **where), 200, 400)


def test_our_document_on_a_port(serve: Callable[[Any], str], tmp_path: Path, prefix: str) -> None:
    url = serve(app(tmp_path))
    with httpx.Client(base_url=url, headers=HEADERS) as http:
        seeds = Seeds(http)
        schema = schemathesis.openapi.from_dict(http.get("/docs/openapi.json").json())
    check_spread(explore(schema, seeds, base_url=url + prefix), 200, 400, 401, 404)
