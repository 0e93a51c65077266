"""What became of one input of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from chunkr_integrations.sources import source_name

if TYPE_CHECKING:
    from chunkr_integrations.extraction import Extraction

__all__ = ["Outcome", "failed"]

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """An extraction, or the error that came instead; never both.

    Attributes:
        index: The input's place among the inputs, from 0.
        name: The input's name.
        value: None when there is an error.
        error: None when there is a value.
    """

    index: int
    name: str
    value: Extraction[T] | None = None
    error: Exception | None = None

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return self.error is None

    @property
    def task_id(self) -> str | None:
        """The task, as far as there is one; `result(task_id, ...)` asks for it again."""
        if self.value is not None:
            return self.value.task_id
        return getattr(self.error, "task_id", None)

    def unwrap(self) -> Extraction[T]:
        """The extraction; raises the error instead when there is one."""
        if self.value is None:
            raise self.error or RuntimeError(self.name)
        return self.value


def failed(index: int, file: Any, error: Exception) -> Outcome[Any]:
    """The outcome of an input that brought an error, under the name that the error has for it."""
    return Outcome(index, getattr(error, "source", None) or source_name(file), error=error)
