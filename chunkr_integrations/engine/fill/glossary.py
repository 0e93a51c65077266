"""What common things are called in six languages, whatever the document is about.

A field whose name, title or description is one of a thing's names may be printed as any other of them. What belongs to
invoices and accounts, where the same words mean several things, is in `lexicon`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache

from chunkr_integrations.engine.fill.reading import tokens_of

__all__ = ["names_beside", "things"]

# One thing a line: its names in English, German, French, Dutch, Spanish and Italian; "|" parts languages, ";" names.
_THINGS = """
first name; given name; forename; christian name | vorname; vornamen; rufname | prenom; prenoms | voornaam; voornamen; roepnaam | nombre; nombre de pila | nome; nome di battesimo
last name; surname; family name | nachname; familienname; zuname; name | nom; nom de famille | achternaam; familienaam; naam | apellido; apellidos | cognome
full name; name; name and surname | name; vor und nachname; vorname und name; name vorname | nom et prenom; nom complet; nom prenom; nom | volledige naam; naam; voor en achternaam | nombre y apellidos; nombre completo; nombre | nome e cognome; nominativo; nome completo
maiden name; birth name | geburtsname; madchenname | nom de naissance; nom de jeune fille | geboortenaam; meisjesnaam | apellido de soltera; nombre de nacimiento | cognome da nubile; cognome di nascita
place of birth; birthplace | geburtsort | lieu de naissance; ne a | geboorteplaats | lugar de nacimiento | luogo di nascita; nato a
date of birth; birth date; birthday; born; born on; dob | geburtsdatum; geboren am; geb datum; geb am | date de naissance; ne le; ne e le; nee le | geboortedatum; geboren op | fecha de nacimiento; nacido el; f nacimiento | data di nascita; nato il; nato a il
nationality; citizenship | staatsangehorigkeit; nationalitat; staatsburgerschaft | nationalite | nationaliteit | nacionalidad; ciudadania | nazionalita; cittadinanza
sex; gender | geschlecht | sexe; genre | geslacht | sexo; genero | sesso; genere
marital status; civil status | familienstand | situation familiale; etat civil; situation de famille | burgerlijke staat | estado civil | stato civile
occupation; profession; job title; position; job; employment | beruf; tatigkeit; stellung; berufsbezeichnung; position | profession; emploi; fonction; poste; metier | beroep; functie | profesion; ocupacion; puesto; cargo | professione; occupazione; qualifica; mansione
employer; name of employer; company | arbeitgeber; dienstherr; firma | employeur; entreprise | werkgever; bedrijf | empresa; empleador | datore di lavoro; azienda; ditta
employee; employee name; name of employee; worker | arbeitnehmer; mitarbeiter; beschaftigter; name des mitarbeiters | salarie; nom du salarie; employe | werknemer; medewerker; naam werknemer | trabajador; empleado; nombre del trabajador | dipendente; lavoratore; nome dipendente
employee number; personnel number; staff number; payroll number; employee id | personalnummer; pers nr; mitarbeiternummer; personal nr | matricule; numero de matricule; numero de salarie | personeelsnummer; personeelsnr; medewerkernummer | numero de empleado; n de empleado; num empleado; codigo de trabajador | matricola; numero dipendente; codice dipendente
department; division | abteilung; fachbereich | service; departement | afdeling | departamento | reparto; dipartimento; ufficio
date of hire; hire date; start of employment; entry date; date of joining | eintrittsdatum; eintritt; eingestellt am | date d embauche; date d entree; date d anciennete | datum in dienst; in dienst sinds | fecha de alta; fecha de antiguedad; fecha de ingreso; antiguedad | data di assunzione; data assunzione
tax code; tax class | steuerklasse; st klasse | code fiscal | heffingskorting | clave fiscal | codice tributo
social security number; national insurance number; social insurance number; ni number; insurance number | sozialversicherungsnummer; sv nummer; versicherungsnummer; rentenversicherungsnummer | numero de securite sociale; n securite sociale; nir | burgerservicenummer; bsn; sofinummer | numero de afiliacion; n afiliacion; numero de seguridad social; naf | codice fiscale; numero inps
gross pay; gross salary; gross wage; total gross; gross wages; salary before deductions | gesamtbrutto; bruttolohn; bruttobezuge; bruttogehalt; bruttoverdienst | salaire brut; total brut; remuneration brute | brutoloon; bruto salaris; bruto loon | salario bruto; total devengado; devengos; sueldo bruto | retribuzione lorda; totale lordo; stipendio lordo; totale competenze
net pay; net salary; net wage; take home pay; amount paid out; salary paid out; payout | nettolohn; auszahlungsbetrag; nettobezuge; nettogehalt; auszahlung; nettoverdienst | salaire net; net a payer; net paye; salaire net a payer | nettoloon; netto salaris; netto te betalen; uit te betalen | liquido a percibir; salario neto; total neto; sueldo neto; liquido total | netto in busta; retribuzione netta; netto a pagare; stipendio netto; netto del mese
income tax; wage tax; tax withheld; payee tax; paye tax; withholding tax; income tax withheld | lohnsteuer; einkommensteuer | impot sur le revenu; prelevement a la source; impot preleve | loonheffing; loonbelasting; inkomstenbelasting | retencion irpf; irpf; retencion; impuesto sobre la renta | irpef; ritenute fiscali; ritenuta d acconto; imposta sul reddito
deductions; total deductions | abzuge; gesamtabzuge | retenues; total des retenues | inhoudingen; totaal inhoudingen | deducciones; total a deducir; total deducciones | trattenute; totale trattenute
pension; pension contribution | rentenversicherung; rente | cotisation retraite; retraite | pensioenpremie; pensioen | cotizacion pension; pension | contributo pensione; pensione
health insurance | krankenversicherung; krankenkasse | assurance maladie; mutuelle | zorgverzekering; ziektekostenverzekering | seguro medico; seguro de salud | assicurazione sanitaria
hourly rate; rate per hour; hourly wage | stundenlohn; stundensatz | taux horaire | uurloon; uurtarief | precio hora; salario por hora | paga oraria; tariffa oraria
hours worked; hours; working hours | arbeitsstunden; geleistete stunden; stunden | heures travaillees; heures | gewerkte uren; uren | horas trabajadas; horas | ore lavorate; ore
pay period; payroll period; period; month | abrechnungszeitraum; abrechnungsmonat; zeitraum; monat | periode; periode de paie; mois | periode; loontijdvak; maand | periodo; periodo de liquidacion; mes | periodo; periodo di paga; mese
bank; bank name; name of bank | bank; kreditinstitut; geldinstitut; name der bank | banque; nom de la banque; etablissement | bank; naam bank | banco; entidad; entidad bancaria | banca; istituto; istituto di credito
account holder; holder; account owner; name of account holder | kontoinhaber | titulaire; titulaire du compte | rekeninghouder; ten name van; tnv | titular; titular de la cuenta | intestatario; intestatario conto; titolare del conto
account number; account no; acct number; account | kontonummer; konto nr; konto | numero de compte; n de compte; compte | rekeningnummer; rekening nr; rekening | numero de cuenta; n de cuenta; cuenta | numero di conto; conto n; conto corrente; numero conto; conto
sort code; bank code; routing number | bankleitzahl; blz | code banque; code guichet | bankcode | codigo de entidad; codigo bancario | codice abi; cab
opening balance; previous balance; old balance; balance brought forward; starting balance; balance at start | anfangssaldo; alter kontostand; alter saldo; saldovortrag; anfangsbestand | ancien solde; solde precedent; solde initial; solde d ouverture; report | beginsaldo; vorig saldo; oud saldo | saldo anterior; saldo inicial | saldo iniziale; saldo precedente
closing balance; new balance; balance carried forward; ending balance; balance at end; final balance; current balance | endsaldo; neuer kontostand; neuer saldo; schlusssaldo; endbestand; aktueller kontostand | nouveau solde; solde final; solde actuel; solde de cloture | eindsaldo; nieuw saldo; huidig saldo | saldo final; nuevo saldo; saldo actual | saldo finale; nuovo saldo; saldo attuale
statement date; date of statement; date of the statement | auszugsdatum; kontoauszug vom; auszug vom; datum des auszugs; datum | date du releve; releve au; date d arrete; releve du | datum afschrift; afschriftdatum; datum | fecha del extracto; fecha de extracto; fecha | data estratto conto; data dell estratto; data
statement number; statement no | auszugsnummer; auszug nr | numero de releve; releve n | afschriftnummer; volgnummer | numero de extracto | numero estratto; estratto conto n
transaction; details; transaction details; text; purpose; narrative; booking text; description | verwendungszweck; buchungstext; vorgang; text; umsatz; erlauterung | operation; libelle; nature de l operation; detail; intitule | omschrijving; transactie; mededeling | concepto; descripcion; operacion; movimiento; detalle | descrizione; causale; operazione; movimento
booking date; transaction date; posting date; date; posted; booked on; entry date | buchungstag; buchungsdatum; buchung; datum; gebucht am | date d operation; date operation; date; date comptable | boekdatum; transactiedatum; datum; boekingsdatum | fecha de operacion; fecha operacion; fecha; fecha contable; f operacion | data operazione; data contabile; data; data di registrazione
value date; valuta | wertstellung; valuta; wert | date de valeur; date valeur; valeur | valutadatum; rentedatum | fecha valor; f valor; valor | data valuta; valuta
debit; withdrawals; paid out; money out | soll; belastung; ausgaben; lastschrift | debit; debits | af; debet; bij af | debe; cargo; adeudo; cargos | dare; addebiti; uscite
credit; deposits; paid in; money in | haben; gutschrift; einnahmen | credit; credits | bij; credit | haber; abono; abonos; ingresos | avere; accrediti; entrate
amount; sum; value | betrag; summe; umsatz | montant; somme | bedrag | importe; cantidad; monto | importo; somma; ammontare
city; town; place of residence; residence; locality | ort; wohnort; stadt | ville; commune; localite | plaats; woonplaats; stad | ciudad; localidad; poblacion; municipio | citta; comune; localita; residenza
street; street address; street and number; address line 1 | strasse; strasse hausnummer; strasse nr; strasse und hausnummer | rue; adresse; voie; numero et rue | straat; straat en huisnummer; straatnaam | calle; domicilio; calle y numero | via; indirizzo; via e numero
address; postal address; home address | anschrift; adresse | adresse; adresse postale | adres; postadres | direccion; domicilio | indirizzo; domicilio
postcode; zip; zip code; postal code | plz; postleitzahl | code postal; cp | postcode | codigo postal; c p; cp | cap; codice postale
country; state | land; staat | pays | land | pais | paese; nazione; stato
e mail; email; email address; contact email; mail | e mail; e mail adresse; mail | e mail; courriel; adresse e mail; mel; adresse electronique | e mail; e mailadres; mailadres | correo electronico; e mail; email; correo | e mail; indirizzo e mail; posta elettronica
phone; telephone; phone number; telephone number; daytime phone; contact number | telefon; telefonnummer; tel; rufnummer; tel nr | telephone; tel; numero de telephone | telefoon; telefoonnummer; tel | telefono; tel; tfno; numero de telefono | telefono; tel; recapito telefonico; numero di telefono
mobile; mobile phone; cell; cell phone; mobile number | mobil; handy; mobiltelefon; handynummer | portable; mobile; telephone portable; gsm | mobiel; mobiele telefoon; gsm; mobiel nummer | movil; telefono movil; celular | cellulare; telefono cellulare; cell
fax; fax number | fax; telefax; faxnummer | fax; telecopie | fax; faxnummer | fax | fax
website; web; homepage; internet | webseite; internet; homepage; web | site web; site internet; web | website; internet | sitio web; pagina web; web | sito web; sito internet; web
contact; contact person; contact name; attention; attn | ansprechpartner; kontakt; kontaktperson; z hd; sachbearbeiter; bearbeiter | contact; personne a contacter; interlocuteur; a l attention de; votre contact | contactpersoon; contact; ter attentie van; t a v | persona de contacto; contacto; a la atencion de | contatto; referente; persona di riferimento; alla c a
signature; signed by; signed | unterschrift; unterzeichner; gezeichnet | signature; signe par; signataire | handtekening; ondertekend door; getekend | firma; firmado por; firmante | firma; firmato da
date signed; signature date; date of signature; signed on | datum der unterschrift; unterzeichnet am | date de signature; signe le; fait le | datum ondertekening; getekend op | fecha de firma; firmado el | data firma; firmato il; data della firma
member number; membership number; membership no; member id; member no | mitgliedsnummer; mitglieds nr; mitglied nr | numero de membre; n d adherent; numero d adherent | lidnummer; lidmaatschapsnummer; lidmaatschapsnr | numero de socio; n de socio; n socio | numero socio; n tessera; numero tessera; tessera n
id number; identity card number; identity document; passport number; id card number; document number | ausweisnummer; personalausweisnummer; passnummer; ausweis nr | numero de carte d identite; n de piece d identite; numero de passeport; piece d identite | paspoortnummer; documentnummer; id nummer | numero de pasaporte; dni; nif; documento de identidad; n documento | numero documento; documento n; numero passaporto; documento di identita
place of issue; issued at; issuing authority; authority | ausstellungsort; ausstellende behorde; behorde | lieu de delivrance; delivre par; autorite | plaats van afgifte; afgegeven door; autoriteit | lugar de expedicion; expedido por; autoridad | luogo di rilascio; rilasciato da; autorita
date of issue; issued on; issue date; issued | ausstellungsdatum; ausgestellt am; datum der ausstellung | date de delivrance; delivre le; date d emission; emis le | datum van afgifte; afgiftedatum; afgegeven op | fecha de expedicion; expedido el; fecha de emision | data di rilascio; rilasciato il; data emissione; data di emissione
expiry date; expiry; date of expiry; expires; expires on; valid until; valid to; expiration date | gultig bis; ablaufdatum; gultigkeit bis | date d expiration; valable jusqu au; expire le; fin de validite | geldig tot; vervaldatum; geldig t m | fecha de caducidad; valido hasta; caducidad; valida hasta | data di scadenza; valido fino al; scadenza; scade il
carrier; shipper; shipped by; shipped via; forwarder; freight forwarder; haulier | spediteur; frachtfuhrer; versand durch; transporteur; spedition; versandart | transporteur; expedie par; livreur; mode d expedition | vervoerder; transporteur; verzonden via; expediteur | transportista; agencia de transporte; transporte; enviado por | vettore; corriere; trasportatore; spedito con; spedizioniere
gross weight; total weight; weight; weight gross; total weight in kg; weight kg | bruttogewicht; gesamtgewicht; gewicht; gewicht brutto | poids brut; poids total; poids | brutogewicht; totaalgewicht; gewicht; totaal gewicht | peso bruto; peso total; peso | peso lordo; peso totale; peso
net weight | nettogewicht; gewicht netto; eigengewicht | poids net | nettogewicht | peso neto | peso netto
packages; number of packages; number of parcels; parcels; parcel count; pieces; cartons; colli; how many parcels | packstucke; anzahl pakete; kolli; pakete; colli; anzahl packstucke; anzahl kolli | colis; nombre de colis; nb colis; nombre de paquets | colli; aantal colli; aantal pakketten; pakketten | bultos; numero de bultos; n de bultos; paquetes | colli; numero colli; n colli; pacchi; numero di colli
pallets; number of pallets | paletten; anzahl paletten | palettes; nombre de palettes | pallets; aantal pallets | pales; numero de pales; palets | bancali; pallet; numero pallet
tracking number; tracking no; tracking code; shipment number | sendungsnummer; tracking nr; paketnummer; trackingnummer | numero de suivi; n de suivi; numero d expedition | trackingnummer; zendingnummer; track trace | numero de seguimiento; numero de envio; n de envio | numero di tracking; numero spedizione; codice spedizione
delivery note number; delivery note; delivery note no | lieferscheinnummer; lieferschein nr; lieferschein | numero de bon de livraison; bon de livraison n; bon de livraison | pakbonnummer; pakbon; pakbon nr | numero de albaran; albaran n; albaran | numero ddt; ddt n; bolla n; documento di trasporto n
delivery date; date of delivery; delivered on; delivered; day of the delivery | lieferdatum; liefertermin; geliefert am; lieferung am; datum der lieferung | date de livraison; livre le; livraison le | leverdatum; bezorgdatum; geleverd op; levering op; leveringsdatum | fecha de entrega; entregado el; entrega | data di consegna; consegnato il; data consegna; consegna
order date; date of order; ordered on; date ordered; ordered | bestelldatum; bestellt am; auftragsdatum; bestellung vom; datum der bestellung | date de commande; commande le; commande du; date de la commande | besteldatum; orderdatum; besteld op; bestelling van | fecha de pedido; fecha del pedido; pedido el | data ordine; ordinato il; data dell ordine; ordine del
order number; order no; order ref; order reference; your order; purchase order; po number; purchase order number | bestellnummer; ihre bestellung; auftragsnummer; auftrags nr; bestell nr; bestellung nr; auftrag nr | numero de commande; n de commande; votre commande; bon de commande; commande n; ref commande | ordernummer; bestelnummer; uw order; order nr; bestelling; bestelnr | numero de pedido; n de pedido; su pedido; pedido; pedido n | ordine n; numero ordine; vs ordine; n ordine; vostro ordine
customer number; customer no; client number; client id; cust number; account ref; client no; customer id | kundennummer; kunden nr; kd nr | n client; code client; reference client; numero client; ref client | klantnummer; debiteurnr; debiteurnummer; klant nr; relatienummer | n de cliente; codigo de cliente; numero de cliente; codigo cliente; n cliente | codice cliente; n cliente; numero cliente; cod cliente
payment method; paid by; method of payment; tender; paid with; payment; payment type; how it was paid | bezahlt mit; zahlungsart; zahlungsmittel; zahlungsweise; zahlung; gegeben | mode de paiement; paye par; reglement; mode de reglement; moyen de paiement | betaald met; betaalwijze; betaalmethode; betaling; voldaan met | forma de pago; pagado con; metodo de pago; medio de pago; pago | pagamento; modalita di pagamento; metodo di pagamento; pagato con; tipo pagamento
change; change due | ruckgeld; wechselgeld; zuruck | rendu; monnaie; rendu monnaie | wisselgeld; terug; retour | cambio; vuelto | resto
cashier; served by; operator; clerk | kassierer; es bediente sie; bediener; bedienung | caissier; vendeur; servi par; hote de caisse | kassier; kassamedewerker; bediend door; medewerker | cajero; atendido por; le atendio; dependiente | cassiere; operatore; servito da
till; register; cash register; till number; terminal; pos | kasse; kassen nr; kasse nr; terminal | caisse; caisse n; terminal | kassa; kassa nr; terminal | caja; caja n; terminal; tpv | cassa; cassa n; terminale
time; hour | uhrzeit; zeit | heure | tijd; tijdstip | hora | ora; orario
table; table number | tisch; tisch nr | table; table n | tafel; tafel nr | mesa; mesa n | tavolo; tavolo n
number of guests; guests; covers; persons | anzahl gaste; gaste; personen | couverts; nombre de personnes | aantal gasten; gasten; personen | comensales; personas; cubiertos | coperti; persone; ospiti
tip; gratuity | trinkgeld | pourboire | fooi | propina | mancia
term; duration; contract term; contract period; how long it lasts | laufzeit; dauer; vertragsdauer; vertragslaufzeit | duree; duree du contrat | looptijd; duur; contractduur | duracion; plazo; vigencia; plazo de duracion | durata; durata del contratto
notice period; period of notice | kundigungsfrist | preavis; delai de preavis | opzegtermijn | plazo de preaviso; preaviso | preavviso; periodo di preavviso
effective date; commencement date; start date; start; begin date; begin; start day; effective on; effective from; valid from; beginning; start of contract; date on which it takes effect | vertragsbeginn; gultig ab; beginn; inkrafttreten; startdatum; anfang; wirksam ab | date d effet; entree en vigueur; date de debut; debut; prise d effet | ingangsdatum; datum van ingang; startdatum; begindatum; aanvang; ingaande op | fecha de inicio; fecha de entrada en vigor; inicio; entrada en vigor; fecha de efecto | data di decorrenza; decorrenza; data inizio; inizio; data di inizio; entrata in vigore
end date; end; finish; finish date; end day; end of contract; termination date | vertragsende; ende; enddatum | date de fin; fin; echeance du contrat; fin du contrat | einddatum; einde; beeindigingsdatum | fecha de fin; fin; fecha de finalizacion; fecha final | data fine; fine; data di fine; termine
governing law; applicable law; law; jurisdiction; law that applies; law governing | anwendbares recht; geltendes recht; gerichtsstand | droit applicable; loi applicable; juridiction; tribunal competent | toepasselijk recht; rechtskeuze; bevoegde rechter | ley aplicable; derecho aplicable; legislacion aplicable; jurisdiccion; fuero | legge applicabile; diritto applicabile; foro competente; giurisdizione
disclosing party; discloser; who discloses information | offenlegende partei; offenbarende partei; informationsgeber | partie divulgatrice; partie emettrice | verstrekkende partij; onthullende partij | parte divulgadora; parte reveladora; parte emisora | parte divulgante; parte rivelante
receiving party; recipient; who receives information | empfangende partei; empfanger; informationsempfanger | partie receptrice; destinataire; beneficiaire | ontvangende partij; ontvanger | parte receptora; receptor; destinatario | parte ricevente; ricevente; destinatario
landlord; lessor | vermieter; verpachter | bailleur; proprietaire | verhuurder | arrendador; propietario | locatore
tenant; lessee; renter | mieter; pachter | locataire; preneur | huurder | arrendatario; inquilino | conduttore; locatario; inquilino
rent; monthly rent | miete; kaltmiete; monatsmiete | loyer; loyer mensuel | huur; huurprijs; maandhuur | renta; alquiler; renta mensual | canone; affitto; canone mensile
deposit; security deposit | kaution; mietkaution | depot de garantie; caution | waarborgsom; borg | fianza; deposito | deposito cauzionale; cauzione
registration plate; license plate; plate; plate number; registration mark; registration number; number plate; vehicle registration; licence plate of the vehicle | kennzeichen; amtliches kennzeichen; kfz kennzeichen | immatriculation; n d immatriculation; numero d immatriculation; plaque | kenteken; nummerplaat | matricula; placa | targa; numero di targa
make; manufacturer; vehicle make; brand; make of the vehicle | marke; hersteller; fabrikat | marque; fabricant; constructeur | merk; fabrikant; fabrieksmerk | marca; fabricante | marca; fabbricante; costruttore; produttore
model; vehicle model | modell; fahrzeugtyp | modele; type commercial | model; handelsbenaming | modelo | modello
vin; chassis number; vehicle identification number; serial number | fahrgestellnummer; fahrzeug identifizierungsnummer; fin; fahrzeug ident nr | numero de chassis; numero de serie du vehicule; vin | chassisnummer; voertuigidentificatienummer | numero de bastidor; bastidor; n de bastidor | numero di telaio; telaio; n telaio
serial number; serial no | seriennummer; serien nr | numero de serie; n de serie | serienummer | numero de serie; n de serie | numero di serie; matricola; n serie
mileage; odometer reading; odometer; kilometres; kilometers; mileage in kilometres | kilometerstand; km stand; laufleistung | kilometrage; kilometres; kilometrage compteur | kilometerstand; tellerstand; km stand | kilometraje; kilometros; lectura del cuentakilometros | chilometraggio; km percorsi; chilometri; km
power; engine power; rated power; power kw; rated power in kilowatts | leistung; nennleistung; motorleistung; leistung kw | puissance; puissance nominale; puissance kw | vermogen; motorvermogen; vermogen kw | potencia; potencia nominal; potencia kw | potenza; potenza nominale; potenza kw
fuel; fuel type | kraftstoff; kraftstoffart; treibstoff | carburant; energie | brandstof | combustible; carburante | carburante; alimentazione; combustibile
colour; color | farbe | couleur | kleur | color | colore
first registration; date of first registration; first registered | erstzulassung; erstzulassung am | date de premiere immatriculation; premiere mise en circulation | datum eerste toelating; eerste toelating | fecha de primera matriculacion; primera matriculacion | data prima immatricolazione; prima immatricolazione
passed; test passed; result; outcome; roadworthy; pass | bestanden; ergebnis; prufergebnis | admis; favorable; resultat; conforme | goedgekeurd; resultaat; uitslag; geslaagd | apto; favorable; resultado; superado; aprobado | superato; esito positivo; esito; risultato; idoneo
inspector; inspected by; examiner; checked by; tester | prufer; gepruft von; sachverstandiger; kontrolleur | inspecteur; controleur; controle par; verifie par; examinateur | keurmeester; gekeurd door; inspecteur; gecontroleerd door; controleur | inspector; inspeccionado por; examinador; revisado por | ispettore; controllato da; esaminatore; verificato da; collaudatore
inspection date; date of inspection; test date; inspected on; tested on | prufdatum; prufung am; gepruft am; datum der prufung | date du controle; controle le; date d inspection; date de visite | keuringsdatum; datum keuring; gekeurd op; inspectiedatum | fecha de inspeccion; inspeccionado el; fecha de la inspeccion | data controllo; data di revisione; data ispezione; controllato il
approved by; approver; authorised by; authorized by | genehmigt von; freigegeben von; bewilligt von | approuve par; valide par; autorise par | goedgekeurd door; akkoord door; geautoriseerd door | aprobado por; autorizado por | approvato da; autorizzato da
prepared by; created by; author; written by; issued by | erstellt von; verfasser; autor; ausgestellt von | etabli par; redige par; auteur; prepare par | opgesteld door; auteur; gemaakt door | elaborado por; autor; preparado por; emitido por | preparato da; autore; redatto da; emesso da
patient; patient name; name of patient | patient; patientin; name des patienten | patient; nom du patient | patient; naam patient | paciente; nombre del paciente | paziente; nome paziente
doctor; physician; attending physician | arzt; behandelnder arzt; arztin | medecin; medecin traitant; docteur | arts; behandelend arts; huisarts | medico; doctor; medico responsable | medico; medico curante; dottore
diagnosis | diagnose | diagnostic | diagnose | diagnostico | diagnosi
policy number; policy no; policy; insurance policy number | versicherungsscheinnummer; police; policennummer; versicherungsschein nr; vertragsnummer | numero de police; police n; n de contrat; numero de contrat | polisnummer; polis nr | numero de poliza; poliza n; poliza | numero polizza; polizza n; polizza
policyholder; insured; insured person; policy holder | versicherungsnehmer; versicherter; versicherte person | assure; souscripteur; preneur d assurance | verzekeringnemer; verzekerde | tomador; asegurado; tomador del seguro | contraente; assicurato
insurer; insurance company | versicherer; versicherung; versicherungsgesellschaft | assureur; compagnie d assurance | verzekeraar; verzekeringsmaatschappij | aseguradora; compania aseguradora; asegurador | assicuratore; compagnia di assicurazione
premium; insurance premium | pramie; beitrag; versicherungsbeitrag | prime; cotisation | premie | prima | premio
sum insured; coverage; insured amount; amount of cover | versicherungssumme; deckungssumme | montant assure; capital assure; garantie | verzekerd bedrag; verzekerde som | suma asegurada; capital asegurado | somma assicurata; massimale
excess; deductible | selbstbeteiligung; selbstbehalt | franchise | eigen risico | franquicia | franchigia
claim number; claim no | schadennummer; schaden nr | numero de sinistre; n de sinistre | schadenummer | numero de siniestro; siniestro n | numero sinistro; sinistro n
date of loss; loss date; incident date; date of accident; date of incident | schadendatum; schadentag; unfalldatum; schadenstag | date du sinistre; date de l accident | schadedatum; datum schade; datum ongeval | fecha del siniestro; fecha del accidente | data sinistro; data del sinistro; data incidente
reference; reference number; our ref; our reference; your ref; your reference; file number; case number; ref | aktenzeichen; unser zeichen; ihr zeichen; referenz; referenznummer; geschaftszeichen; zeichen | reference; notre reference; votre reference; n reference; v reference; numero de dossier; dossier; ref | referentie; ons kenmerk; uw kenmerk; kenmerk; dossiernummer; uw referentie | referencia; nuestra referencia; su referencia; numero de expediente; expediente; n expediente | riferimento; nostro riferimento; vostro riferimento; pratica n; numero pratica; protocollo
contract number; contract no; agreement number | vertragsnummer; vertrag nr | numero de contrat; contrat n; n de contrat | contractnummer; contract nr; overeenkomstnummer | numero de contrato; contrato n; n de contrato | numero contratto; contratto n; n contratto
project; project name; project title; job | projekt; bauvorhaben; objekt; projektname; vorhaben | projet; chantier; nom du projet; affaire | project; projectnaam; werk | proyecto; obra; nombre del proyecto | progetto; commessa; cantiere; nome progetto
subject; regarding; re | betreff; betrifft; betr | objet; sujet; concerne | betreft; onderwerp; inzake | asunto; objeto; referente | oggetto; argomento
remarks; notes; comments; note; remark | bemerkungen; anmerkungen; hinweis; bemerkung; notizen | remarques; observations; commentaires; notes; remarque | opmerkingen; opmerking; notities | observaciones; notas; comentarios | note; osservazioni; annotazioni; commenti
status | status; zustand; stand | statut; etat | status; toestand | estado; situacion | stato; stato attuale
quantity; qty; number of units; pieces; count | menge; anzahl; stuckzahl; stuck | quantite; qte; nombre | aantal; hoeveelheid; stuks | cantidad; cant; uds; unidades | quantita; q ta; qta; pezzi
unit; unit of measure; uom | einheit; me; mengeneinheit | unite; u | eenheid; eenh | unidad; ud; unidad de medida | unita; u m; um; unita di misura
item code; item no; article no; article number; product code; sku; code; part number; item number | artikelnummer; art nr; artikel nr; bestellnummer; sachnummer; materialnummer | reference; ref; code article; reference article; code | artikelnummer; artikelnr; artikelcode; art nr | referencia; ref; codigo; codigo de articulo; cod | codice; cod; codice articolo; cod articolo; articolo
description; item description; item name; product; goods; designation; item; name | bezeichnung; beschreibung; artikel; artikelbezeichnung; ware; produkt; leistung | designation; description; libelle; article; produit; nature | omschrijving; artikel; product; goederen; artikelomschrijving | descripcion; concepto; articulo; producto; denominacion | descrizione; articolo; prodotto; denominazione; descrizione dei beni; merce
price; unit price; item price; price each | preis; einzelpreis; stuckpreis; e preis | prix; prix unitaire; pu; p u; pu ht; p u ht | prijs; stukprijs; eenheidsprijs; prijs per stuk | precio; precio unitario; p unitario; pvp | prezzo; prezzo unitario; prezzo unit; p unit
page; page number | seite; blatt | page; feuille | pagina; blad | pagina; hoja | pagina; foglio
width | breite | largeur | breedte | ancho; anchura | larghezza
height | hohe | hauteur | hoogte | alto; altura | altezza
length | lange | longueur | lengte | largo; longitud | lunghezza
temperature | temperatur | temperature | temperatuur | temperatura | temperatura
voltage | spannung; nennspannung | tension | spanning | tension; voltaje | tensione
area; floor area; living area | flache; wohnflache; nutzflache | surface; superficie; surface habitable | oppervlakte; woonoppervlakte | superficie; area | superficie; area; mq
year; year of manufacture; year built; model year | jahr; baujahr | annee; annee de construction; annee modele | jaar; bouwjaar | ano; ano de fabricacion; ano de construccion | anno; anno di costruzione; anno di produzione
meter number | zahlernummer; zahler nr | numero de compteur; n compteur; compteur n | meternummer | numero de contador; contador n | numero contatore; contatore n; matricola contatore
consumption | verbrauch | consommation | verbruik | consumo | consumo
previous reading | alter zahlerstand; zahlerstand alt; anfangsstand | ancien index; index precedent | vorige meterstand; beginstand | lectura anterior | lettura precedente
current reading; new reading | neuer zahlerstand; zahlerstand neu; endstand | nouvel index; index actuel | huidige meterstand; nieuwe meterstand; eindstand | lectura actual | lettura attuale
exchange rate; rate of exchange | wechselkurs; umrechnungskurs; kurs | taux de change; cours de change | wisselkoers; koers | tipo de cambio | tasso di cambio; cambio
discount; rebate; reduction | rabatt; nachlass; ermassigung | remise; rabais; reduction | korting | descuento; bonificacion; dto | sconto; abbuono
cancellation date; cancelled on; date of cancellation | stornodatum; storniert am; kundigungsdatum; gekundigt am | date d annulation; annule le; date de resiliation | annuleringsdatum; geannuleerd op | fecha de cancelacion; cancelado el; fecha de anulacion | data di annullamento; annullato il; data cancellazione
school; university; institution | schule; universitat; hochschule; einrichtung | ecole; universite; etablissement | school; universiteit; instelling | escuela; universidad; centro; institucion | scuola; universita; istituto
grade; mark; score | note; punktzahl; bewertung | note; mention | cijfer; score; beoordeling | nota; calificacion; puntuacion | voto; punteggio; valutazione
departure; departure date; from | abfahrt; abflug; abreise; von | depart; date de depart; de | vertrek; vertrekdatum; van | salida; fecha de salida; origen; de | partenza; data di partenza; da
arrival; arrival date; to | ankunft; anreise; nach | arrivee; date d arrivee; a | aankomst; aankomstdatum; naar | llegada; fecha de llegada; destino; a | arrivo; data di arrivo; a
passenger; passenger name; traveller | fahrgast; passagier; reisender | passager; voyageur | passagier; reiziger | pasajero; viajero | passeggero; viaggiatore
booking reference; booking number; reservation number; confirmation number; booking code | buchungsnummer; buchungscode; reservierungsnummer | numero de reservation; reference de reservation; n de dossier | boekingsnummer; reserveringsnummer; boekingscode | numero de reserva; localizador; codigo de reserva | numero di prenotazione; codice prenotazione; prenotazione n
seat; seat number | sitz; platz; sitzplatz | place; siege; n de place | stoel; zitplaats | asiento; plaza | posto; sedile
room; room number | zimmer; zimmernummer; zimmer nr; raum | chambre; n de chambre; salle | kamer; kamernummer | habitacion; numero de habitacion | camera; numero camera; stanza
nights; number of nights | nachte; anzahl nachte; ubernachtungen | nuits; nombre de nuits; nuitees | nachten; aantal nachten | noches; numero de noches | notti; numero di notti
""".strip()

_SURE, _SHARED = 0.95, 0.88  # worth of a name; of one that other things have too, as "name" is also the last name


@lru_cache(maxsize=1)
def things() -> tuple[tuple[tuple[str, ...], ...], ...]:
    """The names of each thing as they are compared, English first."""
    lines = (line.replace("|", ";").split(";") for line in _THINGS.splitlines())
    return tuple(tuple(dict.fromkeys(t for name in line if (t := tokens_of(name)))) for line in lines)


@lru_cache(maxsize=1)
def _index() -> dict[tuple[str, ...], tuple[int, ...]]:
    index: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, names in enumerate(things()):
        for name in names:
            index[name].append(number)
    return {name: tuple(numbers) for name, numbers in index.items()}


@lru_cache(maxsize=4096)
def names_beside(name: tuple[str, ...]) -> tuple[tuple[tuple[str, ...], float], ...]:
    """The other names of what is called `name`, with how sure each is; none where several things are called so."""
    known = _index().get(name, ())
    if len(known) != 1:
        return ()
    shared = Counter({other: len(numbers) for other, numbers in _index().items()})
    return tuple((other, _SURE if shared[other] == 1 else _SHARED) for other in things()[known[0]] if other != name)
