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
