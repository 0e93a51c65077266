"""What bad input gets: its own error of the tree, which names the input and ends with what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from chunkr_integrations import Client
from chunkr_integrations.exceptions import (
    APIConnectionError,
    AuthenticationError,
    ChunkrError,
    ConfigurationError,
    OutputError,
    SchemaError,
    SourceError,
    TaskFailedError,
)
from chunkr_integrations.server import create_app

SAMPLES = Path(__file__).parent.parent / "samples" / "documents"


class Order(BaseModel):
    order_number: str | None = None
    total: float | None = None


def written(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def ends_with_a_cure(error: ChunkrError) -> bool:
    last = str(error).rstrip().rsplit(". ", 1)[-1]
    return last.endswith(".") and last[0].isupper()


def test_a_missing_file(tmp_path: Path) -> None:
    with Client() as client, pytest.raises(SourceError, match=r"nowhere\.pdf") as caught:
        client.extract(tmp_path / "nowhere.pdf", Order)
    assert ends_with_a_cure(caught.value)


def test_an_empty_file(tmp_path: Path) -> None:
    with Client() as client, pytest.raises(SourceError, match=r"empty\.pdf.*empty") as caught:
        client.extract(written(tmp_path, "empty.pdf", b""), Order)
    assert ends_with_a_cure(caught.value)


def test_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(100)
    with Client() as client, pytest.raises(SourceError, match=r"scan\.pdf.*image/png") as caught:
        client.extract(written(tmp_path, "scan.pdf", png), Order)
    assert ends_with_a_cure(caught.value)


def test_an_encrypted_pdf() -> None:
    with Client() as client, pytest.raises(TaskFailedError, match=r"encrypted\.pdf.*password") as caught:
        client.extract(SAMPLES / "encrypted.pdf", Order)
    assert caught.value.task_id
    assert ends_with_a_cure(caught.value)


@pytest.mark.parametrize("keep", [40, 400])
def test_a_truncated_pdf(tmp_path: Path, keep: int) -> None:
    """A PDF that lost its end is either read as far as it goes, or fails by name; it is never a foreign traceback."""
    cut = (SAMPLES / "order.pdf").read_bytes()[:keep]
    with Client() as client, pytest.raises(TaskFailedError, match=r"cut\.pdf") as caught:
        client.extract(written(tmp_path, "cut.pdf", cut), Order)
    assert ends_with_a_cure(caught.value)


def test_a_file_of_an_unknown_kind(tmp_path: Path) -> None:
    with Client() as client, pytest.raises(ChunkrError, match=r"thing\.bin") as caught:
        client.extract(written(tmp_path, "thing.bin", bytes(range(256)) * 8), Order)
    assert ends_with_a_cure(caught.value)


@pytest.mark.parametrize("target", [object(), 3, "Order", lambda: None])
def test_a_target_that_is_no_class(target: Any) -> None:
    with Client() as client, pytest.raises(SchemaError) as caught:
        client.extract(SAMPLES / "order.pdf", target)
    assert ends_with_a_cure(caught.value)


@pytest.mark.parametrize("schema", [{"type": "string"}, {"type": "nonsense"}])
def test_a_schema_that_cannot_be_asked_for(schema: dict[str, Any]) -> None:
    with Client() as client, pytest.raises(SchemaError) as caught:
        client.extract(SAMPLES / "order.pdf", schema)
    assert ends_with_a_cure(caught.value)


def test_a_wrong_key_is_not_repeated_in_the_error(serve: Callable[[Any], str], tmp_path: Path) -> None:
    url = serve(create_app(data_dir=tmp_path, keys=["lu_right"]))
    with Client("lu_wrong", base_url=url) as client, pytest.raises(AuthenticationError) as caught:
        client.extract(SAMPLES / "order.pdf", Order)
    assert "lu_wrong" not in str(caught.value)
    assert ends_with_a_cure(caught.value)


def test_an_unreachable_server() -> None:
    with Client(base_url="http://127.0.0.1:9", max_retries=0) as client, pytest.raises(APIConnectionError) as caught:
        client.extract(SAMPLES / "order.pdf", Order)
    assert "127.0.0.1:9" in str(caught.value)
    assert ends_with_a_cure(caught.value)


def test_results_that_do_not_fit_the_class() -> None:
    class Impossible(BaseModel):
        order_number: str
        delivery_date: date  # there is none in the document

    with Client() as client, pytest.raises(OutputError, match=r"order\.pdf.*delivery_date") as caught:
        client.extract(SAMPLES / "order.pdf", Impossible)
    assert caught.value.results == {"order_number": "PO-7781", "delivery_date": None}
    assert caught.value.citations["order_number"][0]["content"] == "PO-7781"
    assert caught.value.task_id
    assert ends_with_a_cure(caught.value)


@pytest.mark.parametrize("option", [{"file_name": "a.pdf"}, {"parse_configuration": {"ocr_strategy": "Auto"}}])
def test_options_that_a_task_id_does_not_allow_are_refused_before_anything_is_sent(option: dict[str, Any]) -> None:
    # The port is closed: anything that was sent would be a connection error.
    with (
        Client(base_url="http://127.0.0.1:9", max_retries=0) as client,
        pytest.raises(ConfigurationError, match=next(iter(option))),
    ):
        client.extract("5b0f3c1e-6a43-4f0e-9a57-0f5f3f0c9f10", Order, **option)
