"""The client for threads."""

from __future__ import annotations

import os
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import httpx
from typing_extensions import TypeVar

from chunkr_integrations.tasks import File, FilePage, FileUrl, Task, TaskPage

from . import _requests as requests
from ._base import BaseClient, check_many
from ._drivers import run
from ._exchange import client_options, digest, receive, to_request
from ._flows import Options, to_options
from ._many import closing, map_many
from ._outcome import Outcome, failed
from ._progress import to_tally
from ._responses import read_bytes, read_json, read_model, read_nothing, read_text
from ._steps import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pydantic import SecretStr
    from typing_extensions import Self

    from chunkr_integrations.extraction import Extraction
    from chunkr_integrations.ledger import Ledger, LedgerMode
    from chunkr_integrations.schema import CompiledSchema
    from chunkr_integrations.sources import SourceInput
    from chunkr_integrations.tasks import ParseConfiguration, Status, TaskType

    from ._polling import Polling
    from ._progress import ProgressCallback, Tally
    from ._steps import Flow, Send

__all__ = ["Client"]

T = TypeVar("T", default=Any)  # a JSON Schema as a dict brings JSON


class Client(BaseClient):
    """Documents and classes in, typed objects with citations out.

    A URL or a key, given here or in `CHUNKR_BASE_URL` and `CHUNKR_API_KEY`, means that server; a key alone means the
    hosted service. With neither the embedded engine answers, and nothing leaves the machine. A failing server is never
    replaced by the embedded engine. Threads may share a client.

    Args:
        api_key: Sent as it is; None and no environment variable: no Authorization header.
        base_url: With or without the prefix `/api/v1`, as the server wants it.
        engine: An `Engine` of `chunkr_integrations.engine` to answer in this process; goes with no key and no URL.
        http: Your own `httpx.Client` (proxies, certificates); it is never closed here.
        timeout: Seconds to wait for a task in all, uploading included; 3900 when None. `math.inf` waits for ever.
        request_timeout: Seconds for one request; 60 when None.
        max_retries: How often a request is sent again; 5 when None. Polling is three times as patient.
        polling: When a task is asked for again.
        rate_limit: Creates per second, all threads together; 10 when None, the documented limit. `math.inf`: none. The
            embedded engine has none.
        max_concurrency: Extractions at a time in all `extract_many` of this client together; 16 when None.
        ledger: A `Ledger`, or the path of one: what it holds is not paid for again, and what was begun goes on.
        ledger_mode: "use"; "refresh" asks anew and replaces; "off" as if there were none.

    Raises:
        ConfigurationError: The arguments contradict each other.
    """

    def __init__(
        self,
        api_key: str | SecretStr | None = None,
        base_url: str | httpx.URL | None = None,
        *,
        engine: Any = None,
        http: httpx.Client | None = None,
        timeout: float | None = None,
        request_timeout: float | None = None,
        max_retries: int | None = None,
        polling: Polling | None = None,
        rate_limit: float | None = None,
        max_concurrency: int | None = None,
        ledger: Ledger | str | os.PathLike[str] | None = None,
        ledger_mode: LedgerMode = "use",
    ) -> None:
        super().__init__(
            api_key=api_key,
            base_url=base_url,
            engine=engine,
            http=http,
            timeout=timeout,
            request_timeout=request_timeout,
            max_retries=max_retries,
            polling=polling,
            rate_limit=rate_limit,
            max_concurrency=max_concurrency,
            ledger=ledger,
            ledger_mode=ledger_mode,
        )
        self._slots = threading.BoundedSemaphore(self._settings.max_concurrency)
        self._own_http: tuple[int, httpx.Client] | None = None

    def extract(
        self,
        file: SourceInput,
        target: type[T] | CompiledSchema[T] | Mapping[str, Any],
        *,
        file_name: str | None = None,
        system_prompt: str | None = None,
        parse_configuration: ParseConfiguration | Mapping[str, Any] | None = None,
        expires_in: int | None = None,
        timeout: float | None = None,
        locale: str | None = None,
        strict: bool = False,
        on_invalid: Literal["raise", "partial"] = "raise",
    ) -> Extraction[T]:
        """Extract one document: submit it, wait, read the answer.

        Args:
            file: See `sources.to_source`; for a task id, that task's parse is used again.
            target: A Pydantic class, or anything else that `schema.compile_schema` takes.
            file_name: For bytes and streams, or instead of a path's own name; not with a task.
            system_prompt: None: the service's own.
            parse_configuration: How the document is read; not with a task.
            expires_in: Seconds until the service deletes the task; None: never.
            timeout: Seconds to wait in all; None: the client's.
            locale: How ambiguous numbers and dates in the answer are read, as in `de_DE`.
            strict: Take the answer's values as they are, without lenient reading.
            on_invalid: "partial" returns what fits the class and lists the rest in `Extraction.invalid`.

        Raises:
            SourceError: The input cannot be sent.
            SchemaError: The class cannot be asked for.
            APIError: A request did not bring a usable answer.
            TaskFailedError: The service gave up.
            TaskTimeoutError: It is still at it; `result(task_id, target)` goes on.
            OutputError: The answer does not fit the class; results and citations are on the error.
        """
        options = to_options(
            system_prompt=system_prompt,
            parse_configuration=parse_configuration,
            expires_in=expires_in,
            locale=locale,
            strict=strict,
            on_invalid=on_invalid,
        )
        schema = self._compile(target)
        return self._run(self._flows.extract(file, schema, options, file_name=file_name, timeout=timeout))

    def extract_many(
        self,
        files: Iterable[SourceInput],
        target: type[T] | CompiledSchema[T] | Mapping[str, Any],
        *,
        max_concurrency: int | None = None,
        ordered: bool = True,
        progress: bool | ProgressCallback = False,
        system_prompt: str | None = None,
        parse_configuration: ParseConfiguration | Mapping[str, Any] | None = None,
        expires_in: int | None = None,
        timeout: float | None = None,
        locale: str | None = None,
        strict: bool = False,
        on_invalid: Literal["raise", "partial"] = "raise",
    ) -> Iterator[Outcome[T]]:
        """Extract many documents; one outcome for each, with a value or an error.

        Inputs are taken only as fast as outcomes are, so they may be a generator over any number of files. When the
        loop over the outcomes ends early, tasks that were begun go on at the service; the log names them.

        Args:
            files: As in `extract`; to name bytes, give `to_source(data, file_name=…)`.
            target: As in `extract`.
            max_concurrency: Documents at a time here; the client's bound holds beside it.
            ordered: Whether outcomes come in the order of the inputs, or else as they finish.
            progress: True draws a bar on the error output; a callback is told how far the batch is.
            system_prompt: As in `extract`, and so for the rest; `timeout` is for each document.
            parse_configuration: As in `extract`.
            expires_in: As in `extract`.
            timeout: As in `extract`.
            locale: As in `extract`.
            strict: As in `extract`.
            on_invalid: As in `extract`.
        """
        options = to_options(
            system_prompt=system_prompt,
            parse_configuration=parse_configuration,
            expires_in=expires_in,
            locale=locale,
            strict=strict,
            on_invalid=on_invalid,
        )
        self._check_open()
        check_many(files)
        concurrency, schema = self._concurrency(max_concurrency), self._compile(target)
        stopped, tally = threading.Event(), to_tally(progress, files)
        one = partial(self._outcome, schema, options, timeout, tally, stopped)
        return closing(map_many(one, files, concurrency=concurrency, ordered=ordered, stop=stopped.set), tally.close)

    def extract_all(
        self,
        file: SourceInput,
        targets: Sequence[Any],
        *,
        file_name: str | None = None,
        system_prompt: str | None = None,
        parse_configuration: ParseConfiguration | Mapping[str, Any] | None = None,
        expires_in: int | None = None,
        timeout: float | None = None,
        locale: str | None = None,
        strict: bool = False,
        on_invalid: Literal["raise", "partial"] = "raise",
    ) -> tuple[Extraction[Any], ...]:
        """Extract several classes from one document, which is parsed once; in the order of `targets`.

        Args and errors are those of `extract`; `timeout` is for all together.
        """
        options = to_options(
            system_prompt=system_prompt,
            parse_configuration=parse_configuration,
            expires_in=expires_in,
            locale=locale,
            strict=strict,
            on_invalid=on_invalid,
        )
        schemas = self._compile_all(targets)
        return self._run(self._flows.extract_all(file, schemas, options, file_name=file_name, timeout=timeout))

    def submit(
        self,
        file: SourceInput,
        target: Any,
        *,
        file_name: str | None = None,
        system_prompt: str | None = None,
        parse_configuration: ParseConfiguration | Mapping[str, Any] | None = None,
        expires_in: int | None = None,
    ) -> Task:
        """Begin an extraction and do not wait; collect it with `result(task, target)`, here or in another process."""
        options = to_options(
            system_prompt=system_prompt, parse_configuration=parse_configuration, expires_in=expires_in
        )
        _, task = self._run(self._flows.submit(file, self._compile(target), options, file_name=file_name))
        return task

    def result(
        self,
        task: Task | str,
        target: type[T] | CompiledSchema[T] | Mapping[str, Any],
        *,
        timeout: float | None = None,
        locale: str | None = None,
        strict: bool = False,
        on_invalid: Literal["raise", "partial"] = "raise",
    ) -> Extraction[T]:
        """Wait for a task that was submitted before, and read it.

        Args:
            task: The task or its id.
            target: The class that it was submitted with.
            timeout: As in `extract`, and so for the rest.
            locale: As in `extract`.
            strict: As in `extract`.
            on_invalid: As in `extract`.
        """
        options = Options(locale=locale, strict=strict, on_invalid=on_invalid)
        return self._run(self._flows.result(task, self._compile(target), options, timeout=timeout))

    def task(self, task_id: str, *, base64_urls: bool | None = None, include_chunks: bool | None = None) -> Task:
        """A parse or extract task as it is now.

        Args:
            task_id: Its id.
            base64_urls: Whether files come as base64 instead of links; None: the service's default.
            include_chunks: Whether a parse task's chunks come with it; None: the service's default.
        """
        step = requests.get_task(task_id, base64_urls=base64_urls, include_chunks=include_chunks)
        return self._run(self._flows.sending.send(step, read_model(Task)))

    def list_tasks(
        self,
        *,
        statuses: Sequence[Status | str] | None = None,
        task_types: Sequence[TaskType | str] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        sort: Literal["asc", "desc"] | None = None,
        page_size: int | None = None,
        base64_urls: bool | None = None,
        include_chunks: bool | None = None,
    ) -> Iterator[Task]:
        """The tasks of this key, newest first unless sorted otherwise; pages are fetched as needed."""
        options = {
            "statuses": statuses,
            "task_types": task_types,
            "start": start,
            "end": end,
            "sort": sort,
            "limit": page_size,
            "base64_urls": base64_urls,
            "include_chunks": include_chunks,
        }
        cursor = None
        while True:
            step = requests.list_tasks(**options, cursor=cursor)
            page = self._run(self._flows.sending.send(step, read_model(TaskPage)))
            yield from page.tasks
            if not page.has_more or page.next_cursor in {None, cursor}:
                return
            cursor = page.next_cursor

    def cancel(self, task_id: str) -> None:
        """Cancel a task; the service allows it only while the task is starting."""
        self._run(self._flows.sending.send(requests.cancel_task(task_id), read_nothing))

    def delete(self, task_id: str) -> None:
        """Delete a task that succeeded or failed, its results included."""
        self._run(self._flows.sending.send(requests.delete_task(task_id), read_nothing))

    def upload(
        self, file: SourceInput, *, file_name: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> File:
        """Upload content, streaming; the same content is uploaded once per client.

        Args:
            file: Content: a path, bytes, a binary file object, a data URI.
            file_name: As in `extract`.
            metadata: JSON values to keep with the file; the content's sha256 joins them.
        """
        return self._run(self._flows.upload(file, file_name=file_name, metadata=metadata))

    def files(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        sort: Literal["asc", "desc"] | None = None,
        page_size: int | None = None,
    ) -> Iterator[File]:
        """The uploaded files of this key, newest first unless sorted otherwise; pages are fetched as needed."""
        cursor = None
        while True:
            step = requests.list_files(start=start, end=end, sort=sort, limit=page_size, cursor=cursor)
            page = self._run(self._flows.sending.send(step, read_model(FilePage)))
            yield from page.files
            if not page.has_more or page.next_cursor in {None, cursor}:
                return
            cursor = page.next_cursor

    def file(self, file_id: str) -> File:
        """What the service knows of an uploaded file; one that is missing or another's is a 401 there."""
        return self._run(self._flows.sending.send(requests.get_file(file_id), read_model(File)))

    def file_url(self, file_id: str, *, expires_in: int | None = None, base64_urls: bool | None = None) -> FileUrl:
        """A link to a file's content.

        Args:
            file_id: The file.
            expires_in: Seconds that the link works; None: the service's default, an hour.
            base64_urls: Whether the content itself comes, as base64.
        """
        step = requests.get_file_url(file_id, expires_in=expires_in, base64_urls=base64_urls)
        return self._run(self._flows.sending.send(step, read_model(FileUrl)))

    def file_content(self, file_id: str) -> bytes:
        """The content of an uploaded file."""
        return self._run(self._flows.sending.send(requests.get_file_content(file_id), read_bytes))

    def delete_file(self, file_id: str) -> None:
        """Delete an uploaded file's content."""
        self._run(self._flows.sending.send(requests.delete_file(file_id), read_nothing))
        self._flows.uploads.forget(file_id)

    def health(self) -> str:
        """What the server says of itself."""
        return self._run(self._flows.sending.send(requests.get_health(), read_text))

    def file_types(self) -> dict[str, Any]:
        """The formats that the server reads, by group."""
        found = self._run(self._flows.sending.send(requests.get_file_types(), read_json))
        return dict(found)

    def close(self) -> None:
        """Close the connections that are this client's own, and stop an engine that was given to it."""
        with self._lock:
            self._closed, own, self._own_http = True, self._own_http, None
        if own is not None:
            own[1].close()
        if self._embedded is not None:
            self._embedded.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, flow: Flow[T], sleep: Callable[[float], Any] | None = None) -> T:
        self._check_open()
        return run(flow, self._send, sleep or time.sleep)

    def _send(self, step: Send | Digest) -> Any:
        http = self._http()
        if isinstance(step, Digest):
            return digest(http, step, self._settings)
        return receive(http, to_request(http, step, self._settings))

    def _http(self) -> httpx.Client:
        if isinstance(self._user_http, httpx.Client):
            return self._user_http
        transport = self._embedded_transport() if self.embedded else None
        with self._lock:
            if self._own_http is None or self._own_http[0] != os.getpid():  # sockets must not be shared across a fork
                http = httpx.Client(transport=transport, **client_options(self._settings))
                self._own_http = os.getpid(), http
            return self._own_http[1]

    def _outcome(  # noqa: PLR0917 - a partial binds the first five
        self,
        schema: CompiledSchema[T],
        options: Options,
        timeout: float | None,
        tally: Tally,
        stopped: threading.Event,
        index: int,
        file: SourceInput,
    ) -> Outcome[T]:
        flow: Flow[Extraction[T]] = self._flows.extract(file, schema, options, file_name=None, timeout=timeout)
        with self._slots, tally.one() as has_failed:
            try:
                found = self._run(flow, partial(_sleep_unless, stopped))
            except Exception as error:  # noqa: BLE001 - one bad input must not end the others
                has_failed()
                return failed(index, file, error)
        return Outcome(index, found.source.name, found)


def _sleep_unless(stopped: threading.Event, seconds: float) -> None:
    if stopped.wait(seconds):
        raise _GivenUpError


class _GivenUpError(Exception):
    """Nobody wants the result any more."""
