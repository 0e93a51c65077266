"""Who may import whom: frameworks in their own folder only, and a missing one is named."""

from __future__ import annotations

import subprocess
import sys

import pytest

HIDDEN = """
import sys
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {hidden}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hide())
"""


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("extra", "hidden"), [("langchain", ["langchain_core", "langchain"]), ("llamaindex", ["llama_index"])]
)
def test_a_missing_framework_is_an_error_with_the_command(extra, hidden):
    done = run(f"{HIDDEN.format(hidden=set(hidden))}\nimport chunkr_integrations.{extra}")
    assert "MissingExtraError" in done.stderr
    assert f"pip install 'chunkr-integrations[{extra}]'" in done.stderr


@pytest.mark.parametrize("hidden", ["starlette", "uvicorn"])
def test_a_missing_server_is_an_error_with_the_command(hidden):
    done = run(f"{HIDDEN.format(hidden={hidden})}\nimport chunkr_integrations.server")
    assert done.stderr.splitlines()[-1].startswith("ImportError: chunkr_integrations.server needs packages")
    assert "pip install 'chunkr-integrations[local]'" in done.stderr


def test_what_reads_a_kind_of_document_is_named_with_the_command_where_it_is_missing():
    code = (
        "from chunkr_integrations.engine import Engine, EngineError\n"
        "try:\n    Engine().parse(b'<html><p>Total: 3</p></html>', name='a.html')\n"
        "except EngineError as error:\n    print(error)\n"
    )
    done = run(f"{HIDDEN.format(hidden={'selectolax'})}\n{code}")
    said = "a.html cannot be read as text/html because selectolax is not installed. "
    assert done.stdout == said + "Install it with: pip install 'chunkr-integrations[local]'\n"


def test_neutral_documents_import_no_framework():
    code = (
        "import sys, chunkr_integrations.documents.loading, chunkr_integrations.documents.answers\n"
        "print({name.split('.')[0] for name in sys.modules} & {'langchain_core', 'llama_index'})"
    )
    assert run(code).stdout == "set()\n"


@pytest.mark.parametrize(("one", "other"), [("langchain", "llama_index"), ("llamaindex", "langchain_core")])
def test_one_framework_does_not_need_the_other(one, other):
    done = run(f"{HIDDEN.format(hidden={other})}\nimport chunkr_integrations.{one}\nprint('imported')")
    assert done.stdout == "imported\n", done.stderr
