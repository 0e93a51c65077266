"""What a schema rules out is not returned: values outside ranges and lengths, what is null, what contains itself."""

from __future__ import annotations

import pytest
from test_fill_documents import document

from chunkr_integrations.engine import Engine
from chunkr_integrations.engine.fill import fill
from chunkr_integrations.engine.readers import read

TEXT = "Order No.: A-4711\nLevel: 3\nAmount: 1,234.50\nRef: 12\n"


def one(schema: dict, text: str = TEXT):
    return fill(document(text), {"type": "object", "properties": {"value": schema}})["value"].value


@pytest.mark.parametrize(
    ("title", "right", "wrong"),
    [
        ("Level", {"type": "integer", "minimum": 3}, {"type": "integer", "minimum": 4}),
        ("Level", {"type": "integer", "exclusiveMinimum": 2}, {"type": "integer", "exclusiveMinimum": 3}),
        ("Level", {"type": "integer", "exclusiveMaximum": 4}, {"type": "integer", "exclusiveMaximum": 3}),
        ("Amount", {"type": "number", "maximum": 1234.5}, {"type": "number", "maximum": 1000}),
        ("Amount", {"type": "number", "multipleOf": 0.01}, {"type": "number", "multipleOf": 1}),
        ("Order No.", {"type": "string", "maxLength": 6}, {"type": "string", "maxLength": 5}),
        ("Order No.", {"type": "string", "minLength": 6}, {"type": "string", "minLength": 7}),
        ("Order No.", {"type": ["string", "null"]}, {"type": "null"}),
    ],
)
def test_a_value_that_the_schema_rules_out_is_null(title, right, wrong):
    assert one(right | {"title": title}) is not None
    assert one(wrong | {"title": title}) is None


def test_a_value_that_is_ruled_out_makes_room_for_the_next():
    schema = {"type": "integer", "title": "Level", "x-aliases": ["Ref"], "minimum": 10}
    assert one(schema) == 12


def test_no_fraction_stands_in_a_list_of_whole_numbers():
    rows = {"type": "object", "properties": {"item": {"type": "string"}, "price": {"type": "integer"}}}
    schema = {"type": "object", "properties": {"rows": {"type": "array", "items": rows}}}
    sheet = read(b"item;price\nApple;3.50\nPear;4\nPlum;5\n", name="a.csv")
    assert [item["price"].value for item in fill(sheet, schema)["rows"]] == [None, 4, 5]


def test_one_alias_may_stand_without_a_list():
    schema = {"type": "object", "properties": {"our_code": {"type": "string", "x-aliases": "Level of it"}}}
    assert fill(document("Level of it: A-4711\n"), schema)["our_code"].value == "A-4711"


def test_what_contains_itself_does_not_get_the_same_value_again():
    node = {
        "type": "object",
        "properties": {"order_no": {"type": "string"}, "child": {"anyOf": [{"$ref": "#/$defs/N"}, {"type": "null"}]}},
    }
    filled = fill(document(TEXT), {"$ref": "#/$defs/N", "$defs": {"N": node}})
    assert filled["order_no"].value == "A-4711"
    assert filled["child"].value is None


def test_a_list_of_itself_goes_one_level_on():
    node = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "size": {"type": "number"},
            "parts": {"type": "array", "items": {"$ref": "#/$defs/N"}},
        },
    }
    sheet = read(b"name;size\nA1;4\nA2;5\n", name="a.csv")
    parts = fill(sheet, {"$ref": "#/$defs/N", "$defs": {"N": node}})["parts"]
    assert [(part["name"].value, part["parts"]) for part in parts] == [("A1", []), ("A2", [])]


def test_a_reference_to_nowhere_or_to_itself_is_answered_with_null():
    schema = {
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/A"}, "y": {"$ref": "#/$defs/None"}, "z": {"$ref": "#"}},
        "$defs": {"A": {"$ref": "#/$defs/A"}},
    }
    engine = Engine()
    answer = engine.extract(engine.parse(TEXT.encode(), name="a.txt"), schema)
    assert answer.results == {"x": None, "y": None, "z": None}
