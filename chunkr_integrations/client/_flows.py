"""The life of an extraction, as decisions: what to send, when to wait, what the answers mean."""

from __future__ import annotations

import logging
import math
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import ValidationError

from chunkr_integrations.exceptions import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    TaskCancelledError,
    TaskFailedError,
    TaskTimeoutError,
)
from chunkr_integrations.extraction import Extraction, SourceInfo, to_extraction
from chunkr_integrations.sources import Content, Source, to_source
from chunkr_integrations.tasks import (
    CreateExtractForm,
    File,
    ParseConfiguration,
    Status,
    Task,
    TaskType,
)

from . import _requests as requests
from ._lookup import Sent, aware, made_file, made_task
from ._responses import read_model
from ._retry import Failure, failure_of
from ._sending import LookUpError
from ._steps import Sleep, Work
from ._tracing import span
from ._uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from chunkr_integrations.ledger import Claim
    from chunkr_integrations.schema import CompiledSchema
    from chunkr_integrations.sources import SourceInput

    from ._book import Book, Page
    from ._sending import Sending
    from ._steps import Flow

__all__ = ["Flows", "Options", "to_options"]

T = TypeVar("T")

_log = logging.getLogger("chunkr_integrations.client")

_KNOWN = 4096  # task ids that a client remembers as its own
_LAST_QUESTION = 5.0  # seconds that the question at the deadline may take
_SENDER_CHECKED = 0.1  # seconds between looks at what another caller or process is sending
_UPLOAD_CHECKED = 0.05  # seconds between looks at an upload that another caller makes

_REFUSED = frozenset({Failure.FINAL, Failure.USED_UP, Failure.RATE_LIMITED, Failure.NOT_TAKEN})  # surely not taken

_read_task = read_model(Task)
_read_file = read_model(File)


@dataclass(frozen=True)
class Options:
    """What is asked beside the schema, and how the answer is read; checked."""

    system_prompt: str | None = None
    parse_configuration: ParseConfiguration | None = None
    expires_in: int | None = None
    locale: str | None = None
    strict: bool = False
    on_invalid: Literal["raise", "partial"] = "raise"


def to_options(
    *,
    parse_configuration: ParseConfiguration | Mapping[str, Any] | None = None,
    expires_in: int | None = None,
    **rest: Any,
) -> Options:
    """Check what the wire models check.

    Raises:
        ConfigurationError: An option is unknown or has no sensible value.
    """
    try:
        if isinstance(parse_configuration, Mapping):
            parse_configuration = ParseConfiguration.model_validate(dict(parse_configuration))
        CreateExtractForm.model_validate({"file": "", "schema": {}, "expires_in": expires_in})
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        msg = f"{where}: {first['msg']}. Give the options of tasks.ParseConfiguration, and seconds as expires_in."
        raise ConfigurationError(msg) from exc
    return Options(parse_configuration=parse_configuration, expires_in=expires_in, **rest)


class Flows:
    """One client's flows, and what they remember: its uploads and its tasks."""

    def __init__(self, sending: Sending, *, new_key: Callable[[], str] | None = None, book: Book | None = None) -> None:
        self.sending = sending
        self.book = book
        self.settings = sending.settings
        self.uploads = Uploads()
        self._new_key = new_key or _new_key
        self._known: OrderedDict[str, None] = OrderedDict()

    def extract(
        self,
        file: SourceInput,
        schema: CompiledSchema[T],
        options: Options,
        *,
        file_name: str | None,
        timeout: float | None,
    ) -> Flow[Extraction[T]]:
        """Submit, wait, read."""
        deadline = self._deadline(timeout)
        source, task = yield from self.submit(file, schema, options, file_name=file_name, deadline=deadline)
        task = yield from self._finished(task, source.name, deadline, timeout)
        return self._read(task, schema, source_info(source), options)

    def extract_all(
        self,
        file: SourceInput,
        schemas: Sequence[CompiledSchema[Any]],
        options: Options,
        *,
        file_name: str | None,
        timeout: float | None,
    ) -> Flow[tuple[Extraction[Any], ...]]:
        """Extract the first schema from the document, the others from its parse."""
        deadline = self._deadline(timeout)
        source, task = yield from self.submit(file, schemas[0], options, file_name=file_name, deadline=deadline)
        task = yield from self._finished(task, source.name, deadline, timeout)
        again, again_options = source, options
        if task.parse_task_id is not None:
            again = Source(source.name, source.uri, reference=task.parse_task_id, is_task=True)
            again_options = _without_parsing(options)
        tasks = [task]
        for schema in schemas[1:]:
            _, task = yield from self.submit(again, schema, again_options, file_name=None, deadline=deadline)
            tasks.append(task)
        found: list[Extraction[Any]] = []
        for schema, task in zip(schemas, tasks, strict=True):
            task = yield from self._finished(task, source.name, deadline, timeout)  # noqa: PLW2901 - the same task, later
            found.append(self._read(task, schema, source_info(source), options))
        return tuple(found)

    def submit(
        self,
        file: SourceInput,
        schema: CompiledSchema[Any],
        options: Options,
        *,
        file_name: str | None,
        deadline: float = math.inf,
    ) -> Flow[tuple[Source, Task]]:
        """Look at the input, upload it if it is large, create the task."""
        source = yield from self._looked_at(file, file_name)
        if source.is_task and options.parse_configuration is not None:
            # OpenAPI 2.62.0, ExtractConfiguration.parse_configuration
            msg = f"{source.name}: parse_configuration cannot be given with a task: it is parsed already. Leave it out."
            raise ConfigurationError(msg)
        page = None if self.book is None else self.book.page(source, schema, options)
        with span("submit") as say:
            if page is None:
                task = yield from self._sent(source, schema, options, deadline, self._new_key())
            else:
                task = yield from self._sent_once(source, schema, options, deadline, page)
            say(task_id=task.task_id, schema=schema.name, size=source.content and source.content.size)
        return source, task

    def _sent(
        self, source: Source, schema: CompiledSchema[Any], options: Options, deadline: float, key: str
    ) -> Flow[Task]:
        reference = source.reference
        if reference is None:
            reference = (
                (yield from self.upload(source, deadline=deadline)).url if source.is_large else source.data_uri()
            )
        form = _form(source, reference, schema, options)
        sent = Sent(form, self.sending.now(), source)
        step = requests.create_extract(form, key)
        task = yield from self.sending.send(
            step, _read_task, deadline=deadline, look_up=partial(made_task, self.sending, sent, self._is_known)
        )
        self._remember(task)
        _log.info("task %s is for %s", task.task_id, source.name)
        return task

    def _sent_once(
        self, source: Source, schema: CompiledSchema[Any], options: Options, deadline: float, page: Page
    ) -> Flow[Task]:
        """Send it, unless the ledger says that it was sent; the task's id is in the ledger before anything is asked."""
        ledger = page.book.ledger
        claim = yield from self._claimed(source, deadline, page)
        if isinstance(claim, Task):
            return claim
        try:
            task = None
            if claim.verdict == "look":
                form = _form(source, source.reference or "", schema, options)
                sent = Sent(form, claim.since or self.sending.now(), source)
                task = yield from made_task(self.sending, sent, self._is_known)
            if task is None:
                task = yield from self._sent(source, schema, options, deadline, claim.idempotency_key)
        except APIStatusError as exc:
            was_refused = failure_of(exc) in _REFUSED
            yield Work(page.then(ledger.forget if was_refused and claim.verdict == "send" else ledger.left))
            raise
        except LookUpError as exc:
            yield Work(page.then(ledger.left))
            msg = (
                f"{source.name}: an earlier run may have sent it, and the server's list does not tell. Look at "
                'list_tasks(), or extract it with ledger_mode="refresh".'
            )
            raise ConfigurationError(msg) from exc
        except BaseException:
            ledger.left(page.key)  # no step: this may be the end of the flow
            raise
        yield Work(page.then(ledger.submitted, task.task_id))
        return task

    def result(
        self, task: Task | str, schema: CompiledSchema[T], options: Options, *, timeout: float | None
    ) -> Flow[Extraction[T]]:
        """Wait for a task that exists, and read it."""
        deadline = self._deadline(timeout)
        if isinstance(task, str) or not task.completed or task.output is None:
            task_id = task if isinstance(task, str) else task.task_id
            task = yield from self.sending.send(requests.get_extract(task_id), _read_task, deadline=deadline)
        if task.task_type == TaskType.PARSE:
            msg = f"Task {task.task_id} is a parse task: it has no results. Call extract({task.task_id!r}, ...)."
            raise ConfigurationError(msg)
        name = task.file_info.name or task.task_id
        age = 0.0 if task.created_at is None else (self.sending.now() - aware(task.created_at)).total_seconds()
        task = yield from self._finished(task, name, deadline, timeout, age=max(age, 0.0))
        media_type = task.file_info.mime_type
        return self._read(task, schema, SourceInfo(name, f"task:{task.task_id}", None, media_type), options)

    def upload(
        self,
        file: SourceInput,
        *,
        file_name: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        deadline: float = math.inf,
    ) -> Flow[File]:
        """Upload content, unless this client has done so."""
        source = yield from self._looked_at(file, file_name)
        if source.content is None:
            msg = f"{source.name}: only content can be uploaded, and this is a reference. Give it to extract as it is."
            raise ConfigurationError(msg)
        if metadata:  # other metadata make another file
            return (yield from self._upload(source, source.content, metadata, deadline))
        key = (source.content.sha256, source.media_type or "")
        while True:
            mine, known = self.uploads.claim(key)
            if known is not None:
                return known
            if mine:
                break
            yield Sleep(_UPLOAD_CHECKED)
        done: File | None = None
        try:
            done = yield from self._upload(source, source.content, {}, deadline)
        finally:
            self.uploads.settle(key, done)
        return done

    def _upload(self, source: Source, content: Content, metadata: Mapping[str, Any], deadline: float) -> Flow[File]:
        _log.info("uploading %s (%d bytes)", source.name, content.size)
        step = requests.upload_file(source, metadata, self._new_key())
        return (
            yield from self.sending.send(
                step, _read_file, deadline=deadline, look_up=partial(made_file, self.sending, source, content, metadata)
            )
        )

    def _looked_at(self, file: SourceInput, file_name: str | None) -> Flow[Source]:
        look = partial(to_source, file, file_name=file_name)
        # Small values in memory are looked at on the spot; what reads files must not hold up an event loop.
        if isinstance(file, Source | Task | File | uuid.UUID) or (
            isinstance(file, bytes) and len(file) <= Content.BLOCK
        ):
            return look()
        return (yield Work(look))  # type: ignore[no-any-return] # an answer has the type of its step

    def _is_known(self, task: Task) -> bool:
        """Whether the task is another request's."""
        return task.task_id in self._known or (self.book is not None and self.book.ledger.knows(task.task_id))

    def _claimed(self, source: Source, deadline: float, page: Page) -> Flow[Claim | Task]:
        """The task that the ledger knows, or the claim to send it now."""
        while True:
            claim: Claim = yield Work(page.claim)
            if claim.verdict in {"send", "look"}:
                return claim
            if claim.verdict == "wait":
                if self.sending.clock() >= deadline:
                    msg = f"{source.name} is being sent by another process, which does not end. Raise timeout=."
                    raise ConfigurationError(msg)
                yield Sleep(_SENDER_CHECKED)
            elif claim.answer is not None:
                _log.info("%s was answered before, by task %s", source.name, claim.task_id)
                return Task.model_validate_json(claim.answer)
            else:
                try:
                    return (yield from self.sending.send(requests.get_extract(claim.task_id or ""), _read_task))
                except (NotFoundError, AuthenticationError):  # deleted, expired, or another key's
                    yield Work(page.then(page.book.ledger.forget))

    def _remember(self, task: Task) -> None:
        self._known[task.task_id] = None
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)

    def _finished(
        self, task: Task, name: str, deadline: float, timeout: float | None, *, age: float = 0.0
    ) -> Flow[Task]:
        """Ask until the task is final."""
        with span("wait") as say:
            say(task_id=task.task_id)
            task = yield from self._asked_until_final(task, name, deadline, timeout, age)
            say(status=str(task.status))
        if self.book is not None:
            yield Work(partial(self.book.write, task))
        return task

    def _asked_until_final(
        self, task: Task, name: str, deadline: float, timeout: float | None, age: float
    ) -> Flow[Task]:
        sending, task_id = self.sending, task.task_id
        began = sending.clock() - age
        cure = f"Task {task_id} goes on at the server: call result({task_id!r}, ...) to wait for it again."
        try:
            if task.status == Status.SUCCEEDED and task.output is None:  # lists leave the output out
                task = yield from self._asked(task_id, name, deadline, timeout, cure)
            while not task.completed:
                now = sending.clock()
                if now >= deadline:
                    raise self._too_late(task_id, name, timeout)
                seconds = self.settings.polling.pause(now - began, sending.chance())
                yield Sleep(min(seconds, deadline - now))
                task = yield from self._asked(task_id, name, deadline, timeout, cure)
        except GeneratorExit:
            _log.warning("Waiting for task %s of %s was given up. %s", task_id, name, cure)
            raise
        return task

    def _asked(self, task_id: str, name: str, deadline: float, timeout: float | None, cure: str) -> Flow[Task]:
        # The deadline ends the waiting, not the last question.
        until = max(deadline, self.sending.clock() + _LAST_QUESTION)
        try:
            return (yield from self.sending.send(requests.get_extract(task_id), _read_task, deadline=until, cure=cure))
        except APIError as exc:
            if isinstance(exc, APIConnectionError) and self.sending.clock() >= deadline:
                raise self._too_late(task_id, name, timeout) from exc
            exc.task_id = task_id  # so that a batch can tell what to ask for again
            raise

    def _too_late(self, task_id: str, name: str, timeout: float | None) -> TaskTimeoutError:
        waited = self.settings.timeout if timeout is None else timeout
        return TaskTimeoutError(task_id=task_id, timeout=waited, source=name)

    def _read(self, task: Task, schema: CompiledSchema[T], info: SourceInfo, options: Options) -> Extraction[T]:
        if task.status == Status.CANCELLED:
            raise TaskCancelledError(task_id=task.task_id, source=info.name)
        if task.status != Status.SUCCEEDED:
            configuration = task.configuration.model_dump(mode="json", by_alias=True, exclude_unset=True)
            raise TaskFailedError(
                task_id=task.task_id, message=task.message, source=info.name, configuration=configuration
            )
        with span("read") as say:
            say(task_id=task.task_id, schema=schema.name)
            return to_extraction(
                task, schema, info, locale=options.locale, strict=options.strict, on_invalid=options.on_invalid
            )

    def _deadline(self, timeout: float | None) -> float:
        return self.sending.clock() + (self.settings.timeout if timeout is None else timeout)


def source_info(source: Source) -> SourceInfo:
    """What an extraction keeps of its source."""
    return SourceInfo(source.name, source.uri, source.content_hash, source.media_type)


def _form(source: Source, reference: str, schema: CompiledSchema[Any], options: Options) -> CreateExtractForm:
    asked = {
        "file": reference,
        "schema": schema.json,
        "file_name": source.file_name,
        "system_prompt": options.system_prompt,
        "parse_configuration": options.parse_configuration,
        "expires_in": options.expires_in,
    }
    return CreateExtractForm.model_validate({name: value for name, value in asked.items() if value is not None})


def _without_parsing(options: Options) -> Options:
    return Options(options.system_prompt, None, options.expires_in, options.locale, options.strict, options.on_invalid)


def _new_key() -> str:
    return f"chunkr-integrations-{uuid.uuid4()}"
