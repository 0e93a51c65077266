from __future__ import annotations

import importlib.metadata
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from chunkr_integrations.cli import main
from chunkr_integrations.cli._doctor import missing_packages

MODELS = Path(__file__).parents[2] / "examples" / "models.py"
INVOICE = f"{MODELS}:Invoice"


def test_schema_shows_what_goes_on_the_wire(capsys):
    """The schema on stdout, what had to be changed on stderr."""
    assert main(["schema", INVOICE]) == 0
    shown = capsys.readouterr()
    schema = json.loads(shown.out)
    assert {"invoice_number", "lines", "vendor", "total"} <= schema["properties"].keys()
    assert "$ref" not in shown.out
    assert "vendor" in shown.err  # the reference to Party was written out


def test_saved_results_become_the_same_report(example_documents, tmp_path, capsys):
    """`report` draws the boxes that `extract --format html` would, without extracting again."""
    invoice = str(example_documents / "invoice_en.pdf")
    for name in ("r.json", "r.jsonl", "direct.html"):
        assert main(["extract", invoice, "--model", INVOICE, "--output", str(tmp_path / name)]) == 0

    def drawn(html: str):
        return [line for line in html.splitlines() if line.startswith("<g class=")]

    direct = drawn((tmp_path / "direct.html").read_text("utf-8"))
    assert len(direct) > 10
    for name in ("r.json", "r.jsonl"):
        assert main(["report", str(tmp_path / name)]) == 0
        html = capsys.readouterr().out
        assert drawn(html) == direct
        assert "data:image/png" in html


def test_a_document_that_moved_is_named(example_documents, tmp_path, capsys):
    """Where it was there is nothing now: without --document the pages are blank."""
    before, after = tmp_path / "invoice.pdf", tmp_path / "archive" / "invoice.pdf"
    before.write_bytes((example_documents / "invoice_en.pdf").read_bytes())
    main(["extract", str(before), "--model", INVOICE, "--output", str(tmp_path / "r.json")])
    after.parent.mkdir()
    before.rename(after)
    assert main(["report", str(tmp_path / "r.json")]) == 0
    assert "data:image/png" not in capsys.readouterr().out
    assert main(["report", str(tmp_path / "r.json"), "--document", str(after)]) == 0
    assert "data:image/png" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "no json", "[1]", '{"results": {}}', '{"results":1,"source":{},"task":{}}'])
def test_what_are_no_saved_results(tmp_path, capsys, content):
    """Another file gets an error that says which command writes the right one."""
    path = tmp_path / "other.json"
    path.write_text(content)
    assert main(["report", str(path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "other.json: these are no saved results. Give a file that `chunkr-integrations extract" in shown.err


def test_serving_others_needs_keys(tmp_path, capsys):
    """An address that other machines can reach is not opened to everyone by mistake; an empty key file is one."""
    assert main(["serve", "--host", "0.0.0.0"]) == 1
    assert "no key is asked of them. Give --keys-file" in capsys.readouterr().err
    (tmp_path / "keys").write_text("# none yet\n\n")
    assert main(["serve", "--keys-file", str(tmp_path / "keys")]) == 1
    assert "there is no key in it" in capsys.readouterr().err


def test_a_store_that_cannot_be_used_is_said_before_anything_starts(tmp_path, capsys):
    """Without the password that its URL has."""
    for url, words in (
        ("mysql://me:pass-word@host/name", "must begin with postgresql://"),
        ("postgresql://me:pass-word@host/name", "Give data_dir or files with it"),
    ):
        assert main(["serve", "--database", url]) == 1
        said = capsys.readouterr().err
        assert words in said
        assert "pass-word" not in said


def test_the_served_engine_answers_the_command_line(example_documents, tmp_path, monkeypatch, capsys):
    """serve with keys of a file, extract from it over a port; without the key nobody is let in."""
    (tmp_path / "keys.txt").write_text("ch-test-1  # for the tests\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        "serve",
        "--port",
        str(port),
        "--keys-file",
        str(tmp_path / "keys.txt"),
        "--data-dir",
        str(tmp_path / "d"),
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "chunkr_integrations.cli", *command], stderr=subprocess.PIPE
    ) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, server)
            arguments = ["extract", str(example_documents / "invoice_en.pdf"), "--model", INVOICE, "--base-url", url]
            assert main(arguments) == 1
            assert "401" in capsys.readouterr().err
            monkeypatch.setenv("MY_KEY", "ch-test-1")
            assert main([*arguments, "--api-key-env", "MY_KEY"]) == 0
            assert json.loads(capsys.readouterr().out)["value"]["invoice_number"] == "MT-2025-0418"
            assert main(["doctor", "--base-url", url, "--api-key-env", "MY_KEY"]) == 0
            assert url in capsys.readouterr().out
        finally:
            server.send_signal(signal.SIGINT)
            _, said = server.communicate(timeout=30)
    assert server.returncode in {0, 130}, said
    assert b"Traceback" not in said
    assert b"ch-test-1" not in said


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the server ended"
        try:
            httpx.get(f"{url}/health")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server does not answer")


def test_doctor_tells_what_is_there(monkeypatch, capsys):
    """Every extra, the recognition data, who answers, and that it does."""
    monkeypatch.delenv("CHUNKR_TESSDATA", raising=False)
    assert main(["doctor"]) == 0
    findings = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert findings["langchain"] == findings["llamaindex"] == findings["local"] == "installed"
    assert "eng" in findings["ocr"]
    assert findings["answers"].startswith("the embedded engine")
    assert {"version", "health"} <= findings.keys()


def test_doctor_names_what_is_missing():
    """A package that is not there is listed under its extra; those of `all` are the others' again."""
    requirements = [
        "httpx>=0.27",
        "pydantic>=2; extra == 'local'",
        "no-such-package-7>=1,<2; python_version > '3' and extra == 'local'",
        "no-such-package-7; extra == 'all'",
    ]
    assert missing_packages(requirements) == {"local": ["no-such-package-7"]}
    real = missing_packages(importlib.metadata.requires("chunkr-integrations") or [])
    assert {"langchain", "llamaindex", "local"} <= real.keys()
