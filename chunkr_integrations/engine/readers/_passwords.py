"""Encrypted PDF files, opened with the passwords that the operator gave.

The contract has no place for a password, and a request is stored: so passwords are the machine's, not the request's.
`CHUNKR_PDF_PASSWORDS` holds them, one a line.
"""

from __future__ import annotations

import io
import os

from chunkr_integrations.engine.pdfium import LOCK

__all__ = ["decrypted"]

_VARIABLE = "CHUNKR_PDF_PASSWORDS"


def decrypted(data: bytes) -> bytes | None:
    """The file without its encryption; None where no password fits."""
    import pypdfium2  # noqa: PLC0415 - only for encrypted files
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - as above

    for password in filter(None, os.environ.get(_VARIABLE, "").splitlines()):
        stream = io.BytesIO()
        try:
            with LOCK, pypdfium2.PdfDocument(data, password=password) as document:
                document.save(stream, flags=pdfium.FPDF_REMOVE_SECURITY)
        except pypdfium2.PdfiumError:  # another one may fit
            continue
        return stream.getvalue()
    return None
