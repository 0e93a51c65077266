"""Requests as JSON: this server's own reading of the vendor's `CreateExtractForm` and `CreateParseForm`.

Unknown fields are ignored, as the vendor does; known ones are strict. What a task echoes is what its request set.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import jsonschema
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from chunkr_integrations.server._problems import Problem, bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DEFAULT_PROMPT",
    "SEGMENT_KEYS",
    "CreateExtractForm",
    "CreateParseForm",
    "ParseConfiguration",
    "known_settings",
    "read_form",
]

# OpenAPI 2.62.0, ExtractConfiguration.system_prompt.
DEFAULT_PROMPT = (
    "You are an expert at structured data extraction. You will be given parsed text from a document and should "
    "convert it into the given structure."
)
_INT32 = 2**31 - 1


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


def _as_object(value: Any) -> Any:
    """The bare name of a tokenizer, which the vendor's own default has, as the object it stands for."""
    return {"Enum": value} if isinstance(value, str) else value


class _EnumTokenizer(_Form):
    enum: Literal["Word", "Cl100kBase", "XlmRobertaBase", "BertBaseUncased"] = Field(alias="Enum")


class _StringTokenizer(_Form):
    string: str = Field(alias="String")


class _ChunkProcessing(_Form):
    ignore_headers_and_footers: bool | None = None
    target_length: Annotated[int, Field(ge=0, le=_INT32)] = 4096
    tokenizer: Annotated[_EnumTokenizer | _StringTokenizer, BeforeValidator(_as_object)] = Field(
        default_factory=lambda: _EnumTokenizer.model_validate({"Enum": "Word"})
    )


class _Generation(_Form):
    crop_image: Literal["All", "Auto"] | None = None
    description: bool | None = None
    extended_context: bool | None = None
    format: Literal["Html", "Markdown"] | None = None
    llm: str | None = None
    strategy: Literal["LLM", "Auto", "Ignore"] | None = None


class _SegmentProcessing(_Form):
    caption: _Generation | None = Field(None, alias="Caption")
    footnote: _Generation | None = Field(None, alias="Footnote")
    form_region: _Generation | None = Field(None, alias="FormRegion")
    formula: _Generation | None = Field(None, alias="Formula")
    graphical_item: _Generation | None = Field(None, alias="GraphicalItem")
    legend: _Generation | None = Field(None, alias="Legend")
    line_number: _Generation | None = Field(None, alias="LineNumber")
    list_item: _Generation | None = Field(None, alias="ListItem")
    page: _Generation | None = Field(None, alias="Page")
    page_footer: _Generation | None = Field(None, alias="PageFooter")
    page_header: _Generation | None = Field(None, alias="PageHeader")
    page_number: _Generation | None = Field(None, alias="PageNumber")
    picture: _Generation | None = Field(None, alias="Picture")
    table: _Generation | None = Field(None, alias="Table")
    text: _Generation | None = Field(None, alias="Text")
    title: _Generation | None = Field(None, alias="Title")
    unknown: _Generation | None = Field(None, alias="Unknown")


SEGMENT_KEYS = tuple(str(field.alias) for field in _SegmentProcessing.model_fields.values())


class ParseConfiguration(_Form):
    """How a document is to be read; every field may be absent."""

    chunk_processing: _ChunkProcessing = _ChunkProcessing()
    error_handling: Literal["Fail", "Continue"] = "Fail"
    ocr_strategy: Literal["All", "Auto"] = "All"
    pipeline: Literal["Azure", "Chunkr"] = "Chunkr"
    segment_processing: _SegmentProcessing | None = None
    segmentation_strategy: Literal["LayoutAnalysis", "Page"] = "LayoutAnalysis"

    def echo(self) -> dict[str, Any]:
        """What the request set, as JSON; what it left out stays out."""
        return self.model_dump(
            mode="json", by_alias=True, exclude_unset=True, exclude={"file", "file_name", "expires_in"}
        )


def known_settings(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `ParseConfiguration` that mean something here, out of those a request set."""
    found = {key: value for key, value in configuration.items() if key in ParseConfiguration.model_fields}
    chunks, segments = found.get("chunk_processing"), found.get("segment_processing")
    if chunks is not None:
        found["chunk_processing"] = {k: v for k, v in chunks.items() if k in _ChunkProcessing.model_fields}
    if segments is not None:
        found["segment_processing"] = {
            kind: {key: value for key, value in segments[kind].items() if key in _Generation.model_fields}
            for kind in (*SEGMENT_KEYS, "SectionHeader")  # a segment type for which the contract has no setting
            if isinstance(segments.get(kind), dict)
        }
    return found


class CreateParseForm(ParseConfiguration):
    """`POST /tasks/parse`: the configuration's fields stand beside `file`."""

    file: str
    file_name: str | None = None
    expires_in: Annotated[int, Field(ge=1, le=_INT32)] | None = None


class CreateExtractForm(_Form):
    """`POST /tasks/extract`."""

    file: str
    schema_: dict[str, Any] = Field(alias="schema")
    system_prompt: str | None = None
    parse_configuration: ParseConfiguration | None = None
    file_name: str | None = None
    expires_in: Annotated[int, Field(ge=1, le=_INT32)] | None = None

    def echo(self) -> dict[str, Any]:
        """The `configuration` of the task's answer."""
        return {
            "schema": self.schema_,
            "system_prompt": DEFAULT_PROMPT if self.system_prompt is None else self.system_prompt,
            "parse_configuration": None if self.parse_configuration is None else self.parse_configuration.echo(),
        }


F = TypeVar("F", CreateExtractForm, CreateParseForm)


def read_form(form: type[F], body: bytes, *, schema_bytes: int) -> tuple[F, str]:
    """The request in `body`, and a digest that two requests share when they ask for the same.

    Raises:
        Problem: 400; the text names the field.
    """
    try:
        raw = json.loads(body, parse_constant=_finite, parse_float=_finite)
        if _is_deep(raw):
            raise bad_request(f"Invalid request: the body is nested more than {_DEEPEST} levels deep.")
        found = form.model_validate(raw)
    except ValidationError as error:
        raise _invalid(error) from None
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or nested too deeply
        raise bad_request("Invalid request: the body is not JSON. Send a JSON object.") from None
    if isinstance(found, CreateExtractForm):
        _check_schema(found.schema_, schema_bytes)
    return found, _digest(found)


def _finite(text: str) -> float:
    """A number; refuses NaN and what is too large for one, because no answer could repeat it as JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _invalid(error: ValidationError) -> Problem:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if not where:
        return bad_request("Invalid request: the body must be a JSON object.")
    return bad_request(f"Invalid request: {where}: {first['msg']}")


_DEEPEST = 200  # JSON objects and arrays within each other; pydantic writes out no more than 255


def _is_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _check_schema(schema: dict[str, Any], limit: int) -> None:
    try:
        size = len(json.dumps(schema))
        if size > limit:
            raise bad_request(f"Invalid request: schema: it has {size:,} bytes, the limit is {limit:,}.")
        kind = schema.get("type", "object")
        if "object" not in ([kind] if isinstance(kind, str) else kind if isinstance(kind, list) else []):
            raise bad_request("Invalid request: schema: its root must be an object. Put the value into a property.")
        jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator).check_schema(schema)
    except jsonschema.SchemaError as error:
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        raise bad_request(f"Invalid request: schema{where}: this is not valid JSON Schema.") from None
    except (RecursionError, ValueError):
        raise bad_request("Invalid request: schema: it is nested too deeply.") from None


def _digest(form: CreateExtractForm | CreateParseForm) -> str:
    rest = form.model_dump(mode="json", by_alias=True, exclude={"file"}, exclude_unset=True)
    digest = hashlib.sha256(json.dumps([type(form).__name__, rest], sort_keys=True).encode())
    digest.update(form.file.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
