"""Files in, LlamaIndex documents out."""

# No `from __future__ import annotations` here: LlamaIndex reads the annotations of `load_data` as they are, to make the
# arguments of a tool from them (`OnDemandLoaderTool.from_defaults`), and cannot resolve strings.

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, MutableMapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypedDict

from llama_index.core.readers.base import BasePydanticReader, ResourcesReaderMixin
from llama_index.core.schema import Document
from pydantic import (
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    SkipValidation,  # validation would fill a copy of the caller's mapping
    field_serializer,
    field_validator,
    model_validator,
)
from typing_extensions import Unpack

from chunkr_integrations.client import AsyncClient, Client
from chunkr_integrations.documents import Content, MetadataMode, Part, SplitBy
from chunkr_integrations.documents.connection import Connection, KeptConnection
from chunkr_integrations.documents.loading import Failure, Input, Loading, OnError, as_inputs, to_loading
from chunkr_integrations.ledger import Ledger
from chunkr_integrations.llamaindex._conversion import Lazily, from_filesystem, to_document
from chunkr_integrations.llamaindex._references import import_path, imported
from chunkr_integrations.llamaindex._resources import checked, file_info, is_task, resource_ids, task_info
from chunkr_integrations.schema import compile_schema
from chunkr_integrations.tasks import ParseConfiguration

__all__ = ["ChunkrReader"]


class _Options(TypedDict, total=False):
    """The fields of a reader but its class, for type checkers and editors."""

    is_remote: bool
    split_by: SplitBy
    row_field: str | None
    content: Content | Callable[[Part], str]
    metadata_mode: MetadataMode
    metadata_cap: int
    citation_store: MutableMapping[str, str] | None
    resources: str | Path | list[str] | None
    on_error: OnError
    max_concurrency: int
    system_prompt: str | None
    parse_configuration: ParseConfiguration | None
    expires_in: int | None
    timeout: float | None
    locale: str | None
    client: Client | None
    async_client: AsyncClient | None
    api_key: str | SecretStr | None
    base_url: str | None
    ledger: Ledger | str | Path | None


class ChunkrReader(BasePydanticReader, ResourcesReaderMixin):
    """Load what Chunkr extracts from documents, with the place of every value in the metadata.

    `pip install 'chunkr-integrations[llamaindex]'`, and set `CHUNKR_API_KEY` and `CHUNKR_BASE_URL`. With neither, the
    embedded engine answers and nothing leaves the machine (`chunkr-integrations[llamaindex,local]`).

    Examples:
        ```
        reader = ChunkrReader(Invoice, split_by="row")
        documents = reader.load_data("invoice.pdf")
        documents = SimpleDirectoryReader("in", file_extractor={".pdf": reader}, raise_on_error=True).load_data()
        ```

    Documents come in the order of the inputs. Ids and hashes are the same on every run, so that an ingestion pipeline
    with a docstore skips what it knows. Pages in the metadata count from 1. What programs need (`source`, citations,
    boxes) is kept out of prompts and embeddings.

    A reader can be pickled, and written as JSON without its key: the class by the path it is imported from, beside its
    JSON Schema. `from_json` imports that module; give it only JSON that you wrote.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    is_remote: bool = True
    output_cls: Any
    """A Pydantic class (or another type, or a JSON Schema) that says what to extract."""
    split_by: SplitBy = "document"
    """One document per input, per item of the list `row_field`, per value, or per cited page."""
    row_field: str | None = None
    """Field path of that list, as `order.lines`; not needed when the class has exactly one list of objects."""
    content: Content | Callable[[Part], str] = "json"
    """The text: compact JSON, Markdown, `path: value` lines, or what a callable makes of a `Part`."""
    metadata_mode: MetadataMode = "flat"
    """"flat" goes into every vector store, citations as one JSON string; "nested": citations as dicts; "none"."""
    metadata_cap: int = 8192
    """Bytes the citations of one document may have in flat metadata; above, pages and a reference stay."""
    citation_store: SkipValidation[MutableMapping[str, str] | None] = Field(default=None, exclude=True, repr=False)
    """Where citations above the cap are kept; for `restore_citations(..., store=)`."""
    resources: str | Path | list[str] | None = None
    """What `list_resources` lists: a folder, or a list of paths, URLs and ids of past extract tasks."""
    on_error: OnError = "raise"
    """An input that fails raises, is skipped with a warning, or becomes a document with `error_type` and `error`."""
    max_concurrency: int = 4
    """Inputs under way at a time: in all calls together, or with a client of yours in each call."""
    system_prompt: str | None = None
    parse_configuration: ParseConfiguration | None = None
    expires_in: int | None = None
    """Seconds until the service deletes the tasks."""
    timeout: float | None = None
    """Seconds to wait for one input."""
    locale: str | None = None
    """How ambiguous numbers and dates in the answer are read, as in `de_DE`."""
    client: Any = Field(default=None, exclude=True, repr=False)
    """A `Client` to use; it stays open. Without it one is made when needed, and kept until `close`."""
    async_client: Any = Field(default=None, exclude=True, repr=False)
    """An `AsyncClient` for the async methods; with only `client` these run it in threads."""
    api_key: SecretStr | None = Field(default=None, exclude=True, repr=False)
    """Instead of a client; None: CHUNKR_API_KEY. Never written down."""
    base_url: str | None = None
    """Instead of a client; None: CHUNKR_BASE_URL."""
    ledger: Any = Field(default=None, exclude=True, repr=False)
    """Instead of a client: a `Ledger` or the path of one. What it holds is not paid for again."""

    _loading: Loading = PrivateAttr()
    _connection: KeptConnection = PrivateAttr()
    _errors: list[Failure] = PrivateAttr(default_factory=list)

    def __init__(self, output_cls: Any, **options: Unpack[_Options]) -> None:
        """Take the output class as the first argument; the options are the fields."""
        super().__init__(output_cls=output_cls, **options)

    @classmethod
    def class_name(cls) -> str:
        """The name in serialized form."""
        return "ChunkrReader"

    @field_validator("output_cls", mode="before")
    @classmethod
    def _read_schema(cls, value: Any) -> Any:
        return imported(value["import_path"]) if isinstance(value, Mapping) and "import_path" in value else value

    @field_serializer("output_cls")
    def _write_schema(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return dict(value)
        return {"import_path": import_path(value, "The class"), "json_schema": compile_schema(value).json}

    @field_validator("content", mode="before")
    @classmethod
    def _read_content(cls, value: Any) -> Any:
        return imported(value["import_path"]) if isinstance(value, Mapping) else value

    @field_serializer("content")
    def _write_content(self, value: Any) -> Any:
        return {"import_path": import_path(value, "The function")} if callable(value) else value

    @field_serializer("resources")
    def _write_resources(self, value: Any) -> Any:
        return str(value) if isinstance(value, Path) else value

    @field_serializer("parse_configuration")
    def _write_configuration(self, value: ParseConfiguration | None) -> Any:
        return None if value is None else value.to_wire()

    @model_validator(mode="after")
    def _prepare(self) -> "ChunkrReader":
        self._loading = to_loading(
            self.output_cls,
            split_by=self.split_by,
            row_field=self.row_field,
            content=self.content,
            metadata_mode=self.metadata_mode,
            metadata_cap=self.metadata_cap,
            citation_store=self.citation_store,
            on_error=self.on_error,
            max_concurrency=self.max_concurrency,
            system_prompt=self.system_prompt,
            parse_configuration=self.parse_configuration,
            expires_in=self.expires_in,
            timeout=self.timeout,
            locale=self.locale,
        )
        self._connection = KeptConnection(
            Connection(self.client, self.async_client, self.api_key, self.base_url, self.ledger, self.max_concurrency)
        )
        return self

    def to_dict(self, **options: Any) -> dict[str, Any]:
        """The options as JSON values, without the key.

        Raises:
            ConfigurationError: The class or the content function cannot be imported.
        """
        self._write_schema(self.output_cls)
        self._write_content(self.content)
        return super().to_dict(**options)

    @property
    def errors(self) -> list[Failure]:
        """Inputs that gave no documents, with their errors, of all calls so far.

        `SimpleDirectoryReader` prints and drops errors unless `raise_on_error=True`; here they are.
        """
        return self._errors

    def load_data(
        self,
        file: Any = None,
        *,
        files: list[Any] | None = None,
        extra_info: dict[str, Any] | None = None,
        fs: Any = None,
    ) -> list[Document]:
        """The documents of one input or of several.

        Args:
            file: A path, URL, bytes, binary file, uploaded file or parse task.
            files: Several of them.
            extra_info: Metadata for each document, copied; the reader's own keys win.
            fs: An fsspec filesystem, for paths that are not of this machine.
        """
        return list(self.lazy_load_data(file, files=files, extra_info=extra_info, fs=fs))

    def lazy_load_data(
        self,
        file: Any = None,
        *,
        files: list[Any] | None = None,
        extra_info: dict[str, Any] | None = None,
        fs: Any = None,
    ) -> Iterator[Document]:
        """As `load_data`, each document as soon as those before it are done."""
        inputs = _to_inputs(file, files, extra_info, fs)
        with self._connection.open() as client:
            yield from map(to_document, self._loading.load(client, inputs, self._errors.append))

    async def aload_data(
        self,
        file: Any = None,
        *,
        files: list[Any] | None = None,
        extra_info: dict[str, Any] | None = None,
        fs: Any = None,
    ) -> list[Document]:
        """As `load_data`, without holding up the event loop."""
        return await self.alazy_load_data(file, files=files, extra_info=extra_info, fs=fs)

    def alazy_load_data(  # type: ignore[override] # awaitable, as the base says, and async-iterable besides
        self,
        file: Any = None,
        *,
        files: list[Any] | None = None,
        extra_info: dict[str, Any] | None = None,
        fs: Any = None,
    ) -> Lazily[Document]:
        """As `load_data`: `await` gives all documents, `async for` each as soon as it is there."""
        return Lazily(lambda: self._alazily(_to_inputs(file, files, extra_info, fs)))

    async def _alazily(self, inputs: tuple[Input, ...]) -> AsyncGenerator[Document, None]:
        if self._connection.is_sync_only:
            async for document in self._in_threads(inputs):
                yield document
            return
        async with (
            self._connection.aopen() as client,
            aclosing(self._loading.aload(client, inputs, self._errors.append)) as records,
        ):
            async for record in records:
                yield to_document(record)

    async def _in_threads(self, inputs: tuple[Input, ...]) -> AsyncGenerator[Document, None]:
        """With only a sync client: each step in a thread."""
        records = self._loading.load(self.client, inputs, self._errors.append)
        while (record := await asyncio.to_thread(next, records, None)) is not None:
            yield to_document(record)

    def list_resources(self, *_: Any, **__: Any) -> list[str]:
        """The ids of the resources: paths, URLs, task ids."""
        return resource_ids(self.resources)

    def get_resource_info(self, resource_id: str, *_: Any, **__: Any) -> dict[str, Any]:
        """What is known of a file, or of a task without its results."""
        resource_id = checked(resource_id, self.resources)
        if not is_task(resource_id):
            return file_info(resource_id)
        with self._connection.open() as client:
            return task_info(client.task(resource_id))

    def load_resource(self, resource_id: str, *_: Any, **__: Any) -> list[Document]:
        """The documents of one resource; a past task is read again, not asked again."""
        resource_id = checked(resource_id, self.resources)
        if not is_task(resource_id):
            return self.load_data(resource_id)
        with self._connection.open() as client:
            found = client.result(resource_id, self.output_cls, timeout=self.timeout, locale=self.locale)
        return [to_document(record) for record in self._loading.read(Input(resource_id), found)]

    async def aload_resource(self, resource_id: str, *_: Any, **__: Any) -> list[Document]:
        """The async twin of `load_resource`."""
        resource_id = await asyncio.to_thread(checked, resource_id, self.resources)
        if self._connection.is_sync_only:
            return await asyncio.to_thread(self.load_resource, resource_id)
        if not is_task(resource_id):
            return await self.aload_data(resource_id)
        async with self._connection.aopen() as client:
            found = await client.result(resource_id, self.output_cls, timeout=self.timeout, locale=self.locale)
        return [to_document(record) for record in self._loading.read(Input(resource_id), found)]

    def close(self) -> None:
        """Close the client that the reader made; it can be used again afterwards."""
        self._connection.close()

    def __getstate__(self) -> dict[str, Any]:
        """The fields, the key included; what cannot be pickled is an error, never left out in silence."""
        return {"__dict__": dict(self.__dict__)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state["__dict__"])  # type: ignore[misc] # as BaseComponent does


def _to_inputs(file: Any, files: list[Any] | None, extra_info: dict[str, Any] | None, fs: Any) -> tuple[Input, ...]:
    if (file is None) == (files is None):
        msg = "load_data takes one input, or several as files=[...]; not both and not none."
        raise ValueError(msg)
    metadata = dict(extra_info or {})
    if fs is not None:
        return as_inputs(file if files is None else files, convert=lambda path, _: from_filesystem(path, fs, metadata))
    return as_inputs(file if files is None else files, convert=lambda value, _: Input(value, metadata=metadata))
