"""Inputs in, records out: what LangChain's loader and LlamaIndex's reader do alike."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Mapping, MutableMapping
from contextlib import aclosing, closing
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, get_args, runtime_checkable

from pydantic import BaseModel

from chunkr_integrations.documents.records import (
    Content,
    MetadataMode,
    Part,
    Record,
    RecordOptions,
    SplitBy,
    file_name_of,
    record_id,
    records_of,
)
from chunkr_integrations.documents.targets import with_row_field
from chunkr_integrations.exceptions import ChunkrError, ConfigurationError
from chunkr_integrations.extraction import Extraction, SourceInfo
from chunkr_integrations.sources import SourceInput, source_name, to_source

if TYPE_CHECKING:
    from chunkr_integrations.client import Outcome

__all__ = ["Failure", "Input", "Loading", "OnError", "RateLimiter", "as_inputs", "to_loading"]

logger = logging.getLogger("chunkr_integrations.documents")

OnError = Literal["raise", "skip", "document"]


@runtime_checkable
class RateLimiter(Protocol):
    """Says when the next document may go out; LangChain's `BaseRateLimiter` is one."""

    def acquire(self, *, blocking: bool = True) -> bool:
        """Wait for the turn."""
        ...

    async def aacquire(self, *, blocking: bool = True) -> bool:
        """The async twin of `acquire`."""
        ...


@dataclass(frozen=True)
class Failure:
    """An input that gave no documents."""

    source: str
    """The input's name."""
    error: ChunkrError


@dataclass(frozen=True)
class Input:
    """One input and how its documents are called."""

    value: SourceInput | Callable[[], SourceInput]
    """Or what reads it when its turn comes."""
    uri: str | None = None
    """What `source` says in the metadata; None: the input's own."""
    file_name: str | None = None
    """The name to send with it."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Metadata of the caller, copied into each document; the documents' own keys win."""

    @property
    def name(self) -> str:
        """What to call it; never its content."""
        return self.uri or self.file_name or source_name(self.value)

    @property
    def reads(self) -> bool:
        """Whether `read` does I/O or hashes."""
        return self.file_name is not None or callable(self.value)

    def read(self) -> Any:
        """What the client takes; named bytes are looked at here, because a client takes one name only.

        Raises:
            SourceError: It cannot be read.
        """
        value = self.value() if callable(self.value) else self.value
        return value if self.file_name is None else to_source(value, file_name=self.file_name)


def as_inputs(
    sources: Any,
    file_name: str | None = None,
    *,
    single: tuple[type, ...] = (),
    convert: Callable[[Any, str | None], Input] = lambda value, file_name: Input(value, file_name=file_name),
) -> tuple[Input, ...]:
    """One source or an iterable of several; a string is one.

    Args:
        sources: Taken at once, so that they can be loaded again.
        file_name: The name to send; there must be one source only.
        single: Types of a framework that are one source although they can be iterated.
        convert: Makes an input of a source and its file name.
    """
    several = (sources,) if _is_single(sources, single) else tuple(sources)
    if file_name is not None and len(several) != 1:
        msg = f"file_name={file_name!r} names one document, and {len(several)} were given. Load it on its own."
        raise ConfigurationError(msg)
    return tuple(convert(source, file_name) for source in several)


_SINGLE: Final = (str, bytes, bytearray, memoryview, Mapping, BaseModel)  # all others that are iterable are several


def _is_single(value: Any, single: tuple[type, ...]) -> bool:
    return isinstance(value, (*_SINGLE, *single)) or hasattr(value, "read") or not isinstance(value, Iterable)


@dataclass(frozen=True)
class Loading:
    """What to ask of each input, and what to make of the answers."""

    target: Any
    """A class or JSON Schema, as `extract` takes it."""
    records: RecordOptions = field(default_factory=RecordOptions)
    request: Mapping[str, Any] = field(default_factory=dict)
    """Options of `extract`."""
    on_error: OnError = "raise"
    max_concurrency: int = 4
    rate_limiter: RateLimiter | None = None
    """Asked once for each input that goes out; those that cannot be read do not count."""

    def __post_init__(self) -> None:
        """Refuse what cannot mean anything."""
        if self.on_error not in get_args(OnError):
            msg = f"on_error={self.on_error!r} is not known. Use one of {', '.join(map(repr, get_args(OnError)))}."
            raise ConfigurationError(msg)
        if self.max_concurrency < 1:
            msg = f"max_concurrency={self.max_concurrency} would never begin. Give 1 or more."
            raise ConfigurationError(msg)
        limiter: Any = self.rate_limiter
        if limiter is not None and not isinstance(limiter, RateLimiter):
            kind = type(limiter).__name__
            msg = f"rate_limiter= takes what has acquire and aacquire, not {kind}. Give an InMemoryRateLimiter."
            raise ConfigurationError(msg)

    def load(
        self, client: Any, inputs: Iterable[Input], failed: Callable[[Failure], None]
    ) -> Generator[Record, None, None]:
        """The records of the inputs, in their order, as early as that order allows.

        Args:
            client: A `Client`.
            inputs: Read when their turn comes.
            failed: Told of each input that gives no records, whatever `on_error` says.
        """
        sent: deque[_Sent] = deque()
        with closing(
            client.extract_many(_values(inputs, sent, self.rate_limiter), self.target, **self._options())
        ) as outcomes:
            for outcome in outcomes:
                yield from self._settled(sent, outcome, failed)
        yield from self._settled(sent, None, failed)

    async def aload(
        self, client: Any, inputs: Iterable[Input], failed: Callable[[Failure], None]
    ) -> AsyncGenerator[Record, None]:
        """The async twin of `load`, with an `AsyncClient`."""
        sent: deque[_Sent] = deque()
        values = _avalues(inputs, sent, self.rate_limiter)
        # In threads: a content callable may take its time, and naming a failed input reads it again.
        async with aclosing(client.extract_many(values, self.target, **self._options())) as outcomes:
            async for outcome in outcomes:
                for record in await asyncio.to_thread(list, self._settled(sent, outcome, failed)):
                    yield record
        for record in await asyncio.to_thread(list, self._settled(sent, None, failed)):
            yield record

    def read(self, one: Input, found: Extraction[Any]) -> Iterator[Record]:
        """The records of one input's extraction."""
        if one.uri is not None:
            found = replace(found, source=replace(found.source, uri=one.uri))
        yield from (_with(one.metadata, record) for record in records_of(found, self.records))

    def _options(self) -> dict[str, Any]:
        return {"max_concurrency": self.max_concurrency, "ordered": True, **self.request}

    def _settled(
        self, sent: deque[_Sent], outcome: Outcome[Any] | None, failed: Callable[[Failure], None]
    ) -> Iterator[Record]:
        """An outcome's records, after those of the inputs before it that could not be read and so never went out."""
        while sent and sent[0].error is not None:
            unread = sent.popleft()
            yield from self._records(unread.input, None, unread.error, failed)
        if outcome is not None:
            yield from self._records(sent.popleft().input, outcome.value, outcome.error, failed)

    def _records(
        self,
        one: Input,
        found: Extraction[Any] | None,
        error: Exception | None,
        failed: Callable[[Failure], None],
    ) -> Iterator[Record]:
        if found is not None:
            yield from self.read(one, found)
            return
        if not isinstance(error, ChunkrError):  # a defect, not a bad input
            raise error or RuntimeError(one.name)
        failed(Failure(one.name, error))
        if self.on_error == "raise":
            raise error
        if self.on_error == "skip":
            logger.warning("%s was skipped: %s", one.name, error)
        else:
            yield _with(one.metadata, error_record(one, error))


def to_loading(
    target: Any,
    *,
    split_by: SplitBy,
    row_field: str | None,
    content: Content | Callable[[Part], str],
    metadata_mode: MetadataMode,
    metadata_cap: int,
    citation_store: MutableMapping[str, str] | None,
    on_error: OnError,
    max_concurrency: int,
    rate_limiter: RateLimiter | None = None,
    **request: Any,
) -> Loading:
    """What a component was told, checked; `request` are the options of `extract`, None being its default.

    Raises:
        SchemaError: The class cannot be asked for.
        ConfigurationError: An option is not known, or rows are wanted and the class does not say which.
    """
    options = RecordOptions(split_by, row_field, content, metadata_mode, metadata_cap, citation_store)
    asked = {name: value for name, value in request.items() if value is not None}
    return Loading(target, with_row_field(options, target), asked, on_error, max_concurrency, rate_limiter)


@dataclass(frozen=True)
class _Sent:
    """An input whose turn has come; with an error it could not be read."""

    input: Input
    error: ChunkrError | None = None


def _values(inputs: Iterable[Input], sent: deque[_Sent], limiter: RateLimiter | None) -> Iterator[SourceInput]:
    """What the client gets, while `sent` keeps the order of all, those included that the client never sees."""
    for one in inputs:
        try:
            value = one.read()
        except ChunkrError as error:  # noqa: PERF203 - one bad input must not end the others
            sent.append(_Sent(one, error))
        else:
            if limiter is not None:
                limiter.acquire(blocking=True)
            sent.append(_Sent(one))
            yield value


async def _avalues(
    inputs: Iterable[Input], sent: deque[_Sent], limiter: RateLimiter | None
) -> AsyncGenerator[SourceInput, None]:
    for one in inputs:
        try:
            value = await asyncio.to_thread(one.read) if one.reads else one.read()
        except ChunkrError as error:  # noqa: PERF203 - one bad input must not end the others
            sent.append(_Sent(one, error))
        else:
            if limiter is not None:
                await limiter.aacquire(blocking=True)
            sent.append(_Sent(one))
            yield value


def _with(metadata: Mapping[str, Any], record: Record) -> Record:
    return replace(record, metadata={**deepcopy(dict(metadata)), **record.metadata}) if metadata else record


def error_record(one: Input, error: ChunkrError) -> Record:
    """A record that stands for an input without an answer; the same on every run that fails alike."""
    source = _source_of(one)
    name = file_name_of(source)
    kind = type(error).__name__
    task_id = getattr(error, "task_id", None)  # new on every run
    message = str(error).replace(task_id, "…") if task_id else str(error)
    metadata = {"source": source.uri, "file_name": name, "error_type": kind, "error": message}
    return Record(record_id(source.uri, "error", ""), f"{name}: nothing was extracted ({kind}).", metadata)


def _source_of(one: Input) -> SourceInfo:
    if one.uri is not None:
        return SourceInfo(name=one.name, uri=one.uri)
    try:
        source = to_source(one.read())
    except ChunkrError:
        return SourceInfo(name=one.name, uri=one.name)
    return SourceInfo(name=source.file_name or source.name, uri=source.uri)
