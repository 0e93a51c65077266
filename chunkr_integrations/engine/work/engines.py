"""What doing a task needs of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chunkr_integrations.engine.document import Document
    from chunkr_integrations.engine.output import Output

__all__ = ["EngineLike"]


class EngineLike(Protocol):
    """Reads documents and fills schemas.

    With process isolation it is built in each worker process. Threads call it at the same time.

    Attributes:
        version: What tasks carry as `server_version`.
    """

    version: str

    def parse(
        self,
        data: bytes,
        *,
        name: str | None = None,
        mime_type: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> Document:
        """The document in `data`; raises an `EngineError` when it cannot be read."""

    def extract(self, document: Document, schema: Mapping[str, Any], *, system_prompt: str | None = None) -> Output:
        """The schema, filled; raises an `EngineError` when that cannot be done."""
