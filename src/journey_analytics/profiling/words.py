"""What a segment of a page path says about the page: Dutch, English and German words for the standard page groups."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import unquote_plus

# The standard page groups in the order in which they are written down; the journey models know them by these names.
STANDARD_GROUPS = (
    "home", "inspiration", "information", "category", "product", "conditions", "costs", "pricing", "cases",
    "documentation", "search", "demo", "cart", "checkout_details", "checkout_shipping", "checkout_payment",
    "confirmation", "form_login", "form_details", "form_documents", "form_review", "form_sent", "account", "service",
    "returns", "reviews", "contact", "about",
)  # fmt: skip

# Of equally good matches the group that stands first wins. A word with = counts only as a whole segment.
_ANYWHERE = {
    "confirmation": "bedankt =thanks thank-you thankyou danke vielen-dank bevestiging orderbevestiging confirmation "
    "order-received order-completed ordercompleted order-confirmation =success bestaetigung bestellbestaetigung",
    "returns": "retour retouren retourneren return returns ruilen ruecksendung rueckgabe retoure widerruf",
    "conditions": "voorwaarden conditions terms policy policies privacy privacybeleid privacyverklaring cookies "
    "cookiebeleid disclaimer agb datenschutz impressum bedingungen",
    "costs": "kosten costs cost leges tarief gebuehren fees",
    "pricing": "prijzen =prijs tarieven pricing prices =price preise plans abonnementen pakketten",
    "demo": "demo trial proefperiode offerte quote angebot-anfordern =probeer proberen",
    "reviews": "reviews =review beoordelingen ervaringen bewertungen =ratings testimonials",
    "cases": "klantverhalen klantverhaal klantcases cases case-study case-studies =customers =klanten referenties "
    "referenzen kundenstimmen success-stories =projecten =portfolio",
    "checkout_payment": "=betalen =betaling =payment revieworder",
    "checkout_details": "checkout afrekenen kassa kasse =bestellen =order yourinfo =onestepcheckout",
    "cart": "cart winkelwagen winkelmand winkelmandje mandje basket =bag warenkorb shoppingcart",
    "form_details": "aanvraag aanvragen aanmelden aanmelding formulier =form forms apply application antrag "
    "inschrijven inschrijving =melding formular",
    "contact": "contact contactformulier kontakt kontaktformular locaties vestigingen filialen winkels stores "
    "store-locator afspraak =locations",
    "account": "account myaccount =mijn =customer konto login inloggen signin sign-in signup sign-up "
    "register registersuccess registreren registratie registrierung logout uitloggen =profile =profiel wishlist "
    "=verlanglijst =favorieten password wachtwoord anmelden =orders =bestellingen =dashboard",
    "service": "klantenservice klantendienst =service customer-service customerservice kundenservice support =help "
    "hulp hilfe helpcenter faq frequently-asked-questions veelgestelde-vragen shipping-information =bezorging "
    "=verzending =shipping =levering =versand =garantie =warranty",
    "documentation": "documentatie docs documentation handleiding handleidingen manual manuals =api developers "
    "kennisbank knowledge-base dokumentation whitepaper whitepapers =downloads",
    "about": "over-ons =over about about-us ueber-uns uber-uns wie-zijn-wij wie-we-zijn =team =organisatie =company "
    "=bedrijf =unternehmen vacatures careers =jobs werken-bij karriere =pers =press",
    "search": "zoeken =zoek search zoekresultaten zoekresultaat suche suchergebnis searchresults catalogsearch asearch",
    "inspiration": "inspiratie inspiration blog blogs =post =posts nieuws =news neuigkeiten magazine magazin =artikelen =articles "
    "=stories =tips =trends guides =guide ratgeber lookbook ideeen =ideas podcast",
    "information": "informatie information =info =thema =themas =onderwerpen =topics =topic",
    "product": "=p =dp product products producten produkt produkte =item =items storeitem oplossingen oplossing "
    "solutions loesungen =diensten =services dienstleistungen =features =functies",
    "category": "=c =cat category categories categorie categorieen kategorie kategorien collection collections "
    "collectie collecties kollektion assortiment sortiment =shop =store =winkel =webshop sale aanbiedingen outlet "
    "=deals clearance =new =nieuw =angebote =merken =merk brands brand =marken",
    "home": "=home =homepage =index =default =start",
}  # fmt: skip
_IN_CHECKOUT = {
    "confirmation": "bedankt thank thanks thankyou danke confirmation bevestiging success succes complete completed "
    "received bestaetigung",
    "checkout_payment": "betaling betalen betaal payment pay betaalmethode zahlung bezahlen zahlungsart review "
    "overzicht controle controleren uebersicht",
    "checkout_shipping": "verzending verzenden verzendmethode shipping bezorging bezorgen bezorgmethode delivery levering "
    "versand lieferung afleveren",
    "checkout_details": "gegevens klantgegevens details information address adres adresgegevens adresse contact",
}
_IN_FORM = {
    "form_sent": "verstuurd verzonden ontvangen bedankt gelukt sent success succes bevestiging confirmation gesendet "
    "danke thank thanks thankyou complete completed submitted",
    "form_login": "inloggen login digid eherkenning idin itsme anmelden signin",
    "form_documents": "documenten document documents bijlagen bijlage upload uploads dokumente unterlagen",
    "form_review": "controle controleren controleer overzicht samenvatting review summary check pruefen",
    "form_details": "gegevens details persoonsgegevens information",
}
# Dutch glues its words together: parkeervergunning, huurtoeslag
_ENDINGS = {"vergunning": "product", "subsidie": "product", "toeslag": "product", "uitkering": "product"}
CHECKOUT = frozenset({"cart", "checkout_details", "checkout_shipping", "checkout_payment"})
FORM = frozenset({"form_details", "form_login", "form_documents", "form_review"})
_STEPS = dict.fromkeys(CHECKOUT, _IN_CHECKOUT) | dict.fromkeys(FORM, _IN_FORM)
# What may be a group of its own below another. Below those that are not named here, anything may.
_BELOW: Mapping[str, frozenset[str]] = {
    **{group: frozenset() for group in STANDARD_GROUPS},
    **{group: frozenset({*CHECKOUT, "confirmation"}) for group in CHECKOUT},
    **{group: frozenset({*FORM, "form_sent"}) for group in FORM},
    "service": frozenset({"returns", "conditions"}),
    "conditions": frozenset({"returns", "service"}),
    "contact": frozenset({"confirmation"}),
    "demo": frozenset({"confirmation"}),
    "about": frozenset({"conditions", "contact", "cases"}),
    **{group: frozenset(STANDARD_GROUPS) for group in ("home", "information", "product", "category")},
}
_EXTENSION = re.compile(r"\.(html?|php|aspx?|jsp|axd|do|xhtml)\.?$", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LANGUAGES = "nl be en us uk gb de at ch fr es it pt pl da sv no fi cs eu int"
_LOCALE = re.compile(r"^([a-z]{2,3})(?:[-_]([a-z]{2}))?$")


def group_of(segment: str, above: str | None = None) -> str | None:
    """Return the standard page group that a path segment speaks of, or None.

    Args:
        segment: one part of a path, as it stands there.
        above: the page group of what lies above it.

    >>> group_of("winkelwagen"), group_of("Over-Ons.html"), group_of("muurverf-mat-wit")
    ('cart', 'about', None)
    >>> group_of("verzending"), group_of("verzending", "checkout_details"), group_of("checkoutPayment")
    ('service', 'checkout_shipping', 'checkout_payment')
    >>> group_of("prijzen", "inspiration")
    """
    words = words_of(segment)
    steps = _STEPS.get(above or "")
    if steps is not None:
        found = _best(words, steps) or _best(words, _ANYWHERE)
        return found if found in _BELOW[above or ""] else None
    found = _best(words, _ANYWHERE) or next(
        (g for end, g in _ENDINGS.items() if words and words[-1].endswith(end)), None
    )
    if words and words[0] in ("mijn", "my", "mein") and found is None:
        found = "account"
    if found in _STEPS and len(words) > 1:
        # checkout-shipping says it all in one segment
        found = _best(words, _STEPS[found]) or found
    return found if above is None or found in _BELOW.get(above, STANDARD_GROUPS) else None


def words_of(segment: str) -> tuple[str, ...]:
    """Return the words of a path segment in lower case, without accents and file ending.

    >>> words_of("Über-uns.html"), words_of("thankYou"), words_of("Shop+by+Brand")
    (('uber', 'uns'), ('thank', 'you'), ('shop', 'by', 'brand'))
    """
    text = _HUMP.sub(" ", _EXTENSION.sub("", unquote_plus(segment)))
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return tuple(re.findall(r"[a-z0-9]+", plain.lower()))


def is_locale(segment: str) -> bool:
    """Return whether a segment only says the language or country.

    >>> [is_locale(s) for s in ("nl", "en-GB", "nl_be", "p", "tv")]
    [True, True, True, False, False]
    """
    found = _LOCALE.match(segment.lower())
    return found is not None and found[1] in _LANGUAGES.split()


def slug(text: str) -> str:
    """Return a text as a name of small letters, digits and _; empty when nothing is left of it.

    >>> slug("Kwast & Kleur"), slug("3D-prints"), slug("日本")
    ('kwast_kleur', 'n_3d_prints', '')
    """
    name = "_".join(words_of(text))[:60].strip("_")
    return f"n_{name}" if name[:1].isdigit() else name


def as_title(name: str) -> str:
    """Return the name of a folder or event as people would write it.

    >>> as_title("store_locator-open"), as_title("%20")
    ('Store locator open', '')
    """
    text = re.sub(r"[-_\s]+", " ", unquote_plus(name)).strip()
    return text[:1].upper() + text[1:]


def _best(words: tuple[str, ...], vocabulary: Mapping[str, str]) -> str | None:
    best: tuple[bool, int] = (False, 0)
    found = None
    for group, entry, is_whole in _entries(tuple(vocabulary.items())):
        is_same = words == entry
        # one word more may stand around it: a longer segment is the title of something
        near = not is_whole and len(words) <= len(entry) + 1 and _holds(words, entry)
        if (is_same or near) and (is_same, len(entry)) > best:
            best, found = (is_same, len(entry)), group
    return found


@cache
def _entries(vocabulary: tuple[tuple[str, str], ...]) -> list[tuple[str, tuple[str, ...], bool]]:
    return [
        (group, tuple(entry.lstrip("=").split("-")), entry.startswith("="))
        for group, text in vocabulary
        for entry in text.split()
    ]


def _holds(words: tuple[str, ...], entry: Iterable[str]) -> bool:
    entry = tuple(entry)
    return any(words[at : at + len(entry)] == entry for at in range(len(words) - len(entry) + 1))
