"""How shops call the tables and columns of the data contract, in English and German, and how near a name comes."""

import difflib
import re
import unicodedata
from functools import cache, lru_cache

_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NEAR = 0.84  # similarity from which a typing error is forgiven
_LONG = 5  # letters a word must have to be looked for inside another

TABLE_NAMES: dict[str, str] = {
    "orders": "order bestellung bestellungen auftrag auftraege invoice invoices rechnung rechnungen transaction "
    "transactions transaktion transaktionen verkauf verkaeufe sale sales umsatz umsaetze purchase purchases kauf "
    "kaeufe onlineretail beleg belege bons orderlog",
    "order_lines": "orderitem orderitems lineitem lineitems line lines position positionen bestellposition "
    "bestellpositionen auftragsposition auftragspositionen rechnungsposition rechnungspositionen orderdetails",
    "products": "product artikel produkt produkte item items sortiment katalog catalog artikelstamm sku skus "
    "warengruppen",
    "customers": "customer kunde kunden client clients kundenstamm kundenliste kundendaten account accounts user users "
    "mitglied mitglieder adressen",
    "consents": "consent einwilligung einwilligungen optin optins newsletter permissions werbeeinwilligung",
    "support_tickets": "ticket tickets anfrage anfragen supportticket support helpdesk case cases reklamation "
    "reklamationen serviceanfragen",
    "surveys": "survey umfrage umfragen befragung befragungen bewertung bewertungen nps csat ces feedback",
    "touchpoints": "touchpoint event events ereignis ereignisse interaction interactions kontaktpunkte besuche visits",
    "contacts": "contact kontakt kontakte kampagne kampagnen campaigns ansprachen",
    "subscriptions": "subscription vertrag vertraege abo abos abonnement abonnements contract contracts "
    "mitgliedschaften",
}

_CUSTOMER = (
    "customer customerno customernumber customernr custid custno customercode kunde kundennummer kundennr kundenid "
    "kundenno kdnr client clientid clientno user userid householdid household member memberid mitgliedsnummer "
    "mitgliedsnr account accountid accountno debitor debitornr debitorennummer debitorennr shopper shopperid "
    "buyer buyerid"
)
_ORDER = (
    "order orderno ordernumber ordernr orderref invoice invoiceno invoicenumber invoiceid invoicenr bestellnummer "
    "bestellnr bestellung bestellungsnummer bestellid auftrag auftragsnummer auftragsnr rechnungsnummer rechnungsnr "
    "rechnung belegnummer belegnr beleg bonnummer bonnr transactionid transaction transaktionsid transaktionsnummer "
    "basketid basket receiptid receiptno receipt"
)
_PRODUCT = (
    "product productno productnumber productcode productsku sku stockcode article articleno articleid articlenumber "
    "item itemid itemno itemcode artikel artikelnummer artikelnr artnr artikelid produkt produktnummer produktnr "
    "produktid ean gtin variantid variantsku lineitemsku"
)
_CHANNEL = "kanal vertriebskanal saleschannel source quelle medium"

COLUMN_NAMES: dict[str, dict[str, str]] = {
    "*": {"customer_id": _CUSTOMER, "order_id": _ORDER, "product_id": _PRODUCT, "channel": _CHANNEL},
    "orders": {
        "ordered_at": "date orderdate ordertime orderdatetime orderedon invoicedate purchasedate transactiondate "
        "transactiontimestamp timestamp datetime createdat created createdon datum zeitpunkt bestelldatum bestelltam "
        "bestellzeitpunkt auftragsdatum rechnungsdatum belegdatum kaufdatum verkaufsdatum buchungsdatum paidat day tag",
        "revenue": "amount total totalamount totalprice totalsales sales salesvalue ordertotal ordervalue orderamount "
        "grandtotal subtotal net netamount netvalue value turnover spend umsatz betrag gesamtbetrag gesamt gesamtpreis "
        "gesamtsumme summe bestellwert auftragswert rechnungsbetrag warenwert nettobetrag nettoumsatz umsatznetto "
        "bruttobetrag bruttoumsatz umsatzbrutto umsatzeur betrageur linetotal zeilensumme positionswert wert erloes",
        "discount": "discountamount totaldiscount rabatt rabattbetrag nachlass discountvalue skonto",
        "shipping_fee": "shipping shippingcost shippingcosts shippingprice freight delivery deliveryfee "
        "postage versand "
        "versandkosten versandgebuehr porto lieferkosten",
        "refunded": "refund refundamount amountrefunded refundedamount erstattung erstattet erstattungsbetrag "
        "gutschrift",
        "refunded_at": "refunddate refundedon erstattungsdatum erstattetam gutschriftdatum",
        "status": "orderstatus state bestellstatus auftragsstatus financialstatus fulfillmentstatus zustand",
        "promised_at": "promiseddate promiseddelivery expecteddelivery estimateddelivery deliverydatepromised "
        "zugesagtam liefertermin zugesagterliefertermin orderestimateddeliverydate wunschtermin",
        "delivered_at": "delivered deliverydate deliveredon shippedat shipdate lieferdatum geliefertam zugestelltam "
        "zustelldatum versanddatum",
        "coupon": "couponcode voucher vouchercode promocode discountcode gutschein gutscheincode aktionscode",
    },
    "order_lines": {
        "quantity": "qty units unit count pieces menge anzahl stueck stueckzahl lineitemquantity bestellmenge",
        "unit_price": "price itemprice productprice singleprice unitcost preis einzelpreis stueckpreis "
        "verkaufspreis vk "
        "vkpreis lineitemprice einzelpreiseur preiseur nettopreis bruttopreis",
        "discount": "linediscount lineitemdiscount rabatt positionsrabatt nachlass",
        "returned_quantity": "returned returnedqty returnqty retourmenge retourenmenge retournierteanzahl retoure",
        "returned_at": "returndate returnedon retourdatum retouredatum ruecksendedatum",
    },
    "products": {
        "name": "productname title producttitle description productdescription itemname articlename bezeichnung "
        "artikelbezeichnung artikelname produktname produktbezeichnung beschreibung artikelbeschreibung lineitemname",
        "category": "productcategory producttype type group productgroup department kategorie warengruppe "
        "produktgruppe artikelgruppe sortimentsgruppe rubrik",
        "unit_price": "price listprice retailprice preis listenpreis verkaufspreis vk vkpreis einzelpreis",
        "unit_cost": "cost costprice purchaseprice buyingprice cogs einkaufspreis ek ekpreis einstandspreis kosten",
        "upgrade_of": "upgradeof vorgaenger kleinerestufe",
        "accessory_of": "accessoryof zubehoerzu zubehoervon passtzu",
    },
    "customers": {
        "name": "customername fullname clientname kundenname vollername firma nachname lastname namekunde",
        "email": "emailaddress mail mailadresse emailadresse eposta customeremail",
        "signed_up_at": "signupdate signedup registered registeredat registrationdate customersince createdat created "
        "joindate membersince registriert registrierungsdatum registriertam kundeseit anmeldedatum angelegtam "
        "anlagedatum",
        "country": "countrycode countryname land laendercode landeskennzeichen billingcountry shippingcountry",
        "region": "state province county bundesland gebiet ort stadt city plzgebiet",
        "acquisition_channel": "acquisition acquisitionsource source utmsource herkunft herkunftskanal gewonnenueber "
        "werbequelle",
        "preferred_channel": "preferredcontact bevorzugterkanal wunschkanal kontaktweg",
        "loyalty_tier": "tier loyaltylevel level kundenstatus bonusstufe stufe treuestufe status",
        "loyalty_points": "points bonuspoints punkte bonuspunkte treuepunkte",
        "is_business": "business b2b isb2b iscompany company gewerblich geschaeftskunde firmenkunde istfirma",
    },
    "consents": {
        "granted": "consent optin optedin given value erteilt einwilligung zugestimmt status",
        "changed_at": "date changedat changedon consentdate timestamp datum geaendertam zeitpunkt optindate",
    },
    "support_tickets": {
        "ticket_id": "ticket ticketno ticketnumber ticketnr case caseid caseno id ticketnummer anfragenummer vorgang "
        "vorgangsnummer",
        "opened_at": "created createdat opened opendate createdon date datum eroeffnetam erstelltam eingang "
        "eingangsdatum",
        "first_replied_at": "firstreply firstreplyat firstresponse firstresponseat ersteantwort ersteantwortam",
        "solved_at": "solved closed closedat resolvedat resolved resolutiondate geloestam geschlossenam erledigtam",
        "reopened_at": "reopened wiedereroeffnetam wiedereroeffnet",
        "topic": "subject category reason thema betreff kategorie grund tags",
        "satisfaction": "rating csat score zufriedenheit bewertung note",
        "rated_at": "ratingdate bewertetam bewertungsdatum",
    },
    "surveys": {
        "survey_id": "survey responseid answerid id umfrageid antwortid",
        "answered_at": "date answered answeredon submittedat responsedate datum beantwortetam timestamp",
        "kind": "type survey surveytype metric art umfragetyp typ",
        "score": "rating value answer wert note punktzahl antwort nps",
        "comment": "text feedback kommentar freitext bemerkung",
    },
    "touchpoints": {
        "touchpoint_id": "touchpoint event eventid id interactionid ereignisid",
        "occurred_at": "date timestamp time eventtime eventdate datum zeitpunkt",
        "kind": "type event eventtype eventname art ereignis",
        "value": "amount wert betrag",
    },
    "contacts": {
        "contact_id": "contact id kontaktid",
        "contacted_at": "date sentat contactdate datum kontaktdatum gesendetam",
        "action": "offer treatment massnahme aktion angebot",
        "arm": "group variant testgroup gruppe testgruppe",
        "campaign": "campaignname kampagne",
        "cost": "costs contactcost kosten",
        "responded_at": "responded responsedate antwortdatum reagiertam",
    },
    "subscriptions": {
        "subscription_id": "subscription contract contractid contractno id vertrag vertragsnummer vertragsnr aboid",
        "plan": "tariff product plan tarif abotyp paket",
        "started_at": "start startdate begin begindate beginn startdatum vertragsbeginn abobeginn",
        "ended_at": "end enddate cancelledat canceledat ende enddatum vertragsende gekuendigtzum kuendigungsdatum",
        "renews_at": "renewal renewaldate nextbilling verlaengerung verlaengertam naechsteabrechnung",
        "monthly_fee": "fee price mrr amount monatsbeitrag monatspreis beitrag gebuehr preis",
    },
}  # fmt: skip


def plain(name: str) -> str:
    """A name as letters and digits alone: `Kunden-Nr.` and `kunden_nr` are `kundennr`."""
    folded = unicodedata.normalize("NFKD", name.lower().translate(_FOLDED))
    return re.sub(r"[^a-z0-9]", "", folded)


def table_nearness(table: str, name: str) -> float:
    """How much a file's or sheet's name speaks for a table, 0 to 1."""
    words = {plain(word) for word in re.split(r"[^\w]|_|\d", name)} | {plain(re.sub(r"\d", "", name))}
    known = {plain(table), *TABLE_NAMES[table].split()}
    if words & known:
        return 1.0
    joined = plain(name)
    return 0.7 if any(len(word) > _LONG and word in joined for word in known) else 0.0


@lru_cache(maxsize=50_000)
def column_nearness(table: str, column: str, name: str) -> float:
    """How much a source column's name speaks for a contract column, 0 to 1: 1 the same word, less for a near one."""
    found = plain(name)
    if not found:
        return 0.0
    if found == plain(column):
        return 1.0
    known = _known(table, column)
    if found in known:
        return 0.95
    without_unit = re.sub(r"(eur|usd|gbp|chf)$", "", found)
    if without_unit in known or without_unit == plain(column):
        return 0.9
    alike = [word for word in known if len(word) >= _LONG and abs(len(word) - len(found)) <= 2]
    ratio = max((difflib.SequenceMatcher(None, found, word).ratio() for word in alike), default=0)
    if ratio >= _NEAR:
        return 0.85 * ratio
    inside = [word for word in known if len(word) >= _LONG and (found.startswith(word) or found.endswith(word))]
    return 0.6 if inside else 0.0


@cache
def _known(table: str, column: str) -> list[str]:
    """Every known word for a contract column."""
    words = COLUMN_NAMES.get(table, {}).get(column, "") or COLUMN_NAMES["*"].get(column, "")
    return [*words.split(), plain(column)]
