"""What a parse is asked to do, out of the `ParseConfiguration` of the wire.

Everything an option asks for is either done, refused with `UnsupportedOptionError`, or, with `error_handling` set to
`Continue`, left out and named in the document's warnings. Nothing is dropped silently.

Options that change nothing for an extraction are accepted as long as their values are valid: `chunk_processing` and
`format` and `crop_image` shape the chunks of a parse output, which an extraction does not return; `pipeline` is
deprecated by the vendor and names machinery this engine does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from chunkr_integrations.engine.document import SegmentType
from chunkr_integrations.engine.errors import UnsupportedOptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@dataclass(frozen=True)
class ParseOptions:
    """A valid request, in the engine's words."""

    ocr: Literal["All", "Auto"] = "Auto"  # absent on the wire means Auto here; the vendor's default is All
    by_page: bool = False  # one segment a page
    ignored: frozenset[str] = frozenset()  # segment types left out of filling and grounding
    target_length: int = 4096  # words in a chunk
    warnings: tuple[str, ...] = ()  # what was asked and cannot be done, with `error_handling` Continue


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
    _choice(wire, "pipeline", ("Azure", "Chunkr"), "Chunkr", refusals)
    target_length, ignore_bands = _chunks(_mapping(wire, "chunk_processing", refusals), refusals)
    ignored = _ignored(_mapping(wire, "segment_processing", refusals), refusals)
    if refusals and handling != "Continue":
        raise UnsupportedOptionError(" ".join(refusals))
    return ParseOptions(
        ocr="All" if ocr == "All" else "Auto",
        by_page=strategy == "Page",
        ignored=ignored | (_HEADERS_AND_FOOTERS if ignore_bands else frozenset()),
        target_length=target_length,
        warnings=tuple(refusals),
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


def _chunks(wire: dict[str, Any], refusals: list[str]) -> tuple[int, bool]:
    refusals += _unknown(wire, _CHUNK_KEYS, "chunk_processing.")
    length = wire.get("target_length")
    if length is not None and (isinstance(length, bool) or not isinstance(length, int) or length < 0):
        refusals.append("chunk_processing.target_length must be a whole number of words, 0 or more.")
        length = None
    tokenizer = wire.get("tokenizer")
    if tokenizer not in (None, "Word", {"Enum": "Word"}):
        refusals.append(
            "chunk_processing.tokenizer asks for a tokenizer whose vocabulary would have to be downloaded. "
            'Use {"Enum": "Word"}.'
        )
    return 4096 if length is None else length, bool(wire.get("ignore_headers_and_footers"))


def _ignored(wire: dict[str, Any], refusals: list[str]) -> frozenset[str]:
    refusals += _unknown(wire, SEGMENT_TYPES, "segment_processing.")
    ignored = set()
    for name in sorted(SEGMENT_TYPES & set(wire)):
        generation = _mapping(wire, name, refusals)
        where = f"segment_processing.{name}."
        refusals += _unknown(generation, _GENERATION_KEYS, where)
        if _choice(generation, "strategy", ("Auto", "Ignore", "LLM"), "Auto", []) == "Ignore":
            ignored.add(name)
        refusals += _model_options(generation, where)
    return frozenset(ignored)


def _model_options(generation: Mapping[str, Any], where: str) -> list[str]:
    """What needs a vision or language model in the parse, and values that mean nothing."""
    found: list[str] = []
    if generation.get("strategy") == "LLM":
        found.append(f"{where}strategy LLM needs a vision model, which this engine does not have. Use Auto or Ignore.")
    else:
        _choice(generation, "strategy", ("Auto", "Ignore"), "Auto", found)
    found += [
        f"{where}{key} needs a vision model, which this engine does not have. Leave it out."
        for key in ("description", "extended_context", "llm")
        if generation.get(key)
    ]
    _choice(generation, "format", ("Html", "Markdown"), "Markdown", found)
    _choice(generation, "crop_image", ("All", "Auto"), "Auto", found)
    return found
