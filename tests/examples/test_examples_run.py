"""Every example runs as a user would run it, without any connection to outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

# A child process is not under the suite's socket block: this is its own.
OFFLINE = """
import ipaddress, runpy, socket, sys
real = socket.socket.connect
def connect(self, address):
    if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
        raise AssertionError(f"an example connects to {address[0]}")
    return real(self, address)
socket.socket.connect = connect
path = sys.argv[1]
sys.argv = sys.argv[1:]
sys.path.insert(0, path.rpartition("/")[0])
runpy.run_path(path, run_name="__main__")
"""


def run(example: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHUNKR_")}
    return subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", OFFLINE, str(example), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


class Run(NamedTuple):
    """What an example did, and in which folder."""

    code: int
    out: str
    err: str
    folder: Path


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> Callable[[Path], Run]:
    """Runs an example without arguments, once."""

    @cache
    def once(example: Path) -> Run:
        folder = tmp_path_factory.mktemp(example.stem)
        completed = run(example, folder)
        return Run(completed.returncode, completed.stdout, completed.stderr, folder)

    return once


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_example_runs(example, done):
    """From any folder, with exit code 0 and nothing on stderr."""
    assert (done(example).code, done(example).err) == (0, "")


@pytest.mark.parametrize("example", [path for path in EXAMPLES if path.stem.endswith("_async")], ids=lambda p: p.name)
def test_the_async_twin_says_the_same(example, done):
    """A name that ends in _async is the same example with await."""
    said = done(example.with_name(example.name.replace("_async", ""))).out
    assert said
    assert done(example).out == said


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_short(example):
    """One idea a file; the demo, the command behind `make demo`, and the classes are longer."""
    if example.name in {"demo.py", "models.py"}:
        pytest.skip("not an example of one idea")
    assert len(example.read_text("utf-8").splitlines()) <= 40


def test_the_demo_writes_its_report(done):
    """Both frameworks, the comparison with the expected values, and demo-out/report.html."""
    demo = done(ROOT / "examples" / "demo.py")
    assert demo.code == 0, demo.err
    assert "LangChain: ChunkrExtractLoader" in demo.out
    assert "LlamaIndex: ChunkrReader" in demo.out
    assert "Both give the same Invoice." in demo.out
    assert " 0 wrong, " in demo.out
    html = (demo.folder / "demo-out" / "report.html").read_text("utf-8")
    assert "data:image/png;base64," in html
    assert '<g class="box' in html


def test_the_demo_takes_a_document_of_another_kind(tmp_path):
    """What an invoice has and the document lacks is not found, not guessed, and no error."""
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir or Madam,\n\nplease send us your catalogue.\n\nKind regards\n", encoding="utf-8")
    done = run(ROOT / "examples" / "demo.py", tmp_path, str(letter))
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["iban", "not", "found"] in lines
    assert ["total", "not", "found"] in lines
    assert (tmp_path / "demo-out" / "report.html").is_file()


@pytest.mark.parametrize("content", [None, b"", b"%PDF-1.7\nbroken"])
def test_the_demo_refuses_a_bad_file_in_one_line(tmp_path, content):
    """Missing, empty or damaged: a line that names the file, and exit code 1."""
    path = tmp_path / "bad.pdf"
    if content is not None:
        path.write_bytes(content)
    done = run(ROOT / "examples" / "demo.py", tmp_path, str(path))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("demo: ")
    assert "bad.pdf" in done.stderr
