"""Between LlamaIndex's nouns and this package's; no waiting."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from llama_index.core.schema import Document

from chunkr_integrations.documents import HEAVY_KEYS
from chunkr_integrations.documents.loading import Input
from chunkr_integrations.exceptions import SourceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Mapping

    from chunkr_integrations.documents import Record

T = TypeVar("T")

# A splitter subtracts the longer of the two remaining metadata texts from its chunk size and refuses what does not fit.
EXCLUDED_LLM_KEYS = (*HEAVY_KEYS, "error")
EXCLUDED_EMBED_KEYS = (
    *EXCLUDED_LLM_KEYS,
    "error_type",
    "file_name",
    "min_confidence",
    "page",
    "page_start",
    "page_end",
)


def to_document(record: Record) -> Document:
    """The same under LlamaIndex's names; a model sees file, page and field, an embedding only the field."""
    return Document(
        id_=record.id,
        text=record.text,
        metadata=record.metadata,
        excluded_llm_metadata_keys=list(EXCLUDED_LLM_KEYS),
        excluded_embed_metadata_keys=list(EXCLUDED_EMBED_KEYS),
    )


def from_filesystem(path: Any, fs: Any, metadata: Mapping[str, Any]) -> Input:
    """A file of an fsspec filesystem, read when its turn comes."""
    uri = str(path)
    return Input(partial(_read, fs, uri), uri=uri, file_name=PurePath(uri).name, metadata=metadata)


def _read(fs: Any, path: str) -> bytes:
    try:
        with fs.open(path, "rb") as file:
            return bytes(file.read())
    except OSError as exc:
        cure = "Check the path and the filesystem's permissions."
        raise SourceError(path, f"the filesystem cannot read it ({type(exc).__name__})", cure=cure) from exc


class Lazily(Generic[T]):
    """Items that are on their way: `await` gives all of them, `async for` each when it is there.

    LlamaIndex's `alazy_load_data` is a coroutine that returns an iterable; what callers expect from its name is an
    async iterator. This is both, so that neither kind of caller breaks.
    """

    def __init__(self, begin: Callable[[], AsyncIterator[T]]) -> None:
        self._begin = begin

    def __aiter__(self) -> AsyncIterator[T]:
        return self._begin()

    def __await__(self) -> Generator[Any, None, list[T]]:
        return self._all().__await__()

    async def _all(self) -> list[T]:
        return [item async for item in self._begin()]
