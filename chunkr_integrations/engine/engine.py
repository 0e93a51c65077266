"""The engine: a document and a schema in, results with citations out."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.output import Output, output
from chunkr_integrations.engine.readers import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chunkr_integrations.engine.document import Document

__all__ = ["Engine"]


class Engine:
    """Reads documents and fills schemas, offline.

    It keeps no state between calls; one engine may serve many threads and can be pickled into worker processes.

    Args:
        llm: A model that fills the schema; None fills it by rules alone.

    Attributes:
        version: The name and version that answers carry.
    """

    version: str

    def __init__(self, *, llm: Any = None) -> None:
        self.llm = llm
        try:
            number = installed("chunkr-integrations")
        except PackageNotFoundError:  # run from a checkout that is not installed
            number = "0+unknown"
        self.version = f"chunkr-integrations {number}"

    def parse(
        self,
        data: bytes,
        *,
        name: str | None = None,
        mime_type: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> Document:
        """The pages, words and segments of a document.

        Args:
            data: The file.
            name: The file's name; helps to tell text kinds apart, and stands in messages.
            mime_type: What the sender calls it; believed for text kinds only.
            configuration: A `ParseConfiguration` as JSON on the wire.

        Raises:
            UnreadableDocumentError: These bytes cannot be read.
            UnsupportedOptionError: The configuration asks for what this engine does not have.
        """
        return read(data, name=name, mime_type=mime_type, configuration=configuration)

    def extract(self, document: Document, schema: Mapping[str, Any], *, system_prompt: str | None = None) -> Output:
        """The schema filled from the document, each value with its place; what is not found is null."""
        from chunkr_integrations.engine.fill import fill  # noqa: PLC0415 - loads lexicons; parsing does not need them
        from chunkr_integrations.engine.ground import ground  # noqa: PLC0415 - as above

        draft = fill(document, schema, system_prompt=system_prompt)
        return output(document, ground(document, draft, schema), schema)
