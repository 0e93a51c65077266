from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from chunkr_integrations.exceptions import ConfigurationError
from chunkr_integrations.scale import ExtractBatch

ORDER = Path(__file__).parent.parent / "samples" / "documents" / "order.pdf"


class Order(BaseModel):
    order_number: str | None = None


def test_each_row_gets_its_answer_or_its_error() -> None:
    """As Ray Data hands it over: columns of numpy arrays."""
    batch = {"path": np.array([str(ORDER), "nowhere.pdf"]), "id": np.array([7, 8])}
    done = ExtractBatch(Order)(batch)
    assert done["id"] == [7, 8]
    assert json.loads(done["results"][0]) == {"order_number": "PO-7781"}
    assert json.loads(done["citations"][0])["order_number"][0]["content"] == "PO-7781"
    assert done["error"][0] is None
    assert done["results"][1] is None
    assert "nowhere.pdf" in done["error"][1]


def test_bytes_come_with_their_names() -> None:
    step = ExtractBatch(Order, column="content", name_column="name")
    done = step({"content": [ORDER.read_bytes()], "name": ["order.pdf"]})
    assert json.loads(done["results"][0]) == {"order_number": "PO-7781"}


def test_a_bad_name_of_bytes_is_that_rows_error() -> None:
    step = ExtractBatch(Order, column="content", name_column="name")
    done = step({"content": [ORDER.read_bytes(), ORDER.read_bytes()], "name": ["order.png", "order.pdf"]})
    assert "order.png" in done["error"][0]
    assert json.loads(done["results"][1]) == {"order_number": "PO-7781"}


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"'path'.*'file'"):
        ExtractBatch(Order)({"file": ["a.pdf"]})
