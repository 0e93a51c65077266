"""The work of a task as values that can go to another process, and doing it. The only place that calls the engine."""

from __future__ import annotations

import dataclasses
import errno
import json
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from chunkr_integrations.engine.errors import EngineError
from chunkr_integrations.engine.page_count import page_count

if TYPE_CHECKING:
    from chunkr_integrations.engine.work.documents import Documents
    from chunkr_integrations.engine.work.engines import EngineLike

__all__ = [
    "OUTCOMES",
    "Broken",
    "Cropped",
    "CropsJob",
    "Drawn",
    "ExtractJob",
    "Extracted",
    "Job",
    "Outcome",
    "ParseJob",
    "Parsed",
    "PictureJob",
    "Refused",
    "perform",
]


@dataclass(frozen=True)
class ParseJob:
    """Read the bytes at `source`, and write the document to `target`; refuse more than so many pages."""

    key: str
    source: str
    target: str
    name: str
    mime_type: str | None
    configuration: dict[str, Any]
    pages: int | None = None


@dataclass(frozen=True)
class ExtractJob:
    """Fill the schema from the document at `source`."""

    key: str
    source: str
    name: str
    schema: dict[str, Any]
    system_prompt: str | None


@dataclass(frozen=True)
class PictureJob:
    """Draw a page of the file at `source`, `width` pixels wide."""

    source: str
    mime_type: str
    page: int
    width: int


@dataclass(frozen=True)
class CropsJob:
    """Cut `boxes` out of a page of the file at `source`; each is left, top, right, bottom as shares of the page."""

    source: str
    mime_type: str
    page: int
    boxes: tuple[tuple[float, float, float, float], ...]


Job: TypeAlias = ParseJob | ExtractJob | PictureJob | CropsJob


@dataclass(frozen=True)
class Parsed:
    """The document is written."""

    mime_type: str
    page_count: int
    cell_count: int | None
    notes: str = ""  # what was asked and could not be done, in sentences for users


@dataclass(frozen=True)
class Extracted:
    """The output, as JSON."""

    output: bytes
    notes: str = ""  # of the document, as in `Parsed`


@dataclass(frozen=True)
class Drawn:
    """The picture, as PNG."""

    picture: bytes


@dataclass(frozen=True)
class Cropped:
    """The pictures, as PNG, in the order of the boxes."""

    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Refused:
    """The engine says that it cannot be done; `message` says why and what to do."""

    message: str


@dataclass(frozen=True)
class Broken:
    """The engine failed in a way it does not announce.

    Attributes:
        kind: The exception's class.
        places: Where it came from, for the log: file, line, function; no values, which may be document text.
        disk_is_full: Whether the machine is at fault and not the document.
    """

    kind: str
    places: tuple[str, ...]
    disk_is_full: bool = False


Outcome: TypeAlias = Parsed | Extracted | Drawn | Cropped | Refused | Broken
OUTCOMES = (Parsed, Extracted, Drawn, Cropped, Refused, Broken)


def perform(job: Job, engine: EngineLike, documents: Documents) -> Outcome:
    """Do the work; never raises an `Exception`."""
    try:
        if isinstance(job, ParseJob):
            return _parse(job, engine, documents)
        if isinstance(job, ExtractJob):
            return _extract(job, engine, documents)
        return _draw(job) if isinstance(job, PictureJob) else _crop(job)
    except EngineError as error:
        return Refused(str(error))
    except MemoryError:
        called = "The picture" if isinstance(job, (PictureJob, CropsJob)) else job.name
        return Refused(f"{called} needs more memory than a task may use. Split the document and send the parts.")
    except Exception as error:  # noqa: BLE001 - a task must end, whatever the engine does
        frames = traceback.extract_tb(error.__traceback__)
        places = tuple(f"{f.filename}:{f.lineno} {f.name}" for f in frames)
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        return Broken(type(error).__name__, places, is_full)


def _parse(job: ParseJob, engine: EngineLike, documents: Documents) -> Parsed | Refused:
    data = Path(job.source).read_bytes()
    if job.pages is not None and (count := page_count(data, job.name) or 0) > job.pages:  # before hours are spent on it
        return _too_long(job, count)
    document = engine.parse(data, name=job.name, mime_type=job.mime_type, configuration=job.configuration)
    if job.pages is not None and len(document.pages) > job.pages:
        return _too_long(job, len(document.pages))
    documents.write(job.key, Path(job.target), document)
    return Parsed(document.mime_type, len(document.pages), document.cell_count, " ".join(document.warnings))


def _too_long(job: ParseJob, count: int) -> Refused:
    return Refused(
        f"{job.name} has {count:,} pages; this server reads at most {job.pages:,} of a document. "
        "Split it and send the parts."
    )


def _extract(job: ExtractJob, engine: EngineLike, documents: Documents) -> Extracted:
    document = documents.read(job.key, Path(job.source))
    if document.name != job.name:  # the same bytes may have come under several names
        document = dataclasses.replace(document, name=job.name)
    found = engine.extract(document, job.schema, system_prompt=job.system_prompt)
    wire = {"results": found.results, "citations": found.citations, "metrics": found.metrics}
    packed = json.dumps(wire, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Extracted(packed, " ".join(document.warnings))


def _draw(job: PictureJob) -> Drawn:
    from chunkr_integrations.engine.render import render_page  # noqa: PLC0415 - few servers are asked for pictures

    return Drawn(render_page(Path(job.source).read_bytes(), job.mime_type, job.page, width=job.width))


def _crop(job: CropsJob) -> Cropped:
    from chunkr_integrations.engine.render import render_parts  # noqa: PLC0415 - as above

    return Cropped(render_parts(Path(job.source).read_bytes(), job.mime_type, job.page, job.boxes))
