"""Files in, LangChain documents out."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from langchain_core.document_loaders import BaseLoader
from pydantic import SecretStr

from chunkr_integrations.documents.connection import Connection
from chunkr_integrations.documents.loading import Failure, OnError, to_loading
from chunkr_integrations.langchain._conversion import in_threads, to_document, to_inputs

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, MutableMapping

    from langchain_core.document_loaders import Blob
    from langchain_core.documents import Document
    from langchain_core.rate_limiters import BaseRateLimiter

    from chunkr_integrations.client import AsyncClient, Client
    from chunkr_integrations.documents import Content, MetadataMode, Part, SplitBy
    from chunkr_integrations.ledger import Ledger
    from chunkr_integrations.sources import SourceInput
    from chunkr_integrations.tasks import ParseConfiguration

__all__ = ["ChunkrExtractLoader"]

_SHOWN = 3  # inputs that a repr names


class ChunkrExtractLoader(BaseLoader):
    """Load what Chunkr extracts from documents, with the place of every value in the metadata.

    Setup:
        `pip install 'chunkr-integrations[langchain]'`, and set `CHUNKR_API_KEY` and `CHUNKR_BASE_URL`. With neither,
        the embedded engine answers and nothing leaves the machine (`chunkr-integrations[langchain,local]`).

    Instantiate:
        ```
        loader = ChunkrExtractLoader(["a.pdf", "b.pdf"], Invoice, split_by="row", row_field="lines")
        ```

    Lazy load:
        ```
        for document in loader.lazy_load():
            print(document.page_content, document.metadata["page"])
        ```

    Async load:
        ```
        async for document in loader.alazy_load(): ...
        documents = await loader.aload()
        ```

    Documents come in the order of the inputs, each as soon as those before it are done. Ids and metadata are the same
    on every run. Pages in the metadata count from 1. It can be a directory loader's `loader_cls`.

    Args:
        sources: One path, URL, `bytes`, binary file, blob, uploaded file or parse task, or an iterable of these.
            A string is one source.
        output_schema: A Pydantic class (or another type, or a JSON Schema) that says what to extract.
        split_by: One document per input, per item of the list `row_field`, per value, or per cited page.
        row_field: Field path of that list, as `order.lines`; not needed when the class has exactly one list of objects.
        content: `page_content`: compact JSON, Markdown, `path: value` lines, or what a callable makes of a `Part`.
        metadata_mode: "flat" metadata go into every vector store, citations being one JSON string; "nested" keeps the
            citations as dicts; "none" leaves them out. The keys: `chunkr_integrations.documents.metadata`.
        metadata_cap: Bytes the citations of one document may have in flat metadata; above, pages and a reference stay.
        citation_store: Where citations above the cap are kept; for `restore_citations(..., store=)`.
        on_error: An input that fails raises its error in its place, is skipped with a warning, or becomes a document
            with `error_type` and `error` in its metadata. `errors` has them all.
        max_concurrency: Inputs under way at a time.
        rate_limiter: Asked before each input goes out, as by LangChain's chat models.
        file_name: The name to send; for a single source.
        system_prompt: Instructions for the extraction; None: the service's own.
        parse_configuration: How the documents are read; not for parse tasks.
        expires_in: Seconds until the service deletes the tasks.
        timeout: Seconds to wait for one input.
        locale: How ambiguous numbers and dates in the answer are read, as in `de_DE`.
        client: A `Client` to use; it stays open. Without it one is made for each load.
        async_client: An `AsyncClient` for the async methods; with only `client` these run it in threads.
        api_key: Instead of a client; None: CHUNKR_API_KEY.
        base_url: Instead of a client; None: CHUNKR_BASE_URL.
        ledger: Instead of a client: a `Ledger` or the path of one. What it holds is not paid for again.
    """

    def __init__(
        self,
        sources: SourceInput | Blob | Iterable[SourceInput | Blob],
        output_schema: Any,
        *,
        split_by: SplitBy = "document",
        row_field: str | None = None,
        content: Content | Callable[[Part], str] = "json",
        metadata_mode: MetadataMode = "flat",
        metadata_cap: int = 8192,
        citation_store: MutableMapping[str, str] | None = None,
        on_error: OnError = "raise",
        max_concurrency: int = 4,
        rate_limiter: BaseRateLimiter | None = None,
        file_name: str | None = None,
        system_prompt: str | None = None,
        parse_configuration: ParseConfiguration | None = None,
        expires_in: int | None = None,
        timeout: float | None = None,
        locale: str | None = None,
        client: Client | None = None,
        async_client: AsyncClient | None = None,
        api_key: str | SecretStr | None = None,
        base_url: str | None = None,
        ledger: Ledger | str | os.PathLike[str] | None = None,
    ) -> None:
        key = SecretStr(api_key) if isinstance(api_key, str) else api_key
        self._connection = Connection(client, async_client, key, base_url, ledger, max_concurrency)
        self._loading = to_loading(
            output_schema,
            split_by=split_by,
            row_field=row_field,
            content=content,
            metadata_mode=metadata_mode,
            metadata_cap=metadata_cap,
            citation_store=citation_store,
            on_error=on_error,
            max_concurrency=max_concurrency,
            rate_limiter=rate_limiter,
            system_prompt=system_prompt,
            parse_configuration=parse_configuration,
            expires_in=expires_in,
            timeout=timeout,
            locale=locale,
        )
        self._inputs = to_inputs(sources, file_name)
        self._errors: list[Failure] = []

    @property
    def errors(self) -> tuple[Failure, ...]:
        """The inputs of the latest load that gave no documents, with their errors."""
        return tuple(self._errors)

    def lazy_load(self) -> Iterator[Document]:
        """The documents, one after the other."""
        errors: list[Failure] = []
        self._errors = errors
        with self._connection.open() as client:
            yield from map(to_document, self._loading.load(client, self._inputs, errors.append))

    async def alazy_load(self) -> AsyncIterator[Document]:
        """The documents, without holding a thread while the service works."""
        if self._connection.is_sync_only:
            async for document in in_threads(self.lazy_load()):
                yield document
            return
        errors: list[Failure] = []
        self._errors = errors
        async with (
            self._connection.aopen() as client,
            aclosing(self._loading.aload(client, self._inputs, errors.append)) as records,
        ):
            async for record in records:
                yield to_document(record)

    def __repr__(self) -> str:
        names = ", ".join(repr(one.name) for one in self._inputs[:_SHOWN])
        more = f", and {len(self._inputs) - _SHOWN} more" if len(self._inputs) > _SHOWN else ""
        schema = getattr(self._loading.target, "__name__", "a JSON Schema")
        return f"ChunkrExtractLoader([{names}{more}], {schema}, split_by={self._loading.records.split_by!r})"
