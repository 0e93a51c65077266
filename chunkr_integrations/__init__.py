"""Pydantic class + document -> typed object + citations, inside LangChain and LlamaIndex."""

from __future__ import annotations

from importlib.metadata import version as _version

__version__ = _version("chunkr-integrations")
