"""Chunkr's extract contract over HTTP, answered by the embedded engine. Shares nothing with the client side."""

from __future__ import annotations

from ._application import create_app

__all__ = ["create_app"]
