"""The recogniser of the extras `ocr` and `ocr-fast`: RapidOCR, whose weights are in its package.

The paths of the weights are always given: left alone, it would download what it does not find.
"""

from __future__ import annotations

import importlib.util
import itertools
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.document import Box
from chunkr_integrations.engine.errors import EngineError
from chunkr_integrations.engine.layout import RawPage, RawWord, is_wide
from chunkr_integrations.engine.readers._arrange import arranged
from chunkr_integrations.engine.readers._parser import ParserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

__all__ = ["RapidOcr"]

_BACKENDS = {"openvino": "ocr-fast", "onnxruntime": "ocr"}  # each with the extra that installs it; the faster one first
_WEIGHTS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}


class RapidOcr:
    """Reads with RapidOCR.

    Args:
        backend: "onnxruntime", "openvino", or "" for the first of them that is installed.

    Raises:
        EngineError: The package, its weights or the backend are not installed.
    """

    # Upright pages measured 0.97 on average, pages upside down 0.6 to 0.8.
    sure = 0.8
    doubtful = 0.9

    def __init__(self, backend: str = "") -> None:
        installed = [name for name in _BACKENDS if importlib.util.find_spec(name) is not None]
        if backend and backend not in installed:
            raise _not_installed(backend, _BACKENDS[backend])
        if not installed:
            raise _not_installed("onnxruntime", "ocr")
        self._backend = backend or installed[0]
        self._weights = _weights(_BACKENDS[self._backend])
        self._lock = Lock()

    def read(self, picture: Image.Image, dpi: float) -> RawPage:
        """The words and blocks of a picture."""
        import numpy as np  # noqa: PLC0415 - with the extra only

        scale = 72 / dpi
        try:
            with self._lock:  # it keeps what it is asked for in attributes
                found = self._reader(np.asarray(picture.convert("RGB"))[:, :, ::-1], return_word_box=True)
            words = tuple(_words(found, scale))
        except Exception as error:
            raise ParserError(f"RapidOCR failed ({type(error).__name__}: {error})") from error
        width, height = picture.width * scale, picture.height * scale
        return RawPage(1, width, height, words, arranged(width, height, words), ocr=True)

    @cached_property
    def _reader(self) -> Any:
        from rapidocr import EngineType, RapidOCR  # noqa: PLC0415 - with the extra only

        engine = EngineType(self._backend)
        params: dict[str, Any] = {"Global.log_level": "error", "Global.use_cls": False}
        for task, path in self._weights.items():
            params |= {f"{task}.model_path": str(path), f"{task}.engine_type": engine}
        return RapidOCR(params=params)


def _weights(extra: str) -> dict[str, Path]:
    package = importlib.util.find_spec("rapidocr")
    if package is None or package.origin is None:
        raise _not_installed("rapidocr", extra)
    folder = Path(package.origin).parent / "models"
    paths = {task: folder / name for task, name in _WEIGHTS.items()}
    missing = [path.name for path in paths.values() if not path.is_file()]
    if missing:
        raise EngineError(
            f"RapidOCR's package has no {' and no '.join(missing)}, and nothing is downloaded. "
            f"Install a version that has them: pip install 'chunkr-integrations[{extra}]'"
        )
    return paths


def _not_installed(package: str, extra: str) -> EngineError:
    return EngineError(
        f"Recognition with RapidOCR needs {package}. Install it with: pip install 'chunkr-integrations[{extra}]'"
    )


def _words(found: Any, scale: float) -> Iterator[RawWord]:
    """Its lines as words: what white space parts; of scripts written without spaces, each character."""
    if not found.txts:  # nothing was found; `word_results` says so in a form of its own
        return
    for line, text in zip(found.word_results, found.txts, strict=True):
        pieces = [(piece, float(confidence), _hull(points, scale)) for piece, confidence, points in line]
        yield from _split(text, pieces)


def _split(text: str, pieces: list[tuple[str, float, Box]]) -> Iterator[RawWord]:
    """The pieces of a line put together to the words of its text.

    RapidOCR gives words in lines of Latin letters and digits only; in others each character is a piece.
    """
    rest = iter(pieces)
    for word in text.split():
        parts: list[tuple[str, float, Box]] = []
        while sum(len(part) for part, _, _ in parts) < len(word):
            piece = next(rest, None)
            if piece is None:
                break
            if not piece[0].isspace():
                parts.append(piece)
        for wide, group in itertools.groupby(parts, key=lambda part: is_wide(part[0][:1])):
            for together in [[part] for part in group] if wide else [list(group)]:
                yield RawWord(
                    "".join(part for part, _, _ in together),
                    Box.around(box for _, _, box in together),
                    min(confidence for _, confidence, _ in together),
                )


def _hull(points: Any, scale: float) -> Box:
    xs, ys = [float(x) * scale for x, _ in points], [float(y) * scale for _, y in points]
    return Box(min(xs), min(ys), max(max(xs) - min(xs), scale), max(max(ys) - min(ys), scale))
