"""Percentages beside a label: part of it, or the value?"""

from __future__ import annotations

import pytest

from chunkr_integrations.engine.fill import fill
from chunkr_integrations.engine.readers import read


def filled(html: str, name: str, description: str = ""):
    document = read(html.encode(), name="page.html")
    schema = {"type": "object", "properties": {name: {"type": "number", "description": description}}}
    return fill(document, schema)[name].value


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>Service</td><td>10%</td><td>2.75</td></tr></table>",
        "<table><tr><td>Service 10%</td><td>2.75</td></tr></table>",
        "<p>Service: 10% 2.75</p>",
    ],
)
def test_a_rate_printed_in_the_label_is_not_the_amount(html):
    """The number without the sign follows it, so the percentage says how the amount was made."""
    assert filled(html, "service") == 2.75


def test_a_percentage_alone_is_the_value():
    assert filled("<table><tr><td>Growth</td><td>10%</td></tr></table>", "growth") == 10
    assert filled("<p>Growth: 10%</p>", "growth") == 10


def test_a_percentage_that_is_asked_for_is_the_value():
    """The description says so, whatever follows it."""
    html = "<table><tr><td>Service</td><td>10%</td><td>2.75</td></tr></table>"
    assert filled(html, "service", "Percentage that is charged") == 10
