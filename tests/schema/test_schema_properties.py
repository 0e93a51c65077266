"""Random classes and random instances: what goes out comes back."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Generic, Literal, NamedTuple, Optional, TypeVar
from uuid import UUID

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    PrivateAttr,
    RootModel,
    TypeAdapter,
    computed_field,
    create_model,
)
from pydantic.alias_generators import to_camel, to_pascal
from typing_extensions import TypedDict

from chunkr_integrations.citations import citations_by_path, leaves
from chunkr_integrations.exceptions import OutputError, SchemaError
from chunkr_integrations.schema import compile_schema

# 10,000 in the long run: HYPOTHESIS_EXAMPLES=10000 pytest tests/schema
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "60"))
random_classes = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


class Colour(Enum):
    RED = "red"
    BLUE = "Blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


T = TypeVar("T")


class Found(BaseModel, Generic[T]):
    """A value and a note on it."""

    value: T = Field(description="What was found")
    note: str | None = None


class Tree(BaseModel):
    """A part that has parts."""

    name: str
    parts: list[Tree] = []


class Person(BaseModel):
    """Somebody, in a class that uses what the others do not."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True)

    first: str
    """The given name."""
    born: date | None
    _seen: int = PrivateAttr(0)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def initial(self) -> str:
        """What is made from the rest, and not asked for."""
        return self.first[:1]


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
key = st.text("abc", min_size=1, max_size=3)
finite = st.floats(allow_nan=False, allow_infinity=False)
cents = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)
trees = st.recursive(
    st.builds(Tree, name=text),
    lambda below: st.builds(Tree, name=text, parts=st.lists(below, max_size=2)),
    max_leaves=4,
)

# (annotation, values that an instance may have there)
Kind = tuple[Any, st.SearchStrategy[Any]]
SCALARS: list[Kind] = [
    (str, text),
    (int, st.integers(-(2**53), 2**53)),
    (float, finite),
    (bool, st.booleans()),
    (Decimal, cents),
    (date, st.dates()),
    (
        datetime,
        st.datetimes(timezones=st.sampled_from([None, timezone.utc, timezone(timedelta(hours=-3, minutes=-30))])),
    ),
    (time, st.times()),
    (timedelta, st.timedeltas(timedelta(-400), timedelta(400))),
    (UUID, st.uuids()),
    (bytes, text.map(str.encode)),
    (HttpUrl, st.sampled_from(["https://example.com/a?b=c", "http://localhost:8000/"]).map(HttpUrl)),
    (Colour, st.sampled_from(Colour)),
    (Level, st.sampled_from(Level)),
    (Literal["a", "B"], st.sampled_from(["a", "B"])),
    (Literal["only"], st.just("only")),
    (Literal[1, 2], st.sampled_from([1, 2])),
    (Any, text | st.integers(0, 9)),
    (int | str, st.integers(0, 9) | text),
    (set[int], st.sets(st.integers(0, 9), max_size=3)),
    (frozenset[str], st.frozensets(text, max_size=3)),
    (Tree, trees),
    (Person, st.builds(Person, first=text, born=st.none() | st.dates())),
    (Annotated[int, Field(ge=0, lt=100)], st.integers(0, 99)),
    (Annotated[str, Field(max_length=8, examples=["abc"])], text),
    (
        Annotated[Decimal, Field(gt=Decimal("-1e9"), max_digits=12, decimal_places=2)],
        cents.filter(lambda d: d > -(10**9)),
    ),
]


def fields(draw: st.DrawFn, depth: int, *, most: int = 4) -> dict[str, Kind]:
    names = draw(
        st.lists(st.from_regex(r"[a-z]{1,4}(_[a-z]{1,4})?", fullmatch=True), min_size=1, max_size=most, unique=True)
    )
    return {f"f_{name}": draw(kinds(depth)) for name in names}


@st.composite
def models(draw: st.DrawFn, depth: int, **constants: str) -> Kind:
    """A Pydantic class with aliases, descriptions, defaults and constants of its own."""
    made: dict[str, Any] = {name: (Literal[value], Field(alias=name)) for name, value in constants.items()}
    values: dict[str, st.SearchStrategy[Any]] = {name: st.just(value) for name, value in constants.items()}
    for number, (name, (annotation, strategy)) in enumerate(fields(draw, depth).items()):
        options: dict[str, Any] = {}
        if draw(st.booleans()):
            options["description"] = f"About {name}, {draw(st.integers(0, 99))}"
        spelling = draw(st.sampled_from(["as it is", "alias", "choices"]))
        if spelling == "alias":
            options["alias"] = f"a{number}-{name}"
        elif spelling == "choices":
            options["validation_alias"] = AliasChoices(f"c{number}", f"d{number}")
            options["serialization_alias"] = f"c{number}"
        made[name] = (annotation, Field(**options))
        values[name] = strategy
    config = ConfigDict(
        alias_generator=draw(st.sampled_from([None, to_camel, to_pascal])),
        populate_by_name=True,
        frozen=draw(st.booleans()),
        extra=draw(st.sampled_from(["ignore", "forbid"])),
    )
    doc = draw(st.sampled_from([None, "A made class.", "Another made class."]))
    model = create_model("Made", __config__=config, __doc__=doc, **made)
    return model, st.fixed_dictionaries(values).map(lambda data: model(**data))


@st.composite
def roots(draw: st.DrawFn, depth: int) -> Kind:
    inner, values = draw(kinds(depth))
    root = RootModel[list[inner]]
    return root, st.lists(values, max_size=2).map(root)


@st.composite
def dataclass_types(draw: st.DrawFn, depth: int) -> Kind:
    found = fields(draw, depth, most=2)
    made = dataclasses.make_dataclass("MadeData", [(name, annotation) for name, (annotation, _) in found.items()])
    made.__pydantic_config__ = ConfigDict()  # else it has the alias generator of the class around it
    return made, st.builds(made, **{name: values for name, (_, values) in found.items()})


@st.composite
def typed_dicts(draw: st.DrawFn, depth: int) -> Kind:
    found = fields(draw, depth, most=2)
    made = TypedDict("MadeDict", {name: annotation for name, (annotation, _) in found.items()})
    made.__pydantic_config__ = ConfigDict()
    return made, st.fixed_dictionaries({name: values for name, (_, values) in found.items()})


@st.composite
def named_tuples(draw: st.DrawFn, depth: int) -> Kind:
    # Letters without case: a named tuple has the alias generator of the class around it, and these stay as they are.
    found = {name: draw(kinds(depth)) for name in ("\u5de6", "\u53f3")}
    made = NamedTuple("MadeTuple", [(name, annotation) for name, (annotation, _) in found.items()])
    return made, st.builds(made, **{name: values for name, (_, values) in found.items()})


@st.composite
def generics(draw: st.DrawFn, depth: int) -> Kind:
    inner, values = draw(kinds(depth))
    return Found[inner], st.builds(Found[inner], value=values, note=st.none() | text)


@st.composite
def unions(draw: st.DrawFn, depth: int) -> Kind:
    """Of classes that a constant tells apart, with a discriminator or without."""
    (one, ones), (other, others) = draw(models(depth, kind="one")), draw(models(depth, kind="other"))
    if draw(st.booleans()):
        return Annotated[one | other, Field(discriminator="kind")], ones | others
    return one | other, ones | others


@st.composite
def containers(draw: st.DrawFn, depth: int) -> Kind:
    inner, values = draw(kinds(depth))
    return draw(
        st.sampled_from(
            [
                (list[inner], st.lists(values, max_size=3)),
                (dict[str, inner], st.dictionaries(key, values, max_size=2)),
                (tuple[inner, bool], st.tuples(values, st.booleans())),
                (tuple[inner, ...], st.lists(values, max_size=3).map(tuple)),
                (Optional[inner], st.none() | values),  # noqa: UP045 - `inner` is no name to write a bar after
                (Annotated[list[inner], Field(max_length=3)], st.lists(values, max_size=3)),
            ]
        )
    )


COMPOUNDS = [
    containers,
    containers,
    models,
    models,
    roots,
    dataclass_types,
    typed_dicts,
    named_tuples,
    generics,
    unions,
]


@st.composite
def kinds(draw: st.DrawFn, depth: int) -> Kind:
    if depth <= 0 or draw(st.integers(0, 2)):
        return draw(st.sampled_from(SCALARS))
    return draw(draw(st.sampled_from(COMPOUNDS))(depth - 1))


def on_the_wire(value: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
    """As the service would answer: JSON; a Decimal as a number, a named tuple as an object."""
    if isinstance(value, RootModel):
        return on_the_wire(value.root)
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        return {field.serialization_alias or name: on_the_wire(getattr(value, name)) for name, field in fields}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return on_the_wire(value._asdict())
    if dataclasses.is_dataclass(value):
        return {field.name: on_the_wire(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {name: on_the_wire(inner) for name, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(on_the_wire, value))
    if isinstance(value, list | tuple):
        return [on_the_wire(inner) for inner in value]
    if isinstance(value, Decimal):
        return float(value)
    return json.loads(TypeAdapter(type(value)).dump_json(value))


def descriptions(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from descriptions(item)
    elif isinstance(schema, dict):
        if isinstance(schema.get("description"), str):
            yield schema["description"]
        for value in schema.values():
            yield from descriptions(value)


def keywords(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from keywords(item)
    elif isinstance(schema, dict):
        for name, value in schema.items():
            yield name
            below = value.values() if name == "properties" else [value]
            for inner in below:
                if name in {"properties", "items", "additionalProperties", "anyOf", "oneOf", "allOf", "prefixItems"}:
                    yield from keywords(inner)


def at(instance: Any, path: str) -> Any:
    """What stands there in the instance."""
    here = instance
    for part in path.replace("[", ".[").split("."):
        if isinstance(here, RootModel):
            here = here.root
        if part.startswith("["):
            here = here[int(part[1:-1])]
        elif part:
            here = here[part] if isinstance(here, dict) else getattr(here, part)
    return here.root if isinstance(here, RootModel) else here


@random_classes
@given(models(5), st.data())
def test_what_goes_out_comes_back(made: Kind, data: st.DataObject) -> None:
    model, instances = made
    compiled = compile_schema(model)
    schema = compiled.json
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    assert not {"$ref", "$defs"} & set(keywords(schema))
    instance = data.draw(instances)
    wire = on_the_wire(instance)
    jsonschema.Draft202012Validator(schema).validate(wire)
    assert compiled.read(wire).value == instance
    assert compiled.read(wire, locale="de").value == instance
    assert compiled.read(wire, strict=True).value == instance
    assert compiled.read(wire, on_invalid="partial").invalid == ()


@random_classes
@given(models(5))
def test_every_word_of_the_class_is_in_the_schema(made: Kind) -> None:
    model, _ = made
    said = "\n".join(descriptions(compile_schema(model).json))
    assert [wanted for wanted in descriptions(model.model_json_schema()) if wanted not in said] == []


@random_classes
@given(models(5), st.data())
def test_attribute_paths_lead_to_the_values_in_the_instance(made: Kind, data: st.DataObject) -> None:
    model, instances = made
    compiled = compile_schema(model)
    wire = on_the_wire(data.draw(instances))
    value = compiled.read(wire).value
    paths = dict(leaves(wire))
    names = {path: compiled.attribute_path(path) for path in citations_by_path(wire, {path: [] for path in paths})}
    assert len(set(names.values())) == len(names)
    for path, name in names.items():
        try:
            found = at(value, name)
        except TypeError:  # a set has no order that a path could use
            continue
        if paths[path] not in ([], {}):
            assert on_the_wire(found) == paths[path]


@random_classes
@given(kinds(5), st.data())
def test_any_type_is_wrapped_where_it_must_be_and_comes_back(made: Kind, data: st.DataObject) -> None:
    target, instances = made
    compiled = compile_schema(target)
    schema = compiled.json
    assert schema["type"] == "object"
    instance = data.draw(instances)
    wire = on_the_wire(instance)
    wrapped = [change.path for change in compiled.changes if change.kind == "wrapped"]
    if wrapped:
        wire = {next(iter(schema["properties"])): wire}
    jsonschema.Draft202012Validator(schema).validate(wire)
    assert compiled.read(wire).value == instance


CONSTRAINTS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "maxLength", "maxItems", "uniqueItems"}


@random_classes
@given(models(4), st.data())
def test_the_strict_dialect_says_all_of_it_in_plain_keywords(made: Kind, data: st.DataObject) -> None:
    model, instances = made
    compiled = compile_schema(model, dialect="strict")
    schema = compiled.json
    jsonschema.Draft202012Validator.check_schema(schema)
    assert not (CONSTRAINTS | {"const", "oneOf", "prefixItems", "$ref", "default", "examples"}) & set(keywords(schema))
    assert '{"type": "null"}' not in json.dumps(schema)
    wire = on_the_wire(instance := data.draw(instances))
    assert compiled.read(wire).value == instance


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | text,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(text, below, max_size=3),
    max_leaves=8,
)
WORDS = (
    "type properties items required enum const anyOf oneOf allOf $ref $defs format description minimum "
    "additionalProperties prefixItems object array string number null #/$defs/a # a"
)
words = st.sampled_from(WORDS.split(" "))
almost_schemas = st.recursive(
    words | json_values,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(words, below, max_size=4),
    max_leaves=12,
)


def raised(error: type[Exception], what: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The error, or None; any other error is the test's failure."""
    try:
        what(*args, **options)
    except error as exc:
        return exc
    return None


@random_classes
@given(st.dictionaries(words, almost_schemas, max_size=4), st.sampled_from(["chunkr", "strict"]))
def test_a_dict_is_compiled_or_refused_and_nothing_else(schema: dict[str, Any], dialect: str) -> None:
    refusal = raised(SchemaError, compile_schema, schema, dialect=dialect)
    if refusal:
        assert refusal.cure
        return
    compiled = compile_schema(schema, dialect=dialect)
    assert compiled.json["type"] == "object"
    json.dumps(compiled.json)


@random_classes
@given(models(3), json_values)
def test_any_answer_is_read_or_refused_and_nothing_else(made: Kind, answer: Any) -> None:
    compiled = compile_schema(made[0])
    for results in (answer, dict.fromkeys(compiled.json["properties"], answer)):
        refusal = raised(OutputError, compiled.read, results)
        assert refusal is None or (refusal.results == results and refusal.errors)
    assert raised(OutputError, compiled.read, results, on_invalid="partial") is None
