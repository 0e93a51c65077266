"""LangChain's chat models as the embedded engine's language model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chunkr_integrations.engine.models import Completion, LanguageModel, Message

__all__ = ["from_chat_model"]

Method = Literal["function_calling", "json_mode", "json_schema"]


def from_chat_model(model: BaseChatModel | Runnable[Any, Any], *, method: Method | None = None) -> LanguageModel:
    """Any chat model for `Engine(llm=...)`; it fills the schema, the engine finds the places.

    ```
    client = Client(engine=Engine(llm=from_chat_model(ChatOllama(model="qwen3"))))
    ```

    The engine can go to worker processes when the model can be pickled. Retries, rate limits, callbacks and the time to
    wait are the model's own.

    Args:
        model: Or a runnable around one, as `model.with_retry()` and `model.with_fallbacks(...)` give it.
        method: How the model is held to the schema: that of its `with_structured_output`. None: the schema stands in
            the messages only, which every model understands.

    Raises:
        TypeError: It is no runnable, or `method` is given for something that is no chat model.
    """
    given: Any = model
    if not isinstance(given, Runnable):
        msg = f"from_chat_model takes a LangChain chat model, not {type(given).__name__}. Give an instance of one."
        raise TypeError(msg)
    if method is not None and not isinstance(model, BaseChatModel):
        msg = f"method={method!r} needs the chat model itself, not {type(model).__name__}. Leave one of them out."
        raise TypeError(msg)
    return _ChatModel(model, method)


@dataclass(frozen=True)
class _ChatModel:
    """A `LanguageModel`; a repr that names the model only, because models show their settings."""

    model: Any
    method: Method | None

    def __repr__(self) -> str:
        return f"from_chat_model({type(self.model).__name__})"

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None) -> Completion:
        """As the protocol says; threads may call it at the same time."""
        # Only an engine calls it, and that is another extra.
        from chunkr_integrations.engine.errors import EngineError  # noqa: PLC0415 - as above
        from chunkr_integrations.engine.models import Completion  # noqa: PLC0415 - as above

        asked = [_TYPES[message.role](message.content) for message in messages]
        try:
            text, answered = self._answer(asked, schema)
        except Exception as exc:  # models raise whatever their client library raises
            msg = f"the language model did not answer ({type(exc).__name__}). Check its name, address, key and limits."
            raise EngineError(msg) from exc
        if _is_cut(answered):
            msg = "the language model's answer was cut at its longest length. Raise its limit, or send fewer pages."
            raise EngineError(msg)
        usage = getattr(answered, "usage_metadata", None) or {}
        return Completion(text, usage.get("input_tokens"), usage.get("output_tokens"))

    def _answer(self, asked: list[BaseMessage], schema: Mapping[str, Any] | None) -> tuple[str, Any]:
        if self.method is None or schema is None:
            answered = self.model.invoke(asked)
            return _text(answered), answered
        named = {"title": "extraction", **schema}  # models call the schema by its title, and want one
        structured = self.model.with_structured_output(named, method=self.method, include_raw=True).invoke(asked)
        parsed, raw = structured["parsed"], structured["raw"]
        return (_text(raw) if parsed is None else json.dumps(parsed, ensure_ascii=False)), raw


_TYPES = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}


_STOPS = ("finish_reason", "stop_reason", "done_reason")  # OpenAI and Gemini; Anthropic; Ollama


def _is_cut(answered: Any) -> bool:
    told = getattr(answered, "response_metadata", None) or {}
    return any(str(told.get(name)).lower() in {"length", "max_tokens"} for name in _STOPS)


def _text(answered: Any) -> str:
    """Of a message its text blocks; reasoning and tool calls are left out."""
    return str(answered.text) if isinstance(answered, BaseMessage) else str(answered)
