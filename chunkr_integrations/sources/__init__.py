"""What a user hands in, and the `file` value that the API takes for it."""

from __future__ import annotations

from ._content import Content
from ._media import media_type
from ._source import Source, SourceInput, source_name, to_source

__all__ = ["Content", "Source", "SourceInput", "media_type", "source_name", "to_source"]
