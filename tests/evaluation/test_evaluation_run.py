from __future__ import annotations

import json
import shutil

import httpx
import pytest

from chunkr_integrations import Client
from chunkr_integrations.cli import main
from chunkr_integrations.evaluation import evaluate, find_documents
from chunkr_integrations.exceptions import SourceError

SCHEMA = {"type": "object", "properties": {"invoice_number": {"type": "string"}, "total": {"type": "number"}}}


@pytest.fixture
def gold(tmp_path, example_documents):
    """A folder with one good document."""
    add(tmp_path / "gold" / "invoices" / "good", example_documents / "invoice_en.pdf")
    return tmp_path / "gold"


def add(folder, document, *, values=None):
    folder.mkdir(parents=True)
    shutil.copy(document, folder / f"document{document.suffix}")
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    (folder / "gold.json").write_text(json.dumps(values or {"invoice_number": "MT-2025-0418", "total": 3559.2}))


def test_figures_on_stdout_predictions_and_json_in_files(gold, tmp_path, capsys):
    """The documents are really extracted: results and citations are left as they came."""
    arguments = ["--out", str(tmp_path / "pred"), "--json", str(tmp_path / "figures.json")]
    assert main(["eval", str(gold), *arguments]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    heading, line = shown.out.splitlines()
    row = dict(zip(heading.split(), line.split(), strict=True))
    assert row["source"] == "invoices"
    assert row["F1"] == row["cited"] == row["cont"] == "1.000"
    prediction = json.loads((tmp_path / "pred" / "invoices" / "good.json").read_text("utf-8"))
    assert prediction["results"]["total"] == 3559.2
    assert prediction["citations"]["total"][0]["page_number"] == 1
    record = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert record["figures"]["invoices"]["f1"] == 1
    assert record["failures"] == []


def test_wrong_labels_lower_the_figures(gold, example_documents, capsys):
    """A judge that always says yes would be worthless."""
    add(gold / "invoices" / "other", example_documents / "invoice_en.pdf", values={"total": 1.0})
    assert main(["eval", str(gold), "--json", "-"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]["invoices"]
    assert figures["docs"] == 2
    assert figures["acc"] == pytest.approx(2 / 3)


def test_documents_may_lie_directly_in_the_folder(gold):
    """The folder's own name is the source then."""
    (found,) = find_documents(gold / "invoices")
    assert (found.source, found.name) == ("invoices", "good")


def test_what_cannot_be_read_is_told_and_left_out(gold, example_documents, capsys):
    """A missing schema, broken labels, no document: one line each, and the rest is measured."""
    invoice = example_documents / "invoice_en.pdf"
    for name in ("no-schema", "broken", "list", "no-document", "two", "boxes", "pages"):
        add(gold / "invoices" / name, invoice)
    (gold / "invoices" / "no-schema" / "schema.json").unlink()
    (gold / "invoices" / "broken" / "gold.json").write_text("{'a': 1}")
    (gold / "invoices" / "list" / "gold.json").write_text("[]")
    (gold / "invoices" / "no-document" / "document.pdf").unlink()
    (gold / "invoices" / "two" / "document.txt").write_text("x")
    (gold / "invoices" / "boxes" / "boxes.json").write_text('{"fields": {"/a": [{"bbox": [0, 0, 1, 1]}]}}')
    (gold / "invoices" / "pages" / "pages.json").write_text('[{"page": 1, "words": [["x"]]}]')
    assert main(["eval", str(gold)]) == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1].split()[:3] == ["invoices", "1", "1"]
    told = {line.split(": ")[1]: line for line in shown.err.splitlines()}
    expected = {
        "no-schema": "schema.json: it is missing. Put the JSON Schema to ask for there.",
        "broken": "gold.json: it is no JSON:",
        "list": "gold.json: it is no JSON object.",
        "no-document": "no document.",
        "two": "several documents: document.pdf, document.txt.",
        "boxes": "boxes.json: the places of /a cannot be understood.",
        "pages": "pages.json: it is no list of pages with words.",
    }
    assert told.keys() == {f"invoices/{name}" for name in expected}
    for name, message in expected.items():
        assert message in told[f"invoices/{name}"]
        assert told[f"invoices/{name}"].endswith("(it is left out of the figures)")


def test_a_document_that_fails_counts_as_an_empty_answer(gold, capsys):
    """It was asked for and there is no answer; leaving it out would flatter."""
    bad = gold / "invoices" / "bad"
    shutil.copytree(gold / "invoices" / "good", bad)
    (bad / "document.pdf").write_bytes(b"%PDF-1.7 and no more")
    assert main(["eval", str(gold)]) == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1].split()[:6] == ["invoices", "2", "1", "4", "0.500", "0.500"]
    assert shown.err.count("\n") == 1
    assert "invoices/bad: " in shown.err
    assert shown.err.endswith("(it counts as an empty answer)\n")


def test_a_server_that_refuses_is_reported_document_by_document(gold):
    """The client decides who answers; its errors are failures of the run, not its end."""
    refusing = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(401, json={"error": "no"})))
    told = []
    with Client("key", "https://chunkr.test", http=refusing, max_retries=0) as client:
        found = evaluate(client, find_documents(gold), on_failure=told.append)
    assert [type(failure.error).__name__ for failure in found.failures] == ["AuthenticationError"]
    assert told == list(found.failures)
    assert (found.figures["invoices"].predicted, found.figures["invoices"].f1) == (0, 0.0)


def test_a_folder_without_documents_says_so(tmp_path, gold, capsys):
    with pytest.raises(SourceError, match="no such folder"):
        find_documents(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    assert main(["eval", str(tmp_path / "empty")]) == 1
    assert "document.*, schema.json and gold.json" in capsys.readouterr().err
    assert main(["eval", str(gold), "--source", "receipts"]) == 1
    assert "it holds no source receipts. There are: invoices." in capsys.readouterr().err
    assert main(["eval", str(gold), "--max-concurrency", "0"]) == 1
    assert "--max-concurrency must be 1 or more" in capsys.readouterr().err
