"""What reads print off a picture, whichever library is behind it, and which one is used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Protocol, get_args

if TYPE_CHECKING:
    from PIL import Image

    from chunkr_integrations.engine.layout import RawPage

__all__ = ["Ocr", "OcrName", "Recogniser", "recogniser"]

OcrName = Literal["tesseract", "rapidocr", "rapidocr-onnxruntime", "rapidocr-openvino"]


@dataclass(frozen=True)
class Ocr:
    """What recognises the print of scans and images; what is None comes from the environment.

    Attributes:
        name: "tesseract", which the extra `local` brings, or "rapidocr", of the extras `ocr` and `ocr-fast`, with the
            faster of its backends that is installed; or with the backend named. None: `CHUNKR_OCR`, else Tesseract.
        languages: For Tesseract, as it spells them: "eng+deu". None: `CHUNKR_OCR_LANGUAGES`, else "eng". RapidOCR needs
            none.
        tessdata: For Tesseract, the folder of its `*.traineddata` files. None: `CHUNKR_TESSDATA`, else the packaged.
    """

    name: OcrName | None = None
    languages: str | None = None
    tessdata: str | None = None

    def __post_init__(self) -> None:
        if self.name is not None and self.name not in get_args(OcrName):
            raise ValueError(f"There is no recogniser {self.name!r}. Use one of {', '.join(get_args(OcrName))}.")
        if (self.name or "").startswith("rapidocr") and (self.languages or self.tessdata):
            raise ValueError("languages and tessdata are for Tesseract; RapidOCR needs none. Leave them out.")

    @classmethod
    def of(cls, wanted: Ocr | OcrName | None) -> Ocr:
        """Every setting with its value.

        Raises:
            ValueError: There is no such recogniser.
        """
        given = wanted if isinstance(wanted, Ocr) else cls(wanted)
        name = given.name or cls(os.environ.get("CHUNKR_OCR") or "tesseract").name  # type: ignore[arg-type] # checked
        if name != "tesseract":
            return cls(name)
        languages = given.languages or os.environ.get("CHUNKR_OCR_LANGUAGES") or "eng"
        return cls(name, languages, given.tessdata or os.environ.get("CHUNKR_TESSDATA"))


class Recogniser(Protocol):
    """Reads print off a picture. One object may serve many threads.

    Attributes:
        sure: The confidence from which on its words are mostly right.
        doubtful: The mean confidence of a page below which it may lie upside down.
    """

    sure: float
    doubtful: float

    def read(self, picture: Image.Image, dpi: float) -> RawPage:
        """The words of a grey picture whose lines run across, with boxes and confidence from 0 to 1, and its blocks.

        Units are points, 1/72 inch: a pixel has 72 / `dpi` of them.

        Raises:
            ParserError: It could not be read.
            EngineError: Its library or data is not installed.
        """
        ...


@lru_cache(maxsize=8)
def recogniser(settings: Ocr) -> Recogniser:
    """The recogniser with these settings, which `Ocr.of` gave.

    Raises:
        EngineError: It is not installed.
    """
    if settings.name == "tesseract":
        from chunkr_integrations.engine.readers._tesseract import Tesseract  # noqa: PLC0415 - each loads its library

        return Tesseract(settings.languages or "eng", settings.tessdata)
    from chunkr_integrations.engine.readers._rapidocr import RapidOcr  # noqa: PLC0415 - as above

    return RapidOcr((settings.name or "").partition("-")[2])
