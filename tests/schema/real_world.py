"""Twenty classes as people write them, each with an answer as a service prints it.

Not tests themselves: `test_schema_real_world.py` compares what they compile to with the files in `golden/`, and reads
the answers. Each answer has what the document would have: printed numbers and dates, nulls, names as on the wire.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, HttpUrl, RootModel, computed_field
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

T = TypeVar("T")
Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


# --- 1 ------------------------------------------------------------------------------------------------------------


class Address(BaseModel):
    """A postal address, as printed."""

    street: str | None = Field(None, description="Street and number")
    postal_code: str | None = None
    city: str
    country: str = Field("DE", description="ISO 3166-1 alpha-2", min_length=2, max_length=2)


class Party(BaseModel):
    """A company or a person."""

    name: str
    vat_id: str | None = Field(
        None, description="VAT identification number, such as DE123456789", examples=["DE123456789"]
    )
    address: Address | None = None


class InvoiceLine(BaseModel):
    position: int = Field(ge=1)
    description: str
    quantity: Decimal = Field(gt=0)
    unit_price: Money
    vat_rate: Decimal | None = Field(None, description="Per cent")
    net_amount: Money


class Invoice(BaseModel):
    """An invoice under EN 16931."""

    number: str = Field(description="Invoice number")
    issued: date = Field(description="Date of the invoice")
    due: date | None = None
    seller: Party = Field(description="Who sends the invoice")
    buyer: Party = Field(description="Who pays")
    lines: list[InvoiceLine] = Field(min_length=1)
    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    total: Money = Field(description="Amount due, tax included")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def line_count(self) -> int:
        """Not asked for."""
        return len(self.lines)


# --- 2 ------------------------------------------------------------------------------------------------------------


class PaymentMethod(str, Enum):
    """How a receipt was paid."""

    CASH = "cash"
    CARD = "card"
    VOUCHER = "voucher"


class ReceiptItem(TypedDict):
    """One line of a till receipt."""

    name: str
    amount: float


class Receipt(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True)

    merchant: str
    """The shop's name, from the head of the receipt."""
    at: datetime
    """When it was paid."""
    items: list[ReceiptItem]
    paid_by: PaymentMethod | None
    tip: Money | None = None
    total: Money


# --- 3 ------------------------------------------------------------------------------------------------------------


class NonDisclosureAgreement(Camel):
    """A contract to keep something secret."""

    disclosing_party: str
    receiving_party: str
    effective_date: date
    mutual: bool = Field(description="Whether both parties disclose")
    term: timedelta | None = Field(None, description="How long the duty lasts")
    governing_law: str | None = Field(None, description="State or country whose law applies")
    exclusions: list[str] = Field(default_factory=list, description="What is not confidential, a clause each")


# --- 4 ------------------------------------------------------------------------------------------------------------


class Station(Camel):
    employer: str = Field(validation_alias=AliasChoices("employer", "company"))
    title: str
    start: str = Field(description="Month and year as printed")
    end: str | None = Field(None, description="Null for the present job")


class Resume(Camel):
    """A curriculum vitae."""

    full_name: str
    email: str | None = Field(None, json_schema_extra={"x-personal": True})
    website: HttpUrl | None = None
    skills: set[str] = set()
    stations: list[Station]
    languages: dict[str, Literal["A1", "A2", "B1", "B2", "C1", "C2", "native"]] = Field(
        default_factory=dict, description="Level by language"
    )


# --- 5 ------------------------------------------------------------------------------------------------------------


class Fact(BaseModel, Generic[T]):
    """A reported figure."""

    value: T
    unit: str | None = None
    period_end: date | None = Field(None, description="End of the reporting period")


class AnnualReport(BaseModel):
    """Facts of a form 10-K."""

    registrant: str
    cik: str = Field(description="Central Index Key, ten digits", pattern=r"^\d{10}$")
    fiscal_year: int = Field(ge=1990, le=2100)
    revenue: Fact[int] = Field(description="Total revenues in thousands")
    net_income: Fact[int] = Field(description="Negative for a loss")
    earnings_per_share: Fact[Decimal] | None = Field(None, description="Diluted")


# --- 6 ------------------------------------------------------------------------------------------------------------


class Range(NamedTuple):
    low: float | None
    high: float | None


class Analyte(BaseModel):
    name: str
    result: float | str = Field(description="A number, or text such as 'negative'")
    unit: str | None = None
    reference: Range | None = Field(None, description="Reference range")
    flag: Literal["H", "L", "N"] | None = None


class LabReport(BaseModel):
    """Results of a medical laboratory."""

    patient: str
    collected: datetime
    fasting: bool | None = Field(None, description="Whether the patient had not eaten")
    analytes: list[Analyte]


# --- 7 ------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Package:
    """Goods that travel together."""

    marks: str
    count: int
    gross_weight_kg: float
    hazardous: bool = False


class BillOfLading(BaseModel):
    number: str
    shipper: str
    consignee: str
    vessel: str | None = None
    voyage: str | None = None
    ports: tuple[str, str] = Field(description="Port of loading, port of discharge")
    packages: list[Package]


# --- 8 ------------------------------------------------------------------------------------------------------------


class Booking(BaseModel):
    day: date
    text: str
    amount: Money = Field(description="Negative when money leaves the account")
    balance: Money | None = None


class BankStatement(BaseModel):
    """One account's bookings in one period."""

    iban: str = Field(pattern="^[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}$", description="International account number")
    opening: Money
    closing: Money
    bookings: list[Booking]


# --- 9 ------------------------------------------------------------------------------------------------------------


class TaxClass(Enum):
    INDIVIDUAL = "Individual/sole proprietor"
    C_CORPORATION = "C corporation"
    S_CORPORATION = "S corporation"
    PARTNERSHIP = "Partnership"
    TRUST = "Trust/estate"
    LLC = "LLC"


class FormW9(BaseModel):
    """Request for Taxpayer Identification Number and Certification."""

    name: str = Field(description="Line 1")
    business_name: str | None = Field(None, description="Line 2")
    classification: TaxClass = Field(description="Line 3a, the box that is ticked")
    exempt_payee_code: int | None = None
    tin: str = Field(description="Social security or employer identification number", pattern=r"^[0-9-]{9,11}$")
    signed: bool = Field(description="Whether part II is signed")
    signed_on: date | None = None


# --- 10 -----------------------------------------------------------------------------------------------------------


class BankTransfer(BaseModel):
    kind: Literal["transfer"]
    iban: str


class CardPayment(BaseModel):
    kind: Literal["card"]
    last_four: str = Field(pattern="^[0-9]{4}$")


class PurchaseOrder(BaseModel):
    """An order to a supplier."""

    order_no: str = Field(alias="Order No.")
    ordered: date = Field(alias="Date")
    payment: Annotated[BankTransfer | CardPayment, Field(discriminator="kind", description="How it will be paid")]
    prices: dict[str, Money] = Field(description="Price by article number")


# --- 11: recursive ------------------------------------------------------------------------------------------------


class Section(BaseModel):
    """A section of a contract."""

    heading: str
    text: str | None = None
    subsections: list[Section] = []


class Contract(BaseModel):
    title: str
    parties: list[str]
    sections: list[Section]


# --- 12: mutually recursive ---------------------------------------------------------------------------------------


class Employee(BaseModel):
    name: str
    leads: Team | None = Field(None, description="The team this person leads")


class Team(BaseModel):
    """A box of an organisation chart."""

    name: str
    members: list[Employee]


class OrganisationChart(BaseModel):
    head: Employee


# --- 13: a list at the root ---------------------------------------------------------------------------------------


class Transaction(BaseModel):
    booked: date
    amount: Money


class Transactions(RootModel[list[Transaction]]):
    """All transactions of the document."""


# --- 14 -----------------------------------------------------------------------------------------------------------


class Opening(BaseModel):
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    opens: time
    closes: time


class Menu(BaseModel):
    """A restaurant's menu."""

    restaurant: str
    hours: list[Opening] = Field(default_factory=list, max_length=14)
    dishes: dict[str, Decimal] = Field(description="Price by dish")


# --- 15 -----------------------------------------------------------------------------------------------------------


class Document(BaseModel):
    """What every paper has."""

    title: str = Field(description="The title as printed")
    language: str = Field("en", description="ISO 639-1")


class Paper(Document):
    """A scientific paper."""

    doi: str | None = Field(None, pattern=r"^10\.")
    authors: list[str]
    published: date | None = None
    references: int | None = Field(None, ge=0, description="Number of references")


# --- 16 -----------------------------------------------------------------------------------------------------------


class Coverage(BaseModel):
    name: str
    limit: Decimal | Literal["unlimited"]
    deductible: Decimal = Decimal(0)


class InsurancePolicy(Camel):
    policy_number: str
    holder: Party
    valid: tuple[date, date] = Field(description="First and last day")
    coverages: list[Coverage]
    premium: Money


# --- 17 -----------------------------------------------------------------------------------------------------------


class Meter(BaseModel):
    meter_id: str
    previous: Decimal
    current: Decimal
    unit: Literal["kWh", "m³"] = "kWh"


class UtilityBill(BaseModel):
    """A bill for power, gas or water."""

    customer_no: str
    period: str = Field(description="As printed")
    meters: list[Meter]
    autopay: bool | None
    amount_due: Money
    extra: dict[str, Any] = Field(default_factory=dict, description="Whatever else is printed")


# --- 18 -----------------------------------------------------------------------------------------------------------


class Passport(BaseModel):
    """The data page of a passport."""

    model_config = ConfigDict(str_strip_whitespace=True, extra="forbid")

    surname: str
    given_names: str
    nationality: Annotated[str, Field(min_length=3, max_length=3, description="ICAO 9303 code")]
    sex: Literal["F", "M", "X"]
    born: date
    expires: date
    number: str


# --- 19 -----------------------------------------------------------------------------------------------------------


class Dose(BaseModel):
    amount: float
    unit: Literal["mg", "ml", "IU"]


class Medication(BaseModel):
    drug: str
    dose: Dose | None
    times_a_day: int | None = Field(None, ge=1, le=24)
    duration: timedelta | None = None


class Prescription(BaseModel):
    """What a doctor orders."""

    patient: str
    issued: date
    medications: list[Medication]
    repeat: int = 0


# --- 20: JSON Schema, as Zod writes it ------------------------------------------------------------------------------

CUSTOMS_DECLARATION: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "CustomsDeclaration",
    "type": "object",
    "properties": {
        "mrn": {"type": "string", "description": "Movement reference number"},
        "declarant": {"$ref": "#/$defs/Trader", "description": "Who declares"},
        "goods": {"type": "array", "items": {"$ref": "#/$defs/Goods"}},
        "accepted": {"type": ["string", "null"], "format": "date"},
    },
    "required": ["mrn", "declarant", "goods", "accepted"],
    "additionalProperties": False,
    "$defs": {
        "Trader": {
            "type": "object",
            "description": "A trader with an EORI number",
            "properties": {"name": {"type": "string"}, "eori": {"type": "string"}},
            "required": ["name", "eori"],
            "additionalProperties": False,
        },
        "Goods": {
            "type": "object",
            "properties": {
                "commodityCode": {"type": "string", "pattern": "^[0-9]{8,10}$"},
                "netMassKg": {"type": "number", "exclusiveMinimum": 0},
                "value": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            },
            "required": ["commodityCode", "netMassKg", "value"],
            "additionalProperties": False,
        },
    },
}

PARTY = {
    "name": "Muster GmbH",
    "vat_id": "DE123456789",
    "address": {"city": "Bonn", "street": None, "postal_code": 53111},
}

# (target, locale of the document, results)
CASES: dict[str, tuple[Any, str | None, Any]] = {
    "invoice": (
        Invoice,
        "de",
        {
            "number": 20260017,
            "issued": "1. März 2026",
            "due": "31.03.2026",
            "seller": PARTY,
            "buyer": {"name": "Käufer AG", "vat_id": None, "address": None},
            "lines": [
                {
                    "position": "1",
                    "description": "Ziegel",
                    "quantity": "1.500",
                    "unit_price": "0,80 €",
                    "vat_rate": "19 %",
                    "net_amount": "1.200,00 €",
                }
            ],
            "currency": "EUR",
            "total": "1.428,00 EUR",
        },
    ),
    "receipt": (
        Receipt,
        "en-US",
        {
            "merchant": "Corner Shop",
            "at": "03/04/2026 2:30 PM",
            "items": [{"name": "Milk", "amount": "$1.99"}, {"name": "Refund", "amount": "(0.50)"}],
            "paid_by": "Card",
            "tip": "",
            "total": "$1.49",
        },
    ),
    "nda": (
        NonDisclosureAgreement,
        None,
        {
            "disclosingParty": "A Ltd",
            "receivingParty": "B Ltd",
            "effectiveDate": "14 March 2025",
            "mutual": "yes",
            "term": "730 days",
            "governingLaw": "England",
            "exclusions": None,
        },
    ),
    "resume": (
        Resume,
        None,
        {
            "fullName": "Ada Lovelace",
            "email": None,
            "website": " https://example.com/ada ",
            "skills": ["mathematics"],
            "stations": [{"company": "Analytical Engines", "title": "Analyst", "start": "May 1842", "end": None}],
            "languages": {"English": "Native", "French": "c1"},
        },
    ),
    "annual_report": (
        AnnualReport,
        "en",
        {
            "registrant": "Example Corp.",
            "cik": "0000320193",
            "fiscal_year": 2025,
            "revenue": {"value": "391,035", "unit": "USD", "period_end": "September 28, 2024"},
            "net_income": {"value": "(1,234)", "unit": "USD", "period_end": None},
            "earnings_per_share": {"value": "6.08", "unit": None, "period_end": None},
        },
    ),
    "lab_report": (
        LabReport,
        "de",
        {
            "patient": "P. Muster",
            "collected": "14.03.2025 07:45 Uhr",
            "fasting": "x",
            "analytes": [
                {
                    "name": "Glukose",
                    "result": 98.5,
                    "unit": "mg/dl",
                    "reference": {"low": "70", "high": "99,0"},
                    "flag": "n",
                },
                {"name": "HBsAg", "result": "negativ", "unit": None, "reference": None, "flag": None},
            ],
        },
    ),
    "bill_of_lading": (
        BillOfLading,
        None,
        {
            "number": "HLCU123",
            "shipper": "A",
            "consignee": "B",
            "vessel": None,
            "ports": ["Hamburg", "Shanghai"],
            "packages": [{"marks": "N/M", "count": "12", "gross_weight_kg": "1 250,5", "hazardous": "no"}],
        },
    ),
    "bank_statement": (
        BankStatement,
        "de-CH",
        {
            "iban": "CH9300762011623852957",
            "opening": "CHF 1'234.-",
            "closing": "1'134.50",
            "bookings": [{"day": "02.01.2026", "text": "Miete", "amount": "99.50-", "balance": None}],
        },
    ),
    "form_w9": (
        FormW9,
        "en-US",
        {
            "name": "Jane Doe",
            "business_name": "n/a",
            "classification": "llc",
            "exempt_payee_code": "n/a",
            "tin": "12-3456789",
            "signed": "☒",
            "signed_on": "01/02/2026",
        },
    ),
    "purchase_order": (
        PurchaseOrder,
        None,
        {
            "Order No.": "4500017",
            "Date": "2026-01-05",
            "payment": {"kind": "Card", "last_four": "4242"},
            "prices": {"A-1": "12,50", "B-2": 3},
        },
    ),
    "contract": (
        Contract,
        None,
        {
            "title": "Lease",
            "parties": ["A", "B"],
            "sections": [{"heading": "1", "text": None, "subsections": [{"heading": "1.1", "subsections": None}]}],
        },
    ),
    "organisation_chart": (
        OrganisationChart,
        None,
        {"head": {"name": "Ann", "leads": {"name": "Board", "members": [{"name": "Bob", "leads": None}]}}},
    ),
    "transactions": (
        Transactions,
        "en-GB",
        {"items": [{"booked": "03/04/2026", "amount": "1,234.50"}, {"booked": "2026-04-05", "amount": -3}]},
    ),
    "menu": (
        Menu,
        "fr",
        {
            "restaurant": "Chez Nous",
            "hours": [{"day": "MON", "opens": "11h30", "closes": "2:30 pm"}],
            "dishes": {"Soupe": "7,50 €", "Tarte": "6"},
        },
    ),
    "paper": (
        Paper,
        None,
        {
            "title": "On Computable Numbers",
            "authors": ["A. M. Turing"],
            "published": "12 November 1936",
            "references": None,
        },
    ),
    "insurance_policy": (
        InsurancePolicy,
        "de",
        {
            "policyNumber": 77,
            "holder": PARTY,
            "valid": ["01.01.2026", "31.12.2026"],
            "coverages": [
                {"name": "Haftpflicht", "limit": "5.000.000", "deductible": "-"},
                {"name": "Glas", "limit": "Unlimited"},
            ],
            "premium": "12,-- €",
        },
    ),
    "utility_bill": (
        UtilityBill,
        "de",
        {
            "customer_no": "0017",
            "period": "2025",
            "meters": [{"meter_id": "Z1", "previous": "10.000", "current": "12.345,6", "unit": "KWH"}],
            "autopay": "ja",
            "amount_due": "812,30",
            "extra": {"Hinweis": "1.234"},
        },
    ),
    "passport": (
        Passport,
        None,
        {
            "surname": " MUSTERMANN ",
            "given_names": "ERIKA",
            "nationality": "DEU",
            "sex": "f",
            "born": "12 AUG 1964",
            "expires": "31.10.2029",
            "number": "C01X00T47",
        },
    ),
    "prescription": (
        Prescription,
        None,
        {
            "patient": "P.",
            "issued": "2026-02-03",
            "medications": [
                {
                    "drug": "Amoxicillin",
                    "dose": {"amount": "500", "unit": "MG"},
                    "times_a_day": "3",
                    "duration": "1 week",
                },
                {"drug": "Ibuprofen", "times_a_day": None},
            ],
            "repeat": None,
        },
    ),
    "customs_declaration": (
        CUSTOMS_DECLARATION,
        "de",
        {
            "mrn": "26DE0001",
            "declarant": {"name": "Muster GmbH", "eori": "DE1234567"},
            "goods": [{"commodityCode": "69041000", "netMassKg": "1.250,5", "value": None}],
            "accepted": "5.1.2026",
        },
    ),
}
