"""How a client keeps its ledger: what is written, and what is read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chunkr_integrations.ledger import Ledger, entry_key
from chunkr_integrations.tasks import DEFAULT_SYSTEM_PROMPT, Status, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from chunkr_integrations.ledger import Claim
    from chunkr_integrations.schema import CompiledSchema
    from chunkr_integrations.sources import Source

    from ._flows import Options

__all__ = ["Book"]


@dataclass(frozen=True)
class Book:
    """A ledger, how it is to be used, and who answers."""

    ledger: Ledger
    endpoint: str
    refresh: bool = False

    def page(self, source: Source, schema: CompiledSchema[Any], options: Options) -> Page | None:
        """Where an extraction is written down; None for inputs whose content this process does not see."""
        if source.content_hash is None:
            return None
        parse = options.parse_configuration
        facts = {
            "endpoint": self.endpoint,
            "content_hash": source.content_hash,
            "schema_hash": schema.hash,
            "options": {
                "media_type": source.media_type,
                "system_prompt": options.system_prompt or DEFAULT_SYSTEM_PROMPT,
                "parse_configuration": None if parse is None else parse.to_wire(),
            },
        }
        return Page(self, entry_key(**facts), source.name, facts)  # type: ignore[arg-type] # the facts are its arguments

    def write(self, task: Task) -> None:
        """Write down how a task ended."""
        if task.status == Status.SUCCEEDED:
            self.ledger.finished(task.task_id, _answer(task))
        else:
            self.ledger.failed(task.task_id)


@dataclass(frozen=True)
class Page:
    """One extraction's place in the ledger."""

    book: Book
    key: str
    name: str
    facts: dict[str, Any]

    def claim(self) -> Claim:
        """Begin to send it, unless it was sent before."""
        return self.book.ledger.claim(self.key, name=self.name, refresh=self.book.refresh, **self.facts)

    def then(self, call: Callable[..., None], *arguments: str) -> Callable[[], None]:
        """A call of the ledger's about this extraction, to be made by the driver."""
        return lambda: call(self.key, *arguments)


def _answer(task: Task) -> str:
    """The task as JSON, without the links, which expire and may hold the whole document."""
    data = task.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for name in ("task_url", "input_file_url"):
        data.pop(name, None)
    data.get("file_info", {}).pop("url", None)
    return json.dumps(data, ensure_ascii=False)
