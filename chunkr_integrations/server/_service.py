"""What the server does with a request that has been read: accepts tasks and files, and finds what was made of them."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from chunkr_integrations.engine import UnreadableDocumentError, sniff

from ._file_store import Arriving, content_type
from ._job import load_document
from ._parse_output import parse_output
from ._records import FileRow, TaskRow, new_id
from ._refusal import Refused
from ._responses import task_answer
from ._sources import FileId, Inline, ParseTask, Url
from ._task_store import IdempotencyError, Once

if TYPE_CHECKING:
    from pathlib import Path

    from ._data_folder import Folder
    from ._file_store import FileStore
    from ._pool import Workers
    from ._requests import Form
    from ._task_store import TaskStore

__all__ = ["Service", "once_for"]

_EXTENSIONS = {
    sniff.PDF: "pdf",
    sniff.PNG: "png",
    sniff.JPEG: "jpg",
    sniff.TIFF: "tiff",
    sniff.WEBP: "webp",
    sniff.BMP: "bmp",
    sniff.GIF: "gif",
    sniff.DOCX: "docx",
    sniff.PPTX: "pptx",
    sniff.XLSX: "xlsx",
    sniff.XLS: "xls",
    sniff.HTML: "html",
    sniff.XML: "xml",
    sniff.MARKDOWN: "md",
    sniff.CSV: "csv",
    sniff.TEXT: "txt",
}
_TEXTS = frozenset((sniff.HTML, sniff.XML, sniff.MARKDOWN, sniff.CSV))
_REUSED_KEY = "Invalid request: the Idempotency-Key was used for another request within 24 hours. Use a new one."


class Service:
    """Tasks and files of one data folder. Its methods wait for the disk: call them in a thread.

    Attributes:
        version: Who answers.
    """

    def __init__(
        self, version: str, folder: Folder, tasks: TaskStore, files: FileStore, workers: Workers, *, max_upload: int
    ) -> None:
        self.version, self.folder, self.tasks, self.files = version, folder, tasks, files
        self._workers, self._max_upload = workers, max_upload

    def extract(self, owner: str, form: Form, client: str, once: Once | None) -> TaskRow:
        """Accept an extract task, with a parse task for its document unless it names one."""
        mine = TaskRow(new_id(), owner, "Extract", json.dumps(form.configuration), client, waiting=1)
        lasts = form.expires_in
        if isinstance(form.input, ParseTask):
            parse = self.parse_task(owner, form.input.task_id)
            known = {name: getattr(parse, name) for name in ("file_name", "mime_type", "page_count", "cell_count")}
            mine = replace(mine, parse_task_id=parse.task_id, expires_at=lasts, **known)
            return self._accept([mine], self.folder.input(parse.task_id), once)
        configuration = json.dumps(form.parse_configuration)
        parse, source = self._parse(owner, form, configuration, client)
        parse = replace(parse, expires_at=lasts)
        known = {name: getattr(parse, name) for name in ("file_name", "mime_type", "content_hash")}
        mine = replace(mine, parse_task_id=parse.task_id, expires_at=lasts, **known)
        return self._accept([parse, mine], source, once)

    def parse(self, owner: str, form: Form, client: str, once: Once | None) -> TaskRow:
        """Accept a parse task."""
        task, source = self._parse(owner, form, json.dumps(form.configuration), client)
        return self._accept([replace(task, expires_at=form.expires_in)], source, once)

    def task(self, owner: str, task_id: str, task_type: str | None = None) -> TaskRow:
        """A task that there is."""
        task = self.tasks.get(owner, task_id.lower())
        if task is None or task_type not in {None, task.task_type}:
            raise Refused(404, "Task not found")
        return task

    def parse_task(self, owner: str, task_id: str) -> TaskRow:
        """The parse task that the `file` of a request names; what is wrong with it is wrong with the request."""
        task = self.tasks.get(owner, task_id)
        if task is None:
            raise Refused(400, "Task not found: the file is a task_id, and there is no such parse task.")
        if task.task_type != "Parse":
            raise Refused(400, f"Invalid file: {task_id} is no parse task. Use the parse_task_id of that task.")
        return task

    def cancel(self, owner: str, task_id: str) -> None:
        """Cancel a task that has not begun."""
        if not self.tasks.cancel(owner, task_id.lower()):
            status = self.task(owner, task_id).status
            raise Refused(400, f"Task cannot be cancelled: its status is {status}, only Starting tasks can be.")

    def delete(self, owner: str, task_id: str) -> None:
        """Delete a task that has ended."""
        if not self.tasks.delete(owner, task_id.lower()):
            status = self.task(owner, task_id).status
            raise Refused(400, f"Task cannot be deleted: its status is {status}. Wait for its end, or cancel it.")
        self.folder.remove_task(task_id.lower())

    def answer(self, task: TaskRow, *, url: str | None, with_output: bool) -> str:
        """A task as JSON; without a URL its document is in the answer."""
        output = self._output(task) if with_output and task.status == "Succeeded" else None
        return task_answer(
            task, url=url or _data_uri(self.content(task), task.mime_type), server_version=self.version, output=output
        )

    def content(self, task: TaskRow) -> Path:
        """A task's document."""
        path = self.folder.input(task.task_id)
        if not path.exists():
            path = self.folder.input(task.parse_task_id or "")
        if not path.exists():
            raise Refused(404, "File not found")
        return path

    def arriving(self) -> Arriving:
        """Where an upload goes."""
        return Arriving(self.folder.incoming(), self._max_upload)

    def keep(self, owner: str, arrived: Arriving, name: str, metadata: str, key: str | None) -> FileRow:
        """Accept an upload."""
        content_hash, file_id = arrived.close(), new_id()
        if not arrived.size:
            raise Refused(400, "Invalid request: the file is empty.")
        kind = content_type(arrived.path.read_bytes(), name)
        file = FileRow(file_id, owner, name or _generated(kind), kind, arrived.size, content_hash, metadata)
        self.folder.link(arrived.path, self.folder.file(file_id))
        once = None if key is None else once_for(key, f"file {content_hash} {name} {metadata}")
        try:
            made = self.files.add(file, once=once)
        except IdempotencyError as error:
            self.folder.file(file_id).unlink()
            raise Refused(400, _REUSED_KEY) from error
        if made != file_id:
            self.folder.file(file_id).unlink()
        return self.file(owner, made)

    def file(self, owner: str, file_id: str) -> FileRow:
        """A file that there is; for files the vendor documents 401 where one would expect 404."""
        file = self.files.get(owner, file_id.lower())
        if file is None:
            raise Refused(401, "File not found")
        return file

    def file_uri(self, file: FileRow) -> str:
        """A file's content as a data URI."""
        return _data_uri(self.folder.file(file.file_id), file.content_type)

    def delete_file(self, owner: str, file_id: str) -> None:
        """Delete a file; tasks that were given it keep it."""
        if not self.files.delete(owner, file_id.lower()):
            raise Refused(401, "File not found")
        self.folder.file(file_id.lower()).unlink(missing_ok=True)

    def _parse(self, owner: str, form: Form, configuration: str, client: str) -> tuple[TaskRow, bytes | Path | None]:
        """A parse task for a document, and the document, unless it has still to be fetched."""
        task = TaskRow(new_id(), owner, "Parse", configuration, client, file_name=form.file_name)
        if isinstance(form.input, Url):
            return replace(task, source_url=form.input.url), None
        if isinstance(form.input, FileId):
            file = self.files.get(owner, form.input.file_id)
            if file is None:
                raise Refused(400, "File not found: the file is a ch:// reference, and there is no such file.")
            source = self.folder.file(file.file_id)
            name = form.file_name or file.file_name
            kind = _supported(source.read_bytes(), name, file.content_type)
            return replace(task, content_hash=file.content_hash, mime_type=kind, file_name=name), source
        assert isinstance(form.input, Inline)  # noqa: S101 - a parse task is the fourth kind, and handled before
        content = form.input.content
        kind = _supported(content, form.file_name, form.input.media_type)
        hashed = hashlib.sha256(content).hexdigest()
        return replace(task, content_hash=hashed, mime_type=kind, file_name=form.file_name or _generated(kind)), content

    def _accept(self, tasks: list[TaskRow], source: bytes | Path | None, once: Once | None) -> TaskRow:
        """Put tasks into the queue; their document is on the disk before they are."""
        first = self.folder.input(tasks[0].task_id)
        try:
            if isinstance(source, bytes):
                first.write_bytes(source)
            elif source is not None and source.exists():
                self.folder.link(source, first)
            made = self.tasks.add(tasks, once=once)
        except IdempotencyError as error:
            first.unlink(missing_ok=True)
            raise Refused(400, _REUSED_KEY) from error
        except LookupError as error:
            first.unlink(missing_ok=True)
            raise Refused(400, "Task not found: the parse task was deleted just now.") from error
        if made != tasks[-1].task_id:
            first.unlink(missing_ok=True)
        self._workers.tell()
        return self.task(tasks[-1].owner, made)

    def _output(self, task: TaskRow) -> str | None:
        if task.task_type == "Extract":
            return self.tasks.output(task.task_id)
        rendering = self.folder.rendering(task.task_id)
        try:
            return rendering.read_text("utf-8")
        except FileNotFoundError:
            document = load_document(self.folder.document(task.task_id))
            output = json.dumps(parse_output(document, json.loads(task.configuration), task))
            rendering.write_text(output, "utf-8")
            return output


def once_for(key: str, request: str | bytes) -> Once:
    """What is done once for that key."""
    content = request.encode() if isinstance(request, str) else request
    return Once(key[:255], hashlib.sha256(content).hexdigest())


def _data_uri(path: Path, kind: str | None) -> str:
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:{kind or 'application/octet-stream'};base64,{content}"


def _supported(content: bytes, name: str | None, declared: str | None) -> str:
    """The kind of a document, as the engine sees it; what is declared decides between text kinds only."""
    try:
        kind = sniff.media_type(content, name)
    except UnreadableDocumentError as error:
        raise Refused(400, f"Unsupported file type: {error}") from error
    return declared if kind == sniff.TEXT and declared in _TEXTS else kind


def _generated(kind: str) -> str:
    return f"document.{_EXTENSIONS.get(kind, 'bin')}"
