"""Extraction as a tool: the model names a document, and nothing else is up to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llama_index.core.tools import FunctionTool, ToolMetadata, ToolOutput
from llama_index.core.tools.tool_spec.base import BaseToolSpec
from pydantic import BaseModel, Field

from chunkr_integrations.documents.answers import describe_error, describe_tool, to_answer, to_artifact
from chunkr_integrations.documents.references import DEFAULT_MAX_BYTES, References
from chunkr_integrations.exceptions import ChunkrError
from chunkr_integrations.llamaindex._extracting import Extracting, ExtractingOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from typing_extensions import Unpack

    from chunkr_integrations.extraction import Extraction
    from chunkr_integrations.sources import SourceInput

__all__ = ["ChunkrToolSpec"]


class _Arguments(BaseModel):
    reference: str = Field(description="Which document: its reference, exactly as it was given to you.")


@dataclass(frozen=True)
class _Answer:
    reference: str
    content: str
    artifact: dict[str, Any]

    def __str__(self) -> str:
        return self.content


class ChunkrToolSpec(BaseToolSpec):
    """Extract one class from documents that a model names.

    The class, the documents within reach, the key and all options are bound here. The model gives a reference: what
    `resolve` knows, a path below `root`, or an https URL of `allow_hosts`. It cannot reach anything else, and nothing
    it says changes the schema.

    `content` of the tool's output is short JSON; `raw_output` has results, citations and the fields to review, in JSON
    values only, so that a workflow's context can be written down. `read_artifact(output.raw_output, Invoice)` gives the
    objects back. Code calls `extract`, which gives an `Extraction`. What goes wrong is an error whose words are fit for
    a model: agents show it and go on.

    Examples:
        ```
        tools = ChunkrToolSpec(Invoice, root="inbox").to_tool_list()
        agent = FunctionAgent(tools=tools, llm=llm)
        ```

    Args:
        output_cls: The class, or anything else that `extract` takes.
        name: The tool's name.
        description: For the model; made from the class when None.
        root: A folder; references are paths below it.
        resolve: Gives the document of a reference, or raises LookupError.
        allow_hosts: Hosts whose https URLs may be given; the service fetches them.
        max_bytes: The largest document.
        media_types: The kinds of documents; None: all that the service reads.
        max_characters: Of `content`; lists are cut to fit.
        **options: `system_prompt`, `parse_configuration`, `expires_in`, `timeout`, `locale` as in `Client.extract`;
            `client`, `async_client`, `api_key`, `base_url`, `ledger` as in `ChunkrReader`.
    """

    spec_functions = [("extract", "aextract")]  # noqa: RUF012 - the base class's way

    def __init__(
        self,
        output_cls: Any,
        *,
        name: str = "chunkr_extract",
        description: str | None = None,
        root: str | Path | None = None,
        resolve: Callable[[str], SourceInput] | None = None,
        allow_hosts: Collection[str] = (),
        max_bytes: int = DEFAULT_MAX_BYTES,
        media_types: Collection[str] | None = None,
        max_characters: int = 8000,
        **options: Unpack[ExtractingOptions],
    ) -> None:
        self._extracting: Extracting[Any] = Extracting(output_cls, **options)
        self._references = References(
            None if root is None else Path(root), resolve, allow_hosts, max_bytes, media_types
        )
        self._max_characters = max_characters
        self._metadata = ToolMetadata(
            name=name, description=description or describe_tool(self._extracting.schema), fn_schema=_Arguments
        )

    def extract(self, reference: str) -> Extraction[Any]:
        """For code: the typed value with its citations, and the errors themselves."""
        return self._extracting.extract(self._references.source(reference))

    async def aextract(self, reference: str) -> Extraction[Any]:
        """The async twin of `extract`."""
        return await self._extracting.aextract(await asyncio.to_thread(self._references.source, reference))

    def to_tool_list(self, *_: Any, **__: Any) -> list[FunctionTool]:
        """The tool."""
        return [
            FunctionTool.from_defaults(
                fn=self._answer, async_fn=self._aanswer, tool_metadata=self._metadata, callback=self._output
            )
        ]

    def _answer(self, reference: str) -> _Answer:
        try:
            return self._answered(reference, self.extract(reference))
        except ChunkrError as error:
            raise ChunkrError(describe_error(error, reference)) from error

    async def _aanswer(self, reference: str) -> _Answer:
        try:
            return self._answered(reference, await self.aextract(reference))
        except ChunkrError as error:
            raise ChunkrError(describe_error(error, reference)) from error

    def _answered(self, reference: str, found: Extraction[Any]) -> _Answer:
        return _Answer(reference, to_answer(found, max_characters=self._max_characters), to_artifact(found))

    def _output(self, answer: _Answer) -> ToolOutput:
        return ToolOutput(
            tool_name=self._metadata.get_name(),
            content=answer.content,
            raw_input={"reference": answer.reference},
            raw_output=answer.artifact,
        )

    def close(self) -> None:
        """Close the client that was made here; another is made when needed."""
        self._extracting.connection.close()
