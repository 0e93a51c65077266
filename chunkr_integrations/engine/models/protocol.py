"""What the engine asks of a language model: one question with messages, one answer as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Completion", "LanguageModel", "Message", "Role", "Usage"]

Role: TypeAlias = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered, and what it says that this cost."""

    text: str
    prompt_tokens: int | None = None  # None: the model does not say
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What one extraction asked of a model."""

    calls: int = 0
    repairs: int = 0  # calls that asked again, as an answer did not fit; they are among `calls`
    prompt_tokens: int | None = 0  # as the model says; None: it did not say so of every call
    completion_tokens: int | None = 0

    def plus(self, completion: Completion, *, repair: bool = False) -> Usage:
        """This and one more call."""
        return Usage(
            self.calls + 1,
            self.repairs + repair,
            _sum(self.prompt_tokens, completion.prompt_tokens),
            _sum(self.completion_tokens, completion.completion_tokens),
        )


def _sum(known: int | None, more: int | None) -> int | None:
    return None if known is None or more is None else known + more


@runtime_checkable
class LanguageModel(Protocol):
    """Answers messages with text. Threads call it at the same time; worker processes want it to be picklable."""

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None) -> Completion:
        """The model's answer.

        Args:
            messages: The conversation: a system message first, the last one from the user.
            schema: A JSON Schema that the answer has to fit, for models that can be held to one. It is a hint: the
                messages say the same, and answers are checked. None asks for free text.

        Raises:
            EngineError: There is no answer; the message says why and what to do. It ends the task.
        """
