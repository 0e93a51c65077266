from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from chunkr_integrations.engine.values import (
    Convention,
    bic,
    convention,
    currency,
    date_readings,
    email,
    fold,
    iban,
    norm,
    number_readings,
    phone,
    read_boolean,
    read_date,
    read_number,
    url,
    vat_id,
)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1.234,56", {"1234.56"}),
        ("1,234.56", {"1234.56"}),
        ("1 234,56", {"1234.56"}),
        ("1\u202f234,56 \u20ac", {"1234.56"}),
        ("1'234.50", {"1234.50"}),
        ("1.234", {"1234", "1.234"}),
        ("1,234", {"1234", "1.234"}),
        ("0.123", {"0.123"}),
        ("3,3333", {"3.3333"}),
        ("1,00,000", {"100000"}),
        ("1.234.567", {"1234567"}),
        ("(1,200.00)", {"-1200"}),
        ("12-", {"-12"}),
        ("12,-", {"12"}),
        ("-$5", {"-5"}),
        ("$-5", {"-5"}),
        ("\u2212 7.5", {"-7.5"}),
        ("EUR 5", {"5"}),
        ("5 EUR", {"5"}),
        ("\u20ac 399,00", {"399"}),
        ("19 %", {"19", "0.19"}),
        (".5", {"0.5"}),
        ("007", {"7"}),
    ],
)
def test_every_reading_of_a_printed_number(text, readings):
    """Each spelling gives exactly the numbers that a reader could mean."""
    assert number_readings(text) == {Decimal(r) for r in readings}


@pytest.mark.parametrize("text", ["", "abc", "12:30", "1.2.3", "(12", "12a", "1-2", "2018-06-05", "A1", "-", "1" * 60])
def test_no_number_is_read_from_what_prints_none(text):
    """Times, versions, ranges and words are no numbers."""
    assert number_readings(text) == frozenset()
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1.234", ".", "1.234"),
        ("1.234", ",", "1234"),
        ("1,234", None, "1234"),
        ("5.50", ",", "5.50"),
        ("19 %", ".", "19"),
    ],
)
def test_the_convention_settles_what_a_number_means(text, decimal, value):
    """The document's decimal mark decides, but never makes a number unreadable."""
    assert read_number(text, Convention(decimal=decimal)) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2018-06-05T10:11:12Z", "2018-06-05"),
        ("2018/6/5", "2018-06-05"),
        ("20180605", "2018-06-05"),
        ("07/07/2015 6:00:59 PM", "2015-07-07"),
        ("12/30/19", "2019-12-30"),
        ("30.12.2019", "2019-12-30"),
        ("30. 12. 2019", "2019-12-30"),
        ("5. Juni 2018", "2018-06-05"),
        ("5. M\u00e4rz 2018", "2018-03-05"),
        ("Berlin, den 3. Mai 2019", "2019-05-03"),
        ("1er janvier 2019", "2019-01-01"),
        ("2 ao\u00fbt 2019", "2019-08-02"),
        ("19 april 2014", "2014-04-19"),
        ("29 maart 2014", "2014-03-29"),
        ("31 de diciembre de 2019", "2019-12-31"),
        ("7 luglio 2020", "2020-07-07"),
        ("9 de mar\u00e7o de 2021", "2021-03-09"),
        ("March 3rd, 2014", "2014-03-03"),
        ("15th day of March, 2014", "2014-03-15"),
        ("Mon, 3 Mar 2014", "2014-03-03"),
        ("3-Oct-18", "2018-10-03"),
        ("Sept. 5, 2015", "2015-09-05"),
        ("5 may 99", "1999-05-05"),
        ("2019\u5e745\u67083\u65e5", "2019-05-03"),
    ],
)
def test_dates_in_many_languages_and_orders(text, iso):
    """An unambiguous date has one reading, whatever its spelling."""
    assert date_readings(text) == {date.fromisoformat(iso)}


def test_a_date_with_two_readings_keeps_both_until_the_convention_decides():
    """03/04 is in March or in April."""
    assert date_readings("03/04/2018") == {date(2018, 3, 4), date(2018, 4, 3)}
    assert read_date("03/04/2018", Convention(day_first=False)) == date(2018, 3, 4)
    assert read_date("03/04/2018", Convention(day_first=True)) == date(2018, 4, 3)
    assert read_date("03/14/2018", Convention(day_first=True)) == date(2018, 3, 14)


@pytest.mark.parametrize(
    "text", ["", "March 2014", "1.234", "12.13.14.15", "32.01.2019", "31/31/2019", "hello 5 world 7"]
)
def test_no_date_is_read_from_what_prints_no_whole_date(text):
    """Months without a day, versions and impossible days are no dates."""
    assert date_readings(text) == frozenset()


def test_the_convention_comes_from_all_printed_values():
    """Proof outweighs habit: one 14/03 decides the order of every date."""
    assert convention(["1.234,56", "03/04/2018"]) == Convention(",", None)
    assert convention(["1,234.56", "03/14/2018", "01/02/2018"]) == Convention(".", day_first=False)
    assert convention(["12,50", "01.02.2018"]) == Convention(",", day_first=True)
    assert convention(["$5.00", "01/02/2018"]) == Convention(".", day_first=False)
    assert convention(["7", "x"]) == Convention(None, None)


def test_yes_and_no_and_check_marks():
    """Words of several languages and marks of forms; nothing else."""
    assert [read_boolean(t) for t in ("Yes", "Ja", "Oui.", "\u2611", "[x]", "(X)")] == [True] * 6
    assert [read_boolean(t) for t in ("No", "Nein", "non", "\u2610", "[ ]")] == [False] * 5
    assert read_boolean("perhaps") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US$ 5", "USD"),
        ("$ 5", "USD"),
        ("R$ 5", "BRL"),
        ("A$5", "AUD"),
        ("Total EUR 5", "EUR"),
        ("5 \u20ac", "EUR"),
        ("EUROPE", None),
        ("EUR/USD", None),
        ("5", None),
    ],
)
def test_currencies_by_code_sign_and_word(text, code):
    """Two currencies in one text name none."""
    assert currency(text) == code


def test_identifiers_are_recognised_by_shape_and_check_digits():
    """A wrong check digit, a wrong country and a wrong length are refused."""
    assert iban("DE89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert iban("DE88 3704 0044 0532 0130 00") is None
    assert bic("INGBNL2A") == "INGBNL2A"
    assert bic("INGB2") is None
    assert vat_id("DE 123 456 789") == "DE123456789"
    assert vat_id("NL810433941B01") == "NL810433941B01"
    assert vat_id("201/113/40209") is None
    assert email("mail to a.b@c-d.example.com.") == "a.b@c-d.example.com"
    assert url("see www.example.com/x.") == "www.example.com/x"
    assert phone("+49 (0) 30 123456") == "+49 (0) 30 123456"
    assert phone("12") is None


def test_text_is_compared_without_layout():
    """Case, width, accents (fold) and punctuation (norm) do not matter."""
    assert norm("Stra\u00dfe 1\u00bd, No.\u00a05") == "strasse112no5"
    assert fold("  Fa\u00e7ade \n \u00c4rger ") == "facade arger"
