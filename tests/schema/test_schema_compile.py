from __future__ import annotations

import gc
import json
import pickle
import uuid
import weakref
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from importlib.util import find_spec
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import jsonschema
import pytest
from pydantic import (
    VERSION,
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    HttpUrl,
    PrivateAttr,
    RootModel,
    computed_field,
    create_model,
)
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from chunkr_integrations.exceptions import ConfigurationError, OutputError, SchemaError
from chunkr_integrations.schema import CompiledSchema, compile_schema

VERSION_PARTS = tuple(int(part) for part in VERSION.split(".")[:2])


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Address(BaseModel):
    """Where somebody lives."""

    street: str = Field(description="Street and number")
    city: str


class Person(BaseModel):
    name: str
    home: Address = Field(description="Private address")
    work: Address | None = Field(None, description="Business address")


class Node(BaseModel):
    name: str
    children: list[Node] = []


class Chapter(BaseModel):
    title: str
    parent: Chapter | None = None


class Ping(BaseModel):
    pong: Pong | None = None


class Pong(BaseModel):
    ping: Ping | None = None


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    good: bool


class Owner(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind", description="The pet")]


class Line(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    unit_price: Decimal = Field(ge=0, description="Price of one")


class Order(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    order_lines: list[Line]
    by_region: dict[str, Line] = {}
    number: str = Field(validation_alias=AliasChoices("orderNo", "no"))


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]


class Lines(RootModel[list[Line]]):
    pass


@dataclass
class Point:
    x: float
    y: float


class Movie(TypedDict):
    title: str
    year: int | None


class Pair(NamedTuple):
    left: int
    right: str


def has_reference(schema: Any) -> bool:
    return "$ref" in json.dumps(schema) or "$defs" in json.dumps(schema)


TARGETS: list[Any] = [Person, Node, Chapter, Ping, Owner, Order, Page[Line], Lines, Point, Movie, Pair]
TARGETS += [list[Address], dict[str, Address], Cat | Dog, int, Literal["a", "b"], tuple[int, str], Colour]


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("dialect", ["chunkr", "strict"])
def test_every_target_is_plain_json_schema_with_an_object_at_the_root(target: Any, dialect: str) -> None:
    schema = compile_schema(target, dialect=dialect).json
    assert schema["type"] == "object"
    assert not has_reference(schema)
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_a_compiled_schema_is_the_same_every_time(target: Any) -> None:
    first, second = compile_schema(target), compile_schema(target)
    assert json.dumps(first.json) == json.dumps(second.json)
    assert first.hash == second.hash
    assert len(first.hash) == 64


def test_a_class_is_compiled_once() -> None:
    assert compile_schema(Person) is compile_schema(Person)
    assert compile_schema(Person) is not compile_schema(Person, dialect="strict")
    compiled = compile_schema(Person)
    assert compile_schema(compiled) is compiled


def test_the_json_is_a_copy() -> None:
    compile_schema(Person).json["properties"].clear()
    assert compile_schema(Person).json["properties"]


def test_descriptions_beside_a_reference_are_kept() -> None:
    """The field's own words come first and the class's after them: both were written for the reader."""
    properties = compile_schema(Person).json["properties"]
    assert properties["home"]["description"] == "Private address\nWhere somebody lives."
    assert properties["home"]["properties"]["street"]["description"] == "Street and number"
    assert properties["work"]["description"] == "Business address"
    assert properties["work"]["anyOf"][0]["description"] == "Where somebody lives."


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_recursion_is_unrolled_and_the_cut_reported(depth: int) -> None:
    compiled = compile_schema(Node, recursion_depth=depth)
    schema, found = compiled.json, 0
    while "children" in schema["properties"]:
        schema, found = schema["properties"]["children"]["items"], found + 1
    assert schema["properties"].keys() == {"name"}
    assert found == depth
    cut = [change for change in compiled.changes if change.kind == "unrolled"]
    assert [change.path for change in cut] == ["[]".join(["children", *[".children"] * depth])]
    assert not cut[0].lossless


@pytest.mark.parametrize("target", [Chapter, Ping])
def test_a_nullable_recursion_ends_without_an_empty_schema(target: Any) -> None:
    assert "{}" not in json.dumps(compile_schema(target).json).replace('"properties": {}', "")


def test_strict_refuses_what_cannot_be_said_in_full() -> None:
    with pytest.raises(SchemaError, match=r"Node\.children.*recursion"):
        compile_schema(Node, strict=True)
    assert compile_schema(Person, strict=True).json == compile_schema(Person).json


def test_what_is_no_object_is_wrapped_and_reported() -> None:
    compiled = compile_schema(list[Address])
    assert compiled.json["required"] == ["items"]
    assert [change.kind for change in compiled.changes if not change.path] == ["wrapped"]
    assert compiled.attribute_path("items[0].city") == "[0].city"


def test_a_decimal_is_a_number_with_its_constraints() -> None:
    price = compile_schema(Line).json["properties"]["unitPrice"]
    assert (price["type"], price["minimum"], price["description"]) == ("number", 0, "Price of one")


def test_formats_are_said_in_words() -> None:
    class Times(BaseModel):
        day: date = Field(description="Due date")
        at: datetime
        clock: time | None = None
        length: timedelta
        known: date = Field(description="ISO date")

    properties = compile_schema(Times).json["properties"]
    assert properties["day"]["description"] == "Due date (ISO 8601, YYYY-MM-DD)"
    assert "ISO 8601" in properties["at"]["description"]
    assert "ISO 8601" in properties["clock"]["description"]
    assert "ISO 8601" in properties["length"]["description"]
    assert properties["known"]["description"] == "ISO date"


def test_the_awkward_constructs_are_all_said() -> None:
    class Everything(BaseModel):
        """All of it."""

        model_config = ConfigDict(use_attribute_docstrings=True, frozen=True)
        colour: Colour
        """The paint."""
        level: Level
        one: Literal["x"]
        pair: tuple[int, str]
        tags: set[str]
        prices: dict[str, float]
        anything: Any = None
        ident: uuid.UUID
        link: HttpUrl
        raw: bytes
        either: int | str
        short: Annotated[str, Field(max_length=3, pattern="^[a-z]+$", examples=["abc"])]
        named: str = Field(json_schema_extra={"x-aliases": ["Name"]})
        _private: int = PrivateAttr(1)

        @computed_field  # type: ignore[prop-decorator]
        @property
        def double(self) -> str:
            return self.named * 2

    schema = compile_schema(Everything).json
    properties = schema["properties"]
    assert schema["description"] == "All of it."
    assert properties["colour"]["enum"] == ["red", "blue"]
    assert properties["colour"]["description"] == "The paint."
    assert properties["level"]["enum"] == [1, 2]
    assert properties["one"]["const"] == "x"
    assert properties["pair"]["prefixItems"] == [{"type": "integer"}, {"type": "string"}]
    assert properties["tags"]["uniqueItems"] is True
    assert properties["prices"]["additionalProperties"] == {"type": "number"}
    assert properties["ident"]["format"] == "uuid"
    assert properties["link"]["format"] == "uri"
    assert properties["short"]["maxLength"] == 3
    assert properties["short"]["examples"] == ["abc"]
    assert properties["named"]["x-aliases"] == ["Name"]
    assert not {"double", "_private"} & set(properties)


def test_the_strict_dialect_moves_into_words_what_it_may_not_say() -> None:
    class Small(BaseModel):
        size: int | None = Field(None, ge=1, le=9, description="Size")
        one: Literal["x"] = "x"

    compiled = compile_schema(Small, dialect="strict")
    size = compiled.json["properties"]["size"]
    assert size["type"] == "integer"
    assert "anyOf" not in size
    assert size["description"] == "Size (at least 1; at most 9)"
    assert compiled.json["properties"]["one"]["enum"] == ["x"]
    assert {change.kind for change in compiled.changes} >= {"moved", "nullable"}


def test_wire_names_become_attribute_paths() -> None:
    compiled = compile_schema(Order)
    assert compiled.json["properties"].keys() == {"orderLines", "byRegion", "orderNo"}
    assert compiled.attribute_path("orderLines[2].unitPrice") == "order_lines[2].unit_price"
    assert compiled.attribute_path("byRegion.north.unitPrice") == "by_region.north.unit_price"
    assert compiled.attribute_path("orderNo") == "number"
    assert compiled.attribute_path("unknown[0].unitPrice") == "unknown[0].unitPrice"
    assert compile_schema(Page[Line]).attribute_path("items[0].unitPrice") == "items[0].unit_price"
    assert compile_schema(Lines).attribute_path("items[0].unitPrice") == "[0].unit_price"


ZOD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "lines": {"type": "array", "items": {"$ref": "#/definitions/Line"}},
        "note": {"type": ["string", "null"]},
    },
    "definitions": {"Line": {"type": "object", "properties": {"n": {"type": "number"}}, "additionalProperties": False}},
    "required": ["lines", "note"],
    "additionalProperties": False,
}


def test_a_json_schema_is_inlined_and_otherwise_kept() -> None:
    schema = compile_schema(ZOD).json
    assert schema["properties"]["lines"]["items"]["properties"]["n"] == {"type": "number"}
    assert schema["properties"]["note"] == {"type": ["string", "null"]}
    assert schema["additionalProperties"] is False
    assert not {"$schema", "definitions"} & set(schema)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string"}, "not an object"),
        ({}, "nothing of what to extract"),
        ({"invoice_no": "string"}, "'invoice_no'"),
        ({"type": "nonsense"}, "nonsense"),
        ({"type": 5}, "no type 5"),
        ({"type": "object", "properties": ["a"]}, "'properties' must be an object of schemas"),
        ({"type": "object", "properties": {"a": "string"}}, "'properties' must be an object of schemas"),
        ({"type": "object", "required": "a"}, "'required' must be a list of names"),
        ({"type": "object", "properties": {"a": {"enum": []}}}, r"\.a: 'enum' must be"),
        ({"type": "object", "properties": {"a": {"anyOf": 3}}}, r"\.a: 'anyOf' must be"),
        ({"type": "array", "items": [{"type": "string"}]}, "prefixItems"),
        ({"type": "object", "properties": {"a": {"$ref": "#name"}}}, r"\.a: .*no JSON Pointer"),
        ({"type": "object", "properties": {"a": {"$dynamicRef": "#a", "type": "string"}}}, r"\.a: \$dynamicRef"),
        ({"type": "object", "$defs": {"A": {"type": "text"}}}, r"\$defs\.A: there is no type 'text'"),
        ({"type": "number", "minimum": float("nan")}, "no JSON"),
        ({"type": "object", "properties": {"a": {"type": "nonsense"}}}, r"\.a.*nonsense"),
        ({"type": "object", "properties": {"a": {"$ref": "https://example.com/x"}}}, r"\.a.*outside"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/No"}}}, r"\.a.*nothing"),
        ({"type": "object", "properties": {"a": object()}}, "no JSON"),
        ({"$ref": "#"}, "itself"),
    ],
)
def test_a_json_schema_that_cannot_be_asked_for_names_the_place(schema: Any, said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        compile_schema(schema)


class Hopeless(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    thing: SchemaError


@pytest.mark.parametrize("target", [None, 3, "Order", object(), lambda: None, print, [Order], Hopeless])
def test_what_is_no_class_is_refused(target: Any) -> None:
    with pytest.raises(SchemaError, match=r"\. Give a Pydantic class"):
        compile_schema(target)


def test_an_undefined_name_in_a_class_is_named() -> None:
    class Dangling(BaseModel):
        other: Nowhere  # noqa: F821 - that is the test

    with pytest.raises(SchemaError, match="Dangling"):
        compile_schema(Dangling)


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="dialect"):
        compile_schema(Person, dialect="openai")


def test_compiled_schemas_can_be_pickled() -> None:
    compiled = compile_schema(Order)
    copy: CompiledSchema[Order] = pickle.loads(pickle.dumps(compiled))
    assert copy == compiled
    assert copy.hash == compiled.hash


def test_a_class_and_what_it_was_compiled_to_go_together() -> None:
    """What a class was compiled to is kept on the class: neither keeps the other alive, and a pickle has none of it."""

    def compiled_once() -> weakref.ref[Any]:
        made = create_model("Short", name=(str, ...), parts=(list[Node], []))
        assert compile_schema(made) is compile_schema(made)
        compile_schema(made).read({"name": "a"})
        return weakref.ref(made)

    gone = compiled_once()
    gc.collect()
    assert gone() is None


def test_a_subclass_is_compiled_for_itself() -> None:
    compile_schema(Address)

    class Flat(Address):
        floor: int

    assert "floor" in compile_schema(Flat).json["properties"]
    assert compile_schema(Flat) is not compile_schema(Address)


def test_types_that_are_no_class_are_compiled_once_too() -> None:
    assert compile_schema(list[Address]) is compile_schema(list[Address])
    assert compile_schema(list[Address]) is not compile_schema(list[Person])


class Tree(RootModel[dict[str, "Tree"]]):
    pass


class Either(BaseModel):
    value: str | Either | list[Either]


class Holder(BaseModel):
    name: str
    tree: Tree


def test_recursion_is_cut_at_the_least_that_ends_it() -> None:
    """One alternative of several; the property; in a recursive dict the values: never the field around it."""
    assert compile_schema(Either, recursion_depth=0).json["properties"]["value"]["anyOf"] == [{"type": "string"}]
    tree = compile_schema(Holder, recursion_depth=1).json["properties"]["tree"]
    assert tree["additionalProperties"]["additionalProperties"] is False
    cuts = [change.path for change in compile_schema(Holder, recursion_depth=1).changes if change.kind == "unrolled"]
    assert cuts == ["tree.*"]
    with pytest.raises(SchemaError, match=r"Holder\.tree\.\*.*recursion"):
        compile_schema(Holder, recursion_depth=1, strict=True)


def test_classes_that_refer_to_each_other_crosswise_are_refused_before_they_fill_the_memory() -> None:
    names = [f"M{n}" for n in range(10)]
    models = {one: create_model(one, **{other.lower(): (f"{other} | None", None) for other in names}) for one in names}
    for model in models.values():
        model.model_rebuild(_types_namespace=models)
    with pytest.raises(SchemaError, match=r"more than 20000 places.*smaller recursion_depth"):
        compile_schema(models["M0"])


def test_what_json_schema_has_no_word_for_is_in_the_description() -> None:
    class Exact(BaseModel):
        price: Decimal = Field(max_digits=6, decimal_places=2, ge=Decimal("0.01"), description="Price")
        other: Annotated[Decimal, Field(decimal_places=3)] | None = None

    compiled = compile_schema(Exact)
    price, other = compiled.json["properties"].values()
    assert price["description"] == "Price (at most 6 digits; at most 2 decimal places)"
    assert price["minimum"] == 0.01
    assert other["description"] == "(at most 3 decimal places)"
    assert not any(key.startswith("x-") for key in price)
    assert [change.path for change in compiled.changes if change.kind == "described"] == ["price", "other"]


@pytest.mark.filterwarnings("error")
def test_a_default_that_is_no_json_is_reported() -> None:
    class Odd(BaseModel):
        anything: Any = object()
        limit: float = float("inf")

    compiled = compile_schema(Odd)
    assert "default" not in compiled.json["properties"]["limit"]
    assert [change.kind for change in compiled.changes] == ["dropped"]
    with pytest.raises(SchemaError, match="default"):
        compile_schema(Odd, strict=True)


def test_formats_are_said_wherever_they_stand() -> None:
    class Inner(BaseModel):
        day: date

    class Outer(BaseModel):
        one: Inner | None = None
        by_name: dict[str, date]
        pair: tuple[date, int]

    properties = compile_schema(Outer).json["properties"]
    assert "ISO 8601" in properties["one"]["anyOf"][0]["properties"]["day"]["description"]
    assert "ISO 8601" in properties["by_name"]["additionalProperties"]["description"]
    assert "ISO 8601" in properties["pair"]["prefixItems"][0]["description"]


def test_a_named_tuple_is_asked_for_by_its_names() -> None:
    class Box(BaseModel):
        model_config = ConfigDict(alias_generator=to_camel)
        left_right: Pair

    assert compile_schema(Box).json["properties"]["leftRight"]["properties"].keys() == {"left", "right"}
    assert compile_schema(Box).read({"leftRight": {"left": "1.234,5", "right": "b"}}, locale="de", on_invalid="partial")
    assert compile_schema(Box).read({"leftRight": {"left": "7", "right": "b"}}).value.left_right == Pair(7, "b")
    assert compile_schema(Box).read({"leftRight": [7, "b"]}).value.left_right == Pair(7, "b")


@pytest.mark.skipif(VERSION_PARTS < (2, 11), reason="Pydantic cannot be asked to take names beside aliases before 2.11")
def test_names_that_only_the_class_knows_are_asked_for_by_attribute() -> None:
    class Deep(BaseModel):
        city: str = Field(validation_alias=AliasPath("address", "city"))

    class ByName(BaseModel):
        model_config = ConfigDict(validate_by_alias=False, validate_by_name=True)
        city: str = Field(alias="Town")

    for model in (Deep, ByName):
        (name,) = compile_schema(model).json["properties"]
        assert compile_schema(model).read({name: "Bonn"}).value.city == "Bonn"
        assert compile_schema(model).attribute_path(name) == "city"


def test_a_generator_of_aliases_reaches_dataclasses_and_typed_dicts_inside() -> None:
    class Camel(BaseModel):
        model_config = ConfigDict(alias_generator=to_camel)
        one_point: Flat
        one_movie: Film

    @dataclass
    class Flat:
        unit_price: float

    class Film(TypedDict):
        first_year: int

    Camel.model_rebuild(_types_namespace={"Flat": Flat, "Film": Film})
    compiled = compile_schema(Camel)
    wire = {"onePoint": {"unitPrice": 1.5}, "oneMovie": {"firstYear": 1999}}
    assert compiled.read(wire).value == Camel(onePoint=Flat(1.5), oneMovie={"firstYear": 1999})
    assert compiled.attribute_path("onePoint.unitPrice") == "one_point.unit_price"
    assert compiled.attribute_path("oneMovie.firstYear") == "one_movie.first_year"
    wire["oneMovie"]["firstYear"] = "long ago"  # type: ignore[assignment]
    assert compiled.read(wire, on_invalid="partial").value.one_point == Flat(1.5)


def test_siblings_of_a_reference_that_say_more_are_kept() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {
                "$ref": "#/$defs/A",
                "properties": {"y": {"type": "number"}},
                "required": ["y"],
                "description": "Mine",
            },
            "b": {"allOf": [{"$ref": "#/$defs/A"}], "title": "B"},
            "c": {"$ref": "#/$defs/N", "minimum": 5},
        },
        "$defs": {
            "A": {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"], "description": "An A"},
            "N": {"type": "number", "minimum": 3},
        },
    }
    a, b, c = compile_schema(schema).json["properties"].values()
    assert a["properties"].keys() == {"x", "y"}
    assert a["required"] == ["x", "y"]
    assert a["description"] == "Mine\nAn A"
    assert (b["title"], b["description"], "allOf" in b) == ("B", "An A", False)
    assert c["allOf"] == [{"type": "number", "minimum": 3}, {"minimum": 5}]


def test_a_dict_is_not_changed_and_changing_it_changes_nothing() -> None:
    given = json.loads(json.dumps(ZOD))
    compiled = compile_schema(given)
    assert given == ZOD
    given["properties"]["lines"]["items"] = {}
    assert compiled.json == compile_schema(ZOD).json


def test_an_instance_is_told_from_its_class() -> None:
    with pytest.raises(SchemaError, match="Give the class: Address"):
        compile_schema(Address(street="a", city="b"))


def test_email_addresses_need_their_package() -> None:
    if find_spec("email_validator"):
        assert compile_schema(EmailStr).json["properties"]["value"]["format"] == "email"
    else:
        with pytest.raises(SchemaError, match=r"email-validator.*Install it"):
            compile_schema(EmailStr)


def test_tuples_and_alternatives_in_the_strict_dialect() -> None:
    class Shapes(BaseModel):
        pair: tuple[int, str]
        pet: Cat | Dog = Field(discriminator="kind")

    properties = compile_schema(Shapes, dialect="strict").json["properties"]
    assert properties["pair"]["items"]["anyOf"] == [{"type": "integer"}, {"type": "string"}]
    assert "in this order: integer, string" in properties["pair"]["description"]
    assert "oneOf" not in properties["pet"]
    assert properties["pet"]["anyOf"][0]["properties"]["kind"]["enum"] == ["cat"]


def test_names_with_dots_and_brackets_in_them() -> None:
    class Row(BaseModel):
        price: float = Field(alias="Price [EUR]")
        vat: float = Field(alias="VAT.rate")

    class Form(BaseModel):
        number: str = Field(alias="Order No.")
        order: str = Field(alias="Order")
        rows: list[Row] = Field(alias="rows.all")
        by_name: dict[str, Row] = Field(alias="by")

    paths = compile_schema(Form).attribute_path
    assert paths("Order No.") == "number"
    assert paths("Order") == "order"
    assert paths("rows.all[2].Price [EUR]") == "rows[2].price"
    assert paths("rows.all[2].VAT.rate") == "rows[2].vat"
    assert paths("by.north.VAT.rate") == "by_name.north.vat"
    with pytest.raises(OutputError, match=r"rows\[0\]\.price: Input"):
        compile_schema(Form).read(
            {"Order No.": 1, "Order": "", "rows.all": [{"Price [EUR]": "x", "VAT.rate": 1}], "by": {}}
        )


def test_the_items_of_a_tuple_have_names_of_their_own() -> None:
    """Paths that differ in an index only are not the same place there."""

    class First(BaseModel):
        one: str = Field(alias="a")

    class Second(BaseModel):
        two: str = Field(alias="a")

    class Both(BaseModel):
        pair: tuple[First, Second]

    compiled = compile_schema(Both)
    assert [compiled.attribute_path(f"pair[{index}].a") for index in (0, 1)] == ["pair[0].one", "pair[1].two"]


def test_every_row_has_its_own_path() -> None:
    compiled = compile_schema(list[Order])
    wanted = [f"[{row}].order_lines[{line}].unit_price" for row in range(12) for line in range(3)]
    found = [f"items[{row}].orderLines[{line}].unitPrice" for row in range(12) for line in range(3)]
    assert [compiled.attribute_path(path) for path in found] == wanted
