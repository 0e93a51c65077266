"""The kinds of invented documents, each a function of a `Maker`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.invented import words
from benchmarks.invented.page import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.invented.maker import Made, Maker

__all__ = ["KINDS"]

_HOW = ("beside", "inline", "right", "stacked", "boxed")
_LINES = {
    "name": ("text", "description|itemName"),
    "quantity": ("number", "quantity|qty"),
    "price": ("money", "unit_price|unitPrice"),
    "amount": ("money", "line_total|lineAmount"),
}


def _address(m: Maker, sheet: Sheet, x: float, y: float, name: str) -> float:
    street, code, city = m.pick(words.CITIES[m.language]).split("|")
    line = f"{city} {code}" if m.language == "en" else f"{code} {city}"
    for text in (name, street, line):
        sheet.text(x, y, text, size=9)
        y += 12
    return y


def _goods(m: Maker, count: int) -> list[dict[str, Any]]:
    rows = []
    for _ in range(count):
        quantity, price = m.chance.randint(1, 12), m.chance.randint(150, 40000) / 100
        name = m.pick(words.ITEMS[m.language])
        if m.chance.random() < 0.25:
            name = f"{name} {m.pick(words.ITEMS[m.language])} {m.digits(3)}"
        rows.append({"name": name, "quantity": quantity, "price": price, "amount": round(quantity * price, 2)})
    return rows


def _head(m: Maker, kind: str) -> tuple[Sheet, str, str]:
    """A sheet with letter head, title and, for what is sent, the addressee."""
    sheet, seller = Sheet(), m.company()
    buyer = m.company(seller)
    left = m.chance.random() < 0.6
    sheet.text(
        50 if left else 545, 60, seller, size=m.chance.choice((12, 16)), bold=True, align="left" if left else "right"
    )
    street, code, city = m.pick(words.CITIES[m.language]).split("|")
    line = f"{street}, {city} {code}" if m.language == "en" else f"{street}, {code} {city}"
    sheet.text(50 if left else 545, 75, line, size=8, align="left" if left else "right")
    sheet.text(50, 130, words.TITLES[kind][m.index], size=18, bold=True)
    sheet.text(50, 160, m.label("buyer") + m.colon, size=8, bold=True)
    _address(m, sheet, 50, 174, buyer)
    return sheet, seller, buyer


def _totals(m: Maker, sheet: Sheet, y: float, net: float, rate: int) -> dict[str, float]:
    tax = round(net * rate / 100, 2)
    found = {"net": net, "tax": tax, "gross": round(net + tax, 2)}
    x = m.chance.choice((310, 360))
    for name, value in found.items():
        sheet.text(x, y, m.label(name, rate=rate) + m.colon, size=9, bold=name == "gross")
        sheet.text(545, y, m.money(value), size=9, bold=name == "gross", align="right")
        y += 16
    return found


def invoice(m: Maker) -> Made:
    """An invoice with lines, totals and a place to pay to."""
    sheet, seller, buyer = _head(m, "invoice")
    sheets = [sheet]
    number = f"{m.pick('RE|INV|F|')}{m.pick('-|')}{m.digits(6)}".lstrip("-")
    issued = m.day()
    due = f"{int(issued[:4]) + (issued[5:7] == '12')}-{int(issued[5:7]) % 12 + 1:02d}-{issued[8:]}"
    head = {"number": number, "date": issued, "due": due, "customer_no": m.digits(5), "order_no": m.digits(7)}
    how = m.pick(_HOW)
    y = (
        m.pairs(sheet, 310, 160, head, how, wide=235)
        if how != "boxed"
        else m.pairs(sheet, 50, 240, head, how, wide=500)
    )
    goods = _goods(m, m.chance.choice((1, 2, 3, 5, 8, 40)))
    heads = {c: m.label(c) for c in _LINES}
    rows = [
        {
            "name": g["name"],
            "quantity": str(g["quantity"]),
            "price": m.money(g["price"], plain=True),
            "amount": m.money(g["amount"], plain=True),
        }
        for g in goods
    ]
    y = m.table(sheets, max(y, 260) + 20, heads, rows, ruled=m.chance.random() < 0.5)
    if y > 650:
        sheets.append(Sheet())
        y = 80.0
    net = round(sum(g["amount"] for g in goods), 2)
    totals = _totals(m, sheets[-1], y + 10, net, m.chance.choice((7, 10, 19, 20, 21)))
    iban = m.iban()
    sheets[-1].text(50, 790, f"IBAN {iban}", size=8)
    for name, value in {**head, **totals, "iban": iban, "seller": seller, "buyer": buyer}.items():
        m.ask(name, value)
    m.rows("lines", _LINES, goods)
    m.absent(2)
    return m.made("invoice", sheets)


def order(m: Maker) -> Made:
    """A confirmation of an order."""
    sheet, _, buyer = _head(m, "order")
    sheets = [sheet]
    ordered = m.day()
    head = {
        "order_no": m.digits(7),
        "order_date": ordered,
        "customer_no": m.digits(5),
        "delivery_date": m.day(year=2026),
    }
    y = m.pairs(sheet, 50, 240, head, m.pick(("beside", "inline", "boxed", "ends")), wide=500)
    goods = _goods(m, m.chance.choice((2, 4, 6)))
    heads = {c: m.label(c) for c in ("name", "quantity", "price", "amount")}
    rows = [
        {
            "name": g["name"],
            "quantity": str(g["quantity"]),
            "price": m.money(g["price"]),
            "amount": m.money(g["amount"]),
        }
        for g in goods
    ]
    y = m.table(sheets, y + 20, heads, rows, ruled=m.chance.random() < 0.5)
    gross = round(sum(g["amount"] for g in goods), 2)
    sheets[-1].text(360, y + 12, m.label("gross") + m.colon, size=10, bold=True)
    sheets[-1].text(545, y + 12, m.money(gross), size=10, align="right", bold=True)
    for name, value in {**head, "gross": gross, "buyer": buyer}.items():
        m.ask(name, value)
    m.rows("items", _LINES, goods)
    m.absent(1)
    return m.made("order", sheets)


def delivery(m: Maker) -> Made:
    """A delivery note: no prices."""
    sheet, _, _ = _head(m, "delivery")
    sheets = [sheet]
    head = {
        "order_no": m.digits(7),
        "delivery_date": m.day(),
        "carrier": m.company(),
        "parcels": m.chance.randint(1, 30),
        "weight": m.chance.randint(500, 99999) / 100,
    }
    y = m.pairs(sheet, 50, 240, head, m.pick((*_HOW, "ends")), wide=400)
    goods = [{**g, "code": f"{m.pick('AB|KX|T')}{m.digits(4)}"} for g in _goods(m, m.chance.choice((2, 5, 9)))]
    heads = {c: m.label(c) for c in ("code", "name", "quantity")}
    rows = [{"code": g["code"], "name": g["name"], "quantity": str(g["quantity"])} for g in goods]
    m.table(sheets, y + 20, heads, rows, ruled=m.chance.random() < 0.5)
    for name, value in head.items():
        m.ask(name, value)
    columns = {"code": ("text", "item_code|articleNo"), "name": _LINES["name"], "quantity": _LINES["quantity"]}
    m.rows("goods", columns, goods)
    m.absent(1)
    return m.made("delivery", sheets)


def form(m: Maker) -> Made:
    """A filled form about a person."""
    sheet = Sheet()
    sheet.text(50, 60, words.TITLES["form"][m.index], size=16, bold=True)
    first, last = m.pick(words.PEOPLE[m.language]).split(" ", 1)
    city = m.pick(words.CITIES[m.language]).split("|")[2]
    about = {
        "last_name": last,
        "first_name": first,
        "born": m.day(year=m.chance.randint(1950, 2004)),
        "nationality": ("British", "deutsch", "française", "Nederlandse", "española", "italiana")[m.index],
        "profession": m.pick("Architect|Nurse|Chef|Pilot"),
        "city": city,
        "phone": f"+{m.chance.randint(31, 49)} {m.digits(3)} {m.digits(6)}",
        "email": f"{first}.{last}@example.org".lower().encode("ascii", "ignore").decode(),
        "member_no": m.digits(6),
    }
    m.pairs(sheet, 50, 110, about, m.pick((*_HOW, "under")), wide=m.chance.choice((250, 500)))
    for name, value in about.items():
        m.ask(name, value)
    m.absent(2)
    return m.made("form", [sheet], scanned=m.chance.random() < 0.3)


def inspection(m: Maker) -> Made:
    """A report with numbers and an answer, none of them of a business."""
    sheet = Sheet()
    sheet.text(297, 60, words.TITLES["inspection"][m.index], size=16, bold=True, align="centre")
    about = {
        "plate": f"{m.pick('AB|KL|HX')} {m.digits(3)} {m.pick('CD|XY|ZT')}",
        "make": m.pick("Volvo|Renault|Skoda|Fiat"),
        "power": m.chance.randint(40, 250),
        "mileage": m.chance.randint(1000, 250000),
        "passed": m.chance.random() < 0.6,
        "inspector": m.pick(words.PEOPLE[m.language]),
    }
    m.pairs(sheet, 50, 120, about, m.pick((*_HOW, "ends", "under")), wide=m.chance.choice((250, 500)))
    for name, value in about.items():
        m.ask(name, value)
    m.absent(2)
    return m.made("inspection", [sheet], scanned=m.chance.random() < 0.3)


def payslip(m: Maker) -> Made:
    """A payslip."""
    sheet = Sheet()
    employer = m.company()
    sheet.text(50, 50, employer, size=12, bold=True)
    sheet.text(50, 80, words.TITLES["payslip"][m.index], size=14, bold=True)
    who = {"employee": m.pick(words.PEOPLE[m.language]), "staff_no": m.digits(5)}
    y = m.pairs(sheet, 50, 110, who, m.pick(_HOW), wide=350)
    gross = m.chance.randint(180000, 780000) / 100
    tax = round(gross * m.chance.uniform(0.1, 0.3), 2)
    pay = {"gross_pay": gross, "income_tax": tax, "net_pay": round(gross - tax, 2)}
    m.pairs(sheet, 50, y + 30, pay, m.pick(("ends", "beside", "right", "ends")), wide=495)
    for name, value in {**who, **pay}.items():
        m.ask(name, value)
    m.absent(1)
    return m.made("payslip", [sheet])


def statement(m: Maker) -> Made:
    """A statement of account with its transactions."""
    sheet = Sheet()
    sheets = [sheet]
    sheet.text(50, 60, words.TITLES["statement"][m.index], size=14, bold=True)
    opening = m.chance.randint(10000, 900000) / 100
    rows = [
        {
            "booked": m.day(year=2025),
            "details": m.company(),
            "amount": m.chance.choice((1, -1)) * m.chance.randint(100, 90000) / 100,
        }
        for _ in range(m.chance.choice((3, 6, 45)))
    ]
    rows.sort(key=lambda r: str(r["booked"]))
    closing = round(opening + sum(r["amount"] for r in rows), 2)
    head = {"account": m.digits(9), "statement_date": m.day(year=2026)}
    y = m.pairs(sheet, 50, 95, head, m.pick(_HOW), wide=330)
    y = m.pairs(sheet, 50, y + 12, {"opening": opening}, "ends", wide=495)
    heads = {c: m.label(c) for c in ("booked", "details", "amount")}
    printed = [
        {"booked": m.printed_day(r["booked"]), "details": r["details"], "amount": m.money(r["amount"], plain=True)}
        for r in rows
    ]
    y = m.table(sheets, y + 16, heads, printed, ruled=m.chance.random() < 0.4)
    m.pairs(sheets[-1], 50, y + 10, {"closing": closing}, "ends", wide=495)
    for name, value in {**head, "opening": opening, "closing": closing}.items():
        m.ask(name, value)
    columns = {
        "booked": ("date", "booking_date|bookedOn"),
        "details": ("text", "text|details"),
        "amount": ("money", "amount|value"),
    }
    m.rows("transactions", columns, rows)
    m.absent(1)
    return m.made("statement", sheets)


def agreement(m: Maker) -> Made:
    """The particulars of a short agreement."""
    sheet = Sheet()
    sheet.text(297, 70, words.TITLES["agreement"][m.index], size=15, bold=True, align="centre")
    first = m.company()
    about = {
        "party_a": first,
        "party_b": m.company(first),
        "effective": m.day(),
        "term": f"{m.chance.randint(2, 9)} {('years', 'Jahre', 'ans', 'jaar', 'años', 'anni')[m.index]}",
        "law": ("England and Wales", "Deutschland", "France", "Nederland", "España", "Italia")[m.index],
    }
    m.pairs(sheet, 60, 120, about, m.pick(("beside", "inline", "right", "stacked", "ends")), wide=430)
    for name, value in about.items():
        m.ask(name, value)
    m.absent(2)
    return m.made("agreement", [sheet])


def receipt(m: Maker) -> Made:
    """A till's receipt: narrow, of one width, without headers; always an image."""
    sheet = Sheet(width=226, height=420, font="F3")
    seller = m.company()
    sheet.text(113, 25, seller.upper(), size=9, align="centre")
    day, y = m.day(), 52.0
    sheet.text(
        12, y, f"{m.label('date')}: {m.printed_day(day)}  {m.chance.randint(8, 20)}:{m.chance.randint(10, 59)}", size=8
    )
    goods = [{"name": g["name"][:18], "amount": g["price"]} for g in _goods(m, m.chance.randint(2, 6))]
    for item in goods:
        y += 13
        sheet.text(12, y, item["name"], size=8)
        sheet.text(214, y, m.money(item["amount"], plain=True), size=8, align="right")
    gross = round(sum(g["amount"] for g in goods), 2)
    sheet.line(12, y + 6, 214, y + 6)
    sheet.text(12, y + 20, m.label("gross").upper(), size=10)
    sheet.text(214, y + 20, m.money(gross), size=10, align="right")
    method = ("CARD", "KARTE", "CARTE", "PIN", "TARJETA", "CARTA")[m.index]
    sheet.text(12, y + 38, f"{m.label('method')}: {method}", size=8)
    sheet.text(113, y + 70, words.TITLES["receipt"][m.index], size=8, align="centre")
    for name, value in {"seller": seller, "date": day, "gross": gross, "method": method}.items():
        m.ask(name, value)
    m.rows("items", {"name": _LINES["name"], "amount": ("money", "price|itemPrice")}, goods)
    m.absent(2)
    return m.made("receipt", [sheet], scanned=True)


KINDS: tuple[Callable[[Maker], Made], ...] = (
    invoice,
    order,
    delivery,
    form,
    inspection,
    payslip,
    statement,
    agreement,
    receipt,
)
