"""Words that typed reading knows: months, yes and no, currencies. Data only."""

from __future__ import annotations

__all__ = ["CURRENCY_CODES", "CURRENCY_SIGNS", "MONTHS", "NO", "YES"]

# Names whose beginnings (three letters or more) are used as abbreviations: en, de, fr, nl, es, it, pt. Without accents.
_ABBREVIATED = (
    "january januar janner janvier januari enero gennaio janeiro",
    "february februar fevrier februari febrero febbraio fevereiro",
    "march marz maerz mars maart marzo marco mrz mrt",
    "april avril abril aprile",
    "may mai mei mayo maggio maio",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august aout augustus agosto",
    "september septembre septiembre settembre setembro setiembre",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember decembre diciembre dicembre dezembro",
)
# Names used in full only: sv, da, nb, fi, pl, cs, ro, tr, hu.
_IN_FULL = (
    "tammikuu tammikuuta stycznia styczen ledna leden ianuarie ocak januar",
    "helmikuu helmikuuta lutego luty unora unor februarie subat februar",
    "maaliskuu maaliskuuta marca marzec brezna brezen martie mart marcius",
    "huhtikuu huhtikuuta kwietnia kwiecien dubna duben aprilie nisan aprilis",
    "toukokuu toukokuuta maja maj kvetna kveten mayis majus",
    "kesakuu kesakuuta czerwca czerwiec cervna cerven iunie haziran junius",
    "heinakuu heinakuuta lipca lipiec cervence cervenec iulie temmuz julius",
    "elokuu elokuuta sierpnia sierpien srpna srpen agustos augusztus augusti",
    "syyskuu syyskuuta wrzesnia wrzesien zari septembrie eylul szeptember",
    "lokakuu lokakuuta pazdziernika pazdziernik rijna rijen octombrie ekim",
    "marraskuu marraskuuta listopada listopad listopadu noiembrie kasim",
    "joulukuu joulukuuta grudnia grudzien prosince prosinec decembrie aralik desember",
)


def _months() -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for number, names in enumerate(_ABBREVIATED, 1):
        for name in names.split():
            for length in range(3, len(name) + 1):
                found.setdefault(name[:length], set()).add(number)
    known = {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}
    for number, names in enumerate(_IN_FULL, 1):
        known.update(dict.fromkeys(names.split(), number))
    return known


MONTHS = _months()  # folded name or abbreviation -> 1..12; beginnings that fit several months are left out

_YES = "yes y true ja j oui si sim tak ano evet kylla checked selected x wahr vrai vero waar"
_NO = "no n false nein nee non nao nie ne hayir ei unchecked falsch faux falso onwaar"
YES, NO = frozenset(_YES.split()), frozenset(_NO.split())

_CODES = (
    "EUR USD GBP CHF INR MYR CAD AUD NZD JPY CNY SEK NOK DKK PLN CZK HUF BRL MXN ZAR KRW SGD HKD TWD IDR THB ILS SAR "
    "AED RUB TRY RON BGN ISK UAH EGP VND PHP COP CLP ARS PEN KWD QAR"
)
# Printed code or word -> ISO 4217.
CURRENCY_CODES = {code: code for code in _CODES.split()} | {
    "RM": "MYR",
    "RMB": "CNY",
    "Rs": "INR",
    "Euro": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "Euros": "EUR",
    "NIS": "ILS",
    "Kč": "CZK",
    "zł": "PLN",
    "Ft": "HUF",
    "Fr": "CHF",
    "SFr": "CHF",
}
CURRENCY_SIGNS = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "₪": "ILS",
    "R$": "BRL",
    "C$": "CAD",
    "A$": "AUD",
    "US$": "USD",
    "kr": "SEK",
    "Kr": "SEK",
}
