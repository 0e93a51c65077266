"""What a type checker makes of the client: the class that goes in is the class that comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = """
from typing import Any
from typing_extensions import assert_type
from pydantic import BaseModel
from chunkr_integrations import AsyncClient, Client, Extraction, Outcome, compile_schema

class Invoice(BaseModel):
    total: float

def sync(client: Client) -> None:
    found = client.extract("a.pdf", Invoice)
    assert_type(found, Extraction[Invoice])
    assert_type(found.value.total, float)
    assert_type(client.extract("a.pdf", compile_schema(Invoice)), Extraction[Invoice])
    assert_type(client.extract("a.pdf", list[Invoice]), Extraction[list[Invoice]])
    assert_type(client.extract(b"", {"type": "object"}), Extraction[Any])
    assert_type(client.result("task", Invoice).value, Invoice)
    for outcome in client.extract_many(["a.pdf"], Invoice):
        assert_type(outcome, Outcome[Invoice])
        assert_type(outcome.unwrap().value, Invoice)

async def asynchronous(client: AsyncClient) -> None:
    assert_type(await client.extract("a.pdf", Invoice), Extraction[Invoice])
    async for outcome in client.extract_many(["a.pdf"], Invoice):
        assert_type(outcome, Outcome[Invoice])
"""


def test_a_type_checker_knows_the_class(tmp_path: Path, monkeypatch):
    api = pytest.importorskip("mypy.api", reason="mypy is not installed")
    monkeypatch.chdir(ROOT)
    (tmp_path / "uses_the_client.py").write_text(CODE)
    # Other modules have their own run of mypy; here their errors would only get in the way.
    options = ["--strict", "--follow-imports=silent", str(tmp_path / "uses_the_client.py")]
    out, err, status = api.run(options)
    assert (out.strip(), err, status) == ("Success: no issues found in 1 source file", "", 0)
