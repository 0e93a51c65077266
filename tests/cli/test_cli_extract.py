from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chunkr_integrations.cli import main

MODELS = Path(__file__).parents[2] / "examples" / "models.py"
INVOICE = f"{MODELS}:Invoice"


@pytest.fixture
def invoice(example_documents):
    return str(example_documents / "invoice_en.pdf")


def run(*arguments: str, **options):
    """The command in a process of its own, as a shell would run it."""
    command = [sys.executable, "-m", "chunkr_integrations.cli", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **options)


def test_json_is_the_default(invoice, capsys):
    """One file gives one object: the typed value, the three mirrors, and who answered."""
    assert main(["extract", invoice, "--model", INVOICE]) == 0
    shown = capsys.readouterr()
    record = json.loads(shown.out)
    assert shown.err == ""
    assert record["value"]["invoice_number"] == record["results"]["invoice_number"] == "MT-2025-0418"
    assert record["citations"]["invoice_number"][0]["content"] == "MT-2025-0418"
    assert record["metrics"]["invoice_number"]["confidence"] in {"High", "Low"}
    assert record["source"]["uri"] == invoice
    assert record["task"]["version_info"]["server_version"].startswith("chunkr-integrations ")


def test_the_record_holds_no_document(invoice, capsys):
    """Neither the bytes nor a link that would open them are in the output."""
    main(["extract", invoice, "--model", INVOICE])
    shown = capsys.readouterr().out
    assert "base64" not in shown
    assert '"url"' not in shown


def test_several_files_are_an_array_or_lines(invoice, example_documents, capsys):
    """json: an array; jsonl: one object a line; both in the order of the files."""
    files = [str(example_documents / "rechnung_de.pdf"), invoice]
    assert main(["extract", *files, "--model", INVOICE]) == 0
    records = json.loads(capsys.readouterr().out)
    assert main(["extract", *files, "--model", INVOICE, "--format", "jsonl"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [r["source"]["uri"] for r in records] == [r["source"]["uri"] for r in lines] == files
    assert [r["value"]["invoice_number"] for r in lines] == ["2025-1107", "MT-2025-0418"]


def test_a_file_that_fails_does_not_end_the_rest(invoice, tmp_path, capsys):
    """Its error is one line on stderr, the others are on stdout, and the exit code is 1."""
    empty = tmp_path / "empty.pdf"
    empty.write_bytes(b"")
    code = main(["extract", str(empty), str(tmp_path / "gone.pdf"), invoice, "--model", INVOICE, "--format", "jsonl"])
    shown = capsys.readouterr()
    assert code == 1
    assert [json.loads(line)["value"]["invoice_number"] for line in shown.out.splitlines()] == ["MT-2025-0418"]
    first, second = shown.err.splitlines()
    assert first.startswith("chunkr-integrations: ")
    assert "empty.pdf" in first
    assert "gone.pdf" in second


def test_text_is_a_table(invoice, capsys):
    """A line for each field: value, confidence, page, what is printed; and what was not found says so."""
    assert main(["extract", invoice, "--model", INVOICE, "--format", "text"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{invoice}  {INVOICE}, answered by chunkr-integrations ")
    (due,) = [line.split() for line in lines if line.split()[0] == "due_date"]
    assert due[1] == "2025-04-13"
    assert due[-3:] == ["13", "April", "2025"]
    (vat,) = [line for line in lines if line.split()[0] == "customer.vat_id"]
    assert vat.endswith("not found")


@pytest.mark.parametrize(
    ("name", "begins"), [("r.json", "{"), ("r.jsonl", '{"source"'), ("r.txt", ""), ("new/r.html", "<!doctype html>")]
)
def test_the_name_of_the_output_says_the_format(invoice, tmp_path, capsys, name, begins):
    """Nothing is on stdout then; folders are made."""
    assert main(["extract", invoice, "--model", INVOICE, "--output", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text("utf-8").startswith(begins)
    assert capsys.readouterr().out == ""


def test_a_document_from_stdin(invoice):
    """`-` reads the bytes of stdin; --file-name names them."""
    data = Path(invoice).read_bytes()
    done = run("extract", "-", "--file-name", "mine.pdf", "--model", INVOICE, "--format", "jsonl", input=data)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["value"]["invoice_number"] == "MT-2025-0418"
    assert "mine.pdf" in record["source"]["name"]


def test_no_traceback_and_utf8_whatever_the_locale(example_documents, tmp_path):
    """Umlauts are written in a C locale, too, and an error is one line without a traceback."""
    document = str(example_documents / "rechnung_de.pdf")
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run("extract", document, str(tmp_path / "gone.pdf"), "--model", INVOICE, env=environment)
    assert done.returncode == 1
    assert "Pflanzarbeiten einschließlich Anwässern" in done.stdout.decode("utf-8")
    assert done.stderr.decode("utf-8", "replace").count("\n") == 1
    assert b"Traceback" not in done.stderr


def test_a_json_schema_is_a_model_too(invoice, tmp_path, capsys):
    """A file that ends in .json is taken as a JSON Schema."""
    schema = tmp_path / "schema.json"
    fields = {"invoice_number": {"type": "string"}}
    schema.write_text(json.dumps({"title": "Number", "type": "object", "properties": fields}))
    assert main(["extract", invoice, "--model", str(schema)]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == {"invoice_number": "MT-2025-0418"}


def test_a_class_of_a_module_on_the_path(invoice, tmp_path, monkeypatch, capsys):
    """The current folder is searched, as `python -m` does."""
    (tmp_path / "shop_models.py").write_text(
        "from pydantic import BaseModel\n"
        "class Outer:\n"
        "    class Number(BaseModel):\n"
        "        invoice_number: str | None = None\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert main(["extract", invoice, "--model", "shop_models:Outer.Number"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == {"invoice_number": "MT-2025-0418"}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("models", "there is no class in it. Give it as pkg.module:Class"),
        ("no.such.module:Model", "importing it failed (ModuleNotFoundError"),
        ("no/such/file.py:Model", "importing it failed (FileNotFoundError"),
        (f"{MODELS}:NoSuchClass", "has no NoSuchClass"),
        ("json:dumps", "dumps"),
        ("nothing.json", "nothing.json: No such file"),
    ],
)
def test_models_that_cannot_be(invoice, capsys, model, message):
    """Each mistake has one line that names the model."""
    assert main(["extract", invoice, "--model", model]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert message in shown.err


def test_a_module_that_raises_is_told_not_shown(invoice, tmp_path, capsys):
    """Importing runs the user's code; its error is part of the one line."""
    (tmp_path / "broken.py").write_text("raise RuntimeError('half\\ndone')\n")
    assert main(["extract", invoice, "--model", f"{tmp_path / 'broken.py'}:Model"]) == 1
    assert "RuntimeError: half done" in capsys.readouterr().err


def test_the_options_of_the_request(invoice, tmp_path, capsys):
    """All of them are taken; what is no parse configuration is refused before anything is sent."""
    options = tmp_path / "parse.json"
    options.write_text(json.dumps({"ocr_strategy": "Auto"}))
    common = ["extract", invoice, "--model", INVOICE, "--parse-configuration", str(options)]
    assert main([*common, "--system-prompt", "Take the net total.", "--expires-in", "600", "--timeout", "60"]) == 0
    capsys.readouterr()
    options.write_text(json.dumps({"ocr_strategy": "Never"}))
    assert main(common) == 1
    assert f"--parse-configuration {options}: ocr_strategy: " in capsys.readouterr().err
    options.write_text("[")
    assert main(common) == 1
    assert "Give what the API takes as parse_configuration" in capsys.readouterr().err


def test_a_key_comes_from_the_environment_only(invoice, monkeypatch, capsys):
    """There is no option for it; a variable that is not set is an error, and the key is never shown."""
    assert main(["extract", invoice, "--model", INVOICE, "--api-key", "ch-secret"]) == 2
    assert "secret" not in capsys.readouterr().err
    assert main(["extract", invoice, "--model", INVOICE, "--api-key-env", "NO_SUCH_KEY"]) == 1
    assert "--api-key-env NO_SUCH_KEY: it is not set" in capsys.readouterr().err
    assert main(["extract", invoice, "--model", INVOICE, "--api-key-env", "ch-secret"]) == 1
    assert "secret" not in capsys.readouterr().err
    monkeypatch.setenv("MY_KEY", "ch-\nsecret")
    assert main(["extract", invoice, "--model", INVOICE, "--api-key-env", "MY_KEY"]) == 1
    assert "secret" not in capsys.readouterr().err


def test_a_server_that_is_not_there_is_one_line(invoice, capsys):
    """A server's address that nobody listens at names itself."""
    code = main(["doctor", "--base-url", "http://127.0.0.1:9"])
    shown = capsys.readouterr()
    assert code == 1
    assert "http://127.0.0.1:9" in shown.out


@pytest.mark.parametrize(
    "arguments",
    [[], ["extract"], ["extract", "a.pdf"], ["extract", "a.pdf", "--model", "m:M", "--format", "xml"], ["nothing"]],
)
def test_what_cannot_be_understood_is_2(capsys, arguments):
    """The usage goes to stderr."""
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "usage: chunkr-integrations" in shown.err


def test_help_and_version_are_0(capsys):
    """They are results, so they go to stdout."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("chunkr-integrations 0.")
    assert main(["extract", "--help"]) == 0
    assert "--parse-configuration" in capsys.readouterr().out


def test_one_name_for_several_documents_is_refused(invoice, capsys):
    """--file-name names one document."""
    assert main(["extract", invoice, invoice, "--model", INVOICE, "--file-name", "a.pdf"]) == 1
    assert "--file-name names one document" in capsys.readouterr().err


def test_an_output_that_cannot_be_written(invoice, tmp_path, capsys):
    """Nothing is extracted in vain: the path is opened first."""
    assert main(["extract", invoice, "--model", INVOICE, "--output", str(tmp_path)]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_traceback(invoice):
    """`extract ... | head -c 1` ends without noise."""
    command = f"{sys.executable} -m chunkr_integrations.cli extract {invoice} --model {INVOICE} | head -c 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False, timeout=120)
    assert done.stdout == b"{"
    assert done.stderr == b""
