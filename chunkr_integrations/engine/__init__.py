"""Document in, values with their places out: parsing, segments, filling a schema, grounding. Knows no HTTP."""

from __future__ import annotations

from chunkr_integrations.engine.document import Document
from chunkr_integrations.engine.engine import Engine
from chunkr_integrations.engine.errors import EngineError, UnreadableDocumentError, UnsupportedOptionError
from chunkr_integrations.engine.output import Output
from chunkr_integrations.engine.readers import Ocr

__all__ = ["Document", "Engine", "EngineError", "Ocr", "Output", "UnreadableDocumentError", "UnsupportedOptionError"]
