"""Tasks, files and the request that makes them: the wire models, as in the vendor's OpenAPI document 2.62.0.

Requests are strict: an unknown option is an error before anything is sent. Answers are tolerant: unknown keys are kept
in `model_extra`, unknown enum values stay strings, and what may be absent has a default, because the published sources
disagree about what is always there.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator
from pydantic.alias_generators import to_pascal

__all__ = [
    "DEFAULT_SYSTEM_PROMPT",
    "ChunkProcessing",
    "CreateExtractForm",
    "CroppingStrategy",
    "ErrorHandlingStrategy",
    "ExtractConfiguration",
    "ExtractOutput",
    "File",
    "FileInfo",
    "FilePage",
    "FileUrl",
    "GenerationConfig",
    "GenerationStrategy",
    "OcrStrategy",
    "ParseConfiguration",
    "PipelineType",
    "SegmentFormat",
    "SegmentProcessing",
    "SegmentationStrategy",
    "Status",
    "Task",
    "TaskPage",
    "TaskType",
    "Tokenizer",
    "VersionInfo",
]

DEFAULT_SYSTEM_PROMPT = (
    "You are an expert at structured data extraction. You will be given parsed text from a document and should convert "
    "it into the given structure."
)


class _WireEnum(str, Enum):
    """A closed list of the contract; compares and prints as its wire value."""

    def __str__(self) -> str:
        return str(self.value)


class Status(_WireEnum):
    """Where a task is; the last three are final."""

    STARTING = "Starting"
    PROCESSING = "Processing"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


class TaskType(_WireEnum):
    """What a task does."""

    PARSE = "Parse"
    EXTRACT = "Extract"


class Tokenizer(_WireEnum):
    """The predefined tokenizers."""

    WORD = "Word"
    CL100K_BASE = "Cl100kBase"
    XLM_ROBERTA_BASE = "XlmRobertaBase"
    BERT_BASE_UNCASED = "BertBaseUncased"


class ErrorHandlingStrategy(_WireEnum):
    """Whether an error while processing ends the task."""

    FAIL = "Fail"
    CONTINUE = "Continue"


class OcrStrategy(_WireEnum):
    """Which pages are recognised: all, or those without usable text."""

    ALL = "All"
    AUTO = "Auto"


class PipelineType(_WireEnum):
    """Deprecated by the vendor."""

    AZURE = "Azure"
    CHUNKR = "Chunkr"


class SegmentationStrategy(_WireEnum):
    """Whether a page is taken apart or is one segment."""

    LAYOUT_ANALYSIS = "LayoutAnalysis"
    PAGE = "Page"


class CroppingStrategy(_WireEnum):
    """Which images are cropped."""

    ALL = "All"
    AUTO = "Auto"


class SegmentFormat(_WireEnum):
    """The markup of a segment's content."""

    HTML = "Html"
    MARKDOWN = "Markdown"


class GenerationStrategy(_WireEnum):
    """How a segment's content is made; IGNORE leaves the segment out."""

    LLM = "LLM"
    AUTO = "Auto"
    IGNORE = "Ignore"


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    def to_wire(self) -> dict[str, Any]:
        """The JSON object to send: only what was set, under the wire's names."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _read_tokenizer(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        kind, name = next(iter(value.items()))
        if kind == "Enum":
            return Tokenizer(name)
        if kind == "String":
            return _as_model_id(name)
    if isinstance(value, str) and not isinstance(value, Tokenizer):
        return Tokenizer(value) if value in Tokenizer._value2member_map_ else _as_model_id(value)
    return value


def _as_model_id(name: Any) -> str:
    if not isinstance(name, str) or not name:
        msg = "the id of a Hugging Face tokenizer is a non-empty string"
        raise ValueError(msg)
    return name


def _write_tokenizer(value: Tokenizer | str) -> dict[str, str]:
    if isinstance(value, Tokenizer):
        return {"Enum": value.value}
    return {"String": value}


# On the wire {"Enum": "Word"} or {"String": "<Hugging Face model id>"}; here a Tokenizer or the id. A plain string that
# is one of the predefined names is that tokenizer.
TokenizerType = Annotated[Tokenizer | str, BeforeValidator(_read_tokenizer), PlainSerializer(_write_tokenizer)]


class ChunkProcessing(_Request):
    """How segments are put together into chunks."""

    target_length: int = Field(default=4096, ge=0, le=2**31 - 1)
    """Words in a chunk; 0: one segment a chunk."""
    tokenizer: TokenizerType = Tokenizer.WORD
    ignore_headers_and_footers: bool | None = Field(
        default=None, deprecated="use segment_processing with strategy IGNORE for page headers and footers"
    )


class GenerationConfig(_Request):
    """How the segments of one type are processed; what is None keeps the service's default for the type."""

    crop_image: CroppingStrategy | None = None
    description: bool | None = None
    """Have a model describe the segment."""
    extended_context: bool | None = None
    """Give the model the whole page as context."""
    format: SegmentFormat | None = None
    llm: str | None = Field(default=None, deprecated="the service no longer lets requests choose the model")
    strategy: GenerationStrategy | None = None


class SegmentProcessing(_Request):
    """Settings by segment type; `page_header` here is `PageHeader` on the wire. There is none for section headers."""

    model_config = ConfigDict(alias_generator=to_pascal)

    caption: GenerationConfig | None = None
    footnote: GenerationConfig | None = None
    form_region: GenerationConfig | None = None
    formula: GenerationConfig | None = None
    graphical_item: GenerationConfig | None = None
    legend: GenerationConfig | None = None
    line_number: GenerationConfig | None = None
    list_item: GenerationConfig | None = None
    page: GenerationConfig | None = None
    page_footer: GenerationConfig | None = None
    page_header: GenerationConfig | None = None
    page_number: GenerationConfig | None = None
    picture: GenerationConfig | None = None
    table: GenerationConfig | None = None
    text: GenerationConfig | None = None
    title: GenerationConfig | None = None
    unknown: GenerationConfig | None = None


class ParseConfiguration(_Request):
    """How the document is read before anything is extracted; only what is set is sent."""

    chunk_processing: ChunkProcessing = ChunkProcessing()
    error_handling: ErrorHandlingStrategy = ErrorHandlingStrategy.FAIL
    ocr_strategy: OcrStrategy = OcrStrategy.ALL
    pipeline: PipelineType = Field(default=PipelineType.CHUNKR, deprecated="the service has one pipeline")
    segment_processing: SegmentProcessing | None = None
    segmentation_strategy: SegmentationStrategy = SegmentationStrategy.LAYOUT_ANALYSIS


class CreateExtractForm(_Request):
    """The body of `POST /tasks/extract`."""

    file: str
    """`ch://files/{id}`, an http(s) URL, a data URI or base64, or the id of a parse task."""
    schema_: dict[str, Any] = Field(alias="schema")
    system_prompt: str | None = None
    """None: the service's own, see DEFAULT_SYSTEM_PROMPT."""
    parse_configuration: ParseConfiguration | None = None
    """Not allowed when `file` is a task id."""
    expires_in: int | None = Field(default=None, ge=0, le=2**31 - 1)
    """Seconds until the task is deleted; None: never."""
    file_name: str | None = None
    """Not allowed when `file` is a task id."""


def _open_enum(kind: type[Enum]) -> BeforeValidator:
    """Known values become members; a value that a newer server sends stays the string it is."""

    def read(value: Any) -> Any:
        return kind(value) if isinstance(value, str) and value in kind._value2member_map_ else value

    return BeforeValidator(read)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        # A field with a default may come as null; the default says what absence means.
        if not isinstance(data, dict) or None not in data.values():
            return data
        nullable = _never_null(cls)
        return {key: value for key, value in data.items() if value is not None or key not in nullable}


@cache
def _never_null(cls: type[BaseModel]) -> frozenset[str]:
    """Wire names of the fields whose default is not None."""
    fields = cls.model_fields.items()
    return frozenset(
        field.alias or name
        for name, field in fields
        if not field.is_required() and field.get_default(call_default_factory=True) is not None
    )


class FileInfo(_Answer):
    """What the service found out about the input."""

    url: str = ""
    """Presigned (it expires), or the content as base64."""
    name: str | None = None
    mime_type: str | None = None
    page_count: int | None = None
    ss_cell_count: int | None = None
    """Spreadsheets only."""


class VersionInfo(_Answer):
    """Who answered, and whom the server took the client for."""

    server_version: str = ""
    client_version: str | dict[str, Any] = "Unspecified"
    """"Legacy", "Unspecified", {"ManualSdk": v} or {"GeneratedSdk": v}."""


class ExtractConfiguration(_Answer):
    """The request, as the service repeats it."""

    schema_: dict[str, Any] = Field(default_factory=dict, alias="schema")
    system_prompt: str | None = None
    parse_configuration: dict[str, Any] | None = None


class ExtractOutput(_Answer):
    """The three mirrors, raw; `chunkr_integrations.citations` reads them by field path."""

    results: Any
    citations: Any = None
    metrics: Any = None


class Task(_Answer):
    """A task as the service sent it.

    `output` is set on extract tasks that succeeded; on parse tasks it is a dict as it came.
    """

    task_id: str
    status: Annotated[Status | str, _open_enum(Status)]
    task_type: Annotated[TaskType | str | None, _open_enum(TaskType)] = None
    message: str = ""
    """What is going on; for a failed task the reason."""
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    configuration: ExtractConfiguration = ExtractConfiguration()
    file_info: FileInfo = FileInfo()
    output: ExtractOutput | dict[str, Any] | None = None
    parse_task_id: str | None = None
    """The parse task it worked on: give it as `file` to extract another schema without a second parse."""
    task_url: str | None = None
    input_file_url: str | None = Field(default=None, deprecated="use file_info.url")
    version_info: VersionInfo = VersionInfo()

    @model_validator(mode="before")
    @classmethod
    def _older_names(cls, data: Any) -> Any:
        # SDK 0.1.0a7 to a11 say source_task_id; a13 and later parse_task_id.
        if isinstance(data, dict) and data.get("parse_task_id") is None and isinstance(data.get("source_task_id"), str):
            data = {**data, "parse_task_id": data["source_task_id"]}
        return data

    @property
    def completed(self) -> bool:
        """Whether the status is final; derived, because older servers do not send the field of that name."""
        return self.status in {Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}


class File(_Answer):
    """An uploaded file; its `url` can be the `file` of any number of tasks."""

    file_id: str
    file_name: str = ""
    content_type: str = ""
    file_size: int = 0
    """Bytes."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    created_at: datetime | None = None
    url: str = ""
    """Permanent: `ch://files/{file_id}`."""


class FileUrl(_Answer):
    """A link to a file's content."""

    url: str
    expires_in: int | None = None
    """Seconds."""


class TaskPage(_Answer):
    """One page of `GET /tasks`."""

    tasks: list[Task] = Field(default_factory=list)
    has_more: bool = False
    next_cursor: str | None = None


class FilePage(_Answer):
    """One page of `GET /files`."""

    files: list[File] = Field(default_factory=list)
    has_more: bool = False
    next_cursor: str | None = None
