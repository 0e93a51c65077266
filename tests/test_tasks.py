from __future__ import annotations

import warnings
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel, ValidationError

from chunkr_integrations import tasks
from chunkr_integrations.tasks import (
    ChunkProcessing,
    CreateExtractForm,
    CroppingStrategy,
    ErrorHandlingStrategy,
    ExtractOutput,
    GenerationConfig,
    GenerationStrategy,
    OcrStrategy,
    ParseConfiguration,
    PipelineType,
    SegmentationStrategy,
    SegmentFormat,
    SegmentProcessing,
    Status,
    Task,
    Tokenizer,
)

# Every field of the request that the contract has, each with a value that is not its default.
FULL = CreateExtractForm(
    file="ch://files/1",
    schema={"type": "object", "properties": {"total": {"type": "number"}}},
    system_prompt="Extract the order.",
    expires_in=3600,
    file_name="order.pdf",
    parse_configuration=ParseConfiguration(
        chunk_processing=ChunkProcessing(
            target_length=512, tokenizer="facebook/bart-large", ignore_headers_and_footers=True
        ),
        error_handling=ErrorHandlingStrategy.CONTINUE,
        ocr_strategy=OcrStrategy.AUTO,
        pipeline=PipelineType.AZURE,
        segmentation_strategy=SegmentationStrategy.PAGE,
        segment_processing=SegmentProcessing.model_validate(
            {
                name: GenerationConfig(
                    crop_image=CroppingStrategy.ALL,
                    description=True,
                    extended_context=True,
                    format=SegmentFormat.HTML,
                    llm="m",
                    strategy=GenerationStrategy.IGNORE,
                )
                for name in SegmentProcessing.model_fields
            }
        ),
    ),
)


def resolve(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def spec_properties(spec: dict[str, Any], name: str) -> dict[str, Any]:
    schema = spec["components"]["schemas"][name]
    parts = [resolve(spec, part) for part in schema.get("allOf", [schema])]
    return {key: value for part in parts for key, value in part["properties"].items()}


def wire_names(model: type[BaseModel]) -> set[str]:
    return {field.serialization_alias or field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (CreateExtractForm, "CreateExtractForm"),
        (ParseConfiguration, "ParseConfiguration"),
        (ChunkProcessing, "ChunkProcessing"),
        (SegmentProcessing, "SegmentProcessing"),
        (GenerationConfig, "GenerationConfig"),
    ],
)
def test_requests_have_the_contracts_fields(vendor_spec: dict[str, Any], model: type[BaseModel], name: str) -> None:
    """No field of the request is missing, none is invented, and deprecated ones are marked."""
    properties = spec_properties(vendor_spec, name)
    assert wire_names(model) == set(properties)
    for field_name, field in model.model_fields.items():
        schema = properties[field.serialization_alias or field.alias or field_name]
        inner = [resolve(vendor_spec, part) for part in schema.get("oneOf", [])]
        deprecated = bool(schema.get("deprecated")) or any(part.get("deprecated") for part in inner)
        assert bool(field.deprecated) == deprecated, field_name


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Task, "ExtractTaskResponse"),
        (tasks.FileInfo, "FileInfo"),
        (tasks.VersionInfo, "VersionInfo"),
        (ExtractOutput, "ExtractOutputResponse"),
        (tasks.ExtractConfiguration, "ExtractConfiguration"),
    ],
)
def test_answers_have_the_contracts_fields(vendor_spec: dict[str, Any], model: type[BaseModel], name: str) -> None:
    known = wire_names(model) | {"completed"}  # a property of ours, derived from the status
    assert set(spec_properties(vendor_spec, name)) <= known


@pytest.mark.parametrize(
    "kind",
    [
        "CroppingStrategy",
        "ErrorHandlingStrategy",
        "GenerationStrategy",
        "OcrStrategy",
        "PipelineType",
        "SegmentFormat",
        "SegmentationStrategy",
        "Status",
        "TaskType",
        "Tokenizer",
    ],
)
def test_enums_have_the_contracts_values(vendor_spec: dict[str, Any], kind: str) -> None:
    assert [member.value for member in getattr(tasks, kind)] == vendor_spec["components"]["schemas"][kind]["enum"]


def test_a_full_request_is_valid_under_the_contract(vendor_spec: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/CreateExtractForm", "components": vendor_spec["components"]}
    wire = FULL.to_wire()
    jsonschema.Draft202012Validator(schema).validate(wire)
    assert set(wire["parse_configuration"]["segment_processing"]) == set(
        spec_properties(vendor_spec, "SegmentProcessing")
    )
    assert CreateExtractForm.model_validate(wire) == FULL


def test_only_what_was_set_is_sent() -> None:
    """The service's defaults stay the service's business."""
    request = CreateExtractForm(file="ch://files/1", schema={}, parse_configuration=ParseConfiguration())
    assert request.to_wire() == {"file": "ch://files/1", "schema": {}, "parse_configuration": {}}


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        (Tokenizer.CL100K_BASE, {"Enum": "Cl100kBase"}),
        ("Cl100kBase", {"Enum": "Cl100kBase"}),
        ({"Enum": "Word"}, {"Enum": "Word"}),
        ("Qwen/Qwen-tokenizer", {"String": "Qwen/Qwen-tokenizer"}),
        ({"String": "Word"}, {"String": "Word"}),
    ],
)
def test_tokenizers_go_both_ways(given: Any, wire: dict[str, str]) -> None:
    assert ChunkProcessing(tokenizer=given).to_wire() == {"tokenizer": wire}
    assert ChunkProcessing.model_validate({"tokenizer": wire}).to_wire() == {"tokenizer": wire}


@pytest.mark.parametrize("given", ["", {"String": ""}, {"Enum": "Nope"}, {"Other": "Word"}, 3])
def test_a_tokenizer_that_is_none_is_refused(given: Any) -> None:
    with pytest.raises(ValidationError, match="tokenizer"):
        ChunkProcessing(tokenizer=given)


def test_a_mistyped_option_is_refused() -> None:
    with pytest.raises(ValidationError, match="ocr_stratgy"):
        ParseConfiguration.model_validate({"ocr_stratgy": "Auto"})


def test_deprecated_options_warn_when_read() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert ParseConfiguration(pipeline="Azure").pipeline == "Azure"
    assert any(issubclass(item.category, DeprecationWarning) for item in caught)


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Cancelled"])
def test_completed_follows_the_status_even_where_the_server_does_not_say(status: str) -> None:
    assert Task(task_id="1", status=status).completed
    assert not Task.model_validate({"task_id": "1", "status": "Starting", "completed": True}).completed


def test_an_answer_from_a_newer_server_is_read() -> None:
    task = Task.model_validate({"task_id": "1", "status": "Paused", "task_type": "Index", "new_field": {"a": 1}})
    assert (task.status, task.task_type, task.completed) == ("Paused", "Index", False)
    assert task.model_extra == {"new_field": {"a": 1}}


def test_an_answer_of_the_first_servers_is_read() -> None:
    """SDK 0.1.0a7 to a11: source_task_id, no version, null where an object could be."""
    task = Task.model_validate(
        {"task_id": "1", "status": "Succeeded", "source_task_id": "p", "file_info": None, "message": None}
    )
    assert (task.parse_task_id, task.message, task.file_info.url) == ("p", "", "")


def test_the_output_of_an_extract_task_is_typed_and_that_of_a_parse_task_raw() -> None:
    extract = Task.model_validate(
        {"task_id": "1", "status": Status.SUCCEEDED, "output": {"results": {}, "citations": {}, "metrics": {}}}
    )
    assert isinstance(extract.output, ExtractOutput)
    parse = Task.model_validate({"task_id": "1", "status": "Succeeded", "output": {"chunks": [], "pages": []}})
    assert parse.output == {"chunks": [], "pages": []}


@pytest.mark.parametrize("broken", [{}, {"task_id": "1"}, {"status": "Failed"}, {"task_id": 3, "status": "Failed"}, []])
def test_what_is_no_task_is_refused(broken: Any) -> None:
    with pytest.raises(ValidationError):
        Task.model_validate(broken)
