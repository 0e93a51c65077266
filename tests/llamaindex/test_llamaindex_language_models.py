from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    CompletionResponse,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ThinkingBlock,
)
from llama_index.core.llms import CustomLLM, MockLLM
from llama_index.core.llms.callbacks import llm_completion_callback
from llama_index.core.llms.mock import MockFunctionCallingLLM
from pydantic import BaseModel, Field

pytest.importorskip("liteparse", reason="the embedded engine needs the extra local")

from chunkr_integrations import Client, TaskFailedError
from chunkr_integrations.engine import Engine, EngineError
from chunkr_integrations.engine.models import Completion, LanguageModel, Message
from chunkr_integrations.llamaindex import ChunkrReader, from_llm

SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}
MESSAGES = (Message("system", "Fill the schema."), Message("user", "Total: 12.50 {not a template}"))


class Own(CustomLLM):
    """A completion model as users write them."""

    answer: str = "{}"
    raw: Any = None
    counts: dict[str, int] = Field(default_factory=dict)
    error: Any = None

    @property
    def metadata(self):
        return LLMMetadata()

    @llm_completion_callback()
    def complete(self, prompt, formatted=False, **kwargs):
        if self.error is not None:
            raise self.error
        return CompletionResponse(text=self.answer, raw=self.raw, additional_kwargs=self.counts)

    @llm_completion_callback()
    def stream_complete(self, prompt, formatted=False, **kwargs):
        raise NotImplementedError


def chat_model(heard, *blocks):
    def respond(messages, **_):
        heard.extend(messages)
        return ChatMessage(role="assistant", blocks=list(blocks))

    return MockFunctionCallingLLM(response_generator=respond, is_chat_model=True)


def test_it_is_a_language_model():
    assert isinstance(from_llm(MockLLM()), LanguageModel)


def test_the_messages_reach_a_chat_model_in_its_words():
    heard: list[ChatMessage] = []
    history = (*MESSAGES, Message("assistant", "{"), Message("user", "Again."))
    answered = from_llm(chat_model(heard, TextBlock(text="{}"))).complete(history, schema=SCHEMA)
    assert answered == Completion("{}")
    assert [(message.role, message.content) for message in heard] == [
        (MessageRole.SYSTEM, "Fill the schema."),
        (MessageRole.USER, "Total: 12.50 {not a template}"),
        (MessageRole.ASSISTANT, "{"),
        (MessageRole.USER, "Again."),
    ]


def test_a_completion_model_gets_one_prompt():
    """MockLLM repeats its prompt."""
    text = from_llm(MockLLM()).complete(MESSAGES, schema=None).text
    assert "system: Fill the schema." in text
    assert "user: Total: 12.50 {not a template}" in text


def test_reasoning_is_no_part_of_the_answer():
    llm = chat_model([], ThinkingBlock(content="Hm."), TextBlock(text="{}"))
    assert from_llm(llm).complete(MESSAGES, schema=SCHEMA).text == "{}"


@pytest.mark.parametrize(
    "told",
    [
        {"counts": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}},
        {"raw": {"usage": {"input_tokens": 20, "output_tokens": 5}}},
        {"raw": SimpleNamespace(usage=SimpleNamespace(prompt_tokens=20, completion_tokens=5))},
        {"raw": {"usage_metadata": {"prompt_token_count": 20, "candidates_token_count": 5}}},
    ],
)
def test_the_cost_is_found_where_llms_put_it(told):
    answered = from_llm(Own(**told)).complete(MESSAGES, schema=SCHEMA)
    assert answered == Completion("{}", 20, 5)


@pytest.mark.parametrize("raw", [None, "text", {"usage": None}, {}, [], SimpleNamespace(usage="many")])
def test_an_llm_that_does_not_count_leaves_the_cost_open(raw):
    assert from_llm(Own(raw=raw)).complete(MESSAGES, schema=SCHEMA) == Completion("{}")


def test_what_the_llm_raises_is_an_error_of_the_engine_without_its_words():
    """They may quote the document or the key."""
    with pytest.raises(EngineError, match=r"did not answer \(PermissionError\)\. Check") as caught:
        from_llm(Own(error=PermissionError("sk-secret Total: 12.50"))).complete(MESSAGES, schema=SCHEMA)
    assert "secret" not in str(caught.value)
    assert "12.50" not in str(caught.value)


def test_threads_share_an_llm():
    llm = from_llm(MockLLM())
    asked = [f"<{n}>" for n in range(50)]
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(lambda text: llm.complete([Message("user", text)], schema=None).text, asked))
    assert all(one in said for one, said in zip(asked, heard, strict=True))


def test_it_goes_to_worker_processes():
    llm = pickle.loads(pickle.dumps(from_llm(Own(answer="[]"))))
    assert llm.complete(MESSAGES, schema=None).text == "[]"


def test_something_else_is_refused():
    with pytest.raises(TypeError, match="takes a LlamaIndex LLM, not str"):
        from_llm("gpt-5")


def test_a_repr_shows_no_settings():
    assert repr(from_llm(Own(answer="secret"))) == "from_llm(Own)"


class Invoice(BaseModel):
    """An invoice."""

    zebra: str | None = Field(None, description="Whatever the model says")
    total: Decimal | None = None


def as_the_engine_asks(**values):
    """An answer in the form that the engine's prompt describes."""
    said = {name: {"value": value, "segments": [], "quote": quote} for name, (value, quote) in values.items()}
    return json.dumps({"answer": said})


def test_the_llm_fills_and_the_engine_finds_the_place(example_documents):
    """No rule would take the invoice's number for a zebra: the value is the model's, the box is the page's."""
    heard: list[ChatMessage] = []
    answer = as_the_engine_asks(zebra=("MT-2025-0418", "MT-2025-0418"), total=(3559.20, "£3,559.20"))
    llm = chat_model(heard, TextBlock(text=answer))
    with Client(engine=Engine(llm=from_llm(llm))) as client:
        found = client.extract(example_documents / "invoice_en.pdf", Invoice)
    assert found.value == Invoice(zebra="MT-2025-0418", total=Decimal("3559.20"))
    assert found.citations["zebra"][0].content == "MT-2025-0418"
    assert found.citations["zebra"][0].bboxes
    assert "£3,559.20" in heard[1].content


def test_a_reader_takes_such_a_client(example_documents):
    llm = Own(answer=as_the_engine_asks(zebra=("MT-2025-0418", "MT-2025-0418"), total=(None, None)))
    with Client(engine=Engine(llm=from_llm(llm))) as client:
        documents = ChunkrReader(Invoice, split_by="field", client=client).load_data(
            example_documents / "invoice_en.pdf"
        )
    (zebra,) = (document for document in documents if document.metadata["field"] == "zebra")
    assert (zebra.metadata["page"], zebra.metadata["cite_text"]) == (1, "MT-2025-0418")


def test_an_llm_that_fails_ends_the_task_in_words_that_say_so(example_documents):
    """MockLLM repeats the question, which is no answer; another raises."""
    for llm, said in ((MockLLM(max_tokens=5), "answered twice"), (Own(error=PermissionError("sk-secret")), "did not")):
        with Client(engine=Engine(llm=from_llm(llm))) as client, pytest.raises(TaskFailedError, match=said) as caught:
            client.extract(example_documents / "invoice_en.pdf", Invoice)
        assert "secret" not in str(caught.value)
