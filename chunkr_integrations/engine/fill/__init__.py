"""Filling a schema without a model: layout, labels, a small lexicon, and leaving out what is not sure."""

from __future__ import annotations

from chunkr_integrations.engine.fill.filler import fill

__all__ = ["fill"]
