"""What the contract's operations do: requests as values in, rows and bytes out. Knows no HTTP; blocks."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from chunkr_integrations.engine import EngineError
from chunkr_integrations.engine.sniff import media_type
from chunkr_integrations.engine.work.jobs import Cropped, CropsJob, Drawn, PictureJob
from chunkr_integrations.engine.work.runners import RunnerClosedError, WorkerDiedError
from chunkr_integrations.server._answers import to_json, to_text
from chunkr_integrations.server._database import StoreUnavailableError
from chunkr_integrations.server._forms import CreateExtractForm, CreateParseForm, known_settings, read_form
from chunkr_integrations.server._inputs import (
    Content,
    FileReference,
    Remote,
    TaskReference,
    clean_name,
    generated_name,
    read_input,
)
from chunkr_integrations.server._parsed import cropped, parse_output
from chunkr_integrations.server._problems import Problem, bad_request, no_task
from chunkr_integrations.server._tasks import Idempotency, NewTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from chunkr_integrations.engine import Document
    from chunkr_integrations.engine.document import Segment
    from chunkr_integrations.engine.work.documents import Documents
    from chunkr_integrations.engine.work.jobs import Job, Outcome
    from chunkr_integrations.server._blobs import Blob, Blobs
    from chunkr_integrations.server._files import FileStore
    from chunkr_integrations.server._rows import FileRow, TaskRow
    from chunkr_integrations.server._tasks import TaskStore
    from chunkr_integrations.server._uploads import Upload
    from chunkr_integrations.server._workers import Workers
    from chunkr_integrations.server.limits import Limits

__all__ = ["Caller", "Operations"]

T = TypeVar("T")

_LOOKED_AT = 64 << 20  # bytes; larger documents are recognised when they are parsed
_LONGEST_KEY = 255
_PICTURE_WIDTH = 1240  # pixels; A4 at 150 dpi


@dataclass(frozen=True)
class Caller:
    """Who asks, and how."""

    owner: str
    client_version: Any  # the contract's ClientVersion
    idempotency_key: str | None = None

    def promise(self, digest: str) -> Idempotency | None:
        """That this request, sent again, makes nothing new; None when its key is absent."""
        if self.idempotency_key is None:
            return None
        if not 0 < len(self.idempotency_key) <= _LONGEST_KEY:
            raise bad_request(f"The Idempotency-Key must have 1 to {_LONGEST_KEY} characters.")
        return Idempotency(self.idempotency_key, digest)


class Operations:
    """The contract, over the stores.

    Args:
        tasks: Tasks.
        files: Files.
        blobs: Contents.
        documents: Parsed documents.
        workers: To be woken when there is a task.
        engine_version: What tasks carry as `server_version`.
        limits: Sizes.
    """

    def __init__(
        self,
        *,
        tasks: TaskStore,
        files: FileStore,
        blobs: Blobs,
        documents: Documents,
        workers: Workers,
        engine_version: str,
        limits: Limits,
    ) -> None:
        self.tasks = tasks
        self.files = files
        self.blobs = blobs
        self.engine_version = engine_version
        self.limits = limits
        self._documents = documents
        self._workers = workers

    # ------------------------------------------------------------------------------------------- create
    def create_extract(self, caller: Caller, body: bytes) -> TaskRow:
        """`POST /tasks/extract`."""
        form, digest = read_form(CreateExtractForm, body, schema_bytes=self.limits.schema_bytes)
        promise = caller.promise(digest)
        if (found := self.tasks.promised(caller.owner, promise)) is not None:
            return found
        source = read_input(form.file)
        configuration = to_text(form.echo())
        if isinstance(source, TaskReference):
            for name in ("file_name", "parse_configuration"):
                if getattr(form, name) is not None:
                    raise bad_request(f"Invalid request: {name} cannot be given when file is a task_id. Leave it out.")
            new = self._new(caller, configuration, "", form.expires_in)
            task = self.tasks.create_extract_on(new, source.task_id, promise)
        else:
            parsing = "{}" if form.parse_configuration is None else to_text(form.parse_configuration.echo())
            new = self._new_from(caller, configuration, source, form)
            task = self._task(new, lambda new: self.tasks.create_extract(new, parsing, promise))
        self._workers.wake()
        return task

    def create_parse(self, caller: Caller, body: bytes) -> TaskRow:
        """`POST /tasks/parse`."""
        form, digest = read_form(CreateParseForm, body, schema_bytes=self.limits.schema_bytes)
        promise = caller.promise(digest)
        if (found := self.tasks.promised(caller.owner, promise)) is not None:
            return found
        source = read_input(form.file)
        if isinstance(source, TaskReference):
            raise bad_request("Invalid file: a parse task needs a document, not a task_id.")
        new = self._new_from(caller, to_text(form.echo()), source, form)
        task = self._task(new, lambda new: self.tasks.create_parse(new, promise))
        self._workers.wake()
        return task

    def _created(self, blob: Blob | None, create: Callable[[], tuple[T, bool]]) -> T:
        """What was created, told with whether it took its content; one that was not taken is removed."""
        taken = False
        try:
            made, taken = create()
        except StoreUnavailableError:  # who knows whether it was created; a content without a row is swept
            taken = True
            raise
        finally:
            if blob is not None and not taken:
                self.blobs.remove([blob.blob_id])
        return made

    def _task(self, new: NewTask, create: Callable[[NewTask], TaskRow]) -> TaskRow:
        def created() -> tuple[TaskRow, bool]:
            task = create(new)
            return task, new.blob is not None and task.blob_id == new.blob.blob_id

        return self._created(new.blob, created)

    def _new_from(
        self,
        caller: Caller,
        configuration: str,
        source: Content | FileReference | Remote,
        form: CreateExtractForm | CreateParseForm,
    ) -> NewTask:
        name = clean_name(form.file_name)
        if isinstance(source, Remote):
            name = name or generated_name(source, None)
            return self._new(caller, configuration, name, form.expires_in, source_url=source.url)
        if isinstance(source, FileReference):
            file = self._file(caller.owner, source.file_id)
            found = self._recognised(file.blob_id or "0", name or file.file_name, file.file_size)
            facts: dict[str, Any] = {"sent_type": file.content_type, "mime_type": found, "file_id": file.file_id}
            return self._new(caller, configuration, name or file.file_name, form.expires_in, **facts)
        found = self._recognised(source.data, name or "The document", len(source.data))
        name = name or generated_name(source, found)
        facts = {"sent_type": source.mime_type, "mime_type": found, "blob": self.blobs.put(source.data)}
        return self._new(caller, configuration, name, form.expires_in, **facts)

    def _new(self, caller: Caller, configuration: str, name: str, expires_in: int | None, **facts: Any) -> NewTask:
        return NewTask(
            owner=caller.owner,
            configuration=configuration,
            server_version=self.engine_version,
            client_version=json.dumps(caller.client_version),
            file_name=name,
            expires_in=expires_in,
            **facts,
        )

    def _file(self, owner: str, file_id: str) -> FileRow:
        found = self.files.find(file_id)
        if found is None or found.owner != owner:
            raise bad_request("File not found: file names no uploaded file. It may have been deleted.")
        return found

    def _recognised(self, content: bytes | str, name: str, size: int) -> str | None:
        """The kind of a document; None when it is too large to be looked at here.

        Args:
            content: Or the id of a stored one.
            name: Tells the kinds of text apart.
            size: Bytes.

        Raises:
            Problem: 400; it is of no kind that can be read.
        """
        if size > _LOOKED_AT:
            return None
        try:
            data = content if isinstance(content, bytes) else self.blobs.path(content).read_bytes()
            return media_type(data, name)
        except EngineError as error:
            raise bad_request(f"Unsupported file type: {error}") from None
        except OSError:
            raise bad_request("File not found: file names no uploaded file. It may have been deleted.") from None

    # --------------------------------------------------------------------------------------------- read
    def task(self, owner: str, task_id: str, task_type: str | None = None) -> TaskRow:
        """A task, of that type when one is named."""
        found = self.tasks.get(owner, task_id)
        if task_type is not None and found.task_type != task_type:
            raise no_task()
        return found

    def output(
        self, task: TaskRow, page_url: Callable[[int], str], segment_url: Callable[[str], str] | None
    ) -> bytes | None:
        """The output of a task as JSON; None while there is none.

        Args:
            task: The row.
            page_url: Where the picture of a page can be seen, for parse tasks.
            segment_url: Where the picture of the segment of that id can be seen; None: the output holds the pictures.
        """
        if task.status != "Succeeded":
            return None
        if task.task_type == "Extract":
            return self.tasks.output(task.task_id)
        document = self._document(task)
        if document is None:
            return None
        configuration = known_settings(json.loads(task.configuration))
        if segment_url is None:
            segment_url = self._inlined(task, document, cropped(document, configuration)).__getitem__
        url = segment_url
        wire = parse_output(document, configuration, page_url, lambda segment: url(segment.id))
        return to_json({**wire, "file_name": task.file_name})

    def picture(self, task: TaskRow, page: int) -> bytes:
        """A page of a parsed document as PNG.

        Raises:
            Problem: 404 when there is no such page, 500 when it cannot be drawn, 503 when all workers are busy.
        """
        if task.blob_id is None or task.mime_type is None or not 1 <= page <= (task.page_count or 0):
            raise no_task()
        job = PictureJob(str(self.blobs.path(task.blob_id)), task.mime_type, page, _PICTURE_WIDTH)
        found = self._asked(job)
        if not isinstance(found, Drawn):
            raise Problem(500, f"Page {page} cannot be drawn. Its text and boxes are in the task's output.")
        return found.picture

    def segment_picture(self, task: TaskRow, segment_id: str) -> bytes:
        """The part of a page that a segment is, as PNG.

        Raises:
            Problem: As for `picture`.
        """
        document = self._document(task)
        found = [] if document is None else [each for each in document.segments if each.id == segment_id]
        if document is None or not found:
            raise no_task()
        return self._crops(task, document, found[:1])[0]

    def _inlined(self, task: TaskRow, document: Document, segments: list[Segment]) -> dict[str, str]:
        """The pictures of segments as data URIs, by id; each page is drawn once."""
        found: dict[str, str] = {}
        for _, group in itertools.groupby(segments, key=lambda segment: segment.page):
            there = list(group)
            for segment, picture in zip(there, self._crops(task, document, there), strict=True):
                found[segment.id] = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        return found

    def _crops(self, task: TaskRow, document: Document, segments: list[Segment]) -> tuple[bytes, ...]:
        """The pictures of segments of one page."""
        if task.blob_id is None or task.mime_type is None:
            raise no_task()
        page = document.page(segments[0].page)
        width, height = page.file_size
        boxes = [page.in_file(segment.box) for segment in segments]
        shares = tuple((b.left / width, b.top / height, b.right / width, b.bottom / height) for b in boxes)
        found = self._asked(CropsJob(str(self.blobs.path(task.blob_id)), task.mime_type, page.number, shares))
        if not isinstance(found, Cropped):
            raise Problem(500, f"Page {page.number} cannot be drawn. Ask for the output without crop_image.")
        return found.pictures

    def _document(self, task: TaskRow) -> Document | None:
        found = None if task.document_id is None else self.tasks.document(task.document_id)
        return None if found is None else self._documents.read(found.key, self.blobs.path(found.blob_id))

    def _asked(self, job: Job) -> Outcome | None:
        """What a worker answers to a small job; None when it died of it."""
        try:
            return self._workers.ask(job)
        except (TimeoutError, RunnerClosedError):
            raise Problem(503, "All workers are busy. Ask again later.") from None
        except WorkerDiedError:
            return None

    def data_uri(self, blob_id: str, mime_type: str | None) -> str:
        """A content as a data URI."""
        data = base64.b64encode(self.blobs.path(blob_id).read_bytes()).decode()
        return f"data:{mime_type or 'application/octet-stream'};base64,{data}"

    # -------------------------------------------------------------------------------------------- files
    def create_file(self, caller: Caller, upload: Upload) -> FileRow:
        """`POST /files`, once the content is here."""
        return self._created(upload.blob, lambda: self._new_file(caller, upload))

    def _new_file(self, caller: Caller, upload: Upload) -> tuple[FileRow, bool]:
        name = clean_name(upload.file_name) or "file"
        digest = hashlib.sha256(to_json([upload.blob.sha256, name, upload.content_type, upload.metadata])).hexdigest()
        try:
            found = self._recognised(upload.blob.blob_id, name, upload.blob.size)
        except Exception:  # noqa: BLE001 - any file may be kept; only tasks need a kind they can read
            found = None
        return self.files.create(
            caller.owner,
            upload.blob,
            name=name,
            content_type=_kind(found, upload.content_type),
            metadata=upload.metadata,
            promise=caller.promise(digest),
        )


def _kind(found: str | None, sent: str | None) -> str:
    """What a file is: as its bytes say, but a sender knows better what kind of text it is."""
    if found is None or (found == "text/plain" and (sent or "").startswith("text/")):
        return sent or found or "application/octet-stream"
    return found
