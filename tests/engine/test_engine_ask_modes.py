"""Engines with a model: what it is asked for, what is believed of it, and what it cost; the model is a fake."""

from __future__ import annotations

import json
import logging
import pickle
import re
import subprocess
import sys
from typing import Any

import pytest

from chunkr_integrations.engine import Engine, EngineError
from chunkr_integrations.engine.ask import Limits
from chunkr_integrations.engine.ask.rows import paired
from chunkr_integrations.engine.draft import Leaf
from chunkr_integrations.engine.models import Completion, Usage

TEXT = b"""Invoice number: INV-7
Invoice date: 2024-05-01

The roof was painted in a warm red by Anna Weber.

Net total: 80.00
VAT: 19.50
Total: 99.50 EUR
"""
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "invoice_number": {"type": ["string", "null"]},
        "painter": {"type": ["string", "null"]},
        "painted": {"type": ["boolean", "null"]},
    },
}


class FakeModel:
    """A fake: for each field it is asked for it says what the test scripts, in the piece that holds the quote."""

    def __init__(self, **script: tuple[Any, str | None]) -> None:
        self.script = script
        self.fields: list[str] = []

    def complete(self, messages, *, schema):
        asked = schema["properties"]["answer"]["properties"]
        self.fields += asked
        text = messages[-1].content

        def leaf(name):
            value, quote = self.script.get(name, (None, None))
            pieces = re.split(r"^\[(s\d+\S*)\] ", text, flags=re.MULTILINE)
            ids = [i for i, t in zip(pieces[1::2], pieces[2::2], strict=True) if quote and quote in t]
            return {"value": value, "segments": ids, "quote": quote}

        def row(cells):
            return {key: {"value": value, "segments": [], "quote": None} for key, value in cells.items()}

        answer = {
            name: [row(cells) for cells in self.script.get(name, [])] if shape["type"] == "array" else leaf(name)
            for name, shape in asked.items()
        }
        return Completion(json.dumps({"answer": answer}), 300, 20)


def run(model, mode="auto", schema=SCHEMA, text=TEXT, name="a.txt"):
    engine = Engine(llm=model, mode=mode)
    return engine.extract(engine.parse(text, name=name), schema)


def fields(*names: str, kind: str = "number") -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": [kind, "null"]} for name in names}}


def confidence(made) -> dict[str, str | None]:
    return {name: metrics and metrics["confidence"] for name, metrics in made.metrics.items()}


ANNA = ("Anna Weber", "painted in a warm red by Anna Weber")


def test_what_the_model_read_is_cited_with_the_words_boxes():
    made = run(FakeModel(painter=ANNA, invoice_number=("INV-7", "Invoice number: INV-7")), "model")
    assert made.results == {"invoice_number": "INV-7", "painter": "Anna Weber", "painted": None}
    (citation,) = made.citations["painter"]
    assert citation["citation_type"] == "Word"
    assert citation["content"].rstrip(".") == "Anna Weber"
    assert len(citation["bboxes"]) == 2
    assert made.metrics["painter"] == {"confidence": "Low", "citation_status": "Created"}
    assert made.citations["painted"] is made.metrics["painted"] is None


def test_a_value_that_is_not_printed_is_cited_by_its_quote_or_not_at_all():
    painted = (True, "The roof was painted")
    made = run(FakeModel(painted=painted, painter=("Bob Nobody", "painted by Bob Nobody")), "model")
    assert made.citations["painted"][0]["content"] == "The roof was painted"
    assert made.metrics["painted"] == {"confidence": "Low", "citation_status": "Created"}
    assert made.results["painter"] == "Bob Nobody"
    assert made.citations["painter"] == []
    assert made.metrics["painter"] == {"confidence": "Low", "citation_status": "Failed"}


def test_hybrid_asks_only_for_what_the_rules_left():
    rules = run(None)
    assert confidence(rules)["invoice_number"] == "High"
    model = FakeModel(painter=ANNA, invoice_number=("WRONG", None))
    made = run(model)
    assert model.fields == ["painter", "painted"]
    assert made.results["invoice_number"] == "INV-7"
    assert made.results["painter"] == "Anna Weber"
    assert made.citations["invoice_number"] == rules.citations["invoice_number"]
    assert list(made.results) == list(SCHEMA["properties"])


def test_hybrid_asks_nothing_when_the_rules_are_sure_of_all():
    model = FakeModel()
    made = run(model, schema=fields("invoice_number", kind="string"))
    assert model.fields == []
    assert made.usage == Usage()
    assert made.metrics["invoice_number"]["confidence"] == "High"


def test_verify_is_sure_where_the_rules_say_the_same_and_unsure_where_they_do_not():
    same = run(FakeModel(invoice_number=("INV-7", "Invoice number: INV-7"), painter=ANNA), "verify")
    assert confidence(same) == {"invoice_number": "High", "painter": "Low", "painted": None}
    other = run(FakeModel(invoice_number=("2024-05-01", "Invoice date: 2024-05-01")), "verify")
    assert other.results["invoice_number"] == "2024-05-01"
    assert confidence(other)["invoice_number"] == "Low"
    none = run(FakeModel(), "verify")
    assert none.results["invoice_number"] == "INV-7"
    assert confidence(none)["invoice_number"] == "Low"


@pytest.mark.parametrize(("tax", "expected"), [(19.5, "High"), (2024.0, "Low")])
def test_verify_believes_sums_that_add_up(tax, expected):
    text = b"80.00 and 19.50 make 99.50 in the year 2024.\n"
    schema = fields("net_total", "tax_total", "gross_total")
    quote = "80.00 and 19.50 make 99.50 in the year 2024"
    made = run(
        FakeModel(net_total=(80, quote), tax_total=(tax, quote), gross_total=(99.5, quote)), "verify", schema, text
    )
    assert made.results == {"net_total": 80, "tax_total": tax, "gross_total": 99.5}
    assert set(confidence(made).values()) == {expected}


def test_a_sum_that_adds_up_does_not_make_invented_numbers_sure():
    schema = fields("net_total", "tax_total", "gross_total")
    made = run(
        FakeModel(net_total=(10, None), tax_total=(1, None), gross_total=(11, None)), "verify", schema, b"None.\n"
    )
    assert set(confidence(made).values()) == {"Low"}
    assert all(metrics["citation_status"] == "Failed" for metrics in made.metrics.values())


SHEET = b"Description,Quantity,Unit price,Amount\nTea,2,2.50,5.00\nCake,3,4.00,12.00\n"
ROW = fields("quantity", "unit_price", "amount")
ROW["properties"] |= {"description": {"type": "string"}, "taste": {"type": ["string", "null"]}}
LINES = {"type": "object", "properties": {"lines": {"type": "array", "items": ROW}}}


def test_hybrid_fills_a_column_that_the_rules_left_and_keeps_their_sure_cells():
    rules = run(None, schema=LINES, text=SHEET, name="a.csv")
    assert [metrics["amount"]["confidence"] for metrics in rules.metrics["lines"]] == ["High", "High"]
    assert rules.results["lines"][0]["taste"] is None
    told = [
        {"description": "Tea", "quantity": 2, "unit_price": 2.5, "amount": 5, "taste": "bitter"},
        {"description": "Cake", "quantity": 9, "unit_price": 4, "amount": 12, "taste": "sweet"},
    ]
    made = run(FakeModel(lines=told), schema=LINES, text=SHEET, name="a.csv")
    assert made.results["lines"] == [told[0], {**told[1], "quantity": 3}]
    assert made.metrics["lines"][1]["taste"]["citation_status"] == "Failed"
    assert made.citations["lines"][1]["quantity"] == rules.citations["lines"][1]["quantity"]


def test_hybrid_keeps_sure_rows_that_the_model_missed_and_adds_those_that_it_found():
    rules = run(None, schema=LINES, text=SHEET, name="a.csv")
    nothing = run(FakeModel(lines=[]), schema=LINES, text=SHEET, name="a.csv")
    assert (nothing.results, nothing.citations) == (rules.results, rules.citations)
    told = [{"description": "Cake", "amount": 12}, {"description": "Bun", "amount": 7}, {"description": "Jam"}]
    made = run(FakeModel(lines=told), schema=LINES, text=SHEET, name="a.csv")
    assert [row["description"] for row in made.results["lines"]] == ["Tea", "Cake", "Bun", "Jam"]


def test_verify_checks_each_cell_of_a_row_and_drops_what_only_unsure_rules_have():
    told = [{"description": "Tea", "quantity": 2, "unit_price": 2.5, "amount": 6}]
    made = run(FakeModel(lines=told), "verify", LINES, SHEET, "a.csv")
    first, second = made.metrics["lines"]
    assert made.results["lines"][0] == {**told[0], "taste": None}
    assert {first[name]["confidence"] for name in ("quantity", "unit_price", "amount")} == {"Low"}
    assert made.results["lines"][1]["description"] is None
    assert second["amount"]["confidence"] == "Low"


def test_rows_are_paired_by_their_values_then_by_position():
    def rows(*names):
        return [{"name": Leaf(name), "kind": Leaf("k")} for name in names]

    def names(pairs):
        return [tuple(row and row["name"].value for row in pair) for pair in pairs]

    assert names(paired(rows("a", "b", "c"), rows("c", "a"))) == [("c", "c"), ("a", "a"), ("b", None)]
    assert names(paired(rows("a", "b"), [])) == [("a", None), ("b", None)]
    other = [{"name": Leaf("x"), "kind": Leaf("z")}, {"name": Leaf("b"), "kind": Leaf("k")}]
    assert names(paired(rows("a", "b"), other)) == [("a", "x"), ("b", "b")]


def test_costs_are_said_beside_the_answer_and_in_the_log_without_document_text(caplog):
    with caplog.at_level(logging.DEBUG, logger="chunkr_integrations"):
        made = run(FakeModel(painter=ANNA))
    assert made.usage == Usage(1, 0, 300, 20)
    assert "The model was asked 1 times (0 of them again); tokens: 300 read, 20 written." in caplog.messages
    assert "Anna" not in caplog.text
    assert run(None).usage is None


def test_costs_are_logged_when_the_extraction_fails(caplog):
    class Silent:
        def complete(self, messages, *, schema):
            return Completion("no", 5, 1)

    with (
        caplog.at_level(logging.INFO, logger="chunkr_integrations"),
        pytest.raises(EngineError, match="answered twice"),
    ):
        run(Silent())
    assert "asked 2 times (1 of them again); tokens: 10 read, 2 written" in caplog.text


def test_rules_never_ask_and_an_engine_with_a_model_can_be_pickled():
    model = FakeModel(painter=ANNA)
    assert run(model, "rules") == run(None)
    assert model.fields == []
    engine = pickle.loads(pickle.dumps(Engine(llm=model, mode="verify", limits=Limits(window_tokens=50))))
    assert engine.extract(engine.parse(TEXT, name="a.txt"), SCHEMA).results["painter"] == "Anna Weber"


def test_options_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="not known; choose one of auto, rules"):
        Engine(mode="best")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='needs a model; give one as llm=, or use mode="rules"'):
        Engine(mode="verify")
    with pytest.raises(TypeError, match="which str has not"):
        Engine(llm="gpt")  # type: ignore[arg-type]


def test_an_engine_imports_no_http_until_a_model_is_there():
    code = (
        "import sys\nfrom chunkr_integrations.engine import Engine\n"
        "e = Engine(); e.extract(e.parse(b'Total: 5', name='a.txt'), {'properties': {'total': {'type': 'number'}}})\n"
        "print([m for m in ('httpx', 'starlette', 'uvicorn', 'chunkr_integrations.engine.ask') if m in sys.modules])"
    )
    # The package's root is imported first and may load the client; only the engine's own share is looked at.
    code = code.replace(
        "import sys\n",
        "import sys, types\nsys.modules['chunkr_integrations'] = m = types.ModuleType('chunkr_integrations')\n"
        f"m.__path__ = [{str(__import__('chunkr_integrations').__path__[0])!r}]\n",
        1,
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
