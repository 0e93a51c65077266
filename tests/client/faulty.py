"""An engine that does harm when a document tells it to; a fake for faults, real for everything else."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path
from typing import Any

from chunkr_integrations.engine import Document, Engine


class FaultyEngine(Engine):
    """Reads as the built-in engine does, unless the document begins with `do <deed>`."""

    def parse(self, data: bytes, **options: Any) -> Document:  # type: ignore[override]
        words = data.split(b"\n", 1)[0].decode("latin-1").split()
        if words[:1] == ["do"]:
            getattr(self, f"_{words[1]}")(*words[2:])
        return super().parse(data, **options)

    def _crash(self) -> None:
        """Read address 0, as broken native code does."""
        ctypes.string_at(0)

    def _signal(self, number: str) -> None:
        os.kill(os.getpid(), int(number))

    def _exit(self) -> None:
        os._exit(3)

    def _hang(self) -> None:
        time.sleep(3600)

    def _swell(self) -> None:
        """Take memory in Python until there is no more."""
        kept = []
        while True:
            kept.append(bytearray(16 << 20))

    def _swell_natively(self) -> None:
        """Take memory as native code does that ends the process when it gets none."""
        libc = ctypes.CDLL(None)
        libc.malloc.restype = ctypes.c_void_p
        while address := libc.malloc(ctypes.c_size_t(16 << 20)):
            libc.memset(ctypes.c_void_p(address), 1, ctypes.c_size_t(16 << 20))
        os.write(2, b"memory allocation of 16777216 bytes failed\n")
        os.kill(os.getpid(), signal.SIGABRT)

    def _babble(self) -> None:
        """Write to where answers go, as native code does that prints."""
        os.write(1, b"Detected 12 diacritics\n")

    def _tell(self, path: str) -> None:
        """Write down which process this is, then wait to be killed."""
        Path(path).write_text(str(os.getpid()))
        time.sleep(3600)
