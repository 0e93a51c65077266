"""Extraction as a tool: the model names a document, and nothing else is up to it."""

# Pydantic and LangChain read these annotations at run time: no `from __future__ import annotations`.

import asyncio
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool, BaseToolkit, ToolException
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator
from typing_extensions import Self

from chunkr_integrations.documents.answers import describe_error, describe_tool, to_answer, to_artifact
from chunkr_integrations.documents.references import DEFAULT_MAX_BYTES, References
from chunkr_integrations.exceptions import ChunkrError
from chunkr_integrations.extraction import Extraction
from chunkr_integrations.langchain._extracting import Extracting

__all__ = ["ChunkrExtractInput", "ChunkrExtractTool", "ChunkrToolkit"]


class ChunkrExtractInput(BaseModel):
    """What the model gives."""

    reference: str = Field(description="Which document: its reference, exactly as it was given to you.")


class ChunkrExtractTool(Extracting, BaseTool):
    """Extract one class from documents that a model names.

    The class, the documents within reach, the key and all options are bound here. The model gives a reference: what
    `resolve` knows, a path below `root`, or an https URL of `allow_hosts`. It cannot reach anything else, and nothing
    it says changes the schema.

    The answer for the model is short JSON; with a `ToolCall` the message's `artifact` has results, citations and the
    fields to review, in JSON values only. `read_artifact(message.artifact, Invoice)` gives the objects back. Code calls
    `extract`, which gives an `Extraction`.

    What the service or the document does wrong is a `ToolException`, and by default (`handle_tool_error=True`) a
    message with status "error": an agent's run goes on.

    Instantiate:
        ```
        tool = ChunkrExtractTool(output_schema=Invoice, root="inbox")
        ```

    Invoke directly:
        ```
        tool.invoke({"reference": "invoice.pdf"})
        ```

    Invoke with a tool call:
        ```
        call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"reference": "invoice.pdf"}}
        tool.invoke(call).artifact["citations"]["total"]
        ```
    """

    model_config = ConfigDict(extra="forbid")  # a mistyped option is an error; BaseTool would ignore it

    name: str = "chunkr_extract"
    description: str = ""
    """Made from the class when not given."""
    args_schema: type[BaseModel] = ChunkrExtractInput
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = True
    handle_validation_error: Any = True

    root: Path | None = None
    """A folder; references are paths below it."""
    resolve: Callable[[str], Any] | None = Field(default=None, exclude=True, repr=False)
    """Gives the document of a reference, as `Client.extract` takes it, or raises LookupError; asked first."""
    allow_hosts: Collection[str] = ()
    """Hosts (`example.com`, `example.com:8443`) whose https URLs may be given; the service fetches them."""
    max_bytes: int = DEFAULT_MAX_BYTES
    """The largest document."""
    media_types: Collection[str] | None = None
    """The kinds of documents; None: all that the service reads."""
    max_characters: int = 8000
    """Of the answer for the model; lists are cut to fit, the artifact is complete."""
    _references: References = PrivateAttr()

    @model_validator(mode="after")
    def _prepare(self) -> Self:
        if not self.description:
            self.description = describe_tool(self._schema)
        self._references = References(self.root, self.resolve, self.allow_hosts, self.max_bytes, self.media_types)
        return self

    def extract(self, reference: str) -> Extraction[Any]:
        """The same for code: the typed value with its citations.

        Raises:
            ChunkrError: The errors themselves, not a model's version of them.
        """
        return self._extract(self._references.source(reference))

    async def aextract(self, reference: str) -> Extraction[Any]:
        """The async twin of `extract`."""
        return await self._aextract(await asyncio.to_thread(self._references.source, reference))

    def _run(self, reference: str, run_manager: CallbackManagerForToolRun | None = None) -> tuple[str, dict[str, Any]]:
        del run_manager  # the base class reports to it
        try:
            return self._answered(self.extract(reference))
        except ChunkrError as error:
            raise ToolException(describe_error(error, reference)) from error

    async def _arun(
        self, reference: str, run_manager: AsyncCallbackManagerForToolRun | None = None
    ) -> tuple[str, dict[str, Any]]:
        del run_manager
        try:
            return self._answered(await self.aextract(reference))
        except ChunkrError as error:
            raise ToolException(describe_error(error, reference)) from error

    def _answered(self, found: Extraction[Any]) -> tuple[str, dict[str, Any]]:
        return to_answer(found, max_characters=self.max_characters), to_artifact(found)


class ChunkrToolkit(BaseToolkit):
    """One extraction tool for each class: `ChunkrToolkit({"invoice": Invoice}, root="inbox").get_tools()`.

    The tools are called `extract_invoice` and so on. All other options are those of `ChunkrExtractTool`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    schemas: Mapping[str, Any] = Field(exclude=True)
    options: dict[str, Any] = Field(default_factory=dict, exclude=True, repr=False)

    def __init__(self, schemas: Mapping[str, Any], **options: Any) -> None:
        """Take the classes by name; the options are for each tool."""
        super().__init__(schemas=schemas, options=options)
        self.get_tools()  # an option that no tool takes is an error now, not in the agent's run

    def get_tools(self) -> list[BaseTool]:
        """The tools, in the order of the classes."""
        make = partial(ChunkrExtractTool, **self.options)
        return [make(name=f"extract_{name}", output_schema=target) for name, target in self.schemas.items()]
