"""Extraction as a step of a chain: a document in, the typed object out."""

# Pydantic and LangChain read these annotations at run time: no `from __future__ import annotations`.

from typing import Any

from langchain_core.document_loaders import Blob
from langchain_core.runnables import RunnableConfig, RunnableSerializable
from pydantic import ConfigDict

from chunkr_integrations.citations import citations_by_path
from chunkr_integrations.documents.loading import Input
from chunkr_integrations.exceptions import OutputError
from chunkr_integrations.extraction import Extraction
from chunkr_integrations.langchain._conversion import from_blob
from chunkr_integrations.langchain._extracting import Extracting

__all__ = ["ChunkrExtractor"]


class ChunkrExtractor(Extracting, RunnableSerializable[Any, Any]):
    """A runnable from documents to objects, as `model.with_structured_output(Invoice)` is from prompts to objects.

    The input is what `Client.extract` takes, or a blob: `extractor.invoke("invoice.pdf").total`. With
    `include_raw=True` the output is `{"raw", "parsed", "parsing_error", "citations"}`: the service's results, the
    object or None, the `OutputError` or None, and the citations by field path; an answer that does not fit the class is
    then returned instead of raised. `batch`, `batch_as_completed`, `with_retry` and the rest are the framework's.

    A trace has the document's name, never its bytes.

    Examples:
        ```
        extractor = ChunkrExtractor(output_schema=Invoice)
        extractor.batch(["a.pdf", "b.pdf"], config={"max_concurrency": 8}, return_exceptions=True)
        chain = extractor | (lambda invoice: invoice.model_dump_json()) | prompt | model
        ```
    """

    model_config = ConfigDict(extra="forbid")  # a mistyped option is an error; Runnable would ignore it

    include_raw: bool = False

    def extract(self, file: Any) -> Extraction[Any]:
        """The same with the evidence: the value, its citations and confidence."""
        return self._extract(*_file(file))

    async def aextract(self, file: Any) -> Extraction[Any]:
        """The async twin of `extract`."""
        return await self._aextract(*_file(file))

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - the framework's name
        """The object of one document."""

        def work(_: str) -> Any:
            try:
                return self._output(self.extract(input))
            except OutputError as error:
                return self._unread(error)

        return self._call_with_config(work, Input(_file(input)[0]).name, config, **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - as above
        """The async twin of `invoke`."""

        async def work(_: str) -> Any:
            try:
                return self._output(await self.aextract(input))
            except OutputError as error:
                return self._unread(error)

        return await self._acall_with_config(work, Input(_file(input)[0]).name, config, **kwargs)

    def _output(self, found: Extraction[Any]) -> Any:
        if not self.include_raw:
            return found.value
        return {
            "raw": found.results,
            "parsed": found.value,
            "parsing_error": None,
            "citations": dict(found.citations),
        }

    def _unread(self, error: OutputError) -> dict[str, Any]:
        if not self.include_raw:
            raise error
        return {
            "raw": error.results,
            "parsed": None,
            "parsing_error": error,
            "citations": citations_by_path(error.results, error.citations),
        }


def _file(value: Any) -> tuple[Any, str | None]:
    """A source and the name to send with it."""
    if not isinstance(value, Blob):
        return value, None
    one = from_blob(value)
    return one.value, one.file_name
