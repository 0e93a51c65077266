"""A multipart upload, straight to the disk as it arrives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ._refusal import Refused

if TYPE_CHECKING:
    from ._file_store import Arriving

__all__ = ["Upload"]

_METADATA = 1024 * 1024  # bytes of the metadata, and of any field that is not known
_HEADERS = 16 * 1024  # bytes of the headers of a part
_INVALID = "Invalid request: the body must be multipart/form-data with a part `file`."


@dataclass
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: bytes = b""
    header_size: int = 0
    header_field: bytes = b""
    header_value: bytes = b""


class Upload:
    """Takes a body piece by piece, its parts in any order.

    Args:
        content_type: The request's header; it names the boundary.
        arriving: Where the content of the part `file` goes.

    Attributes:
        file_name: As the sender calls it; None without a part `file`.
        metadata: The text of the part `file_metadata`.
    """

    def __init__(self, content_type: str, arriving: Arriving) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise Refused(400, _INVALID)
        self.file_name: str | None = None
        self.metadata: str | None = None
        self._arriving = arriving
        self._part, self._text, self._is_ended = _Part(), bytearray(), False
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_field,
                "on_header_value": self._on_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def write(self, piece: bytes) -> None:
        """Take the next piece."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise Refused(400, _INVALID) from error

    def finish(self) -> str:
        """The sender's name of the file, once all of it is here."""
        if not self._is_ended or self.file_name is None:
            raise Refused(400, _INVALID)
        return self.file_name

    def _begin(self) -> None:
        self._part, self._text = _Part(), bytearray()

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._part.header_field += self._counted(data[start:end])

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._part.header_value += self._counted(data[start:end])

    def _counted(self, piece: bytes) -> bytes:
        self._part.header_size += len(piece)
        if self._part.header_size > _HEADERS:
            raise Refused(400, _INVALID)
        return piece

    def _end_header(self) -> None:
        part = self._part
        part.headers[part.header_field.lower()] = part.header_value
        part.header_field = part.header_value = b""

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._part.headers.get(b"content-disposition", b""))
        self._part.name = options.get(b"name", b"")
        if self._part.name == b"file":
            if self.file_name is not None:
                raise Refused(400, "Invalid request: one file is taken at a time.")
            self.file_name = options.get(b"filename", b"").decode("utf-8", "replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part.name == b"file":
            self._arriving.write(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > _METADATA:
            raise Refused(413, f"Request too large: file_metadata may have {_METADATA:,} bytes.")

    def _end_part(self) -> None:
        if self._part.name == b"file_metadata":
            try:
                self.metadata = self._text.decode("utf-8")
            except UnicodeDecodeError as error:
                raise Refused(400, "Invalid request: file_metadata is not UTF-8.") from error

    def _end(self) -> None:
        self._is_ended = True
