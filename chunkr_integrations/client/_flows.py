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
    ConfigurationError,
    TaskCancelledError,
    TaskFailedError,
    TaskTimeoutError,
)
from chunkr_integrations.extraction import Extraction, SourceInfo, to_extraction
from chunkr_integrations.sources import Content, Source, to_source
from chunkr_integrations.tasks import (
    CreateExtractForm,
    File,
    FilePage,
    ParseConfiguration,
    Status,
    Task,
    TaskPage,
    TaskType,
)

from . import _requests as requests
from ._lookup import Sent, aware, candidates, content_hash, earliest
from ._responses import read_model, server_date
from ._sending import LookUpError
from ._steps import Sleep, Work
from ._uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from chunkr_integrations.schema import CompiledSchema
    from chunkr_integrations.sources import SourceInput

    from ._sending import Sending
    from ._steps import Flow

__all__ = ["Flows", "Options", "to_options"]

T = TypeVar("T")

_log = logging.getLogger("chunkr_integrations.client")

_PAGE = 50  # tasks or files that one look-up asks for
_PAGES = 20  # pages that one look-up reads
_PROOFS = 10  # candidates whose documents one look-up compares
_KNOWN = 4096  # task ids that a client remembers as its own
_LAST_QUESTION = 5.0  # seconds that the question at the deadline may take
_UPLOAD_CHECKED = 0.05  # seconds between looks at an upload that another caller makes

_read_task = read_model(Task)
_read_file = read_model(File)
_read_files = read_model(FilePage)
_read_tasks = read_model(TaskPage)


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

    def __init__(self, sending: Sending, *, new_key: Callable[[], str] | None = None) -> None:
        self.sending = sending
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
        reference = source.reference
        if reference is None:
            reference = (
                (yield from self.upload(source, deadline=deadline)).url if source.is_large else source.data_uri()
            )
        form = _form(source, reference, schema, options)
        task = yield from self._create(form, source, deadline)
        return source, task

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
                step, _read_file, deadline=deadline, look_up=partial(self._look_up_file, source, content, metadata)
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

    def _create(self, form: CreateExtractForm, source: Source, deadline: float) -> Flow[Task]:
        sent = Sent(form, self.sending.now(), None if source.is_large else source.content_hash, source.is_task)
        step = requests.create_extract(form, self._new_key())
        task = yield from self.sending.send(
            step, _read_task, deadline=deadline, look_up=partial(self._look_up_task, sent)
        )
        self._known[task.task_id] = None
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        _log.info("task %s is for %s", task.task_id, source.name)
        return task

    def _finished(
        self, task: Task, name: str, deadline: float, timeout: float | None, *, age: float = 0.0
    ) -> Flow[Task]:
        """Ask until the task is final."""
        sending, task_id = self.sending, task.task_id
        began = sending.clock() - age
        cure = f"Task {task_id} goes on at the server: call result({task_id!r}, ...) to wait for it again."
        try:
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
            exc.task_id = task_id  # type: ignore[attr-defined] # so that a batch can tell what to ask for again
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
        return to_extraction(
            task, schema, info, locale=options.locale, strict=options.strict, on_invalid=options.on_invalid
        )

    def _look_up_task(self, sent: Sent) -> Flow[Task | None]:
        """The task that a create made whose answer was lost; None when it made none."""
        since, cursor, found = None, None, []
        for _ in range(_PAGES):
            step = requests.list_tasks(limit=_PAGE, cursor=cursor, sort="desc", task_types=["Extract"])
            page, server_now = yield from self.sending.send(step, _read_dated_tasks)
            since = since or earliest(sent, self.sending.now(), server_now)
            found += candidates(page.tasks, sent, since, self._known)
            oldest = page.tasks[-1].created_at if page.tasks else None
            if not page.has_more or page.next_cursor in {None, cursor} or oldest is None or aware(oldest) < since:
                break
            cursor = page.next_cursor
        return (yield from self._proven(found, sent))

    def _proven(self, found: Sequence[Task], sent: Sent) -> Flow[Task | None]:
        """The candidate with the same document; failing that the only candidate."""
        unproven = []
        for task in found[:_PROOFS] if sent.content_hash is not None else ():
            full = yield from self.sending.send(requests.get_extract(task.task_id, base64_urls=True), _read_task)
            document = content_hash(full)
            if document == sent.content_hash:
                return task
            if document is None:
                unproven.append(task)
        left = unproven if sent.content_hash is not None else list(found)
        if len(left) > 1:
            raise LookUpError
        return left[0] if left else None

    def _look_up_file(self, source: Source, content: Content, metadata: Mapping[str, Any]) -> Flow[File | None]:
        """The newest file with the same content, name and metadata."""
        wanted = {**metadata, "sha256": content.sha256}
        page = yield from self.sending.send(requests.list_files(limit=_PAGE, sort="desc"), _read_files)
        return next(
            (file for file in page.files if file.metadata == wanted and file.file_name == source.file_name), None
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


def _read_dated_tasks(response: httpx.Response) -> tuple[TaskPage, Any]:
    return _read_tasks(response), server_date(response)


def _new_key() -> str:
    return f"chunkr-integrations-{uuid.uuid4()}"
