"""What the lines of statements of accounts are called. Data only.

For each concept: the statement it is a line of; names of fields that mean it; what statements print, the best first.
All are compared as `reading.tokens_of` makes them, so "Revenue" is also "revenues".
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LINES", "Line"]


class Line(NamedTuple):
    """One concept."""

    kind: str  # the statement: income, balance, cash flow
    names: str
    labels: str
    outflow: bool = False  # asked for as an amount paid, which a statement prints in brackets


LINES: dict[str, Line] = {
    "revenue": Line(
        "income",
        "revenue; revenues; total revenue; net revenue; sales; net sales; turnover",
        "total revenue; total net revenue; net revenue; revenue; net sales; total net sales; sales; "
        "turnover; total revenue and other income; operating revenue; net operating revenue; "
        "total operating revenue; umsatzerlose",
    ),
    "cost_of_revenue": Line(
        "income",
        "cost of revenue; cost of sales; cost of goods sold; cogs",
        "total cost of revenue; cost of revenue; cost of sales; total cost of sales; cost of goods sold; "
        "cost of products sold; total cost of goods sold; costs of revenue",
    ),
    "gross_profit": Line(
        "income",
        "gross profit",
        "gross profit; gross margin; gross income; total gross profit; total gross margin",
    ),
    "operating_expenses": Line(
        "income",
        "operating expense; opex; total operating expense",
        "total operating expense; operating expense; total operating cost and expense; total cost and expense",
    ),
    "operating_income": Line(
        "income",
        "operating income; operating profit; ebit; income from operations",
        "operating income; income from operations; operating income loss; income loss from operations; "
        "operating profit; loss from operations; operating loss; operating earnings; "
        "earnings from operations; total operating income; ebit",
    ),
    "interest_expense": Line(
        "income",
        "interest expense; finance cost",
        "interest expense; total interest expense; interest expense net; interest and debt expense; finance cost",
        outflow=True,
    ),
    "income_before_tax": Line(
        "income",
        "income before tax; pre tax income; earnings before income tax; profit before tax",
        "income before income tax; income before provision for income tax; earnings before income tax; "
        "income before tax; profit before tax; profit before taxation; income loss before income tax; "
        "loss before income tax",
    ),
    "income_tax": Line(
        "income",
        "income tax expense; income tax; tax expense; provision for income tax; tax on profit",
        "provision for income tax; income tax expense; income tax provision; income tax; "
        "provision for tax on income; income tax expense benefit; provision for income tax benefit; "
        "benefit from provision for income tax; tax on profit; taxation",
        outflow=True,
    ),
    "net_income": Line(
        "income",
        "net income; net earnings; net profit; profit for the year; net loss",
        "net income; net earnings; net income loss; net loss; consolidated net income; net profit; "
        "profit for the year; profit for the financial year; profit for the period; "
        "net income attributable to common stockholders",
    ),
    "basic_eps": Line(
        "income",
        "basic eps; basic earnings per share; eps basic",
        "basic earnings per share; basic eps; basic net income per share; "
        "basic earnings per common share; basic; net income per share basic; earnings per share basic; "
        "basic net income per common share; basic income per share; basic net loss per share",
    ),
    "diluted_eps": Line(
        "income",
        "diluted eps; diluted earnings per share; eps diluted",
        "diluted earnings per share; diluted eps; diluted net income per share; "
        "diluted earnings per common share; diluted; net income per share diluted; "
        "earnings per share diluted; diluted net income per common share; diluted income per share; "
        "diluted net loss per share",
    ),
    "operating_margin": Line(
        "income",
        "operating margin; ebit margin",
        "operating margin; operating income margin; ebit margin",
    ),
    "gross_margin": Line(
        "income",
        "gross margin; gross profit margin",
        "gross margin; gross margin percentage; gross profit margin; gross profit percentage",
    ),
    "tax_rate": Line(
        "income",
        "effective tax rate; tax rate",
        "effective tax rate; effective income tax rate",
    ),
    "research": Line(
        "income",
        "research and development; r d; research and development expense",
        "research and development; research and development expense; technology and development; "
        "total research and development expense",
    ),
    "selling": Line(
        "income",
        "selling general and administrative; sga; sg a; selling general and administrative expense",
        "selling general and administrative; selling general and administrative expense; "
        "marketing general and administrative",
    ),
    "restructuring": Line(
        "income",
        "restructuring charge; restructuring; restructuring cost; restructuring expense",
        "restructuring charge; restructuring; restructuring cost; restructuring expense; "
        "restructuring and related charge; restructuring and other charge",
    ),
    "cash": Line(
        "balance",
        "cash; cash and cash equivalents; cash and equivalents",
        "cash and cash equivalents; cash and equivalents; cash and due from banks; "
        "cash at bank and in hand; cash; total cash and cash equivalents",
    ),
    "cash_investments": Line(
        "balance",
        "cash and short term investments; cash st investments; cash and marketable securities",
        "total cash cash equivalents and short term investments; "
        "total cash cash equivalents and marketable securities; "
        "cash cash equivalents and short term investments; cash and short term investments; "
        "cash and marketable securities",
    ),
    "short_term_investments": Line(
        "balance",
        "short term investments; current investments",
        "short term investments; current investments; short term marketable securities",
    ),
    "marketable_securities": Line(
        "balance",
        "marketable securities",
        "marketable securities; short term marketable securities; current marketable securities",
    ),
    "receivables": Line(
        "balance",
        "accounts receivable; trade receivables; receivables; accounts receivable net; total receivable; debtors",
        "accounts receivable; accounts receivable net; trade receivables; trade accounts receivable; "
        "receivables net; receivables; accounts and other receivables; "
        "accounts receivable less allowance; trade and other receivables; accounts and notes receivable; "
        "debtors",
    ),
    "inventories": Line(
        "balance",
        "inventories; inventory; stock in hand",
        "inventories; inventory; total inventories; merchandise inventories; inventories net; stocks",
    ),
    "current_assets": Line(
        "balance",
        "current assets; total current assets",
        "total current assets; current assets",
    ),
    "property": Line(
        "balance",
        "property plant and equipment; ppe; property and equipment; net property plant and equipment; fixed assets",
        "property plant and equipment net; property plant and equipment; property and equipment net; "
        "property and equipment; net property plant and equipment; net property and equipment; "
        "total property plant and equipment net; property equipment and technology",
    ),
    "goodwill": Line(
        "balance",
        "goodwill",
        "goodwill; goodwill net",
    ),
    "total_assets": Line(
        "balance",
        "total assets; assets",
        "total assets",
    ),
    "payables": Line(
        "balance",
        "accounts payable; trade payables; creditors",
        "accounts payable; trade payables; trade accounts payable; accounts payable trade; trade and other payables",
    ),
    "dividends_payable": Line(
        "balance",
        "dividends payable; dividend payable",
        "dividends payable; dividend payable; accrued dividends; cash dividends payable",
    ),
    "current_liabilities": Line(
        "balance",
        "current liabilities; total current liabilities",
        "total current liabilities; current liabilities",
    ),
    "short_term_debt": Line(
        "balance",
        "short term debt; current debt; short term borrowings",
        "short term debt; short term borrowings; current portion of long term debt; notes payable; "
        "current debt; debt current; loans and notes payable; "
        "short term borrowings and current portion of long term debt; "
        "current maturities of long term debt; long term debt current; term debt",
    ),
    "commercial_paper": Line(
        "balance",
        "commercial paper; commercial paper outstanding",
        "commercial paper",
    ),
    "long_term_debt": Line(
        "balance",
        "long term debt; non current debt; long term borrowings",
        "long term debt; long term debt net; long term debt less current portion; "
        "long term debt net of current portion; non current debt; term debt; notes payable non current; "
        "long term borrowings; long term debt excluding current portion; long term debt noncurrent; "
        "long term notes payable",
    ),
    "total_debt": Line(
        "balance",
        "total debt; debt",
        "total debt; total borrowings",
    ),
    "total_liabilities": Line(
        "balance",
        "total liabilities; liabilities",
        "total liabilities",
    ),
    "paid_in_capital": Line(
        "balance",
        "additional paid in capital; paid in capital; capital surplus; share premium",
        "additional paid in capital; capital in excess of par value; paid in capital; capital surplus; "
        "additional capital; capital in excess of stated value; share premium; "
        "additional paid in capital common stock; common stock and additional paid in capital; "
        "other paid in capital; paid in capital in excess of par value; capital in excess of par",
    ),
    "retained_earnings": Line(
        "balance",
        "retained earnings; accumulated deficit; retained profit",
        "retained earnings; accumulated deficit; retained earnings accumulated deficit; "
        "retained deficit; reinvested earnings; earnings retained; accumulated earnings deficit; "
        "profit and loss account; income retained for use in the business",
    ),
    "equity": Line(
        "balance",
        "shareholders equity; stockholders equity; total equity; total shareholders equity; equity",
        "total stockholders equity; total shareholders equity; total shareowners equity; "
        "stockholders equity; shareholders equity; shareholders funds; total equity; "
        "total stockholders equity deficit; total shareholders equity deficit; "
        "total common stockholders equity; total shareholders investment",
    ),
    "operating_cash": Line(
        "cash flow",
        "operating cash flow; cash flow from operations; net cash from operating activities; "
        "cash from operating activity",
        "net cash provided by operating activities; net cash flow provided by operating activities; "
        "cash generated by operating activities; net cash provided by used in operating activities; "
        "net cash from operating activities; net cash provided by operations; "
        "net cash flow from operating activities; cash flow from operating activities; "
        "net cash used in operating activities; total cash provided by operating activities; "
        "cash provided by operating activities; net cash from operations",
    ),
    "investing_cash": Line(
        "cash flow",
        "investing cash flow; cash flow from investing; net cash from investing activities",
        "net cash used in investing activities; net cash flow used in investing activities; "
        "cash used in investing activities; net cash provided by used in investing activities; "
        "net cash provided by investing activities; net cash from investing activities; "
        "net cash flow from investing activities; cash flow from investing activities",
    ),
    "financing_cash": Line(
        "cash flow",
        "financing cash flow; cash flow from financing; net cash from financing activities",
        "net cash used in financing activities; net cash flow used in financing activities; "
        "net cash flow provided by financing activities; cash used in financing activities; "
        "net cash provided by used in financing activities; "
        "net cash used in provided by financing activities; net cash provided by financing activities; "
        "net cash from financing activities; net cash flow from financing activities; "
        "cash flow from financing activities",
    ),
    "capex": Line(
        "cash flow",
        "capex; capital expenditure; capital spending; purchase of property plant and equipment",
        "capital expenditures; purchases of property and equipment; "
        "purchase of property plant and equipment; "
        "payments for acquisition of property plant and equipment; "
        "additions to property plant and equipment; payments to acquire property plant and equipment; "
        "additions to property and equipment; purchases of property equipment and technology; "
        "capital expenditure; expenditures for property plant and equipment; "
        "investment in property plant and equipment; payments for property and equipment; "
        "additions to plant and equipment",
        outflow=True,
    ),
    "dividends_paid": Line(
        "cash flow",
        "dividends paid; dividend payments; cash dividends paid",
        "dividends paid; cash dividends paid; payments for dividends and dividend equivalents; "
        "payment of dividends; payments of dividends; cash dividends; dividends; "
        "common stock cash dividends paid; payment of cash dividends; dividends paid on common stock; "
        "payments of cash dividends; dividends to shareholders; dividends paid to shareholders; "
        "dividends paid to stockholders; cash dividends paid to stockholders; "
        "cash dividends paid to shareholders",
        outflow=True,
    ),
    "repurchases": Line(
        "cash flow",
        "share repurchases; stock repurchases; repurchase of common stock; buybacks",
        "repurchases of common stock; repurchase of common stock; common stock repurchased; "
        "purchases of treasury stock; purchase of common stock; purchases of common stock; "
        "treasury stock purchases; share repurchases; acquisition of treasury stock; stock repurchases; "
        "treasury stock purchased; payments for repurchase of common stock; purchase of treasury stock; "
        "repurchases of stock; purchase of company stock; repurchase of shares",
        outflow=True,
    ),
    "stock_compensation": Line(
        "cash flow",
        "stock based compensation; share based compensation; stock compensation",
        "stock based compensation; share based compensation; stock based compensation expense; "
        "share based compensation expense; stock compensation; equity based compensation; "
        "share based payments; stock compensation expense; total stock based compensation expense; "
        "stock based compensation cost",
    ),
    "depreciation": Line(
        "cash flow",
        "depreciation and amortization; depreciation; depreciation amortization",
        "depreciation and amortization; depreciation; depreciation amortization and other; "
        "depreciation amortisation and impairment",
    ),
}
