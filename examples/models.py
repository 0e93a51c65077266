"""The classes the examples ask for. Every field may be missing from a document, so every field has a default."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, Field


class Party(BaseModel):
    name: str | None = Field(None, description="Name of the company or person")
    address: str | None = Field(None, description="Postal address")
    vat_id: str | None = Field(None, description="VAT registration number")


class InvoiceLine(BaseModel):
    description: str | None = Field(None, description="What was sold or done")
    quantity: Decimal | None = Field(None, description="How many, without the unit")
    unit_price: Decimal | None = Field(None, description="Price of one unit")
    amount: Decimal | None = Field(None, description="Total price of this line")


class Invoice(BaseModel):
    """An invoice."""

    invoice_number: str | None = Field(None, description="Number of the invoice")
    invoice_date: date | None = Field(None, description="Date of issue")
    due_date: date | None = Field(None, description="Date by which the invoice must be paid")
    vendor: Party = Field(default_factory=Party, description="Who sends the invoice")
    customer: Party = Field(default_factory=Party, description="Who has to pay it")
    currency: str | None = Field(None, description="ISO 4217 code of the currency, for example EUR")
    lines: list[InvoiceLine] = Field(default_factory=list, description="The items that are charged")
    subtotal: Decimal | None = Field(None, description="Net total, before tax")
    tax: Decimal | None = Field(None, description="Amount of the VAT")
    total: Decimal | None = Field(None, description="Total amount due, with tax")
    iban: str | None = Field(None, description="IBAN of the bank account to pay to")


class ServiceAgreement(BaseModel):
    """A contract for services."""

    agreement_number: str | None = Field(None, description="Number of the agreement")
    provider: str | None = Field(None, description="Name of the party that provides the services")
    client: str | None = Field(None, description="Name of the party that receives the services")
    effective_date: date | None = Field(None, description="Date on which the agreement begins")
    expiry_date: date | None = Field(None, description="Date on which the initial term expires")
    initial_term_months: int | None = Field(None, description="Length of the initial term in months")
    monthly_fee: Decimal | None = Field(None, description="Fee to pay each month")
    payment_days: int | None = Field(None, description="Days after the invoice date within which invoices are payable")
    notice_days: int | None = Field(None, description="Days of written notice to terminate the agreement")
    liability_cap: Decimal | None = Field(None, description="Most that either party is liable for in a year")
    governing_law: str | None = Field(None, description="Law that governs the agreement")


class ReceiptItem(BaseModel):
    quantity: int | None = Field(None, description="How many")
    name: str | None = Field(None, description="What was bought")
    price: Decimal | None = Field(None, description="Price of this line")


class Receipt(BaseModel):
    """A receipt of a shop or café."""

    merchant: str | None = Field(None, description="Name of the shop or café")
    receipt_number: str | None = Field(None, description="Number of the receipt")
    receipt_date: date | None = Field(None, description="Date of the purchase")
    items: list[ReceiptItem] = Field(default_factory=list, description="What was bought")
    subtotal: Decimal | None = Field(None, description="Sum of the items")
    service: Decimal | None = Field(None, description="Service charge")
    total: Decimal | None = Field(None, description="Total paid")
    currency: str | None = Field(None, description="ISO 4217 code of the currency")


class StockItem(BaseModel):
    item_number: str | None = Field(None, description="Item number")
    description: str | None = Field(None, description="Description of the item")
    category: str | None = Field(None, description="Category")
    in_stock: int | None = Field(None, description="Pieces in stock")
    reorder_level: int | None = Field(None, description="Reorder level")
    unit_cost: Decimal | None = Field(None, description="Unit cost")
    value: Decimal | None = Field(None, description="Value of the stock of this item")


class StockList(BaseModel):
    """A stock list kept in a workbook."""

    warehouse: str | None = Field(None, description="Warehouse")
    counted_on: date | None = Field(None, description="Date of the count")
    counted_by: str | None = Field(None, description="Who counted")
    items: list[StockItem] = Field(default_factory=list, description="All items of the list")
    total_value: Decimal | None = Field(None, description="Total value of the stock")


class OrderLine(BaseModel):
    article: str | None = Field(None, description="Article that is ordered (Artikel)")
    quantity: int | None = Field(None, description="How many are ordered (Menge)")
    unit_price: Decimal | None = Field(None, description="Price of one piece (Einzelpreis)")
    amount: Decimal | None = Field(None, description="Total price of this line (Gesamt)")


class PurchaseOrder(BaseModel):
    """A purchase order."""

    order_number: str | None = Field(None, description="Number of the order (Bestellung)")
    order_date: date | None = Field(None, description="Date of the order (Bestelldatum)")
    delivery_date: date | None = Field(None, description="Date of delivery (Liefertermin)")
    supplier: str | None = Field(None, description="Name of the supplier (Lieferant)")
    contact: str | None = Field(None, description="Name of the person to ask (Ansprechpartner)")
    lines: list[OrderLine] = Field(default_factory=list, description="The articles ordered")
    net_total: Decimal | None = Field(None, description="Net value of the order (Bestellwert)")


class Course(BaseModel):
    """A course as its web page announces it."""

    title: str | None = Field(None, description="Title of the course")
    tutor: str | None = Field(None, description="Name of the tutor")
    starts: date | None = Field(None, description="First day")
    ends: date | None = Field(None, description="Last day")
    places: int | None = Field(None, description="Number of places")
    price: Decimal | None = Field(None, description="Price of the course")
    topics: list[str] = Field(default_factory=list, description="What you will learn")


DOCUMENTS: dict[str, type[BaseModel]] = {
    "bestellung_de.md": PurchaseOrder,
    "course_en.html": Course,
    "invoice_en.pdf": Invoice,
    "invoice_en_scan.pdf": Invoice,
    "receipt_en.png": Receipt,
    "rechnung_de.pdf": Invoice,
    "service_agreement_en.pdf": ServiceAgreement,
    "stock_list.xlsx": StockList,
}
"""Which class each file of `examples/documents` is read into; its gold values are `<stem>.gold.json` beside it."""
