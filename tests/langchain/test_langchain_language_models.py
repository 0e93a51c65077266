from __future__ import annotations

import itertools
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from langchain_core.language_models.fake_chat_models import (
    FakeListChatModel,
    GenericFakeChatModel,
    ParrotFakeChatModel,
)
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from pydantic import BaseModel, Field, PrivateAttr

pytest.importorskip("liteparse", reason="the embedded engine needs the extra local")

from chunkr_integrations import Client, TaskFailedError
from chunkr_integrations.engine import Engine, EngineError
from chunkr_integrations.engine.models import Completion, LanguageModel, Message
from chunkr_integrations.langchain import from_chat_model

SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}
MESSAGES = (Message("system", "Fill the schema."), Message("user", "Total: 12.50 {not a template}"))


class Recording(GenericFakeChatModel):
    """Remembers what it heard and what tools it was bound to."""

    _heard: list = PrivateAttr(default_factory=list)
    _bound: list = PrivateAttr(default_factory=list)

    def _generate(self, messages, *args, **kwargs):
        self._heard.append(messages)
        return super()._generate(messages, *args, **kwargs)

    def bind_tools(self, tools, **kwargs):
        self._bound.append((tools, kwargs))
        return self


def saying(*answers):
    return Recording(messages=iter(answers))


def failing(error):
    class Failing(FakeListChatModel):
        def _call(self, *args, **kwargs):
            raise error

    return Failing(responses=["-"])


def test_it_is_a_language_model():
    assert isinstance(from_chat_model(FakeListChatModel(responses=["{}"])), LanguageModel)


def test_the_messages_reach_the_model_in_its_words():
    model = saying("{}")
    history = (*MESSAGES, Message("assistant", "{"), Message("user", "Again."))
    from_chat_model(model).complete(history, schema=SCHEMA)
    assert model._heard == [
        [
            SystemMessage("Fill the schema."),
            HumanMessage("Total: 12.50 {not a template}"),
            AIMessage("{"),
            HumanMessage("Again."),
        ]
    ]


def test_the_answer_comes_back_with_its_cost():
    usage = {"input_tokens": 20, "output_tokens": 5, "total_tokens": 25}
    answered = from_chat_model(saying(AIMessage('{"total": 12.5}', usage_metadata=usage))).complete(
        MESSAGES, schema=SCHEMA
    )
    assert answered == Completion('{"total": 12.5}', 20, 5)


def test_a_model_that_does_not_count_leaves_the_cost_open():
    assert from_chat_model(ParrotFakeChatModel()).complete(MESSAGES, schema=None) == Completion(MESSAGES[-1].content)


def test_reasoning_is_no_part_of_the_answer():
    blocks = [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "{"}, {"type": "text", "text": "}"}]
    assert from_chat_model(saying(AIMessage(content=blocks))).complete(MESSAGES, schema=SCHEMA).text == "{}"


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_a_method_holds_the_model_to_the_schema(method):
    """LangChain's own `with_structured_output`; the schema arrives whole, with the name that models want."""
    call = {"name": "extraction", "args": {"total": 12.5, "note": "Café"}, "id": "1", "type": "tool_call"}
    model = saying(
        AIMessage("", tool_calls=[call], usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3})
    )
    answered = from_chat_model(model, method=method).complete(MESSAGES, schema=SCHEMA)
    assert json.loads(answered.text) == {"total": 12.5, "note": "Café"}
    assert (answered.prompt_tokens, answered.completion_tokens) == (1, 2)
    (((tool,), _),) = model._bound
    assert tool == {"title": "extraction", **SCHEMA}


def test_a_method_without_a_schema_is_free_text():
    model = saying("Words.")
    assert from_chat_model(model, method="json_schema").complete(MESSAGES, schema=None).text == "Words."
    assert model._bound == []


def test_a_model_that_ignores_the_method_is_heard_all_the_same():
    """The engine checks answers anyway."""
    answered = from_chat_model(saying('{"total": 1}'), method="json_schema").complete(MESSAGES, schema=SCHEMA)
    assert answered.text == '{"total": 1}'


def test_runnables_around_a_model_go_in():
    """Retries and fallbacks are the framework's."""
    broken, good = failing(TimeoutError("no")), FakeListChatModel(responses=["{}"])
    assert from_chat_model(broken.with_fallbacks([good])).complete(MESSAGES, schema=None).text == "{}"
    assert from_chat_model(good | StrOutputParser()).complete(MESSAGES, schema=None).text == "{}"


def test_what_the_model_raises_is_an_error_of_the_engine_without_its_words():
    """They may quote the document or the key."""
    with pytest.raises(EngineError, match=r"did not answer \(PermissionError\)\. Check") as caught:
        from_chat_model(failing(PermissionError("sk-secret Total: 12.50"))).complete(MESSAGES, schema=SCHEMA)
    assert "secret" not in str(caught.value)
    assert "12.50" not in str(caught.value)


@pytest.mark.parametrize(
    "told", [{"finish_reason": "length"}, {"finish_reason": "MAX_TOKENS"}, {"stop_reason": "max_tokens"}]
)
def test_an_answer_that_was_cut_is_an_error(told):
    with pytest.raises(EngineError, match="was cut"):
        from_chat_model(saying(AIMessage('{"total": ', response_metadata=told))).complete(MESSAGES, schema=SCHEMA)


def test_an_answer_that_ended_is_none():
    done = AIMessage("{}", response_metadata={"finish_reason": "stop"})
    assert from_chat_model(saying(done)).complete(MESSAGES, schema=SCHEMA).text == "{}"


def test_threads_share_a_model():
    llm = from_chat_model(ParrotFakeChatModel())
    asked = [str(n) for n in range(50)]
    with ThreadPoolExecutor(8) as pool:
        heard = pool.map(lambda text: llm.complete([Message("user", text)], schema=None).text, asked)
    assert list(heard) == asked


def test_it_goes_to_worker_processes():
    llm = pickle.loads(pickle.dumps(from_chat_model(FakeListChatModel(responses=["{}"]), method="json_mode")))
    assert llm.complete(MESSAGES, schema=None).text == "{}"


def test_something_else_is_refused():
    with pytest.raises(TypeError, match="takes a LangChain chat model, not str"):
        from_chat_model("gpt-5")
    with pytest.raises(TypeError, match="needs the chat model itself"):
        from_chat_model(FakeListChatModel(responses=["{}"]).with_retry(), method="json_schema")


def test_a_repr_shows_no_settings():
    assert repr(from_chat_model(FakeListChatModel(responses=["secret"]))) == "from_chat_model(FakeListChatModel)"


class Invoice(BaseModel):
    """An invoice."""

    zebra: str | None = Field(None, description="Whatever the model says")
    total: Decimal | None = None


def as_the_engine_asks(**values):
    """An answer in the form that the engine's prompt describes."""
    said = {name: {"value": value, "segments": [], "quote": quote} for name, (value, quote) in values.items()}
    return json.dumps({"answer": said})


def test_the_model_fills_and_the_engine_finds_the_place(example_documents):
    """No rule would take the invoice's number for a zebra: the value is the model's, the box is the page's."""
    answer = as_the_engine_asks(zebra=("MT-2025-0418", "MT-2025-0418"), total=(3559.20, "£3,559.20"))
    model = Recording(messages=itertools.repeat(answer))
    with Client(engine=Engine(llm=from_chat_model(model))) as client:
        found = client.extract(example_documents / "invoice_en.pdf", Invoice)
    assert found.value == Invoice(zebra="MT-2025-0418", total=Decimal("3559.20"))
    assert found.citations["zebra"][0].content == "MT-2025-0418"
    assert found.citations["zebra"][0].bboxes
    assert "£3,559.20" in model._heard[0][-1].content


def test_what_the_model_invents_has_no_place(example_documents):
    """A box comes from the page, never from a model."""
    answer = as_the_engine_asks(zebra=("Q-0000-9999", "Q-0000-9999"), total=(None, None))
    with Client(engine=Engine(llm=from_chat_model(Recording(messages=itertools.repeat(answer))))) as client:
        found = client.extract(example_documents / "invoice_en.pdf", Invoice)
    assert not found.citations["zebra"]


def test_a_model_that_fails_ends_the_task_in_words_that_say_so(example_documents):
    model = failing(PermissionError("sk-secret"))
    with Client(engine=Engine(llm=from_chat_model(model))) as client, pytest.raises(TaskFailedError) as caught:
        client.extract(example_documents / "invoice_en.pdf", Invoice)
    assert "the language model did not answer (PermissionError)" in str(caught.value)
    assert "secret" not in str(caught.value)
