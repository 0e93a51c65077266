"""The engine: a document and a schema in, results with citations out."""

from __future__ import annotations

import logging
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

from chunkr_integrations.engine.output import Output, output
from chunkr_integrations.engine.readers import Ocr, OcrName, read, recogniser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chunkr_integrations.engine.ask import Limits, Mode
    from chunkr_integrations.engine.document import Document
    from chunkr_integrations.engine.models.protocol import LanguageModel

__all__ = ["Engine"]

_LOG = logging.getLogger(__name__)
_MODES = ("auto", "rules", "model", "hybrid", "verify")


class Engine:
    """Reads documents and fills schemas; offline, unless the model you give it is elsewhere.

    It keeps no state between calls; one engine may serve many threads, and can be pickled into worker processes where
    its model can.

    Args:
        llm: A model that fills the schema, see `chunkr_integrations.engine.models`; None fills it by rules alone.
        mode: Who fills the schema. "rules": no model is asked. "model": the model alone. "hybrid": the rules, and the
            model for what they left out or are not sure of. "verify": the model, with the rules and arithmetic as
            second witnesses. "auto": "hybrid" with a model, "rules" without.
        limits: How much the model is asked at once, and at all; None: the defaults of `engine.ask.Limits`.
        ocr: What recognises scans and images: a name, or an `Ocr`; None: as the environment says, else Tesseract.

    Raises:
        ValueError: The mode or the recogniser is not known, or the mode needs a model.
        EngineError: The recogniser that `ocr` names is not installed.

    Attributes:
        version: The name and version that answers carry, with the recogniser where it is not the usual one: what was
            read by one is not what another would read.
    """

    version: str

    def __init__(
        self,
        *,
        llm: LanguageModel | None = None,
        mode: Mode = "auto",
        limits: Limits | None = None,
        ocr: Ocr | OcrName | None = None,
    ) -> None:
        if mode not in _MODES:
            raise ValueError(f"mode={mode!r} is not known; choose one of {', '.join(_MODES)}.")
        if llm is None and mode not in ("auto", "rules"):
            raise ValueError(f'mode={mode!r} needs a model; give one as llm=, or use mode="rules".')
        if llm is not None and not callable(getattr(llm, "complete", None)):
            raise TypeError(
                f"llm has to have a method complete(messages, *, schema), which {type(llm).__name__} has not; "
                "see chunkr_integrations.engine.models.LanguageModel."
            )
        self.llm = llm
        self.mode = mode
        self.limits = limits
        self.ocr = Ocr.of(ocr)
        self._follows_environment = ocr is None
        if ocr is not None:
            recogniser(self.ocr)
        try:
            number = installed("chunkr-integrations")
        except PackageNotFoundError:  # run from a checkout that is not installed
            number = "0+unknown"
        languages = "" if self.ocr.languages in (None, "eng") else f" {self.ocr.languages}"
        usual = self.ocr.name == "tesseract" and not languages
        self.version = f"chunkr-integrations {number}" + ("" if usual else f" ({self.ocr.name}{languages})")

    def parse(
        self,
        data: bytes,
        *,
        name: str | None = None,
        mime_type: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> Document:
        """The pages, words and segments of a document.

        Args:
            data: The file.
            name: The file's name; helps to tell text kinds apart, and stands in messages.
            mime_type: What the sender calls it; believed for text kinds only.
            configuration: A `ParseConfiguration` as JSON on the wire.

        Raises:
            UnreadableDocumentError: These bytes cannot be read.
            UnsupportedOptionError: The configuration asks for what this engine does not have.
        """
        ocr = None if self._follows_environment else self.ocr  # which may have changed since
        return read(data, name=name, mime_type=mime_type, configuration=configuration, ocr=ocr)

    def extract(self, document: Document, schema: Mapping[str, Any], *, system_prompt: str | None = None) -> Output:
        """The schema filled from the document, each value with its place; what is not found is null.

        Args:
            document: What `parse` gave, from this engine or another.
            schema: A JSON Schema.
            system_prompt: What a model is told beside the schema; rules do not read it.

        Raises:
            EngineError: The model gave no answer that can be read.
        """
        if self.llm is not None and self.mode != "rules":
            return self._ask(self.llm, document, schema, system_prompt)
        from chunkr_integrations.engine.fill import fill  # noqa: PLC0415 - loads lexicons; parsing does not need them
        from chunkr_integrations.engine.ground import ground  # noqa: PLC0415 - as above

        draft = fill(document, schema, system_prompt=system_prompt)
        return output(document, ground(document, draft, schema), schema)

    def _ask(
        self, model: LanguageModel, document: Document, schema: Mapping[str, Any], system_prompt: str | None
    ) -> Output:
        from chunkr_integrations.engine.ask import Asker, Limits, fill_with_model  # noqa: PLC0415 - as in `extract`

        asker = Asker(model, self.limits or Limits(), system_prompt=system_prompt)
        try:
            draft = fill_with_model(document, schema, asker, self.mode)
        finally:  # what failed has its costs, too
            used = asker.usage
            _LOG.info(
                "The model was asked %d times (%d of them again); tokens: %s read, %s written.",
                used.calls,
                used.repairs,
                "unknown" if used.prompt_tokens is None else used.prompt_tokens,
                "unknown" if used.completion_tokens is None else used.completion_tokens,
            )
        return replace(output(document, draft, schema), usage=asker.usage)
