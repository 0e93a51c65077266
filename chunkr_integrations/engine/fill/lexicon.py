"""Words for common things in six languages (en, de, fr, nl, es, it). Data only.

A *concept* is what a field may mean. `NAMES` tells which field names and descriptions mean it; `LABELS` are the words
that documents print beside such a value. All are compared as `reading.tokens_of` makes them, so case, accents,
punctuation, "No."/"Nr."/"#" and plurals need no entries of their own.
"""

from __future__ import annotations

__all__ = ["LABELS", "NAMES", "RANGES", "ROLES", "ROLE_WORDS", "STOP", "TOTALS"]

# concept -> names of fields that mean it, one a line or separated by ";"
NAMES: dict[str, str] = {
    "invoice_number": (
        "invoice number; invoice id; invoice no; bill number; document number; receipt number; rechnungsnummer; "
        "numero facture; factuurnummer; numero factura; numero fattura"
    ),
    "issue_date": (
        "issue date; invoice date; date of invoice; date; document date; bill date; date of the invoice; "
        "rechnungsdatum; date facture; factuurdatum; fecha factura; data fattura"
    ),
    "delivery_date": (
        "delivery date; date of delivery; service date; supply date; lieferdatum; date of delivery or service"
    ),
    "due_date": (
        "due date; date due; due; due on; payment due; payable date; date payable; payable on; "
        "payment due date; date by which payment is due; faelligkeitsdatum; pay by"
    ),
    "order_date": "order date; date of order",
    "order_number": (
        "order number; order id; order reference; order no; purchase order; purchase order number; po number; "
        "buyer order number; bestellnummer"
    ),
    "customer_number": "customer number; customer id; client number; account number of the customer; kundennummer",
    "net_total": (
        "net total; net; total net; subtotal; sub total; amount untaxed; net amount; total without tax; total "
        "excluding tax; nettobetrag; total ht"
    ),
    "tax_total": "tax total; tax; total tax; amount tax; tax amount; vat amount; total vat; vat total; sales tax",
    "gross_total": (
        "gross total; gross; total; total amount; amount; grand total; invoice total; total with tax; total amount tax "
        "included; total including tax; bruttobetrag; total ttc"
    ),
    "amount_due": "amount due; balance due; amount due for payment; amount payable; total due; zahlbetrag",
    "prepaid": "prepaid; amount paid; amount already paid; paid; deposit; advance",
    "line_sum": "line total; sum of the net line amounts; sum of lines; items total",
    "discount": "discount; total discount; rebate",
    "shipping": "shipping; shipping cost; freight; delivery charge",
    "currency": "currency; currency code; invoice currency; iso 4217",
    "iban": "iban; account iban; bank account",
    "bic": "bic; swift; bic code; swift code; bic of the issuer's bank",
    "vat_id": ("vat id; vat number; vat identification number; vat; ust id; tva; btw; vat registration number; vat no"),
    "tax_number": "tax number; national tax number; tax id; steuernummer; tin",
    "party_id": "party id; identifier of the seller; identifier of the buyer; customer number; supplier number",
    "payment_method": "payment method; method of payment; paid by; payment type",
    "payment_terms": "payment term; payment terms; terms of payment; terms",
    "contract_number": (
        "contract number; contract no; contract id; agreement number; number of the contract order or invoice"
    ),
    "quantity": "quantity; qty; units; number of units; menge; aantal",
    "unit_price": ("unit price; price unit; price per unit; net price; rate; einzelpreis; price; net price per unit"),
    "line_amount": (
        "line total; line amount; price subtotal; amount; total; line net amount; amount of the line; net amount "
        "of the line; extended price"
    ),
    "vat_rate": "vat rate; tax rate; rate; vat percent; tax percent; vat rate in percent; tax",
    "tax_basis": "basis; taxable amount; tax base; net amount taxed at the rate; base",
    "tax_amount": "amount; tax amount; tax; vat amount",
    "item_name": (
        "name; description; item; product; article; service; product or service; item description; title; product name"
    ),
    "item_code": (
        "article number; product code; item code; sku; item number; part number; seller's article number; code"
    ),
    "email": "email; e mail; email address; e mail address; mail",
    "phone": "phone; telephone; phone number; telephone number; mobile; tel",
    "website": "website; url; web; web site; homepage",
    "birth_date": "date of birth; birth date; dob; birthday",
    "gross_amount": "gross amount; grand amount; total gross amount; gross",
    "period_start": (
        "flight from; start date; from; date from; valid from; effective from; begin; period start; first day; "
        "effective date; first day of the flight"
    ),
    "period_end": (
        "flight to; end date; to; date to; valid to; valid until; effective to; period end; last day; expiry "
        "date; expiration date; last day of the flight"
    ),
    "advertiser": "advertiser; sponsor; client",
    "company_number": (
        "company number; registration number; company registration number; registered number; company reg no"
    ),
    "approval_date": "approval date; date of approval; approved on",
    "equity": (
        "equity; shareholder funds; shareholders funds; capital and reserves; total equity; capital and reserves "
        "total; members funds"
    ),
    "receivables": "debtors; receivables; trade and other receivables; accounts receivable",
    "payables": "creditors; payables; trade and other payables; accounts payable",
    "cash": "cash; cash at bank; cash at bank and in hand; cash and cash equivalents; cash bank on hand",
    "tangible_assets": (
        "tangible assets; property plant equipment; property plant and equipment; tangible fixed assets"
    ),
    "revenue": "revenue; turnover; sales; net sales; total revenue",
    "profit": "profit; profit loss; profit or loss; net income; profit for the year; net profit",
    "policy_number": "policy number; policy no; policy id",
    "account_number": "account number; account no; account id",
}

# concept -> what documents print, best first
LABELS: dict[str, str] = {
    "invoice_number": (
        "invoice number; invoice no; invoice #; invoice; bill no; receipt number; tax invoice no; document "
        "number; voucher no; credit note number; rechnungsnummer; rechnung nr; rechnungs nr; rechnung; beleg nr; "
        "belegnummer; gutschrift nr; gutschrift; handelsrechnung nr; handelsrechnung; numero de facture; facture "
        "n; facture; n facture; numero facture; avoir; factuurnummer; factuur nr; factuur; factuurnr; numero de "
        "factura; factura n; factura; n de factura; numero fattura; fattura n; fattura; n fattura; invoice id; "
        "facture no; re nr; renr"
    ),
    "issue_date": (
        "invoice date; date of invoice; date of issue; issue date; bill date; billing date; date; issued; dated; "
        "document date; rechnungsdatum; belegdatum; datum; ausstellungsdatum; rechnungs datum; date de facture; "
        "date de la facture; date facture; date d emission; facture du; factuurdatum; factuur datum; fecha de "
        "factura; fecha; fecha factura; fecha de emision; data fattura; data; data emissione; dated; vom; tax "
        "point"
    ),
    "delivery_date": (
        "delivery date; date of delivery; ship date; shipping date; service date; date of supply; lieferdatum; "
        "leistungsdatum; liefer und leistungsdatum; liefertermin; liefer datum; datum der lieferung; date de "
        "livraison; leverdatum; fecha de entrega; data consegna; liefer leistungsdatum; delv date"
    ),
    "due_date": (
        "due date; date due; payment due; payment due date; due; due by; pay by; payable by; payment date; "
        "payable on or before; falligkeitsdatum; falligkeit; fallig am; zahlbar bis; zahlungsziel; fallig; "
        "zahlbar bis zum; date d echeance; echeance; a payer avant le; date limite de paiement; vervaldatum; "
        "vervaldag; betalen voor; fecha de vencimiento; vencimiento; scadenza; data scadenza"
    ),
    "order_date": ("order date; date of order; bestelldatum; auftragsdatum; date de commande; orderdatum; besteldatum"),
    "order_number": (
        "order number; order no; order id; order; purchase order; purchase order number; po number; po; p o; your "
        "order; order reference; customer order; bestellnummer; bestellung; bestell nr; auftragsnummer; "
        "bestellung nr; ihre bestellung; kundenbestellnummer; auftrag; bon de commande; numero de commande; "
        "commande; votre reference; votre commande; ordernummer; bestelnummer; order nr; uw referentie; numero de "
        "pedido; pedido; ordine; n ordine; po reference; buyer reference"
    ),
    "customer_number": (
        "customer number; customer no; customer id; client number; client no; account number; kundennummer; "
        "kunden nr; kd nr; numero client; n client; code client; klantnummer; klant nr; debiteurnummer; numero de "
        "cliente; codice cliente"
    ),
    "net_total": (
        "subtotal; sub total; net total; total net; net amount; total excl vat; total excluding vat; amount "
        "before tax; total before tax; taxable amount; total excl tax; nettobetrag; summe netto; netto; gesamt "
        "netto; nettosumme; rechnungssumme ohne ust; rechnungssumme netto; zwischensumme; gesamtbetrag netto; "
        "warenwert netto; total ht; montant ht; sous total; net ht; totaal excl btw; subtotaal; exclusief btw; "
        "totaal exclusief btw; netto bedrag; grondslag; base imponible; subtotal; total neto; imponibile; totale "
        "imponibile; total net ht; total excl gst; total without tax; nettowert"
    ),
    "tax_total": (
        "total tax; tax total; tax; vat; total vat; vat amount; sales tax; gst; amount of tax; mwst; ust; "
        "umsatzsteuer; mehrwertsteuer; steuerbetrag; mwst betrag; summe mwst; summe ust; ust betrag; "
        "umsatzsteuerbetrag; steuer; gesamtbetrag der umsatzsteuer; tva; total tva; montant tva; total taxes; "
        "btw; btw bedrag; totaal btw; iva; total iva; cuota iva; imposta; totale iva; importe iva; steuersumme; "
        "zzgl mwst; zzgl ust"
    ),
    "gross_total": (
        "total; grand total; invoice total; total amount; total incl vat; total including vat; amount; total "
        "price; amount total; total due; total incl tax; total invoice amount; invoice amount; balance due; "
        "rechnungsbetrag; gesamtbetrag; bruttobetrag; bruttosumme; gesamtsumme; summe; endbetrag; gesamt; brutto; "
        "summe brutto; rechnungssumme; rechnungssumme brutto; gesamtbetrag brutto; zu zahlen; total ttc; montant "
        "ttc; net a payer; total a payer; total general; totaal; totaal incl btw; totaalbedrag; te betalen; "
        "factuur totaal; inclusief btw; eindtotaal; importe total; total factura; total a pagar; totale; totale "
        "fattura; totale documento; rechnungsendbetrag; endsumme; bruttowert"
    ),
    "amount_due": (
        "amount due; balance due; total due; amount payable; total payable; pay this amount; balance; please pay; "
        "zahlbetrag; zu zahlender betrag; offener betrag; falliger betrag; zu zahlen; restbetrag; "
        "uberweisungsbetrag; net a payer; montant du; solde; reste a payer; reste du; te betalen; openstaand; a "
        "pagar; importe a pagar; da pagare; saldo; totale da pagare; noch zu zahlen; montant net a payer; solde a "
        "payer"
    ),
    "prepaid": (
        "prepaid; amount paid; paid; payments; deposit; already paid; paid amount; advance; prepayment; "
        "anzahlung; erhaltene anzahlungen; bereits gezahlt; vorauszahlung; acompte; acomptes; deja paye; montant "
        "paye; aanbetaling; reeds betaald; anticipo; acconto; deja regle"
    ),
    "line_sum": (
        "subtotal; sub total; sum of items; items total; positionssumme; zwischensumme; warenwert; summe "
        "positionen; total lignes; total ht; subtotaal; gesamt positionen; sum of lines; summe der positionen; "
        "warenwert netto"
    ),
    "discount": "discount; total discount; rebate; rabatt; nachlass; skonto; remise; korting; descuento; sconto",
    "shipping": (
        "shipping; shipping cost; freight; delivery; postage; versand; versandkosten; porto; fracht; frais de "
        "port; livraison; verzendkosten; gastos de envio; spese di spedizione; shipping and handling"
    ),
    "currency": "currency; wahrung; rechnungswahrung; devise; valuta; moneda; monnaie; all amounts in",
    "iban": "iban; account; bank account; iban no; kontoverbindung; kontonummer; bankverbindung; rekeningnummer",
    "bic": "bic; swift; bic swift; swift code; bic code; swift bic",
    "vat_id": (
        "vat id; vat number; vat no; vat reg no; vat registration number; vat; vat tin; ust id; ust id nr; ustid; "
        "ust idnr; umsatzsteuer id; umsatzsteuer identifikationsnummer; ust identnr; ust ident nr; uid; uid nr; "
        "mwst nr; tva; n tva; numero tva; tva intracommunautaire; n tva intracommunautaire; n tva client; btw; "
        "btw nr; btw nummer; uw btw nummer; cif; nif; nif iva; partita iva; p iva; tax id; vat code; ust id no"
    ),
    "tax_number": (
        "tax number; tax no; tax id; tin; steuernummer; steuer nr; st nr; steuernr; numero fiscal; codice "
        "fiscale; fiscal code; tax registration number; fiscal number; ein; abn; gstin; siren"
    ),
    "party_id": (
        "number; customer number; supplier number; seller number; vendor number; kundennummer; kunden nr; "
        "lieferantennummer; lieferanten nr; numero client; klantnummer; client id; customer id; seller id; buyer "
        "id; id"
    ),
    "payment_method": (
        "payment method; method of payment; paid by; paid with; payment by; payment type; zahlungsart; "
        "zahlungsweise; mode de paiement; moyen de paiement; mode de reglement; betaalwijze; betaalmethode; forma "
        "de pago; metodo di pagamento; betaald met; vooruitbetaald met; bezahlt mit; zahlungsmittel"
    ),
    "payment_terms": (
        "payment terms; terms; terms of payment; payment term; zahlungsbedingungen; zahlungsbedingung; "
        "zahlungskonditionen; conditions de paiement; conditions de reglement; betalingsvoorwaarden; "
        "betalingstermijn; condiciones de pago; condizioni di pagamento"
    ),
    "contract_number": (
        "contract number; contract no; contract; contract id; contract #; agreement number; contract revision; "
        "vertragsnummer; vertrag nr; numero de contrat; contractnummer; numero de contrato; invoice number; "
        "invoice #; order rev; order revision; order number; order #; order"
    ),
    "quantity": (
        "quantity; qty; units; hours; pcs; menge; anzahl; stuck; quantite; qte; aantal; hoeveelheid; cantidad; "
        "quantita; qta; ordered; stk; stunden; std; nombre; cant"
    ),
    "unit_price": (
        "unit price; price; rate; price per unit; unit cost; price each; each; cost; nettopreis; einzelpreis; e "
        "preis; preis; stuckpreis; ep; preis netto; prix unitaire; p u; prix unitaire ht; pu ht; prijs; prijs per "
        "stuk; stuksprijs; eenheidsprijs; precio; precio unitario; prezzo; prezzo unitario; prix; einzel"
    ),
    "line_amount": (
        "amount; total; line total; total price; net amount; extended; ext price; subtotal; value; nettobetrag; "
        "betrag; gesamtpreis; gesamt; summe; entgelt; positionsbetrag; gp; g preis; gesamt netto; wert; montant; "
        "montant ht; total ht; prix ht; prijs incl btw; bedrag; totaal; importe; total linea; importo; totale; "
        "ext amount; netto; positionsbetrag ohne ust; total net; prix total; price incl vat"
    ),
    "vat_rate": (
        "vat; vat rate; tax; tax rate; taxes; tax percent; vat percent; gst; mwst; mwst satz; ust; ust satz; "
        "steuersatz; steuer; tva; taux tva; taux; btw; iva; aliquota; ust percent; mwst percent; btw percent; "
        "tipo iva"
    ),
    "tax_basis": (
        "basis; base; taxable amount; tax base; net; net amount; basisbetrag; steuerbasisbetrag; nettobetrag; "
        "bemessungsgrundlage; netto; base ht; montant ht; grondslag; base imponible; imponibile; steuerbasis; "
        "base d imposition; taxable; warenwert; nettowert"
    ),
    "tax_amount": (
        "tax amount; tax; vat amount; amount; vat; steuerbetrag; ust betrag; mwst betrag; mwst; steuer; montant; "
        "montant tva; btw bedrag; cuota; imposta; betrag"
    ),
    "item_name": (
        "description; item description; item desc; product description; product name; service description; title; "
        "beschreibung; bezeichnung; artikelbezeichnung; artikelbeschreibung; omschrijving; designation; libelle; "
        "descripcion; concepto; descrizione; details; particulars; leistung; item; product; service; article; "
        "artikel; produkt; produit; prestation; name; text"
    ),
    "item_code": (
        "article number; item number; product code; item code; sku; code; part number; article; ref; reference; "
        "artikelnummer; art nr; artikel nr; art nr lief; art; reference article; artikelcode; codigo; codice; "
        "item no; mat nr; materialnummer; artikel; cod"
    ),
    "email": "email; e mail; mail; email address; courriel; correo electronico; e mail adresse",
    "phone": "phone; phone number; telephone; tel; telefon; mobile; telefono; telefoon; fon; cell; main",
    "website": "website; web; url; internet; www; web site; homepage",
    "birth_date": (
        "date of birth; birth date; dob; born; geburtsdatum; geboren am; date de naissance; geboortedatum; fecha "
        "de nacimiento; data di nascita"
    ),
    "gross_amount": (
        "gross total; total gross; gross amount; total gross amount; gross; contract amount; total; grand total; "
        "invoice total; order total; gross billing; total order; total amount; gross amt; total cost; totals"
    ),
    "period_start": (
        "start date; from; start; begin; begin date; valid from; effective from; effective date; effective; "
        "period from; beginn; von; gultig ab; gultig von; du; debut; date de debut; van; ingangsdatum; "
        "startdatum; desde; fecha de inicio; dal; data inizio; commencement date; inception date"
    ),
    "period_end": (
        "end date; to; end; until; valid to; valid until; effective to; expiry date; expiration date; expires; "
        "ende; bis; gultig bis; au; fin; date de fin; tot; einddatum; hasta; fecha de fin; al; data fine; "
        "termination date"
    ),
    "advertiser": (
        "advertiser; client; sponsor; advertiser name; customer; account; candidate; werbetreibender; annonceur"
    ),
    "company_number": (
        "registered number; company number; registration number; company registration number; registered no; "
        "company reg no; reg no; handelsregisternummer; hrb; hrb nr; kvk; kvk nummer; siren; siret; rcs; numero "
        "de registro; rea; registered in england; registered in england no"
    ),
    "approval_date": (
        "approved by the board on; approved by the director on; approved by the board of directors on; approved "
        "by the members on; approved on; date approved; approval date; date of approval; approved and signed on; "
        "genehmigt am; approuve le; goedgekeurd op; aprobado el; approvato il"
    ),
    "equity": (
        "shareholders funds; total equity; capital and reserves; total shareholders funds; members funds; equity; "
        "reserves; total capital and reserves; shareholders equity; stockholders equity; eigenkapital; capitaux "
        "propres; eigen vermogen; patrimonio neto; patrimonio netto"
    ),
    "receivables": (
        "debtors; trade and other receivables; trade debtors; accounts receivable; receivables; forderungen; "
        "creances; debiteuren; vorderingen; deudores; crediti"
    ),
    "payables": (
        "creditors; trade and other payables; accounts payable; payables; creditors amounts falling due within "
        "one year; verbindlichkeiten; dettes; schulden; acreedores; debiti"
    ),
    "cash": (
        "cash at bank and in hand; cash at bank; cash; cash and cash equivalents; bank balances; kassenbestand; "
        "flussige mittel; disponibilites; liquide middelen; tesoreria; disponibilita liquide"
    ),
    "tangible_assets": (
        "tangible assets; tangible fixed assets; property plant and equipment; fixed assets tangible; "
        "sachanlagen; immobilisations corporelles; materiele vaste activa; inmovilizado material; "
        "immobilizzazioni materiali"
    ),
    "revenue": (
        "turnover; revenue; total revenue; net sales; sales; revenues; umsatzerlose; umsatz; chiffre d affaires; "
        "omzet; ingresos; cifra de negocios; ricavi"
    ),
    "profit": (
        "profit for the financial year; profit for the financial period; profit for the year; loss for the year; "
        "net income; net profit; profit for the period; profit loss for the financial year; net earnings; "
        "jahresuberschuss; jahresfehlbetrag; resultat net; nettowinst; resultado del ejercicio; utile d esercizio"
    ),
    "policy_number": (
        "policy number; policy no; policy; policy id; versicherungsnummer; versicherungsschein nr; police nr; "
        "numero de police; polisnummer; numero de poliza; numero polizza"
    ),
    "account_number": (
        "account number; account no; account; a c no; kontonummer; konto nr; numero de compte; rekeningnummer; "
        "numero de cuenta; numero conto"
    ),
}

# Labels of values that print a whole range of dates.
RANGES = (
    "date range; period; contract dates; contract period; schedule dates; flight dates; flight; campaign dates; "
    "campaign period; service period; billing period; period of cover; term; validity; valid; effective dates; "
    "dates; start date end date; start end date; leistungszeitraum; abrechnungszeitraum; zeitraum; "
    "vertragslaufzeit; laufzeit; gultigkeit; liefer leistungszeitraum; periode; periode du; validite; looptijd; "
    "geldigheid; periodo; vigencia; validita; period of insurance; policy period; reporting period; from to"
)

# Sets of concepts that sum up: part + part = whole.
TOTALS: tuple[tuple[str, str, str], ...] = (("net_total", "tax_total", "gross_total"),)

# Roles that an object (or the first words of a field's name) may give a party, and how documents head its block.
ROLE_WORDS: dict[str, str] = {
    "seller": (
        "seller; vendor; supplier; issuer; from; company; provider; biller; merchant; creditor; payee; lieferant"
    ),
    "buyer": "buyer; customer; client; bill to; billing; recipient; purchaser; debtor; kunde; invoicee; sold to",
    "ship_to": "ship to; shipping; delivery; consignee; deliver to; shipping address",
    "remit_to": "remit to; remittance; pay to; payee",
}
ROLES: dict[str, str] = {
    "seller": (
        "seller; vendor; supplier; from; sold by; bill from; issued by; verkaufer; lieferant; rechnungssteller; "
        "rechnungsersteller; absender; vendeur; fournisseur; emetteur; leverancier; verkoper; vendedor; "
        "proveedor; emisor; venditore; fornitore; auftragnehmer; leistungserbringer"
    ),
    "buyer": (
        "buyer; bill to; billed to; billing address; invoice to; sold to; customer; client; invoice address; "
        "kaufer; kaufer leistungsempfanger; leistungsempfanger; rechnungsempfanger; rechnungsadresse; kunde; "
        "rechnung an; acheteur; client; adresse de facturation; facture a; destinataire; factuuradres; klant; "
        "koper; comprador; cliente; direccion de facturacion; acquirente; destinatario; auftraggeber; adresse "
        "client; empfanger; facturar a; datos del cliente; spett le; intestatario; intestato a; committente; "
        "facturer a; factureren aan; debiteur; besteller"
    ),
    "ship_to": (
        "ship to; shipping address; delivery address; deliver to; shipped to; consignee; lieferadresse; "
        "lieferanschrift; warenempfanger; abweichender warenempfanger; adresse de livraison; livre a; "
        "afleveradres; bezorgadres; direccion de envio; indirizzo di spedizione; destinazione"
    ),
    "remit_to": (
        "remit to; remit address; remittance address; payable to; zahlungsempfanger; abweichender zahlungsempfanger"
    ),
}

# Words without a meaning of their own in labels.
_STOP = (
    "a al alla am an and any are as at au auf aux be by con d da das dd de dei del delle dem den der des di die "
    "du e een el en et for from fur gli het if il im in is iso l la las le les lo los mit mm my o oder of on op "
    "or ou our par per please por pour sur that the this to und van vom von voor was what which who with y your "
    "yyyy zu zum zur"
)
STOP = frozenset(_STOP.split())
