"""Blobs in, LangChain documents out: the way to load what is not a path."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from langchain_core.document_loaders import BaseBlobParser
from pydantic import SecretStr

from chunkr_integrations.documents.connection import Connection, KeptConnection
from chunkr_integrations.documents.loading import Failure, OnError, to_loading
from chunkr_integrations.langchain._conversion import from_blob, in_threads, to_document

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping

    from langchain_core.document_loaders import Blob
    from langchain_core.documents import Document
    from langchain_core.rate_limiters import BaseRateLimiter

    from chunkr_integrations.client import AsyncClient, Client
    from chunkr_integrations.documents import Content, MetadataMode, Part, SplitBy
    from chunkr_integrations.ledger import Ledger
    from chunkr_integrations.tasks import ParseConfiguration

__all__ = ["ChunkrBlobParser"]


class ChunkrBlobParser(BaseBlobParser):
    """Parse blobs into what Chunkr extracts from them; from memory or from a path.

    The options are those of `ChunkrExtractLoader`. A blob's own metadata are in each document; where both have a key,
    the parser's value wins. Blobs in memory without a `source` are named by their content's hash.

    Parse:
        ```
        parser = ChunkrBlobParser(Invoice)
        documents = parser.parse(Blob.from_data(data, mime_type="application/pdf"))
        ```

    Parse a folder:
        ```
        GenericLoader(FileSystemBlobLoader("in", glob="*.pdf"), ChunkrBlobParser(Invoice)).lazy_load()
        ```

    LangChain's parsers have no async methods; `alazy_parse` and `aparse` are additions.
    """

    def __init__(
        self,
        output_schema: Any,
        *,
        split_by: SplitBy = "document",
        row_field: str | None = None,
        content: Content | Callable[[Part], str] = "json",
        metadata_mode: MetadataMode = "flat",
        metadata_cap: int = 8192,
        citation_store: MutableMapping[str, str] | None = None,
        on_error: OnError = "raise",
        rate_limiter: BaseRateLimiter | None = None,
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
        self._connection = KeptConnection(Connection(client, async_client, key, base_url, ledger))
        self._loading = to_loading(
            output_schema,
            split_by=split_by,
            row_field=row_field,
            content=content,
            metadata_mode=metadata_mode,
            metadata_cap=metadata_cap,
            citation_store=citation_store,
            on_error=on_error,
            max_concurrency=1,
            rate_limiter=rate_limiter,
            system_prompt=system_prompt,
            parse_configuration=parse_configuration,
            expires_in=expires_in,
            timeout=timeout,
            locale=locale,
        )
        self.errors: list[Failure] = []
        """Blobs that gave no documents, with their errors."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """The documents of one blob."""
        with self._connection.open() as client:
            yield from map(to_document, self._loading.load(client, [from_blob(blob)], self.errors.append))

    async def alazy_parse(self, blob: Blob) -> AsyncIterator[Document]:
        """The documents of one blob, without holding up the event loop."""
        if self._connection.is_sync_only:
            async for document in in_threads(self.lazy_parse(blob)):
                yield document
            return
        async with (
            self._connection.aopen() as client,
            aclosing(self._loading.aload(client, [from_blob(blob)], self.errors.append)) as records,
        ):
            async for record in records:
                yield to_document(record)

    async def aparse(self, blob: Blob) -> list[Document]:
        """All documents of one blob."""
        return [document async for document in self.alazy_parse(blob)]

    def close(self) -> None:
        """Close the client that the parser made; it can be used again afterwards."""
        self._connection.close()
