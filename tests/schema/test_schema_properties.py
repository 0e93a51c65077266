"""Random classes and random instances: what goes out comes back."""

from __future__ import annotations

import json
import os
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any, Literal
from uuid import UUID

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model
from pydantic.alias_generators import to_camel

from chunkr_integrations.citations import citations_by_path, leaves
from chunkr_integrations.schema import compile_schema

# 10,000 in the long run: HYPOTHESIS_EXAMPLES=10000 pytest tests/schema
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "60"))


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)

# (annotation, values that an instance may have there)
SCALARS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (str, text),
    (int, st.integers(-(2**53), 2**53)),
    (float, finite),
    (bool, st.booleans()),
    (Decimal, decimals),
    (date, st.dates()),
    (datetime, st.datetimes(timezones=st.just(timezone.utc))),
    (time, st.times()),
    (
        timedelta,
        st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda t: timedelta(seconds=int(t.total_seconds()))),
    ),
    (UUID, st.uuids()),
    (Colour, st.sampled_from(Colour)),
    (Level, st.sampled_from(Level)),
    (Literal["a", "b"], st.sampled_from(["a", "b"])),
    (Any, text),
]


@st.composite
def annotations(draw: st.DrawFn, depth: int) -> tuple[Any, st.SearchStrategy[Any]]:  # noqa: PLR0911 - one for each kind
    kinds = ["scalar"] * 4 + (["model", "list", "optional", "dict", "tuple", "set", "union"] if depth else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "scalar":
        return draw(st.sampled_from(SCALARS))
    if kind == "model":
        return draw(models(depth - 1))
    if kind == "set":
        return set[str], st.sets(text, max_size=3)
    if kind == "union":
        return int | str, st.integers(0, 9) | text
    inner, values = draw(annotations(depth - 1))
    if kind == "list":
        return list[inner], st.lists(values, max_size=3)
    if kind == "dict":
        return dict[str, inner], st.dictionaries(st.text("abc", min_size=1, max_size=3), values, max_size=2)
    if kind == "tuple":
        return tuple[inner, bool], st.tuples(values, st.booleans())
    return inner | None, st.none() | values


@st.composite
def models(draw: st.DrawFn, depth: int) -> tuple[type[BaseModel], st.SearchStrategy[BaseModel]]:
    names = draw(
        st.lists(st.from_regex(r"[a-z]{1,4}(_[a-z]{1,4})?", fullmatch=True), min_size=1, max_size=4, unique=True)
    )
    names = [f"f_{name}" for name in names]
    fields: dict[str, Any] = {}
    values: dict[str, st.SearchStrategy[Any]] = {}
    for name in names:
        annotation, strategy = draw(annotations(depth))
        described = Field(description=f"About {name}") if draw(st.booleans()) else Field()
        fields[name] = (annotation, described)
        values[name] = strategy
    config = ConfigDict(alias_generator=to_camel if draw(st.booleans()) else None, populate_by_name=True)
    model: type[BaseModel] = create_model("Made", __config__=config, __doc__="A made class.", **fields)
    return model, st.fixed_dictionaries(values).map(lambda data: model.model_construct(**data))


def descriptions(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*(descriptions(item) for item in schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["description"]} if isinstance(schema.get("description"), str) else set()
    return own.union(*(descriptions(value) for value in schema.values()))


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(models(4), st.data())
def test_what_goes_out_comes_back(
    made: tuple[type[BaseModel], st.SearchStrategy[BaseModel]], data: st.DataObject
) -> None:
    model, instances = made
    compiled = compile_schema(model)
    schema = compiled.json
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "$ref" not in json.dumps(schema)
    said = "\n".join(descriptions(schema))
    assert all(wanted in said for wanted in descriptions(model.model_json_schema()))
    # As the service would answer: JSON, with a Decimal as a number.
    instance = data.draw(instances)
    wire = json.loads(json.dumps(instance.model_dump(mode="python", by_alias=True), default=_as_json))
    jsonschema.Draft202012Validator(schema).validate(wire)
    expected = model.model_validate_json(json.dumps(wire))
    assert compiled.read(wire).value == expected
    citations = {path: [{"content": "x"}] for path, _ in leaves(wire)} | {"no.such": []}
    cited = citations_by_path(wire, citations)
    names = [compiled.attribute_path(path) for path in cited]
    assert len(set(names)) == len(names)


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return json.loads(TypeAdapter(type(value)).dump_json(value))
