"""From what a user hands in to what can be sent; nothing is guessed."""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
import uuid
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Any, Union
from urllib.parse import unquote_to_bytes
from urllib.request import url2pathname
from weakref import WeakKeyDictionary

import httpx

from chunkr_integrations.exceptions import ConfigurationError, SourceError
from chunkr_integrations.tasks import File, Task, TaskType

from ._content import INLINE_LIMIT, Content, from_bytes, from_path, from_stream
from ._media import extension_for, media_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Source", "SourceInput", "source_name", "to_source"]

SourceInput = Union[
    "Source", str, "os.PathLike[str]", bytes, bytearray, memoryview, IO[bytes], httpx.URL, uuid.UUID, File, Task
]


@dataclass(frozen=True)
class Source:
    """One input, looked at: what it is called, and either its content or a reference that the server resolves.

    Attributes:
        name: For people and errors: the path or URL, or a name made from the content's hash.
        uri: The same for the same input on every run: path, URL without signature, or `sha256:…` for bytes.
        file_name: The name to send; None lets the server choose.
        media_type: None for references.
        content: None for references.
        reference: What goes on the wire as `file`: a URL, `ch://files/…` or a task id; None for content.
        is_task: Whether the reference is the id of a parse task.
    """

    name: str
    uri: str
    file_name: str | None = None
    media_type: str | None = None
    content: Content | None = field(default=None, repr=False)
    reference: str | None = field(default=None, repr=False)
    is_task: bool = False

    @property
    def content_hash(self) -> str | None:
        """sha256 of the content, hexadecimal; None for references."""
        return self.content.sha256 if self.content else None

    @property
    def is_large(self) -> bool:
        """Whether the content is uploaded first, instead of going inside the request."""
        return self.content is not None and self.content.size > INLINE_LIMIT

    def data_uri(self) -> str:
        """The content as `data:<media type>;base64,…`; for small content only."""
        data = self.content.data if self.content else None
        if data is None:
            raise SourceError(self.name, "it is too large to go inside a request", cure="Upload it first.")
        return f"data:{self.media_type};base64,{base64.b64encode(data).decode('ascii')}"


def to_source(value: SourceInput, *, file_name: str | None = None) -> Source:  # noqa: PLR0911 - one line for each kind of input
    """Look at an input: read files and hash them, check that they are what their names say, tell references apart.

    A string is an http(s) URL, a `data:` URI, `ch://files/{id}`, a `file:` URI, the UUID of a parse task, or a path;
    a string that could be two of these, or none, is an error that says how to say it.

    Args:
        value: See above; or a path object, bytes, a binary file object, an uploaded File, a Task.
        file_name: The name to send and to judge the content by; wins over a path's own name.

    Raises:
        SourceError: The input is missing, empty, not readable, ambiguous, or not what its name says.
    """
    if isinstance(value, Source):
        return value if file_name is None else _renamed(value, file_name)
    if isinstance(value, str):
        return _from_string(value, file_name)
    if isinstance(value, os.PathLike):
        return _from_path(Path(value), file_name)
    if isinstance(value, bytes | bytearray | memoryview):
        return _from_content(from_bytes(bytes(value)), file_name)
    if isinstance(value, httpx.URL):
        return _from_url(str(value), file_name)
    if isinstance(value, File):
        return _from_file(value, file_name)
    if isinstance(value, Task):
        return _from_task(value, file_name)
    if isinstance(value, uuid.UUID):
        return _task(str(value), str(value), file_name)
    if hasattr(value, "read"):
        return _from_stream(value, file_name)
    raise SourceError(source_name(value), "this is no document", cure=_ONE_OF)


def source_name(value: Any) -> str:  # noqa: PLR0911 - one line for each kind of input
    """What to call an input before it is looked at; never its content, never a URL's query."""
    if isinstance(value, Source):
        return value.name
    if isinstance(value, httpx.URL) or (isinstance(value, str) and _SCHEME.match(value)):
        return _shown(str(value))
    if isinstance(value, str):
        return value if len(value) <= _NAME_SHOWN else f"{value[:40]}… ({len(value)} characters)"
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    if isinstance(value, File):
        return value.file_name or value.file_id
    if isinstance(value, Task):
        return value.file_info.name or value.task_id
    name = getattr(value, "name", None)
    return str(name) if isinstance(name, str) else f"a {type(value).__name__}"


_ONE_OF = (
    "Give a path, bytes, a binary file object, an http(s) URL, a data URI, ch://files/{id}, an uploaded File, or a "
    "parse task; give several with extract_many."
)
_NAME_SHOWN = 300
_LONGEST_PATH = 4096  # characters; Linux PATH_MAX, more than any other system's
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|data:|file:", re.IGNORECASE)
_FILE_REFERENCE = re.compile(r"ch://files/[^/?#\s]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{64,}={0,2}\s*")


def _from_string(value: str, file_name: str | None) -> Source:
    if not value.strip():
        raise SourceError(repr(value), "the string is empty", cure=_ONE_OF)
    scheme = _SCHEME.match(value)
    if scheme:
        read = _BY_SCHEME.get(scheme[0].lower())
        if read is None:
            cure = "Download it and give the path, or give an http(s) URL that the server can fetch."
            raise SourceError(_shown(value), f"{scheme[0]} is not understood", cure=cure)
        return read(value, file_name)
    if _UUID.fullmatch(value):
        if Path(value).exists():
            cure = f"Write Path({value!r}) for the file or uuid.UUID({value!r}) for the task."
            raise SourceError(value, "this is both the form of a task id and a file that exists", cure=cure)
        return _task(value, value, file_name)
    if _is_no_path(value):
        raise SourceError(source_name(value), "this string is neither a path nor a URL", cure=_cure_for_text(value))
    return _from_path(Path(value), file_name)


def _is_no_path(value: str) -> bool:
    if len(value) > _LONGEST_PATH or "\0" in value or "\n" in value:
        return True
    return bool(_BASE64.fullmatch(value)) and "/" not in value[:1] and not _exists(value)


def _exists(value: str) -> bool:
    try:
        return Path(value).exists()
    except (OSError, ValueError):
        return False


def _cure_for_text(value: str) -> str:
    if _BASE64.fullmatch(value) or _BASE64.fullmatch("".join(value.split())):
        return "If it is base64, give base64.b64decode(…) or a data URI (data:application/pdf;base64,…)."
    return 'If it is the document\'s text, give text.encode() with file_name="….txt".'


def _from_path(path: Path, file_name: str | None) -> Source:
    called = str(path)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as exc:
        cure = f"Check the path; relative ones start at {Path.cwd()}."
        raise SourceError(called, "there is no such file", cure=cure) from exc
    except (OSError, ValueError) as exc:
        raise SourceError(source_name(called), f"it cannot be read ({exc})", cure="Check the path.") from exc
    if stat.S_ISDIR(mode):
        cure = f"Give its files to extract_many, for example sorted(Path({called!r}).glob('*.pdf'))."
        raise SourceError(called, "it is a directory", cure=cure)
    if not stat.S_ISREG(mode):
        raise SourceError(called, "it is a pipe or device", cure='Open it and give the file object: open(…, "rb").')
    return _from_content(from_path(path), file_name or path.name, called=called, uri=called)


def _from_content(
    content: Content,
    file_name: str | None,
    *,
    called: str | None = None,
    uri: str | None = None,
    declared: str | None = None,
) -> Source:
    """Name the content and check it against its file name, or else against its declared media type."""
    short = content.sha256[:12]
    called = called or file_name or f"bytes (sha256 {short}…)"
    if content.size == 0:
        raise SourceError(called, "it is empty", cure="Give a document with content.")
    with content.open() as file:
        kind = media_type(file, file_name or f"document{extension_for(declared)}", called=called)
    return Source(
        name=called,
        uri=uri or f"sha256:{content.sha256}",
        file_name=file_name or f"document-{short}{extension_for(kind)}",
        media_type=kind,
        content=content,
    )


# Streams that cannot be rewound are read once; whoever hands the same one in again gets what was read.
_READ_BEFORE: WeakKeyDictionary[Any, Content] = WeakKeyDictionary()


def _from_stream(stream: IO[bytes], file_name: str | None) -> Source:
    named = getattr(stream, "name", None)
    file_name = file_name or (PurePath(named).name if isinstance(named, str) else None)
    called = file_name or source_name(stream)
    content = _remembered(stream)
    if content is None:
        try:
            content = from_stream(stream, called)
        except (OSError, ValueError) as exc:  # ValueError: the file is closed
            raise SourceError(called, f"it cannot be read ({exc})", cure="Give an open binary file.") from exc
        _remember(stream, content)
    return _from_content(content, file_name)


def _remembered(stream: IO[bytes]) -> Content | None:
    try:
        return _READ_BEFORE.get(stream)
    except TypeError:  # cannot be hashed
        return None


def _remember(stream: IO[bytes], content: Content) -> None:
    try:
        if not stream.seekable():
            _READ_BEFORE[stream] = content
    except (AttributeError, TypeError):  # no weak references, or no file in full: the caller keeps the Source instead
        return


def _from_url(value: str, file_name: str | None) -> Source:
    try:
        url = httpx.URL(value)
    except (httpx.InvalidURL, TypeError) as exc:
        raise SourceError(_shown(value), f"this is no valid URL ({exc})", cure="Give a complete http(s) URL.") from exc
    if url.scheme not in {"http", "https"} or not url.host:
        raise SourceError(_shown(value), "this is no http(s) URL", cure="Give a complete one, with scheme and host.")
    return Source(name=_shown(value), uri=_unsigned(url), file_name=file_name, reference=value)


# Query parameters of presigned URLs: secret, and different on each run.
_SIGNATURE = re.compile(
    r"x-(?:amz|goog)-|(?:googleaccessid|awsaccesskeyid|signature|sig|expires|se|sp|sv|sr|st|spr|skoid|sktid|skt|ske|sks|skv"
    r"|key-pair-id|policy|(?:access_|auth_)?token|(?:api_?)?key|secret|password)$",
    re.IGNORECASE,
)


def _unsigned(url: httpx.URL) -> str:
    kept = [(name, value) for name, value in url.params.multi_items() if not _SIGNATURE.match(name)]
    return str(url.copy_with(username="", password="", params=kept or None, fragment=None))


def _shown(value: str) -> str:
    """A URL without user, query and fragment; of a data URI only its type."""
    if value[:5].lower() == "data:":
        return f"{value.partition(',')[0][:100]},…"
    head, _, _ = value.partition("?")
    head, _, _ = head.partition("#")
    scheme, separator, rest = head.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"[:_NAME_SHOWN]


def _from_data_uri(value: str, file_name: str | None) -> Source:
    head, comma, body = value[5:].partition(",")
    declared, *parameters = head.split(";")
    if not comma:
        raise SourceError(_shown(value), "the data URI has no comma", cure="Write data:<type>;base64,<content>.")
    try:
        data = (
            base64.b64decode("".join(body.split()), validate=True) if "base64" in parameters else unquote_to_bytes(body)
        )
    except (binascii.Error, ValueError) as exc:
        cure = "Encode the content with base64.b64encode, or give the bytes themselves."
        raise SourceError(_shown(value), f"its base64 is broken ({exc})", cure=cure) from exc
    return _from_content(from_bytes(data), file_name, declared=declared.strip().lower())


def _from_file_uri(value: str, file_name: str | None) -> Source:
    rest = value[len("file:") :]
    host, slash, path = rest[2:].partition("/") if rest.startswith("//") else ("", "/", rest.lstrip("/"))
    if host.lower() not in {"", "localhost"}:
        raise SourceError(_shown(value), "the file is on another machine", cure="Give a path of this machine.")
    return _from_path(Path(url2pathname(slash + path)), file_name)


def _from_reference(value: str, file_name: str | None) -> Source:
    if not _FILE_REFERENCE.fullmatch(value):
        raise SourceError(_shown(value), "this is no reference to a file", cure="Write ch://files/{file_id}.")
    return Source(name=file_name or value, uri=value, file_name=file_name, reference=value)


def _from_file(file: File, file_name: str | None) -> Source:
    url = file.url or f"ch://files/{file.file_id}"
    return Source(
        name=file_name or file.file_name or url,
        uri=url,
        file_name=file_name or file.file_name or None,
        media_type=file.content_type or None,
        reference=url,
    )


def _from_task(task: Task, file_name: str | None) -> Source:
    task_id = task.task_id if task.task_type == TaskType.PARSE else task.parse_task_id
    if task_id is None:
        cure = "Give the document itself, or its parse task."
        raise SourceError(task.task_id, "this extract task does not say which parse it worked on", cure=cure)
    return _task(task_id, task.file_info.name or task_id, file_name)


def _task(task_id: str, name: str, file_name: str | None) -> Source:
    if file_name is not None:
        # OpenAPI 2.62.0, CreateExtractForm.file_name
        msg = f"{name}: file_name cannot be given with a task. Leave it out; the task has its document's name."
        raise ConfigurationError(msg)
    return Source(name=name, uri=f"task:{task_id.lower()}", reference=task_id.lower(), is_task=True)


def _renamed(source: Source, file_name: str) -> Source:
    if source.is_task:
        return _task(source.reference or "", source.name, file_name)
    if source.content is None:
        return Source(source.name, source.uri, file_name, source.media_type, None, source.reference)
    called, uri = (source.name, source.uri) if not source.uri.startswith("sha256:") else (None, None)
    return _from_content(source.content, file_name, called=called, uri=uri)


_BY_SCHEME: Mapping[str, Callable[[str, str | None], Source]] = {
    "http://": _from_url,
    "https://": _from_url,
    "data:": _from_data_uri,
    "ch://": _from_reference,
    "file:": _from_file_uri,
    "file://": _from_file_uri,
}
