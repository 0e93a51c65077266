"""The recogniser that comes with the extra `local`: the Tesseract inside liteparse, with packaged data."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from chunkr_integrations.engine.readers._liteparse import recognise
from chunkr_integrations.engine.readers._tessdata import checked, tessdata_path

if TYPE_CHECKING:
    from PIL import Image

    from chunkr_integrations.engine.layout import RawPage

__all__ = ["Tesseract"]

_QUALITY = 100  # of the JPEG inside the PDF that liteparse is given: at 95 small digits are misread


class Tesseract:
    """Reads with Tesseract.

    Args:
        languages: As Tesseract spells them: "eng+deu".
        folder: Of the `*.traineddata` files; None: the packaged one.

    Raises:
        EngineError: The data of a language is not there.
    """

    # Upright pages measured 0.92 on average, turned ones 0.5 to 0.7, and short texts upside down up to 0.85.
    sure = 0.7
    doubtful = 0.85

    def __init__(self, languages: str = "eng", folder: str | None = None) -> None:
        self._folder = tessdata_path() if folder is None else folder
        self._languages = checked(languages, self._folder)

    def read(self, picture: Image.Image, dpi: float) -> RawPage:
        """The words and blocks of a picture."""
        stream = io.BytesIO()
        picture.save(stream, "PDF", resolution=dpi, quality=_QUALITY)
        return recognise(stream.getvalue(), dpi, self._languages, self._folder)
