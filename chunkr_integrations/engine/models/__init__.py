"""Language models that fill schemas: the protocol, and an adapter for OpenAI-compatible endpoints."""

from __future__ import annotations

from chunkr_integrations.engine.models.openai_compatible import OpenAICompatible
from chunkr_integrations.engine.models.protocol import Completion, LanguageModel, Message, Usage

__all__ = ["Completion", "LanguageModel", "Message", "OpenAICompatible", "Usage"]
