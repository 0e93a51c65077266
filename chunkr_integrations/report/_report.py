"""The public half: which document shows which pages, and the file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from chunkr_integrations.exceptions import ConfigurationError, SourceError
from chunkr_integrations.extraction import Extraction, SourceInfo

from ._html import ShownPage, html
from ._pages import DocumentContent, PageImage, PageImages, local_document, page_images
from ._view import DocumentView, PageView, document_view

__all__ = ["report_html", "write_report"]

Documents: TypeAlias = Mapping[str, DocumentContent] | Sequence[DocumentContent | None]

_FRAME_TOLERANCE = 0.03  # by how much a picture's proportions may miss the page's: rounding to whole pixels, no more


def report_html(
    extractions: Extraction[Any] | Iterable[Extraction[Any]],
    *,
    documents: Documents | None = None,
    title: str = "Extraction report",
) -> str:
    """The report as one HTML page that loads nothing.

    Args:
        extractions: One, or several in the order they are to be shown. All page images are inside the page: for
            hundreds of documents write several reports.
        documents: For the page images. A mapping from a source's `uri` or `name`, or a sequence in the order of the
            extractions; each a path, bytes, or a callable `PageImages`. None: files of this machine are read again,
            if they have not changed since. What has no images gets blank pages.
        title: Heading of the page.

    Raises:
        ConfigurationError: The sequence of documents is not as long as the extractions.
        SourceError: A path in `documents` cannot be read.
    """
    several = (extractions,) if isinstance(extractions, Extraction) else tuple(extractions)
    images = [
        _images(extraction, content) for extraction, content in zip(several, _paired(several, documents), strict=True)
    ]
    views = [document_view(extraction) for extraction in several]
    shown = [(view, _shown(view, pictures)) for view, pictures in zip(views, images, strict=True)]
    return html(shown, title)


def write_report(
    path: str | os.PathLike[str],
    extractions: Extraction[Any] | Iterable[Extraction[Any]],
    *,
    documents: Documents | None = None,
    title: str = "Extraction report",
) -> Path:
    """Write `report_html` to a file, in UTF-8; folders that are missing are made.

    Raises:
        SourceError: The file cannot be written, or as `report_html`.
        ConfigurationError: As `report_html`.
    """
    content = report_html(extractions, documents=documents, title=title)
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    except OSError as exc:
        cure = "Choose another path for the report."
        raise SourceError(os.fspath(path), f"it cannot be written: {exc.strerror or exc}", cure=cure) from exc
    return target


def _paired(extractions: Sequence[Extraction[Any]], documents: Documents | None) -> Sequence[DocumentContent | None]:
    if documents is None:
        return [None] * len(extractions)
    if isinstance(documents, Mapping):
        return [_named(extraction.source, documents) for extraction in extractions]
    if isinstance(documents, bytes | str | os.PathLike) or callable(documents):
        documents = [documents]
    if len(documents) != len(extractions):
        raise ConfigurationError(
            f"There are {len(extractions)} extractions and {len(documents)} documents. "
            "Give one document for each, None where there is none, or a mapping from the source's uri."
        )
    return documents


def _named(source: SourceInfo, documents: Mapping[str, DocumentContent]) -> DocumentContent | None:
    found = documents.get(source.uri)
    return documents.get(source.name) if found is None else found


def _images(extraction: Extraction[Any], content: DocumentContent | None) -> PageImages:
    media_type = extraction.source.media_type or extraction.task.file_info.mime_type
    if content is None:
        content = local_document(extraction.source)
    if content is None:
        return lambda page_number: None  # noqa: ARG005 - the protocol's parameter
    if isinstance(content, bytes | str | os.PathLike):
        return page_images(content, media_type=media_type)
    return content


def _shown(view: DocumentView, images: PageImages) -> list[ShownPage]:
    return [ShownPage(page, _fitting(images(page.number), page)) for page in view.pages]


def _fitting(image: PageImage | None, page: PageView) -> PageImage | None:
    """The picture, unless its proportions show that the boxes were measured on something else."""
    if image is None or not page.boxes:
        return image
    ratio = (image.width / image.height) / (page.width / page.height)
    return image if abs(ratio - 1) <= _FRAME_TOLERANCE else None
