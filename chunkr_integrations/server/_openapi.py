"""`GET /docs/openapi.json`: what this server answers, in its own words.

A test compares it with the vendor's document in everything that both define.
"""

from __future__ import annotations

from typing import Any

from chunkr_integrations.server._forms import DEFAULT_PROMPT, SEGMENT_KEYS

__all__ = ["openapi"]

_TIME = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_TOKENIZERS = ["Word", "Cl100kBase", "XlmRobertaBase", "BertBaseUncased"]


def openapi(url: str, version: str) -> dict[str, Any]:
    """The OpenAPI document of a server at `url`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chunkr API, answered by chunkr-integrations",
            "description": "Documents become values with citations, on this machine.",
            "version": version,
        },
        "servers": [{"url": url}, {"url": f"{url}/api/v1"}],
        "security": [],
        "paths": _paths(),
        "components": {
            "schemas": {**_requests(), **_tasks(), **_parse_output(), **_files()},
            "securitySchemes": {"api_key": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
    }


# ------------------------------------------------------------------------------------------------------ paths
def _paths() -> dict[str, Any]:
    task, file, chunks = _ref("TaskResponse"), _ref("File"), _query("include_chunks", {"type": "boolean"})
    as_base64 = _query("base64_urls", {"type": "boolean"})
    key = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 255}}
    task_id, file_id = _path("task_id"), _path("file_id")
    found, nothing = {404: "No such task"}, {401: "Unauthorized, or no such file"}
    page = [
        _query("cursor", _TIME),
        _query("start", _TIME),
        _query("end", _TIME),
        _query("limit", {"type": "integer", "minimum": 1}),
        _query("sort", {"type": "string", "enum": ["asc", "desc"]}),
    ]
    listed = [
        *page,
        _query("statuses", _several(["Starting", "Processing", "Succeeded", "Failed", "Cancelled"])),
        _query("task_types", _several(["Parse", "Extract"])),
        chunks,
        as_base64,
    ]
    link = [_path("kind"), _path("name"), _query("until", _TEXT), _query("signature", _TEXT)]
    return {
        "/tasks/extract": {
            "post": _operation(
                "create_extract_task_route",
                "Create an extract task",
                _json(_ref("ExtractTaskResponse")),
                [key],
                body=_json(_ref("CreateExtractForm")),
                problems={429: "Rate limit exceeded"},
            )
        },
        "/tasks/{task_id}/extract": {
            "get": _operation(
                "get_extract_task_route",
                "Read an extract task",
                _json(_ref("ExtractTaskResponse")),
                [task_id, as_base64, chunks],
                problems=found,
            )
        },
        "/tasks/parse": {
            "post": _operation(
                "create_parse_task_route",
                "Create a parse task",
                _json(_ref("ParseTaskResponse")),
                [key],
                body=_json(_ref("CreateParseForm")),
                problems={429: "Rate limit exceeded"},
            )
        },
        "/tasks/{task_id}/parse": {
            "get": _operation(
                "get_parse_task_route",
                "Read a parse task",
                _json(_ref("ParseTaskResponse")),
                [task_id, as_base64, chunks],
                problems=found,
            )
        },
        "/tasks": {"get": _operation("list_tasks_route", "List tasks", _json(_ref("TasksListResponse")), listed)},
        "/tasks/{task_id}": {
            "get": _operation(
                "get_task_route", "Read a task", _json(task), [task_id, as_base64, chunks], problems=found
            ),
            "delete": _operation("delete_task_route", "Delete a task", _plain(), [task_id], problems=found),
        },
        "/tasks/{task_id}/cancel": {
            "get": _operation("cancel_task_route", "Cancel a task", _plain(), [task_id], problems=found)
        },
        "/files": {
            "post": _operation(
                "upload_file_route",
                "Upload a file",
                _json(file),
                [key],
                body={"multipart/form-data": {"schema": _upload()}},
                problems={413: "The file is too large", 429: "Rate limit exceeded"},
            ),
            "get": _operation("list_files_route", "List files", _json(_ref("FilesListResponse")), page),
        },
        "/files/{file_id}": {
            "get": _operation("get_file_route", "Read a file's facts", _json(file), [file_id], problems=nothing),
            "delete": _operation(
                "delete_file_route", "Delete a file", _json(_ref("Delete")), [file_id], problems=nothing
            ),
        },
        "/files/{file_id}/url": {
            "get": _operation(
                "get_file_url_route",
                "Make a link to a file",
                _json(_ref("FileUrl")),
                [file_id, as_base64, _query("expires_in", {"type": "integer", "minimum": 1})],
                problems=nothing,
            )
        },
        "/files/{file_id}/content": {
            "get": _operation("get_file_content_route", "Read a file", _bytes(), [file_id], problems=nothing)
        },
        "/links/{kind}/{name}": {
            "get": _operation("follow_link_route", "Follow a link of this server", _bytes(), link, is_open=True)
        },
        "/health": {"get": _operation("health_check", "Whether it is up", _plain(), [], is_open=True)},
        "/file-types": {
            "get": _operation("get_file_types_route", "What can be read", _json(_ref("FileTypes")), [], is_open=True)
        },
    }


def _operation(
    name: str,
    summary: str,
    answer: dict[str, Any],
    parameters: list[dict[str, Any]],
    *,
    body: dict[str, Any] | None = None,
    problems: dict[int, str] | None = None,
    is_open: bool = False,
) -> dict[str, Any]:
    texts = {400: "Invalid request", 401: "Unauthorized", 500: "Server error", **(problems or {})}
    responses: dict[str, Any] = {"200": {"description": "Success", "content": answer}}
    for status, text in sorted(texts.items()):
        responses[str(status)] = {"description": text, "content": _plain()}
    found: dict[str, Any] = {"operationId": name, "summary": summary, "parameters": parameters, "responses": responses}
    if body is not None:
        found["requestBody"] = {"required": True, "content": body}
    if not is_open:
        found["security"] = [{"api_key": []}]
    return found


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "in": "query", "schema": schema}
    return {**found, "style": "form", "explode": False} if schema["type"] == "array" else found


def _several(choices: list[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": choices}}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _plain() -> dict[str, Any]:
    return {"text/plain": {"schema": _TEXT}}


def _bytes() -> dict[str, Any]:
    return {"*/*": {"schema": {"type": "string", "format": "binary"}}}


# --------------------------------------------------------------------------------------------------- schemas
def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"oneOf": [{"type": "null"}, schema]}
    return {**schema, "type": [schema["type"], "null"]}


def _object(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": properties}
    return {**found, "required": required} if required else found


def _choice(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _requests() -> dict[str, Any]:
    expires_in = _or_null({"type": "integer", "format": "int32", "minimum": 1})
    segment_processing = _object([], **{key: _or_null(_ref("GenerationConfig")) for key in SEGMENT_KEYS})
    configuration = {
        "chunk_processing": _ref("ChunkProcessing"),
        "error_handling": _ref("ErrorHandlingStrategy"),
        "ocr_strategy": _ref("OcrStrategy"),
        "pipeline": _ref("PipelineType"),
        "segment_processing": _or_null(_ref("SegmentProcessing")),
        "segmentation_strategy": _ref("SegmentationStrategy"),
    }
    source = {"file": _TEXT, "file_name": _or_null(_TEXT), "expires_in": expires_in}
    return {
        "CreateExtractForm": {"allOf": [_ref("ExtractConfiguration"), _object(["file"], **source)]},
        "CreateParseForm": {"allOf": [_ref("ParseConfiguration"), _object(["file"], **source)]},
        "ExtractConfiguration": _object(
            ["schema"],
            schema={"type": "object"},
            system_prompt={**_or_null(_TEXT), "default": DEFAULT_PROMPT},
            parse_configuration=_or_null(_ref("ParseConfiguration")),
        ),
        "ParseConfiguration": _object([], **configuration),
        "ChunkProcessing": _object(
            [],
            ignore_headers_and_footers={**_or_null({"type": "boolean"}), "deprecated": True},
            target_length={**_COUNT, "format": "int32", "default": 4096},
            tokenizer=_ref("TokenizerType"),
        ),
        "TokenizerType": {"oneOf": [_object(["Enum"], Enum=_ref("Tokenizer")), _object(["String"], String=_TEXT)]},
        "Tokenizer": _choice(*_TOKENIZERS),
        "ErrorHandlingStrategy": _choice("Fail", "Continue"),
        "OcrStrategy": _choice("All", "Auto"),
        "PipelineType": {**_choice("Azure", "Chunkr"), "deprecated": True},
        "SegmentationStrategy": _choice("LayoutAnalysis", "Page"),
        "SegmentProcessing": segment_processing,
        "GenerationConfig": _object(
            [],
            crop_image=_or_null(_ref("CroppingStrategy")),
            description=_or_null({"type": "boolean"}),
            extended_context=_or_null({"type": "boolean"}),
            format=_or_null(_ref("SegmentFormat")),
            llm={**_or_null(_TEXT), "deprecated": True},
            strategy=_or_null(_ref("GenerationStrategy")),
        ),
        "CroppingStrategy": _choice("All", "Auto"),
        "SegmentFormat": _choice("Html", "Markdown"),
        "GenerationStrategy": _choice("LLM", "Auto", "Ignore"),
    }


def _tasks() -> dict[str, Any]:
    count = {**_or_null(_COUNT), "format": "int32"}
    either = {"oneOf": [{"type": "null"}, _ref("ExtractOutputResponse"), _ref("ParseOutputResponse")]}
    configurations = {"anyOf": [_ref("ExtractConfiguration"), _ref("ParseConfiguration")]}
    page = {"has_more": {"type": "boolean"}, "next_cursor": _or_null(_TIME)}
    return {
        "Status": _choice("Starting", "Processing", "Succeeded", "Failed", "Cancelled"),
        "TaskType": _choice("Parse", "Extract"),
        "ClientVersion": {
            "oneOf": [
                _choice("Legacy"),
                _object(["ManualSdk"], ManualSdk=_TEXT),
                _object(["GeneratedSdk"], GeneratedSdk=_TEXT),
                _choice("Unspecified"),
            ]
        },
        "VersionInfo": _object(
            ["server_version", "client_version"], server_version=_TEXT, client_version=_ref("ClientVersion")
        ),
        "FileInfo": _object(
            ["url"],
            url=_TEXT,
            name=_or_null(_TEXT),
            mime_type=_or_null(_TEXT),
            page_count=count,
            ss_cell_count=count,
        ),
        "ExtractOutputResponse": _object(["results", "citations", "metrics"], results={}, citations={}, metrics={}),
        "ExtractTaskResponse": _task(_ref("ExtractConfiguration"), _or_null(_ref("ExtractOutputResponse"))),
        "ParseTaskResponse": _task(_ref("ParseConfiguration"), _or_null(_ref("ParseOutputResponse"))),
        "TaskResponse": _task(configurations, either),
        "TasksListResponse": _object(
            ["tasks", "has_more"], tasks={"type": "array", "items": _ref("TaskResponse")}, **page
        ),
    }


def _task(configuration: dict[str, Any], output: dict[str, Any]) -> dict[str, Any]:
    required = "configuration completed created_at file_info message status task_type task_id version_info"
    return _object(
        required.split(),
        task_id=_TEXT,
        task_type=_ref("TaskType"),
        status=_ref("Status"),
        completed={"type": "boolean"},
        message=_TEXT,
        created_at=_TIME,
        started_at=_or_null(_TIME),
        finished_at=_or_null(_TIME),
        expires_at=_or_null(_TIME),
        configuration=configuration,
        file_info=_ref("FileInfo"),
        input_file_url={**_or_null(_TEXT), "deprecated": True},
        output=output,
        parse_task_id=_or_null(_TEXT),
        task_url=_or_null(_TEXT),
        version_info=_ref("VersionInfo"),
    )


def _parse_output() -> dict[str, Any]:
    number = {"type": "number"}
    return {
        "BoundingBox": _object(
            ["left", "top", "width", "height"], left=number, top=number, width=number, height=number
        ),
        "OcrResult": _object(
            ["bbox", "text"],
            bbox=_ref("BoundingBox"),
            text=_TEXT,
            confidence=_or_null(number),
            ocr_id=_or_null(_TEXT),
            ss_cell_ref=_or_null(_TEXT),
        ),
        "Cell": _object(["cell_id", "range", "text"], cell_id=_TEXT, range=_TEXT, text=_TEXT, value=_or_null(_TEXT)),
        "Page": _object(
            ["image", "page_height", "page_number", "page_width"],
            image=_TEXT,
            page_number={"type": "integer", "minimum": 1},
            page_width=number,
            page_height=number,
            ss_sheet_name=_or_null(_TEXT),
        ),
        "SegmentType": _choice(*SEGMENT_KEYS, "SectionHeader"),
        "Segment": _object(
            ["bbox", "page_height", "page_number", "page_width", "segment_id", "segment_type"],
            segment_id=_TEXT,
            segment_type=_ref("SegmentType"),
            bbox=_ref("BoundingBox"),
            page_number={"type": "integer", "minimum": 1},
            page_width=number,
            page_height=number,
            text=_TEXT,
            content=_TEXT,
            embed=_or_null(_TEXT),
            image=_or_null(_TEXT),
            segment_length=_or_null(_COUNT),
            ocr=_or_null({"type": "array", "items": _ref("OcrResult")}),
            ss_cells=_or_null({"type": "array", "items": _ref("Cell")}),
            ss_range=_or_null(_TEXT),
            ss_sheet_name=_or_null(_TEXT),
        ),
        "Chunk": _object(
            ["chunk_length", "segments"],
            chunk_id=_TEXT,
            chunk_length=_COUNT,
            content=_or_null(_TEXT),
            embed=_or_null(_TEXT),
            segments={"type": "array", "items": _ref("Segment")},
        ),
        "ParseOutputResponse": _object(
            ["chunks"],
            chunks={"type": "array", "items": _ref("Chunk")},
            pages=_or_null({"type": "array", "items": _ref("Page")}),
            file_name=_or_null(_TEXT),
            mime_type=_or_null(_TEXT),
            page_count=_or_null(_COUNT),
            pdf_url=_or_null(_TEXT),
        ),
    }


def _files() -> dict[str, Any]:
    group = _object(
        ["formats"],
        formats={
            "type": "array",
            "items": _object(["extension", "mime_type"], extension=_TEXT, mime_type=_TEXT),
        },
    )
    groups = ["document", "image", "presentation", "spreadsheet", "text"]
    return {
        "File": _object(
            ["file_id", "file_name", "content_type", "file_size", "metadata", "created_at", "url"],
            file_id=_TEXT,
            file_name=_TEXT,
            content_type=_TEXT,
            file_size={**_COUNT, "format": "int64"},
            metadata={"type": "object"},
            created_at=_TIME,
            url=_TEXT,
        ),
        "FilesListResponse": _object(
            ["files", "has_more"],
            files={"type": "array", "items": _ref("File")},
            has_more={"type": "boolean"},
            next_cursor=_or_null(_TIME),
        ),
        "FileUrl": _object(["url"], url=_TEXT, expires_in=_or_null(_COUNT)),
        "Delete": _object(["deleted"], deleted={"type": "boolean"}),
        "FileTypes": _object(groups, **dict.fromkeys(groups, group)),
    }


def _upload() -> dict[str, Any]:
    return _object(["file"], file={"type": "string", "format": "binary"}, file_metadata=_or_null(_TEXT))
