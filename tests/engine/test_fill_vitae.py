"""Curricula vitae in several layouts: sections, entries with their times, lists, and who it is about."""

from __future__ import annotations

import pytest
from test_fill_documents import document, leaves, values

from chunkr_integrations.engine.fill import fill
from chunkr_integrations.engine.readers import read

TEXTS = {"type": "array", "items": {"type": "string"}}


def listed(*names: str, **more):
    items = {"type": "object", "properties": {**{name: {"type": ["string", "null"]} for name in names}, **more}}
    return {"type": "array", "items": items}


VITAE = {
    "type": "object",
    "properties": {
        "fullName": {"type": "string"},
        "summary": {"type": "string"},
        "emails": {"type": "array", "items": {"type": "string", "format": "email"}},
        "jobs": listed("position", "company", "startDate", "endDate", current={"type": "boolean"}, duties=TEXTS),
        "education": listed("degree", "school", "startDate", "endDate"),
        "skills": TEXTS,
        "languages": TEXTS,
        "certifications": listed("name", "date", "issuer"),
        "publications": listed("authors", "title", "journal", year={"type": "integer"}),
    },
}

DATES_AT_THE_RIGHT = """\
Dr. Olga Petrenko
Leeds, UK  |  olga.petrenko@example.org  |  +44 113 496 0123

PROFILE
Structural engineer with twelve years of practice in bridges and towers, at home on site as well as at the desk.

EMPLOYMENT HISTORY
Halden & Moor Consulting                                                   March 2018 - Present
Senior Structural Engineer
• Led the design of three road bridges
• Checked the work of a team of five and wrote the
  standard for temporary works
Northgate Bridges Ltd                                                      June 2012 - February 2018
Graduate Engineer
• Drew and calculated steel towers

EDUCATION
MEng in Civil Engineering, University of Sheffield                         2008 - 2012

SKILLS
Finite elements, Site supervision, Technical writing

LANGUAGES
English (fluent), Ukrainian (native)
"""

TITLE_FIRST = """\
MARTA LINDQVIST
marta@lindqvist.example

Work Experience

Pastry Chef
Hotel Bellevue, Gothenburg | 05/2019 - today
- Runs a kitchen of six
- Writes the weekly menu
Baker
Bakery Holm, Malmo | 08/2015 - 04/2019
- Night shifts

Education

Diploma in Patisserie
Culinary School of Lund | 2013 - 2015

Certifications
- Food Hygiene Level 3, Swedish Food Agency (2020)
- First Aid (2021)
"""


def test_dates_at_the_right_and_the_employer_first():
    got = values(fill(document(DATES_AT_THE_RIGHT), VITAE))
    assert got["fullName"] == "Dr. Olga Petrenko"
    assert got["emails"] == ["olga.petrenko@example.org"]
    assert got["summary"].startswith("Structural engineer with twelve years")
    assert got["jobs"] == [
        {
            "position": "Senior Structural Engineer",
            "company": "Halden & Moor Consulting",
            "startDate": "March 2018",
            "endDate": None,
            "current": True,
            "duties": [
                "Led the design of three road bridges",
                "Checked the work of a team of five and wrote the standard for temporary works",
            ],
        },
        {
            "position": "Graduate Engineer",
            "company": "Northgate Bridges Ltd",
            "startDate": "June 2012",
            "endDate": "February 2018",
            "current": False,
            "duties": ["Drew and calculated steel towers"],
        },
    ]
    assert got["education"] == [
        {
            "degree": "MEng in Civil Engineering",
            "school": "University of Sheffield",
            "startDate": "2008",
            "endDate": "2012",
        }
    ]
    assert got["skills"] == ["Finite elements", "Site supervision", "Technical writing"]
    assert got["languages"] == ["English (fluent)", "Ukrainian (native)"]


def test_the_post_first_and_the_employer_beside_the_date():
    got = values(fill(document(TITLE_FIRST), VITAE))
    assert got["fullName"] == "MARTA LINDQVIST"
    assert [(job["position"], job["startDate"], job["endDate"], job["current"]) for job in got["jobs"]] == [
        ("Pastry Chef", "05/2019", None, True),
        ("Baker", "08/2015", "04/2019", False),
    ]
    assert [job["company"] for job in got["jobs"]] == ["Hotel Bellevue, Gothenburg", "Bakery Holm, Malmo"]
    assert got["jobs"][0]["duties"] == ["Runs a kitchen of six", "Writes the weekly menu"]
    assert got["education"][0]["degree"] == "Diploma in Patisserie"
    assert got["education"][0]["school"] == "Culinary School of Lund"
    assert got["certifications"] == [
        {"name": "Food Hygiene Level 3", "date": "2020", "issuer": "Swedish Food Agency"},
        {"name": "First Aid", "date": "2021", "issuer": None},
    ]


PAGE = """\
<html><body><h1>Jonas Weber</h1><p>jonas.weber@example.net</p>
<h2>Experience</h2>
<h3>Data Analyst, Riverside Hospital</h3><p>January 2020 to December 2022</p>
<ul><li>Built reports</li><li>Cleaned records</li></ul>
<h2>Education</h2>
<p>BSc Statistics, University of Bonn (2016 - 2019)</p>
<h2>Publications</h2>
<ol><li>Weber, J. &amp; Sommer, K. (2021). "Waiting times in small wards." Journal of Ward Studies, 4(2), 11-19.</li>
<li>Weber, J. (2022). "Beds and bias." Health Numbers, 9, 1-8.</li></ol>
</body></html>
"""


def test_a_page_with_headings():
    got = values(fill(read(PAGE.encode(), name="cv.html"), VITAE))
    assert got["fullName"] == "Jonas Weber"
    assert got["jobs"] == [
        {
            "position": "Data Analyst",
            "company": "Riverside Hospital",
            "startDate": "January 2020",
            "endDate": "December 2022",
            "current": False,
            "duties": ["Built reports", "Cleaned records"],
        }
    ]
    assert got["education"][0] == {
        "degree": "BSc Statistics",
        "school": "University of Bonn",
        "startDate": "2016",
        "endDate": "2019",
    }
    assert got["publications"][0] == {
        "authors": "Weber, J. & Sommer, K.",
        "title": "Waiting times in small wards",
        "journal": "Journal of Ward Studies",
        "year": 2021,
    }
    assert got["publications"][1]["title"] == "Beds and bias"


DATES_AT_THE_LEFT = """\
Curriculum Vitae
Henrik Solberg, PhD
12 Fjord Road, Bergen, Norway  |  +47 55 12 34 56

RESEARCH EXPERIENCE
2016 - present     Associate Professor, Department of Geology, University of Bergen
                   Teaching of field methods; supervision of four doctoral students.
2012 - 2016        Postdoctoral Fellow, Institute of Earth Sciences, Potsdam

EDUCATION
2008 - 2012        PhD in Geology, University of Oslo

AWARDS AND HONORS
Young Geologist Prize, Norwegian Geological Society, 2014

PUBLICATIONS
Solberg, H., Dahl, M. (2019). Fjord sediments and their clocks. Journal of Coastal Geology, 12(3), 44-59.
"""


def test_dates_at_the_left_and_what_was_done_after_them():
    got = values(fill(document(DATES_AT_THE_LEFT), VITAE))
    assert (got["fullName"], got["summary"]) == ("Henrik Solberg, PhD", None)
    assert [(j["position"], j["company"], j["startDate"], j["endDate"]) for j in got["jobs"]] == [
        ("Associate Professor", "Department of Geology, University of Bergen", "2016", None),
        ("Postdoctoral Fellow", "Institute of Earth Sciences, Potsdam", "2012", "2016"),
    ]
    assert [(e["degree"], e["school"]) for e in got["education"]] == [("PhD in Geology", "University of Oslo")]
    assert got["certifications"] == [
        {"name": "Young Geologist Prize", "date": "2014", "issuer": "Norwegian Geological Society"}
    ]
    assert got["publications"][0]["title"] == "Fjord sediments and their clocks"


TWO_COLUMNS = """\
SARA OKAFOR
WORK EXPERIENCE                                              SKILLS
Project Manager - Delta Software                             Budgeting
2019 - 2023                                                  Negotiation
• Shipped four releases                                      LANGUAGES
Test Engineer - Orbit Systems                                English
2015 - 2019                                                  Igbo
• Wrote the test plan
"""


def test_two_columns_are_read_one_after_the_other():
    got = values(fill(document(TWO_COLUMNS), VITAE))
    assert [(j["position"], j["company"]) for j in got["jobs"]] == [
        ("Project Manager", "Delta Software"),
        ("Test Engineer", "Orbit Systems"),
    ]
    assert (got["skills"], got["languages"]) == (["Budgeting", "Negotiation"], ["English", "Igbo"])


GROUPED = """\
LEE WALKER
TECHNICAL SKILLS
Databases: PostgreSQL,SQLite
Languages: Python, Rust
LANGUAGES
German, Dutch
"""


def test_skills_by_group_where_the_schema_allows_it():
    grouped = {"type": "object", "additionalProperties": TEXTS}
    both = {"type": "object", "properties": {"skills": {"anyOf": [TEXTS, grouped]}, "languages": TEXTS}}
    got = values(fill(document(GROUPED), both))
    assert got["skills"] == {"Databases": ["PostgreSQL", "SQLite"], "Languages": ["Python", "Rust"]}
    assert got["languages"] == ["German", "Dutch"]


@pytest.mark.parametrize("text", [DATES_AT_THE_RIGHT, TITLE_FIRST, TWO_COLUMNS])
def test_every_value_of_a_vitae_has_a_place(text):
    found = [leaf for leaf in leaves(fill(document(text), VITAE)) if leaf.value is not None]
    assert len(found) > 8
    assert all(leaf.places for leaf in found)


def test_no_vitae_is_made_of_another_document():
    """A letter that speaks of experience has no entries."""
    text = (
        "Dear Ms Holt\nour experience with the new press is good, and we ordered two in 2021 - 2022.\nYours, A. Penn\n"
    )
    got = values(fill(document(text), VITAE))
    assert (got["jobs"], got["education"], got["skills"], got["fullName"]) == ([], [], [], None)


def test_no_posts_are_made_of_a_table_with_dates():
    rows = (
        "Position;Company;Start date;End date\nTop;Acme Ltd;2020-01-03;2020-01-09\nEnd;Bolt Inc;2020-02-01;2020-02-08\n"
    )
    assert values(fill(read(rows.encode(), name="slots.csv"), VITAE))["jobs"] == []
