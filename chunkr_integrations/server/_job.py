"""What is done with a document: read it, fill a schema from it. Plain functions of files, for any thread or process."""

from __future__ import annotations

import json
import logging
import os
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chunkr_integrations.engine import Document, Engine

__all__ = ["Done", "ExtractJob", "ParseJob", "do", "load_document"]

_log = logging.getLogger("chunkr_integrations.server")


@dataclass(frozen=True)
class Done:
    """What came of a job; `failure` is the message when nothing did."""

    failure: str | None = None
    output: str | None = None  # JSON
    mime_type: str | None = None
    page_count: int | None = None
    cell_count: int | None = None


@dataclass(frozen=True)
class ParseJob:
    """Read the file `input`, and leave what was read in the file `document`."""

    task_id: str
    input: Path
    document: Path
    name: str | None
    configuration: Mapping[str, Any]

    def do(self, engine: Engine) -> Done:
        """Read it."""
        document = engine.parse(self.input.read_bytes(), name=self.name, configuration=self.configuration or None)
        _save(document, self.document)
        return Done(mime_type=document.mime_type, page_count=len(document.pages), cell_count=document.cell_count)


@dataclass(frozen=True)
class ExtractJob:
    """Fill a schema from the read document in the file `document`."""

    task_id: str
    document: Path
    schema: Mapping[str, Any]
    system_prompt: str | None

    def do(self, engine: Engine) -> Done:
        """Fill it."""
        try:
            document = load_document(self.document)
        except FileNotFoundError:
            return Done(failure="The parse task was deleted. Send the document again.")
        found = engine.extract(document, self.schema, system_prompt=self.system_prompt)
        output = {"results": found.results, "citations": found.citations, "metrics": found.metrics}
        return Done(output=json.dumps(output, separators=(",", ":"), allow_nan=False))


def do(engine: Engine, job: ParseJob | ExtractJob) -> Done:
    """Do a job; whatever the engine raises becomes a failure that a user may read."""
    try:
        return job.do(engine)
    except EngineError as error:
        return Done(failure=str(error))
    except Exception:  # noqa: BLE001 - a reader's fault must not take the server with it
        _log.exception("Task %s failed", job.task_id)
        return Done(failure="Internal error")


def load_document(path: Path) -> Document:
    """What `ParseJob` left; only this server writes into its data folder."""
    with path.open("rb") as stream:
        document: Document = pickle.load(stream)  # noqa: S301 - written by this server, in a folder of its own
    return document


def _save(document: Document, path: Path) -> None:
    """Write it whole or not at all: a reader never sees half of it."""
    written = path.with_suffix(f".{os.getpid()}.part")
    with written.open("wb") as stream:
        pickle.dump(document, stream, protocol=pickle.HIGHEST_PROTOCOL)
    written.replace(path)
