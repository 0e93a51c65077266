"""The example that needs more than this package, with what it needs: without it, it only says so."""

from __future__ import annotations

import runpy

import pytest


def test_the_vector_store(example_documents, monkeypatch, capsys):
    pytest.importorskip("llama_index.vector_stores.chroma", reason="the example needs llama-index-vector-stores-chroma")
    monkeypatch.syspath_prepend(str(example_documents.parent))
    runpy.run_path(str(example_documents.parent / "llamaindex_vector_store.py"), run_name="__main__")
    total = '[1] invoice_en.pdf, p. 1, box (0.82, 0.53)-(0.91, 0.55): "£3,559.20"'
    assert capsys.readouterr().out == f"True {total}\n"
