from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    PrivateAttr,
    RootModel,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from chunkr_integrations.exceptions import ConfigurationError, OutputError
from chunkr_integrations.schema import compile_schema


class Colour(Enum):
    RED = "Red"
    BLUE = "Blue"


class Line(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)
    unit_price: Decimal
    count: int = 1


class Order(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)
    number: str
    order_lines: list[Line] = []
    paid: bool | None = None
    due_date: date | None = None
    colour: Colour | None = None


def read(target: Any, results: Any, **options: Any) -> Any:
    return compile_schema(target).read(results, **options).value


# --- the way back -------------------------------------------------------------------------------------------------


def test_aliases_and_wrappers_are_undone() -> None:
    class Lines(RootModel[list[Line]]):
        pass

    item = {"unitPrice": 1.5}
    assert read(Order, {"number": "1", "orderLines": [item]}).order_lines[0].unit_price == Decimal("1.5")
    assert read(list[Line], {"items": [item]}) == [Line(unitPrice=Decimal("1.5"))]
    assert read(Lines, {"items": [item]}).root[0].unit_price == Decimal("1.5")
    assert read(int, {"value": 3}) == 3
    assert read(dict[str, Line], {"a": item})["a"].unit_price == Decimal("1.5")


def test_dataclasses_and_typed_dicts_come_back_as_themselves() -> None:
    @dataclass
    class Point:
        x: float

    class Movie(TypedDict):
        year: int | None

    assert read(Point, {"x": "1,5"}) == Point(1.5)
    assert read(Movie, {}) == {"year": None}


JSON_SCHEMA = {
    "type": "object",
    "properties": {
        "total": {"type": "number"},
        "due": {"type": ["string", "null"], "format": "date"},
        "note": {"type": "string"},
    },
    "required": ["total", "due"],
}


def test_a_json_schemas_results_stay_json_and_are_checked() -> None:
    """What is printed is read; null is how the service says that it found nothing, and strict reading refuses it."""
    results = {"total": "1.234,50", "due": "1. März 2026", "note": None}
    assert read(JSON_SCHEMA, results) == {"total": 1234.5, "due": "2026-03-01", "note": None}
    assert read(JSON_SCHEMA, {"total": None, "due": None}) == {"total": None, "due": None}
    for wrong in ({"total": "x", "due": None}, {"total": 1}, ["a"], None):
        with pytest.raises(OutputError):
            read(JSON_SCHEMA, wrong)
    for wrong in ({"total": None, "due": None}, {"total": "1", "due": None}):
        with pytest.raises(OutputError, match="total"):
            read(JSON_SCHEMA, wrong, strict=True)


def test_a_json_schemas_results_are_partial_as_they_are() -> None:
    reading = compile_schema(JSON_SCHEMA).read({"total": "1.234", "note": 3.5}, on_invalid="partial")
    assert reading.value == {"total": "1.234", "note": 3.5}
    assert dict(reading.invalid) == {
        "total": "Input should be of type number",
        "note": "Input should be of type string",
        "due": "Field required",
    }


def test_a_json_schema_of_a_list_is_wrapped_and_unwrapped() -> None:
    compiled = compile_schema({"type": "array", "items": JSON_SCHEMA})
    assert compiled.json["required"] == ["items"]
    assert compiled.read({"items": [{"total": "2", "due": None}]}).value == [{"total": 2, "due": None}]
    assert compiled.attribute_path("items[0].total") == "[0].total"


def test_cut_recursion_reads_as_empty() -> None:
    class Node(BaseModel):
        name: str
        children: list[Node]

    results = {"name": "a", "children": [{"name": "b", "children": []}, {"name": "c"}]}
    found = compile_schema(Node, recursion_depth=1).read(results).value
    assert [child.children for child in found.children] == [[], []]


def test_strict_models_take_json() -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)
        day: date
        tags: set[str]

    assert read(Strict, {"day": "2026-03-01", "tags": ["a"]}) == Strict(day=date(2026, 3, 1), tags={"a"})


# --- values as printed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "locale", "number"),
    [
        ("1.234,56", None, "1234.56"),
        ("1,234.56", None, "1234.56"),
        ("1 234,56", None, "1234.56"),
        ("1'234.50", None, "1234.50"),
        ("1.234.567", None, "1234567"),
        ("12,5", None, "12.5"),
        ("12.5", None, "12.5"),
        ("1234.567", None, "1234.567"),
        ("0.125", None, "0.125"),
        ("0,125", None, "0.125"),
        ("1.234", "de", "1234"),
        ("0.125", "de", "0.125"),
        ("1.234", "de-CH", "1.234"),
        ("1.234", "es-MX", "1.234"),
        ("1.234", "es", "1234"),
        ("1.234", "en_US", "1.234"),
        ("12,-", None, "12"),
        ("12,-- €", None, "12"),
        ("CHF 1'234.-", None, "1234"),
        ("12,00 Euro", None, "12.00"),
        ("1.234", "en-GB", "1.234"),
        ("1,234", "en", "1234"),
        ("1,234", "de-AT", "1.234"),
        ("12.50", "de", "12.50"),
        ("€ 1.234,50", None, "1234.50"),
        ("$1,140.00", None, "1140.00"),
        ("1.140,00 EUR", None, "1140.00"),
        ("19 %", None, "19"),
        ("(5.00)", None, "-5.00"),
        ("-$5", None, "-5"),
        ("5,00-", None, "-5.00"),
        ("\u22123", None, "-3"),
        ("1\u00a0000", None, "1000"),
    ],
)
def test_printed_numbers_are_read(printed: str, locale: str | None, number: str) -> None:
    assert read(Line, {"unitPrice": printed}, locale=locale).unit_price == Decimal(number)


@pytest.mark.parametrize(
    "printed",
    [
        "1,234",
        "1.234",
        "€ 1.234",
        "-1.234",
        "INV 123",
        "5.00 CR",
        "many",
        "1.2.3",
        "1,2,3",
        "12 apples",
        "1.234,567.8",
        "",
        "3/4",
        "1 2",
    ],
)
def test_what_has_no_single_reading_is_refused(printed: str) -> None:
    """Above all "1,234" and "1.234" without a locale: neither is silently one of the two."""
    with pytest.raises(OutputError, match="unit_price"):
        read(Line, {"unitPrice": printed})


@pytest.mark.parametrize(
    ("printed", "locale", "day"),
    [
        ("2026-03-01", None, date(2026, 3, 1)),
        ("01.03.2026", None, date(2026, 3, 1)),
        ("1. März 2026", None, date(2026, 3, 1)),
        ("14 March 2025", None, date(2025, 3, 14)),
        ("March 14th, 2025", None, date(2025, 3, 14)),
        ("14 de marzo de 2025", None, date(2025, 3, 14)),
        ("Friday, 14 March 2025", None, date(2025, 3, 14)),
        ("2025/3/14", None, date(2025, 3, 14)),
        ("14/03/2025", None, date(2025, 3, 14)),
        ("03/14/25", None, date(2025, 3, 14)),
        ("03/04/2026", "en-US", date(2026, 3, 4)),
        ("03/04/2026", "en-GB", date(2026, 4, 3)),
        ("03/04/2026", "fr", date(2026, 4, 3)),
        ("03/03/2026", None, date(2026, 3, 3)),
        ("2026-03-01T10:00:00", None, date(2026, 3, 1)),
        ("20260301", None, date(2026, 3, 1)),
        (20260301, None, date(2026, 3, 1)),
        ("Fr. 14.03.2025", None, date(2025, 3, 14)),
        ("n/a", None, None),
        ("-", None, None),
        ("", None, None),
    ],
)
def test_printed_dates_are_read(printed: Any, locale: str | None, day: date | None) -> None:
    assert read(Order, {"number": "1", "dueDate": printed}, locale=locale).due_date == day


@pytest.mark.parametrize(
    ("printed", "locale"),
    [
        ("03/04/2026", None),
        ("03/04/2026", "en"),
        ("31.02.2026", None),
        ("soon", None),
        ("March 2026", None),
        (0, None),
        (1772323200, None),
        ("1772323200", None),
        (45000.0, None),
    ],
)
def test_a_date_with_two_readings_or_none_is_refused(printed: Any, locale: str | None) -> None:
    with pytest.raises(OutputError, match="due_date"):
        read(Order, {"number": "1", "dueDate": printed}, locale=locale)


@pytest.mark.parametrize(("printed", "value"), [("Ja", True), ("nein", False), ("x", True), ("yes", True), ("", None)])
def test_printed_answers_are_read(printed: str, value: bool | None) -> None:
    assert read(Order, {"number": "1", "paid": printed}).paid is value


def test_an_enum_is_recognised_whatever_its_case() -> None:
    assert read(Order, {"number": "1", "colour": " red "}).colour is Colour.RED
    with pytest.raises(OutputError, match="colour"):
        read(Order, {"number": "1", "colour": "green"})


def test_text_is_never_touched() -> None:
    assert read(Order, {"number": " 1.234,50 "}).number == " 1.234,50 "


def test_strict_takes_values_as_they_are() -> None:
    with pytest.raises(OutputError, match="unit_price"):
        read(Line, {"unitPrice": "1.234,56"}, strict=True)


def test_null_means_what_the_class_says_it_means() -> None:
    assert read(Order, {"number": "1", "orderLines": None}).order_lines == []
    assert read(Line, {"unitPrice": 1, "count": None}).count == 1

    class Required(BaseModel):
        note: str | None
        tags: list[str]

    assert read(Required, {"tags": None}) == Required(note=None, tags=[])
    with pytest.raises(OutputError, match="number"):
        read(Order, {"number": None})


def test_alternatives_are_chosen_by_their_constants() -> None:
    class Cash(BaseModel):
        kind: Literal["cash"]
        amount: Decimal

    class Card(BaseModel):
        kind: Literal["card"]
        amount: float

    class Payment(BaseModel):
        by: Annotated[Cash | Card, Field(discriminator="kind")]
        ref: int | str
        size: int | date | None = None

    found = read(Payment, {"by": {"kind": "card", "amount": "1,5"}, "ref": "1.234,5", "size": "3 %"})
    assert found == Payment(by=Card(kind="card", amount=1.5), ref="1.234,5", size=3)


# --- what does not fit --------------------------------------------------------------------------------------------


def test_the_error_names_attribute_paths_and_keeps_what_came() -> None:
    results = {"number": "1", "orderLines": [{"unitPrice": 1}, {"unitPrice": "many", "count": "few"}]}
    with pytest.raises(OutputError) as caught:
        compile_schema(Order).read(results, citations={"a": []}, metrics={"b": 1}, source="o.pdf", task_id="t")
    error = caught.value
    assert [path for path, _ in error.errors] == ["order_lines[1].unit_price", "order_lines[1].count"]
    assert (error.results, error.citations, error.metrics) == (results, {"a": []}, {"b": 1})
    assert (error.source, error.task_id, error.target) == ("o.pdf", "t", "Order")
    assert isinstance(error.__cause__, ValidationError)


def test_a_users_validator_that_raises_anything_is_no_traceback_of_ours() -> None:
    class Picky(BaseModel):
        a: int

        @field_validator("a")
        @classmethod
        def odd(cls, value: int) -> int:
            if value == 2:
                raise ValueError("even")
            return value // (value - 3)

    with pytest.raises(OutputError, match="even"):
        read(Picky, {"a": 2})
    with pytest.raises(OutputError, match="ZeroDivisionError"):
        read(Picky, {"a": 3})


def test_a_missing_field_is_named() -> None:
    with pytest.raises(OutputError, match=r"order_lines\[0\]\.unit_price: Field required"):
        read(Order, {"number": "1", "orderLines": [{}]})


@pytest.mark.parametrize("results", [None, [], 3, "x"])
def test_results_of_another_shape_are_refused(results: Any) -> None:
    with pytest.raises(OutputError):
        read(Order, results)


def test_partial_leaves_out_what_does_not_fit_and_says_so() -> None:
    results = {
        "number": "1",
        "orderLines": [{"unitPrice": "many"}, {"unitPrice": "2,5", "count": "few"}],
        "paid": "maybe",
    }
    reading = compile_schema(Order).read(results, on_invalid="partial")
    assert reading.value.number == "1"
    assert reading.value.paid is None
    assert [line.unit_price for line in reading.value.order_lines] == [None, Decimal("2.5")]
    assert [line.count for line in reading.value.order_lines] == [1, 1]
    assert [path for path, _ in reading.invalid] == [
        "order_lines[0].unit_price",
        "order_lines[1].count",
        "paid",
    ]


def test_partial_of_a_class_whose_own_rule_fails_has_all_its_fields() -> None:
    class Sum(BaseModel):
        a: int
        b: int

        @model_validator(mode="after")
        def ordered(self) -> Sum:
            if self.a > self.b:
                raise ValueError("a is more than b")
            return self

    reading = compile_schema(Sum).read({"a": 2, "b": 1}, on_invalid="partial")
    assert (reading.value.a, reading.value.b) == (2, 1)
    assert reading.invalid == (("", "Value error, a is more than b"),)


def test_without_the_package_that_checks_it_a_json_schemas_results_are_read_and_said_to_be_unchecked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert compile_schema(JSON_SCHEMA).read({"total": "2,5", "due": None}).checked
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    reading = compile_schema(JSON_SCHEMA).read({"total": "2,5"})
    assert reading.value == {"total": 2.5}
    assert not reading.checked


def test_numbers_where_text_is_wanted_are_their_digits_and_nothing_else_is() -> None:
    assert read(Order, {"number": 20260017}).number == "20260017"
    for wrong in (1.5, True, ["1"]):
        with pytest.raises(OutputError, match="number"):
            read(Order, {"number": wrong})


class Moment(BaseModel):
    at: datetime | None = None
    clock: time | None = None
    length: timedelta | None = None


@pytest.mark.parametrize(
    ("printed", "locale", "at"),
    [
        ("14.03.2025 10:30", None, "2025-03-14T10:30:00"),
        ("14.03.2025, 7.05 Uhr", "de", "2025-03-14T07:05:00"),
        ("March 14, 2025 at 2:30 pm", None, "2025-03-14T14:30:00"),
        ("12:15 am 2025-03-14", None, "2025-03-14T00:15:00"),
        ("03/04/2025 10:30", "en-US", "2025-03-04T10:30:00"),
        ("14 March 2025", None, "2025-03-14T00:00:00"),
        ("20250314", None, "2025-03-14T00:00:00"),
        ("14.03.2025 10:30 UTC", None, "2025-03-14T10:30:00+00:00"),
        ("2025-03-14T10:30:00Z", None, "2025-03-14T10:30:00+00:00"),
    ],
)
def test_printed_moments_are_read(printed: str, locale: str | None, at: str) -> None:
    assert read(Moment, {"at": printed}, locale=locale).at.isoformat() == at


@pytest.mark.parametrize(
    ("field", "printed", "said"),
    [
        ("at", "03/04/2025 10:30", "either way round"),
        ("at", 2025, "bare number"),
        ("at", "1741948200", "bare number"),
        ("at", "14.03.2025 25:00", "at"),
        ("at", "14.03.2025 10:30 CET", "at"),
        ("clock", "1430", "bare number"),
        ("clock", 14, "bare number"),
        ("clock", "13 pm", "clock"),
        ("length", "30", "bare number"),
        ("length", 30, "bare number"),
        ("length", "2 months", "length"),
    ],
)
def test_moments_with_two_readings_or_none_are_refused(field: str, printed: Any, said: str) -> None:
    """Pydantic itself would take bare numbers as seconds: since 1970, since midnight, or in all."""
    with pytest.raises(OutputError, match=said):
        read(Moment, {field: printed})


@pytest.mark.parametrize(
    ("field", "printed", "value"),
    [
        ("clock", "14:30", time(14, 30)),
        ("clock", "2:30 p.m.", time(14, 30)),
        ("clock", "11h30", time(11, 30)),
        ("clock", "9 Uhr", time(9)),
        ("length", "30 days", timedelta(30)),
        ("length", "14 Tage", timedelta(14)),
        ("length", "1 h 30 min", timedelta(hours=1, minutes=30)),
        ("length", "2 weeks and 1 day", timedelta(15)),
        ("length", "PT45M", timedelta(minutes=45)),
        ("length", "n/a", None),
    ],
)
def test_printed_times_and_durations_are_read(field: str, printed: str, value: Any) -> None:
    assert getattr(read(Moment, {field: printed}), field) == value


@pytest.mark.parametrize("locale", ["", "german", "d", "de_", "12"])
def test_what_is_no_locale_is_refused(locale: str) -> None:
    with pytest.raises(ConfigurationError, match="no locale"):
        read(Order, {"number": "1"}, locale=locale)


def test_an_unknown_on_invalid_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="on_invalid"):
        compile_schema(Order).read({"number": "1"}, on_invalid="ignore")  # type: ignore[call-overload]


def test_the_error_says_which_locale_would_settle_it() -> None:
    with pytest.raises(OutputError, match=r'unit_price: a mark before three digits.*locale=.*"de"'):
        read(Line, {"unitPrice": "1.234"})
    with pytest.raises(OutputError, match=r'due_date: day and month.*locale=.*"en-US"'):
        read(Order, {"number": "1", "dueDate": "03/04/2026"})


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int
    born: date | None


class Dog(BaseModel):
    kind: Literal["dog"]
    good: bool


@dataclass
class Stop:
    place: str
    minutes: int
    notes: list[str] = field(default_factory=list)


class Tags(RootModel[list[Cat]]):
    pass


class Zoo(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")
    told: Annotated[Cat | Dog, Field(discriminator="kind")]
    untold: list[Cat | Dog]
    by_name: dict[str, Cat]
    stop: Stop
    movie: Movie
    tags: Tags
    pair: tuple[int, Cat]
    ids: set[int]
    odd: int = 7
    _seen: int = PrivateAttr(5)

    @field_validator("odd")
    @classmethod
    def is_odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("even")
        return value


class Movie(TypedDict):
    title: str
    year: int


BAD_CAT = {"kind": "CAT", "lives": "many", "born": "1.2.2024"}
GOOD_PART = Cat.model_construct(kind="cat", lives=None, born=date(2024, 2, 1))


def test_partial_keeps_what_fits_at_every_depth_and_names_the_rest() -> None:
    results = {
        "told": {"kind": "dog", "good": "perhaps"},
        "untold": [BAD_CAT, {"kind": "dog", "good": "ja"}],
        "by_name": {"a": BAD_CAT},
        "stop": {"place": "Bonn", "minutes": "few"},
        "movie": {"title": "M", "year": "long ago"},
        "tags": [BAD_CAT],
        "pair": ["1", BAD_CAT],
        "ids": ["1", "x"],
        "odd": 8,
        "more": 1,
    }
    reading = compile_schema(Zoo).read(results, on_invalid="partial")
    value: Any = reading.value
    assert value.told == Dog.model_construct(kind="dog", good=None)
    assert value.untold == [GOOD_PART, Dog(kind="dog", good=True)]
    assert value.by_name == {"a": GOOD_PART}
    assert value.stop == Stop("Bonn", None, [])  # type: ignore[arg-type]
    assert value.movie == {"title": "M"}
    assert value.tags.root == [GOOD_PART]
    assert value.pair == (1, GOOD_PART)
    assert (value.ids, value.odd, value.more, value._seen) == ({1}, 7, 1, 5)
    assert [path for path, _ in reading.invalid] == [
        "told.good",
        "untold[0].lives",
        "by_name.a.lives",
        "stop.minutes",
        "movie.year",
        "tags[0].lives",
        "pair[1].lives",
        "ids[1]",
        "odd",
    ]


@pytest.mark.parametrize("target", [list[Cat], Tags, dict[str, Cat], Stop, Movie], ids=str)
def test_partial_of_what_is_no_pydantic_class(target: Any) -> None:
    results = {"items": [BAD_CAT], "a": BAD_CAT, "place": "Bonn", "title": "M", "minutes": None, "year": None}
    compiled = compile_schema(target)
    given = {"a": BAD_CAT} if target == dict[str, Cat] else results
    reading = compiled.read(given, on_invalid="partial")
    assert reading.value
    assert reading.invalid
    with pytest.raises(OutputError):
        compiled.read(given)


def test_an_answer_that_is_none_of_several_is_told_what_the_likeliest_misses() -> None:
    """Not what each alternative says: a cat is told nothing of what dogs must have."""

    class Home(BaseModel):
        pet: Cat | Dog

    with pytest.raises(OutputError) as caught:
        read(Home, {"pet": {"kind": "cat", "lives": "many", "born": None}})
    assert [path for path, _ in caught.value.errors] == ["pet.lives"]


def test_a_dataclass_and_results_that_are_no_json_are_errors_of_ours() -> None:
    for results in ({"place": object(), "minutes": 1}, {"place": "\ud800", "minutes": 1}, {"place": {1}, "minutes": 1}):
        with pytest.raises(OutputError):
            read(Stop, results)


def test_crossed_aliases_are_not_mixed_up() -> None:
    class Crossed(BaseModel):
        a: int = Field(alias="b")
        b: int = Field(alias="a")

    assert read(Crossed, {"a": 1, "b": 2}) == Crossed(a=1, b=2)
    assert compile_schema(Crossed).attribute_path("a") == "b"


def test_threads_share_a_compiled_schema() -> None:
    made = create_model("Shared", **{f"f{n}": (list[Line], ...) for n in range(40)})  # type: ignore[call-overload]
    results = {f"f{n}": [{"unitPrice": "1,5"}] for n in range(40)}
    for _ in range(5):
        compiled = compile_schema(type("Fresh", (made,), {}))
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: compiled.read(results).value.f7[0].unit_price, range(16)))  # noqa: B023
        assert found == [Decimal("1.5")] * 16


def test_an_address_of_mail_goes_out_and_comes_back() -> None:
    class Contact(BaseModel):
        mail: EmailStr | None = None

    assert compile_schema(Contact).json["properties"]["mail"]["anyOf"][0] == {"type": "string", "format": "email"}
    assert read(Contact, {"mail": "a@example.org"}) == Contact(mail="a@example.org")
    with pytest.raises(OutputError, match=r"mail: .*@-sign\. Make"):
        read(Contact, {"mail": "nobody"})
