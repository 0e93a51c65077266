"""LlamaIndex's LLMs as the embedded engine's language model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.base.llms.types import ChatMessage, MessageRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llama_index.core.base.llms.types import ChatResponse

    from chunkr_integrations.engine.models import Completion, LanguageModel, Message

__all__ = ["from_llm"]


def from_llm(llm: BaseLLM) -> LanguageModel:
    """Any LLM for `Engine(llm=...)`; it fills the schema, the engine finds the places.

    ```
    client = Client(engine=Engine(llm=from_llm(Ollama(model="qwen3"))))
    ```

    The engine can go to worker processes when the LLM can be pickled. Retries, callbacks and the time to wait are the
    LLM's own; a completion model gets the messages as one prompt, in its own form.

    Raises:
        TypeError: It is no LLM.
    """
    given: Any = llm
    if not isinstance(given, BaseLLM):
        msg = f"from_llm takes a LlamaIndex LLM, not {type(given).__name__}. Give an instance of one."
        raise TypeError(msg)
    return _Llm(llm)


@dataclass(frozen=True)
class _Llm:
    """A `LanguageModel`; a repr that names the LLM only, because LLMs show their settings."""

    llm: BaseLLM

    def __repr__(self) -> str:
        return f"from_llm({type(self.llm).__name__})"

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None) -> Completion:
        """As the protocol says; threads may call it at the same time."""
        # Only an engine calls it, and that is another extra.
        from chunkr_integrations.engine.errors import EngineError  # noqa: PLC0415 - as above
        from chunkr_integrations.engine.models import Completion  # noqa: PLC0415 - as above

        del schema  # LlamaIndex holds an LLM to a class, not to a JSON Schema; the messages say the same
        asked = [ChatMessage(role=MessageRole(message.role), content=message.content) for message in messages]
        try:
            answered = self.llm.chat(asked)
        except Exception as exc:  # LLMs raise whatever their client library raises
            msg = f"the language model did not answer ({type(exc).__name__}). Check its name, address, key and limits."
            raise EngineError(msg) from exc
        usage = _usage(answered)
        return Completion(
            answered.message.content or "",
            _first(usage, "prompt_tokens", "input_tokens", "prompt_token_count"),
            _first(usage, "completion_tokens", "output_tokens", "candidates_token_count"),
        )


def _usage(answered: ChatResponse) -> Mapping[str, Any]:
    """Token counts: where LLMs put them by themselves, or where their service did."""
    raw = _mapping(answered.raw)
    told = _mapping(raw.get("usage") or raw.get("usage_metadata"))
    # A completion model's own counts end up on the message.
    return {**told, **answered.message.additional_kwargs, **answered.additional_kwargs}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else getattr(value, "__dict__", {})


def _first(usage: Mapping[str, Any], *names: str) -> int | None:
    """The names are those of OpenAI, Anthropic and Gemini."""
    return next((count for name in names if isinstance(count := usage.get(name), int)), None)
