"""What a parse is asked to do, out of the `ParseConfiguration` of the wire.

Everything an option asks for is done, or refused with `UnsupportedOptionError`, or, with `error_handling` set to
`Continue`, left out and named in the document's warnings. Nothing is dropped silently. `docs/guides/engine.md` has the
table; `tests/engine/test_engine_options.py` holds it against every value of the vendor's OpenAPI document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from chunkr_integrations.engine.document import SegmentType
from chunkr_integrations.engine.errors import UnsupportedOptionError
from chunkr_integrations.engine.tokens import counter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ParseOptions", "parse_options"]

SEGMENT_TYPES: frozenset[str] = frozenset(get_args(SegmentType))
_KEYS = frozenset(
    (
        "chunk_processing",
        "error_handling",
        "ocr_strategy",
        "pipeline",
        "segment_processing",
        "segmentation_strategy",
    )
)
_CHUNK_KEYS = frozenset(("ignore_headers_and_footers", "target_length", "tokenizer"))
_GENERATION_KEYS = frozenset(("crop_image", "description", "extended_context", "format", "llm", "strategy"))
_HEADERS_AND_FOOTERS = frozenset(("PageHeader", "PageFooter"))
# `Auto` crops what a model is to look at, and here none is; pictures are cropped unless told otherwise (Chunkr, open
# source server, `PictureCroppingStrategy`).
_CROPPED = frozenset(("Picture",))
_ONE_PIPELINE = "pipeline is {0}, which this engine does not have: it has one of its own, which was used."


@dataclass(frozen=True)
class ParseOptions:
    """A valid request, in the engine's words."""

    ocr: Literal["All", "Auto"] = "Auto"  # absent on the wire means Auto here; the vendor's default is All
    by_page: bool = False  # one segment a page
    keep_going: bool = False  # a page that cannot be read is left empty, with a warning; else it ends the parse
    ignored: frozenset[str] = frozenset()  # segment types left out of filling, grounding and the parse output
    formats: Mapping[str, str] = field(default_factory=dict)  # segment type to "Html" or "Markdown", where asked for
    cropped: frozenset[str] = _CROPPED  # segment types that are shown as pictures in the parse output
    target_length: int = 4096  # of a chunk, in tokens
    tokenizer: tuple[str, str] = ("Enum", "Word")  # as on the wire: its key and its value
    warnings: tuple[str, ...] = ()  # what was asked and cannot be done, with `error_handling` Continue

    @property
    def tokens(self) -> Callable[[str], int]:
        """What counts the tokens of a text."""
        return counter(dict([self.tokenizer]))


def parse_options(configuration: Mapping[str, Any] | None) -> ParseOptions:
    """The options in a `ParseConfiguration`, as JSON on the wire; None or absent keys mean the defaults.

    Raises:
        UnsupportedOptionError: It asks for what this engine cannot do, and not to `Continue` all the same.
    """
    wire = dict(configuration or {})
    refusals = list(_unknown(wire, _KEYS, ""))
    ocr = _choice(wire, "ocr_strategy", ("All", "Auto"), "Auto", refusals)
    strategy = _choice(wire, "segmentation_strategy", ("LayoutAnalysis", "Page"), "LayoutAnalysis", refusals)
    handling = _choice(wire, "error_handling", ("Fail", "Continue"), "Fail", refusals)
    pipeline = _choice(wire, "pipeline", ("Azure", "Chunkr"), "Chunkr", refusals)
    chunks = _mapping(wire, "chunk_processing", refusals)
    target_length, tokenizer = _chunks(chunks, refusals)
    segments = _segments(_mapping(wire, "segment_processing", refusals), refusals)
    if refusals and handling != "Continue":
        raise UnsupportedOptionError(" ".join(refusals))
    ignored = frozenset(name for name, asked in segments.items() if asked.get("strategy") == "Ignore")
    crops = {name: asked["crop_image"] for name, asked in segments.items() if asked.get("crop_image")}
    return ParseOptions(
        ocr="All" if ocr == "All" else "Auto",
        by_page=strategy == "Page",
        keep_going=handling == "Continue",
        ignored=ignored | (_HEADERS_AND_FOOTERS if chunks.get("ignore_headers_and_footers") else frozenset()),
        formats={name: asked["format"] for name, asked in segments.items() if asked.get("format")},
        cropped=frozenset(name for name in SEGMENT_TYPES if crops.get(name, "All" * (name in _CROPPED)) == "All"),
        target_length=target_length,
        tokenizer=tokenizer,
        # Deprecated and without a choice at the vendor's, too: said, but no reason to fail.
        warnings=(*refusals, *([_ONE_PIPELINE.format(pipeline)] if pipeline == "Azure" else [])),
    )


def _unknown(wire: Mapping[str, Any], known: frozenset[str], where: str) -> list[str]:
    return [
        f"The option {where}{key} is not known to this engine. Leave it out; it knows {', '.join(sorted(known))}."
        for key in sorted(set(wire) - known)
    ]


def _choice(wire: Mapping[str, Any], key: str, values: tuple[str, ...], default: str, refusals: list[str]) -> str:
    value = wire.get(key)
    if value is None or value in values:
        return default if value is None else str(value)
    refusals.append(f"{key} is {value!r}, which this engine does not know. Use one of {', '.join(values)}.")
    return default


def _mapping(wire: Mapping[str, Any], key: str, refusals: list[str]) -> dict[str, Any]:
    value = wire.get(key)
    if value is None or isinstance(value, dict):
        return value or {}
    refusals.append(f"{key} must be an object. Leave it out for the defaults.")
    return {}


def _chunks(wire: dict[str, Any], refusals: list[str]) -> tuple[int, tuple[str, str]]:
    refusals += _unknown(wire, _CHUNK_KEYS, "chunk_processing.")
    length = wire.get("target_length")
    if length is not None and (isinstance(length, bool) or not isinstance(length, int) or length < 0):
        refusals.append("chunk_processing.target_length must be a whole number of tokens, 0 or more.")
        length = None
    asked, tokenizer = wire.get("tokenizer"), ("Enum", "Word")
    if asked is not None:
        try:
            counter(asked)
            (tokenizer,) = asked.items() if isinstance(asked, dict) else [("Enum", asked)]
        except UnsupportedOptionError as error:
            refusals.append(str(error))
    return 4096 if length is None else length, tokenizer


def _segments(wire: dict[str, Any], refusals: list[str]) -> dict[str, dict[str, Any]]:
    """The settings of each type, without what is refused."""
    refusals += _unknown(wire, SEGMENT_TYPES, "segment_processing.")
    found = {}
    for name in sorted(SEGMENT_TYPES & set(wire)):
        generation = _mapping(wire, name, refusals)
        where = f"segment_processing.{name}."
        refusals += _unknown(generation, _GENERATION_KEYS, where)
        found[name] = _generation(generation, where, refusals)
    return found


def _generation(wire: Mapping[str, Any], where: str, refusals: list[str]) -> dict[str, Any]:
    problems: list[str] = []
    if wire.get("strategy") == "LLM":
        problems.append("strategy LLM needs a vision model, which this engine does not have. Use Auto or Ignore.")
        strategy = "Auto"
    else:
        strategy = _choice(wire, "strategy", ("Auto", "Ignore"), "Auto", problems)
    problems += [
        f"{key} needs a vision model, which this engine does not have. Leave it out."
        for key in ("description", "extended_context", "llm")
        if wire.get(key)
    ]
    found = {
        "strategy": strategy,
        "format": _choice(wire, "format", ("Html", "Markdown"), "", problems),
        "crop_image": _choice(wire, "crop_image", ("All", "Auto"), "", problems),
    }
    refusals += [where + problem for problem in problems]
    return found
