from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import pytest

import chunkr_integrations.engine as package
from chunkr_integrations.engine import Engine, EngineError, UnreadableDocumentError
from chunkr_integrations.engine.render import render_page

TEXT = b"Invoice number: INV-7\nInvoice date: 2024-05-01\n\nTotal: 99.50 EUR\n"
SCHEMA = {
    "type": "object",
    "properties": {
        "invoice_number": {"type": ["string", "null"]},
        "total": {"type": ["number", "null"]},
        "colour_of_the_roof": {"type": ["string", "null"]},
    },
}


def test_the_package_exports_what_the_server_and_the_client_need():
    assert package.__all__ == sorted(package.__all__)
    assert all(hasattr(package, name) for name in package.__all__)
    assert issubclass(UnreadableDocumentError, EngineError)


def test_the_version_is_the_packages():
    assert Engine().version == f"chunkr-integrations {version('chunkr-integrations')}"


def test_a_document_and_a_schema_give_values_with_places_and_nulls():
    engine = Engine()
    document = engine.parse(TEXT, name="a.txt")
    made = engine.extract(document, SCHEMA, system_prompt="ignored without a model")
    assert made.results == {"invoice_number": "INV-7", "total": 99.5, "colour_of_the_roof": None}
    assert "99.50" in made.citations["total"][0]["content"].split()
    assert made.citations["colour_of_the_roof"] is made.metrics["colour_of_the_roof"] is None


def test_the_answer_is_the_same_on_every_run_and_after_pickling():
    engine = pickle.loads(pickle.dumps(Engine()))
    first = engine.extract(engine.parse(TEXT, name="a.txt"), SCHEMA)
    again = Engine().extract(pickle.loads(pickle.dumps(Engine().parse(TEXT, name="a.txt"))), SCHEMA)
    assert first == again


def test_one_engine_serves_many_threads():
    engine = Engine()
    with ThreadPoolExecutor(4) as threads:
        documents = list(threads.map(lambda _: engine.parse(TEXT, name="a.txt"), range(8)))
    assert len(set(documents)) == 1


@pytest.mark.parametrize("number", [0, 2])
def test_a_page_that_is_not_there_is_not_drawn(number):
    with pytest.raises(EngineError, match="pages count from 1"):
        render_page(TEXT, "text/plain", number)
