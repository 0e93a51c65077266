"""The examples that need more than this package, with what they need: without it they only say so."""

from __future__ import annotations

import runpy

import pytest

TOTAL = '[1] invoice_en.pdf, p. 1, box (0.82, 0.53)-(0.91, 0.55): "£3,559.20"'


@pytest.fixture
def run(example_documents, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(example_documents.parent))

    def printed(name):
        runpy.run_path(str(example_documents.parent / name), run_name="__main__")
        return capsys.readouterr().out.splitlines()

    return printed


@pytest.mark.parametrize("name", ["langchain_agent.py", "langchain_agent_async.py"])
def test_the_agent(run, name):
    pytest.importorskip("langgraph.checkpoint.sqlite", reason="the example needs langgraph-checkpoint-sqlite")
    said, evidence = run(name)
    assert said == "It is 3,559.20 pounds."
    assert evidence.endswith("stands on page 1")


def test_the_vector_store(run):
    pytest.importorskip("langchain_chroma", reason="the example needs langchain-chroma")
    assert run("langchain_vector_store.py") == [
        "first run added something: True - skipped something: False",
        "second run added something: False - skipped something: True",
        TOTAL,
    ]
