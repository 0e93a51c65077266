"""The requests, read with this server's own spelling of the contract. Fields it does not know are left alone."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema

from ._records import MICROSECONDS, from_wire_time
from ._refusal import Refused
from ._sources import ParseTask, Url, to_input
from ._task_store import Listing
from ._wire import PARSE_CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._sources import Input

__all__ = [
    "Form",
    "read_extract_form",
    "read_flag",
    "read_json",
    "read_listing",
    "read_metadata",
    "read_parse_form",
    "read_seconds",
]

_INT32 = 2**31 - 1
_NAME_LENGTH = 1024
_LIMIT, _MOST = 50, 1000  # rows of a page; the vendor documents neither
_STATUSES = frozenset({"Starting", "Processing", "Succeeded", "Failed", "Cancelled"})
_TYPES = frozenset({"Parse", "Extract"})
_configuration = jsonschema.Draft202012Validator(PARSE_CONFIGURATION)


@dataclass(frozen=True)
class Form:
    """A request for a task.

    Attributes:
        configuration: What the task echoes.
        parse_configuration: For the parse task; the same, when it is one.
        expires_in: Microseconds.
    """

    input: Input
    file_name: str | None
    expires_in: int | None
    configuration: Mapping[str, Any]
    parse_configuration: Mapping[str, Any]


def read_json(body: bytes | bytearray) -> dict[str, Any]:
    """The object in a request's body; what JSON has no spelling for is not let in, as it could not be echoed."""
    try:
        found = json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "Invalid request: the body is not JSON.") from error
    if not isinstance(found, dict):
        raise Refused(400, "Invalid request: the body must be a JSON object.")
    return found


def read_extract_form(wire: Mapping[str, Any]) -> Form:
    """A `CreateExtractForm`."""
    found, name = _file(wire), _text(wire, "file_name", most=_NAME_LENGTH)
    schema, parse = wire.get("schema"), wire.get("parse_configuration")
    if not isinstance(schema, dict):
        raise Refused(400, "Invalid request: schema must be a JSON Schema object.")
    _check_schema(schema)
    _text(wire, "system_prompt")
    if parse is not None:
        _check_configuration(parse, "parse_configuration")
    if isinstance(found, ParseTask):
        for option in ("file_name", "parse_configuration"):
            if wire.get(option) is not None:
                raise Refused(400, f"Invalid request: {option} can not be provided if the file is a task_id.")
    echo = {key: wire[key] for key in ("schema", "system_prompt", "parse_configuration") if key in wire}
    return Form(found, name or _name_of(found), _expires_in(wire), echo, parse or {})


def read_parse_form(wire: Mapping[str, Any]) -> Form:
    """A `CreateParseForm`: the parse configuration's fields stand beside the file."""
    found, name = _file(wire), _text(wire, "file_name", most=_NAME_LENGTH)
    if isinstance(found, ParseTask):
        raise Refused(400, "Invalid base64 data: the file of a parse task can not be a task_id.")
    asked = {key: wire[key] for key in PARSE_CONFIGURATION["properties"] if key in wire}
    _check_configuration(asked, "")
    return Form(found, name or _name_of(found), _expires_in(wire), asked, asked)


def read_metadata(text: str | None) -> str:
    """The `file_metadata` of an upload, as JSON."""
    if text is None or not text.strip():
        return "{}"
    try:
        found = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "Invalid request: file_metadata is not JSON.") from error
    if not isinstance(found, dict):
        raise Refused(400, "Invalid request: file_metadata must be a JSON object.")
    return json.dumps(found)


def read_listing(query: Mapping[str, str]) -> Listing:
    """The page that a list asks for."""
    limit = query.get("limit") or str(_LIMIT)
    if not limit.isascii() or not limit.isdigit() or len(limit) > 9 or int(limit) < 1:  # noqa: PLR2004 - digits of an int32
        raise Refused(400, "Invalid request: limit must be a whole number, 1 or more.")
    sort = query.get("sort") or "desc"
    if sort not in {"asc", "desc"}:
        raise Refused(400, "Invalid request: sort must be asc or desc.")
    return Listing(
        min(int(limit), _MOST),
        cursor=_moment(query, "cursor"),
        start=_moment(query, "start"),
        end=_moment(query, "end"),
        ascending=sort == "asc",
        statuses=_choices(query, "statuses", _STATUSES),
        task_types=_choices(query, "task_types", _TYPES),
    )


def read_flag(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    """A boolean parameter."""
    value = (query.get(name) or str(default)).casefold()
    if value not in {"true", "false", "1", "0"}:
        raise Refused(400, f"Invalid request: {name} must be true or false.")
    return value in {"true", "1"}


def read_seconds(query: Mapping[str, str], name: str, *, default: int) -> int:
    """A number of seconds, 1 or more."""
    value = query.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:11]) <= _INT32:
        raise Refused(400, f"Invalid request: {name} must be a whole number of seconds, 1 or more.")
    return int(value)


def _file(wire: Mapping[str, Any]) -> Input:
    file = wire.get("file")
    if not isinstance(file, str) or not file.strip():
        raise Refused(400, "Invalid request: file must be a string.")
    return to_input(file)


def _text(wire: Mapping[str, Any], name: str, *, most: int | None = None) -> str | None:
    value = wire.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refused(400, f"Invalid request: {name} must be a string.")
    if most is not None and (len(value) > most or any("\ud800" <= sign <= "\udfff" or sign < " " for sign in value)):
        raise Refused(400, f"Invalid request: {name} must be printable and at most {most} characters long.")
    return value or None


def _expires_in(wire: Mapping[str, Any]) -> int | None:
    value = wire.get("expires_in")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _INT32:
        raise Refused(400, "Invalid request: expires_in must be a whole number of seconds, 1 or more.")
    return value * MICROSECONDS


def _check_schema(schema: dict[str, Any]) -> None:
    try:
        jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator).check_schema(schema)
    except jsonschema.SchemaError as error:
        raise Refused(400, f"Invalid schema: at {error.json_path}: {error.message[:300]}") from error
    except Exception as error:  # a $schema that is no string, nesting without end: what check_schema trips over
        raise Refused(400, "Invalid schema: it cannot be read.") from error


def _check_configuration(asked: Any, name: str) -> None:
    given = {key: value for key, value in asked.items() if value is not None} if isinstance(asked, dict) else asked
    error = next(iter(_configuration.iter_errors(given)), None)
    if error is not None:
        where = error.json_path.replace("$", name, 1).lstrip(".")
        raise Refused(400, f"Invalid request: {where}: {error.message[:300]}")


def _name_of(found: Input) -> str | None:
    """The last part of a URL's path; a document that came without a name has none."""
    if isinstance(found, Url):
        name = found.url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
        return name[:_NAME_LENGTH] if "." in name and "://" not in name else None
    return None


def _moment(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name)
    if not value:
        return None
    try:
        return from_wire_time(value)
    except (ValueError, OverflowError) as error:
        raise Refused(400, f"Invalid request: {name} must be a date or a time in ISO 8601.") from error


def _choices(query: Mapping[str, str], name: str, known: frozenset[str]) -> frozenset[str]:
    chosen = frozenset(part.strip() for part in query.get(name, "").split(",") if part.strip())
    if chosen - known:
        raise Refused(400, f"Invalid request: {name} may be {', '.join(sorted(known))}, separated by commas.")
    return chosen


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _refuse_constant(text: str) -> float:
    raise ValueError(text)
