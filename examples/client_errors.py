"""Errors name the input and say what to do; catch the base class, or the one you would act on."""

from __future__ import annotations

from models import Invoice

from chunkr_integrations import ChunkrError, Client
from chunkr_integrations.exceptions import SourceError


def attempt(chunkr: Client, document: str | bytes) -> None:
    try:
        chunkr.extract(document, Invoice)
    except SourceError as exc:
        print(f"cannot be sent: {exc}")
    except ChunkrError as exc:
        print(f"{type(exc).__name__}: {exc}")


with Client() as client:
    attempt(client, "no_such_file.pdf")
    attempt(client, b"%PDF-1.7 and nothing more")
