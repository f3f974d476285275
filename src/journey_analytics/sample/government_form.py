"""Gemeente Waterdam, an invented municipality: applying for a parking permit. No money."""

from __future__ import annotations

from journey_analytics.sample.site import Channel, Hit, Noise, Page, Scene, Site, Slot, Step, Truth, one

TOWN = "Gemeente Waterdam"
TRUTHS = (
    Truth(
        id="upload_step",
        page="form_documents",
        event="form_error",
        visible_now=True,
        leaves=0.60,
        other_page="form_review",
        ga4_event="form_error",
        ga4_share_if_leaving=0.75,
        ga4_share_if_not=0.20,
        what_nl="Bij het uploaden haakt {leaves} voorgoed af, bij de stap erna {other_page}. "
        "Een foutmelding krijgt {ga4_share_if_leaving} van de afhakers, {ga4_share_if_not} van de anderen.",
        what_en="At the upload {leaves} leave for good, at the next step {other_page}. "
        "A form error meets {ga4_share_if_leaving} of those who leave, {ga4_share_if_not} of the others.",
    ),
    Truth(
        id="slow_login",
        page="form_login",
        event="page_view",
        visible_now=False,
        leaves=0.30,
        otherwise=0.08,
        for_whom={"device": "mobile"},
        slower=4.0,
        what_nl="Inloggen duurt op mobiel {slower} keer zo lang: {leaves} vertrekt daar voorgoed, anders {otherwise}.",
        what_en="Logging in takes {slower} times as long on mobile: {leaves} leave there for good, else {otherwise}.",
        why_not="Segments are not compared with each other yet, and with 500 persons the groups are small.",
    ),
)


PAGES = (
    Page("home", one("/", "Home"), 15, leave=0.08, leave_again=0.03),
    Page("parking", one("/parkeren", "Parkeren"), 25, leave=0.10, leave_again=0.03),
    Page("permit", one("/parkeervergunning", "Parkeervergunning"), 40, leave=0.12, leave_again=0.03),
    Page("terms", one("/parkeervergunning/voorwaarden", "Voorwaarden parkeervergunning"), 50, leave=0.07),
    Page("costs", one("/parkeervergunning/kosten", "Kosten parkeervergunning"), 25, leave=0.07),
    Page("form_login", one("/aanvraag/inloggen", "Aanvraag: inloggen"), 25, leave_again=0.05),
    Page(
        "form_details",
        one("/aanvraag/gegevens", "Aanvraag: gegevens"),
        80,
        leave=0.10,
        leave_again=0.05,
        hits=(Hit("form_start", 1.0, 0.06), Hit("form_error", 0.10, 0.45)),
    ),
    Page("form_documents", one("/aanvraag/documenten", "Aanvraag: documenten"), 120, leave_again=0.20),
    Page("form_review", one("/aanvraag/controle", "Aanvraag: controle"), 35, leave=0.08, leave_again=0.05),
    Page("form_sent", one("/aanvraag/verstuurd", "Aanvraag verstuurd"), 15, hits=(Hit("form_success"),)),
    Page("contact", one("/contact", "Contact"), 30, leave=0.05),
    Page("my_account", one("/mijn-waterdam", "Mijn Waterdam"), 30),
)
_FIND = {"google_organic": 0.56, "direct": 0.24, "letter": 0.10, "rijksportaal": 0.06, "chatgpt": 0.04}
_BACK = {"direct": 0.52, "google_organic": 0.36, "letter": 0.12}
SCENES = (
    Scene("look_for_permit", (Step("permit"), Step("terms", 0.4), Step("costs", 0.45)), _FIND),
    Scene("look_for_parking", (Step("parking"), Step("permit", 0.75), Step("costs", 0.25)), _FIND),
    Scene("from_home", (Step("home"), Step("parking"), Step("permit", 0.7)), _FIND),
    Scene("read_terms", (Step("permit", 0.5), Step("terms"), Step("costs", 0.6)), _BACK),
    Scene("ask", (Step("contact"), Step("permit", 0.3, safe=True)), _BACK),
    Scene(
        "apply",
        (
            Step("permit", 0.35),
            Step("form_login", acts=("login",)),
            Step("form_details", acts=("form_step",)),
            Step("terms", 0.14, safe=True),
            Step("form_details", tied=True, safe=True, acts=("form_step",)),
            Step("form_documents", acts=("form_step",)),
            Step("form_review", acts=("form_step",)),
            Step("form_sent"),
        ),
        _BACK,
    ),
    Scene("follow_application", (Step("my_account", acts=("login",)), Step("contact", 0.12, safe=True)), _BACK),
)
STORY = (
    Slot({"look_for_permit": 0.5, "look_for_parking": 0.25, "from_home": 0.25}),
    Slot({"read_terms": 0.75, "ask": 0.25}, 0.4, same_session=0.3, same_day=0.15, gap_days=3),
    Slot({"apply": 1}, same_session=0.5, same_day=0.1, gap_days=3),
    Slot({"follow_application": 1}, 0.75, gap_days=5),
    Slot({"follow_application": 1}, 0.4, gap_days=8),
)
CHANNELS = (
    Channel("google_organic", "google", "organic", "(organic)", "Organic Search", "https://www.google.com/"),
    Channel("direct", "(direct)", "(none)", "(direct)", "Direct"),
    Channel(
        "letter",
        "brief",
        "email",
        "bewonersbrief",
        "Email",
        query="utm_source=brief&utm_medium=email&utm_campaign=bewonersbrief",
    ),
    Channel("rijksportaal", "portaal.example", "referral", "(referral)", "Referral", "https://www.portaal.example/"),
    Channel("chatgpt", "chatgpt.com", "referral", "(referral)", "Referral", "https://chatgpt.com/"),
)
NOISE = (
    Noise("terms", "excessive_scroll", 0.10, "article"),
    Noise("costs", "dead_click", 0.05, "table.tarieven"),
    Noise("form_details", "error_click", 0.05, "input[name=kenteken]"),
    Noise("home", "quick_back", 0.03, "body"),
)
GOVERNMENT_FORM = Site(
    name="government_form",
    title=TOWN,
    host="www.waterdam.example",
    stream_id="4734567890",
    layout="weekly_json",
    file_stem="waterdam",
    pages=PAGES,
    scenes=SCENES,
    story=STORY,
    channels=CHANNELS,
    truths=TRUTHS,
    noise=NOISE,
    return_slot=Slot({"from_home": 1}, gap_days=12),
    return_share=0.10,
    devices={"mobile": 0.52, "desktop": 0.40, "tablet": 0.08},
    weekday_weights=(1.25, 1.15, 1.1, 1.05, 0.95, 0.6, 0.6),
    form=("parkeervergunning", "Aanvraag parkeervergunning"),
    form_fields=("bewijs_inschrijving", "kentekenbewijs", "bestandsformaat"),
)
