"""Reports of companies: values asked for with their period, unit and scale."""

from __future__ import annotations

import pytest
from test_fill_documents import document, leaves, read_off, values

from chunkr_integrations.engine.fill import fill

FACT = {
    "type": "object",
    "properties": {
        "fiscal_period": {"type": "string", "description": "Reporting period, e.g. 'FY2025 Q3', 'FY2025 H1', 'FY2025'"},
        "basis": {"enum": ["actual", "forecast"]},
        "level": {"enum": ["group", "division"], "description": "'group' for consolidated figures"},
        "currency": {"type": "string"},
        "scale": {"type": ["integer", "null"]},
        "amount": {"type": ["number", "null"]},
    },
}


def facts(*names: str, **sections):
    made = {name: {"type": "array", "items": FACT} for name in names}
    for section, members in sections.items():
        made[section] = {"type": "object", "properties": {n: {"type": "array", "items": FACT} for n in members}}
    return {"type": "object", "properties": made}


TITLE = "                    BIRCHWOOD MILLS CORPORATION\n"
COVER = """\
                         FORM 10-Q
        For the quarterly period ended September 27, 2025
   Our fiscal year ended December 28, 2024 is called 2024, and the fiscal year ended December 30, 2023 is called 2023.
"""
OPERATIONS = """\
              CONSOLIDATED STATEMENTS OF OPERATIONS
        (In thousands, except share and per share data)

                                          Thirteen Weeks Ended                 Thirty-Nine Weeks Ended
                                   September 27,      September 28,      September 27,      September 28,
                                       2025               2024               2025               2024
Net sales                          $   48,210         $   45,007         $  141,300         $  139,002
Cost of sales                          30,100             29,050             88,400             87,940
Gross profit                           18,110             15,957             52,900             51,062
Selling, general and
administrative expenses                11,020             10,800             33,000             32,500
Operating income                        7,090              5,157             19,900             18,562
Net income                         $    5,150         $    3,702         $   14,020         $   13,111
Net income per share:
  Basic                            $     1.02         $     0.73         $     2.77         $     2.59
  Diluted                          $     1.01         $     0.72         $     2.75         $     2.57
"""
BALANCE = """\
                          CONSOLIDATED BALANCE SHEETS
                                 (In thousands)
                                                      September 27, 2025      December 28, 2024
ASSETS
Cash and cash equivalents                                  $   9,870               $   8,450
Trade accounts receivable, net of allowance of $310            20,115                  19,004
Inventories                                                    31,002                  30,110
  Total current assets                                         60,987                  57,564
  Total assets                                             $ 112,300               $ 108,900
LIABILITIES AND SHAREHOLDERS' EQUITY
  Total liabilities                                            51,200                  50,080
  Total shareholders' equity                                   61,100                  58,820
  Total liabilities and shareholders' equity               $ 112,300               $ 108,900
"""
CASH = """\
                     CONSOLIDATED STATEMENTS OF CASH FLOWS
                                 (In thousands)
                                                               Thirty-Nine Weeks Ended
                                                        September 27,        September 28,
                                                            2025                 2024
Net income                                               $  14,020            $  13,111
Net cash provided by operating activities                   21,400               19,870
Purchases of property and equipment                         (6,310)              (5,990)
Net cash used in investing activities                       (6,310)              (5,990)
Cash dividends paid                                         (3,100)              (2,900)
Net cash used in financing activities                      (13,670)             (12,060)
"""


def report(*pages: str):
    return document(COVER, *(TITLE + page for page in pages))


def test_each_column_of_a_row_is_a_fact_with_its_period():
    """Weeks are quarters; the fiscal year ends in December, so nine months are the year to date."""
    got = values(fill(report(OPERATIONS, BALANCE, CASH), facts("revenue")))["revenue"]
    assert [(f["fiscal_period"], f["amount"]) for f in got] == [
        ("FY2025 Q3", 48210),
        ("FY2024 Q3", 45007),
        ("FY2025 YTD", 141300),
        ("FY2024 YTD", 139002),
    ]
    assert {(f["currency"], f["scale"], f["level"], f["basis"]) for f in got} == {("USD", 1000, "group", "actual")}


def test_amounts_per_share_are_not_scaled():
    got = values(fill(report(OPERATIONS), facts("diluted_eps")))["diluted_eps"]
    assert [(f["amount"], f["scale"]) for f in got] == [(1.01, 1), (0.72, 1), (2.75, 1), (2.57, 1)]


def test_balances_are_dated_by_their_day():
    got = values(
        fill(report(OPERATIONS, BALANCE), facts(balance_sheet=["cash", "total_assets", "accounts_receivable"]))
    )
    sheet = got["balance_sheet"]
    assert [(f["fiscal_period"], f["amount"]) for f in sheet["cash"]] == [("FY2025 Q3", 9870), ("FY2024", 8450)]
    assert [f["amount"] for f in sheet["total_assets"]] == [112300, 108900]
    assert [f["amount"] for f in sheet["accounts_receivable"]] == [20115, 19004]


def test_what_was_paid_is_positive_and_what_flowed_out_is_negative():
    got = values(
        fill(
            report(OPERATIONS, CASH), facts(cash_flow=["capital_expenditure", "financing_cash_flow", "dividends_paid"])
        )
    )
    flows = {name: [f["amount"] for f in several] for name, several in got["cash_flow"].items()}
    assert flows == {
        "capital_expenditure": [6310, 5990],
        "financing_cash_flow": [-13670, -12060],
        "dividends_paid": [3100, 2900],
    }


def test_what_no_statement_prints_stays_empty():
    got = values(
        fill(report(OPERATIONS, BALANCE, CASH), facts("goodwill", "interest_expense", "commercial_paper", "employees"))
    )
    assert got == {"goodwill": [], "interest_expense": [], "commercial_paper": [], "employees": []}


def test_the_period_as_printed_where_no_fiscal_name_is_asked_for():
    plain = {"type": "object", "properties": {"period": {"type": "string"}, "value": {"type": "number"}}}
    asked = {"type": "object", "properties": {"inventories": {"type": "array", "items": plain}}}
    got = values(fill(report(BALANCE), asked))["inventories"]
    assert got == [{"period": "September 27, 2025", "value": 31002}, {"period": "December 28, 2024", "value": 30110}]


def test_a_single_fact_is_that_of_the_first_column():
    asked = {"type": "object", "properties": {"net_income": FACT, "goodwill": FACT}}
    got = values(fill(report(OPERATIONS), asked))
    assert (got["net_income"]["fiscal_period"], got["net_income"]["amount"]) == ("FY2025 Q3", 5150)
    assert got["goodwill"]["amount"] is None


def test_every_fact_can_be_pointed_at():
    doc = report(OPERATIONS, BALANCE, CASH)
    draft = fill(doc, facts("revenue", "net_income", "capital_expenditure", "total_assets"))
    found = [leaf for leaf in leaves(draft) if leaf.value is not None]
    assert len(found) == 6 * (4 + 4 + 2 + 2)
    assert all(leaf.places for leaf in found)
    numbers = [leaf for leaf in found if isinstance(leaf.value, float | int) and leaf.value not in (1, 1000)]
    assert all(f"{abs(leaf.value):,}" in read_off(doc, leaf) for leaf in numbers)


def test_the_cover_says_which_period_a_report_is_for():
    asked = {
        "type": "object",
        "properties": {
            "report_period_end_date": {"type": "string", "format": "date"},
            "report_period": {"type": "string", "description": "e.g. 'FY2025 Q3'"},
            "revenue": {"type": "array", "items": FACT},
        },
    }
    got = values(fill(report(OPERATIONS), asked))
    assert (got["report_period_end_date"], got["report_period"]) == ("2025-09-27", "FY2025 Q3")


ANNUAL = """\
   For the fiscal year ended May 31, 2024
                        Harbour Tools Inc.
                 Consolidated Statements of Income
                (Dollars in millions except per share data)
                                            Fiscal Year Ended May 31,
                                     2024           2023           2022
Revenues                           $ 1,204        $ 1,120        $ 1,003
Operating profit                       210            190            150
Income tax expense                      40             36             30
Net income                         $   155        $   140        $   109
Basic earnings per common share    $  3.10        $  2.80        $  2.18
"""


def test_years_that_end_in_spring_are_called_after_the_year_they_end_in():
    got = values(fill(document(ANNUAL), facts("revenue", "basic_eps", "operating_income", "income_tax_expense")))
    assert [f["fiscal_period"] for f in got["revenue"]] == ["FY2024", "FY2023", "FY2022"]
    assert [f["amount"] for f in got["operating_income"]] == [210, 190, 150]
    assert [f["amount"] for f in got["income_tax_expense"]] == [40, 36, 30]
    assert [(f["amount"], f["scale"]) for f in got["basic_eps"]] == [(3.1, 1), (2.8, 1), (2.18, 1)]


PEAR = (
    """\
For the quarterly period ended March 29, 2025. Annual Report for the fiscal year ended September 28, 2024
               CONDENSED CONSOLIDATED STATEMENTS OF OPERATIONS (Unaudited)
  (In millions, except number of shares, which are reflected in thousands, and per-share amounts)
                                                   Three Months Ended                   Six Months Ended
                                               March 29,        March 30,          March 29,       March 30,
                                                 2025             2024               2025            2024
Net sales:
   Products                                    $ 68,714         $ 66,886           $ 166,674       $ 163,344
   Services                                      26,645           23,867              52,985          46,984
        Total net sales                          95,359           90,753             219,659         210,328
Shares used in computing earnings per share:
   Basic                                     14,994,082       15,405,856          15,037,903      15,457,810
Earnings per share:
   Basic                                       $   1.65         $   1.53           $    4.06       $    3.72
""",
    """\
               CONDENSED CONSOLIDATED BALANCE SHEETS (Unaudited)
                           (In millions)
                                                       March 29,           September 28,
                                                         2025                  2024
Current liabilities:
   Term debt                                             13,638               10,912
        Total current liabilities                       144,571              176,392
Non-current liabilities:
   Term debt                                             78,566               85,750
        Total liabilities                               264,437              308,030
""",
)


def test_rows_of_one_name_are_told_apart_by_their_headings():
    asked = facts("net_sales", "basic_eps", "short_term_debt", "long_term_debt")
    got = {name: [f["amount"] for f in several] for name, several in values(fill(document(*PEAR), asked)).items()}
    assert got == {
        "net_sales": [95359, 90753, 219659, 210328],
        "basic_eps": [1.65, 1.53, 4.06, 3.72],
        "short_term_debt": [13638, 10912],
        "long_term_debt": [78566, 85750],
    }


FIZZ = """\
For the fiscal year ended January 31, 2025
The fiscal year ended January 31, 2025 ("fiscal 2024") and the one before it had 52 weeks.
                 CONSOLIDATED STATEMENTS OF INCOME
(In millions except per share data)
Year Ended January 31,                                    2025          2024          2023
Net Operating Revenues                                $ 47,061      $ 45,754      $ 43,004
Income taxes                                             2,437         2,249         2,115
Diluted Net Income Per Share                          $   2.46      $   2.47      $   2.19
"""


def test_the_period_beside_the_years_and_a_fiscal_year_called_after_the_one_it_began_in():
    got = values(fill(document(FIZZ), facts("revenue", "income_tax_expense", "diluted_eps")))
    assert [f["fiscal_period"] for f in got["revenue"]] == ["FY2024", "FY2023", "FY2022"]
    assert [f["amount"] for f in got["income_tax_expense"]] == [2437, 2249, 2115]
    assert [(f["amount"], f["scale"]) for f in got["diluted_eps"]] == [(2.46, 1), (2.47, 1), (2.19, 1)]


DISCUSSION = """\
   For the fiscal year ended December 31, 2023
                 Results by geographic region for the years ended December 31, in millions
                                     2023           2022         % Change
Net sales:
  North America                    $   610        $   580          5 %
  Europe                               420            440         (5)%
  Rest of world                        170            150         13 %
Total net sales                    $ 1,200        $ 1,170          3 %
Net income                         $   101        $    98          3 %
"""
PART = {
    "type": "object",
    "properties": {
        "period": {"type": "string", "description": "e.g. 'FY2025'"},
        "segment_name": {"type": "string"},
        "kind": {"enum": ["company", "business_segment", "geographic_segment"]},
        "value": {"type": "number"},
        "comparison": {"enum": ["Yoy", "Qoq"]},
    },
}


def test_parts_of_the_company_and_growth():
    """Places are geographic segments; a column of changes is the growth of the newer year."""
    asked = {
        "type": "object",
        "properties": {n: {"type": "array", "items": PART} for n in ("revenue", "net_income_growth")},
    }
    got = values(fill(document(DISCUSSION), asked))
    parts = [(f["segment_name"], f["kind"], f["period"], f["value"]) for f in got["revenue"] if f["segment_name"]]
    assert parts == [
        ("North America", "geographic_segment", "FY2023", 610),
        ("North America", "geographic_segment", "FY2022", 580),
        ("Europe", "geographic_segment", "FY2023", 420),
        ("Europe", "geographic_segment", "FY2022", 440),
        ("Rest of world", "geographic_segment", "FY2023", 170),
        ("Rest of world", "geographic_segment", "FY2022", 150),
    ]
    assert [(f["period"], f["value"]) for f in got["revenue"] if not f["segment_name"]] == [
        ("FY2023", 1200),
        ("FY2022", 1170),
    ]
    assert [(f["period"], f["value"], f["comparison"]) for f in got["net_income_growth"]] == [("FY2023", 3, "Yoy")]


COSTS = """   For the fiscal year ended December 31, 2023
                 What we spent in the years ended December 31, in millions
                                     2023           2022
Cost of sales:
  Wages                            $   310        $   300
  Materials                            120            140
Total cost of sales                $   430        $   440
"""


def test_parts_of_a_sum_are_no_parts_of_the_company():
    asked = {"type": "object", "properties": {"cost_of_sales": {"type": "array", "items": PART}}}
    got = values(fill(document(COSTS), asked))["cost_of_sales"]
    assert [(f["segment_name"], f["value"]) for f in got] == [(None, 430), (None, 440)]


NOTES = """\
   For the fiscal year ended May 31, 2024
Note 4. Segments
The parts of revenue of our workshops are set out below for the years ended May 31, in millions.
                                     2024           2023
Garden tools                       $   700        $   640
Revenue of hire                        504            480
"""


@pytest.mark.parametrize("name", ["revenue", "net_income", "total_assets"])
def test_a_note_is_no_statement(name):
    """A row in a note that is only like the name is left out."""
    assert values(fill(document(NOTES), facts(name)))[name] == []
