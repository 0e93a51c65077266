from __future__ import annotations

import subprocess
import sys

import chunkr_integrations
from chunkr_integrations import exceptions


def test_public_names_are_there_once_and_ours() -> None:
    names = chunkr_integrations.__all__
    assert len(names) == len(set(names))
    for name in set(names) - {"__version__"}:
        assert getattr(chunkr_integrations, name).__module__.startswith("chunkr_integrations"), name
    assert set(exceptions.__all__) <= set(names)


def test_the_root_imports_no_framework_and_no_engine() -> None:
    code = "import sys, chunkr_integrations; print(*sorted(name.split('.')[0] for name in sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"langchain_core", "llama_index", "liteparse", "starlette", "uvicorn", "pypdfium2", "PIL"} & set(modules)
