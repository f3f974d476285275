"""Polderwerk, an invented software firm: a long orientation, a demo request, and a sales team that follows up."""

from __future__ import annotations

from journey_analytics.sample.site import Channel, Hit, Noise, Page, Scene, Site, Slot, Step, Truth, one, under

FIRM = "Polderwerk"
TRUTHS = (
    Truth(
        id="demo_form",
        page="demo",
        event="form_start",
        visible_now=True,
        leaves=0.65,
        other_page="contact",
        what_nl="Bij het demoformulier haakt {leaves} voorgoed af; bij contact, de andere stap daar, {other_page}.",
        what_en="At the demo form {leaves} leave for good; at contact, the other step there, {other_page}.",
    ),
    Truth(
        id="pricing_dead_click",
        page="pricing",
        event="page_view",
        visible_now=False,
        leaves=0.50,
        otherwise=0.15,
        signals={"dead_click": 1.0},
        signal_share=0.30,
        element="div.prijstabel > td",
        what_nl="Wie dood klikt op de prijstabel vertrekt vaker voorgoed: {leaves} tegen {otherwise}.",
        what_en="Persons with a dead click on the price table leave for good more often: {leaves} against {otherwise}.",
        why_not="With 500 persons fewer than 30 meet it in the four weeks that are compared.",
    ),
)
_BLOGS = (
    ("urenregistratie-zonder-gedoe", "Urenregistratie zonder gedoe"),
    ("projecten-op-tijd", "Projecten op tijd af"),
    ("van-spreadsheet-naar-systeem", "Van spreadsheet naar systeem"),
    ("planning-in-de-bouw", "Planning in de bouw"),
)
_SOLUTIONS = (("planning", "Planning"), ("urenregistratie", "Urenregistratie"), ("facturatie", "Facturatie"))
_CASES = (("bouwbedrijf-de-linge", "Bouwbedrijf De Linge"), ("installateur-zuid", "Installateur Zuid"))
_DOCS = (("koppelingen", "Koppelingen"), ("beveiliging", "Beveiliging"), ("api", "API"))
_SUPPORT = (("aan-de-slag", "Aan de slag"), ("storing-melden", "Storing melden"))


def _by_sales(event: str) -> Page:
    """Return what the sales system sends to GA4: an event without a page."""
    return Page(event, (("", ""),), offline=True, hits=(Hit(event),))


PAGES = (
    Page("home", one("/", "Planning en uren voor vakbedrijven"), 18, leave=0.08, leave_again=0.03),
    Page("blog", under("/blog", _BLOGS), 70, leave=0.14, leave_again=0.04),
    Page("solutions", under("/oplossingen", _SOLUTIONS), 45, leave=0.06, leave_again=0.02),
    Page("pricing", one("/prijzen", "Prijzen"), 50, leave_again=0.04),
    Page("cases", under("/klantverhalen", _CASES), 60, leave=0.03, leave_again=0.02),
    Page("docs", under("/documentatie", _DOCS), 80, leave=0.05, leave_again=0.02),
    Page("demo", one("/demo", "Demo aanvragen"), 70, leave_again=0.30, hits=(Hit("form_start", 0.85, 0.2),)),
    Page("contact", one("/contact", "Contact"), 40, leave=0.10, leave_again=0.05),
    Page("support", under("/support", _SUPPORT), 60),
    Page("login", one("/login", "Inloggen"), 12),
    *(_by_sales(event) for event in ("working_lead", "qualify_lead", "close_convert_lead")),
)
_FIND = {
    "google_organic": 0.36,
    "linkedin": 0.18,
    "linkedin_ads": 0.10,
    "google_cpc": 0.14,
    "chatgpt": 0.08,
    "vakblad": 0.06,
    "direct": 0.08,
}
_BACK = {"direct": 0.42, "google_organic": 0.25, "newsletter": 0.21, "google_cpc": 0.12}
_SALES = {"direct": 1.0}
SCENES = (
    Scene("read", (Step("blog"), Step("blog", 0.4), Step("solutions", 0.2)), _FIND),
    Scene("look_around", (Step("home"), Step("solutions", 0.5)), _FIND),
    Scene("land_on_solution", (Step("solutions"), Step("cases", 0.3)), _FIND),
    Scene("study", (Step("solutions", 0.7), Step("cases", 0.5), Step("docs"), Step("solutions", 0.3)), _BACK),
    Scene("price", (Step("pricing"), Step("cases", 0.25, safe=True), Step("pricing", tied=True, safe=True)), _BACK),
    Scene("ask", (Step("contact"), Step("pricing", 0.2, safe=True)), _BACK),
    Scene("ask_demo", (Step("home", 0.15), Step("demo", acts=("form_submit", "generate_lead"))), _BACK),
    Scene("read_on", (Step("blog"), Step("home", 0.3)), _BACK),
    Scene("use", (Step("login", acts=("login",)), Step("support", 0.5), Step("docs", 0.4)), {"direct": 1.0}),
    *(Scene(event, (Step(event),), _SALES) for event in ("working_lead", "qualify_lead", "close_convert_lead")),
)
STORY = (
    Slot({"read": 0.40, "look_around": 0.32, "land_on_solution": 0.28}),
    Slot({"read": 0.5, "land_on_solution": 0.5}, 0.45, same_session=0.2, gap_days=6),
    Slot({"study": 1}, 0.8, same_session=0.35, same_day=0.08, gap_days=6),
    Slot({"price": 1}, same_session=0.5, same_day=0.08, gap_days=5),
    Slot({"ask": 1}, 0.55, same_session=0.3, gap_days=4),
    Slot({"ask_demo": 1}, same_session=0.5, same_day=0.1, gap_days=5),
    Slot({"working_lead": 1}, 0.85, gap_days=1.5, gap_spread=0.5),
    Slot({"qualify_lead": 1}, 0.65, gap_days=5, gap_spread=0.5, tied=True),
    Slot({"close_convert_lead": 1}, 0.45, gap_days=12, gap_spread=0.4, tied=True),
    Slot({"use": 1}, 0.9, gap_days=3, gap_spread=0.5, tied=True),
    Slot({"use": 1}, 0.8, gap_days=6, gap_spread=0.5, tied=True),
)
CHANNELS = (
    Channel("google_organic", "google", "organic", "(organic)", "Organic Search", "https://www.google.com/"),
    Channel(
        "google_cpc", "google", "cpc", "planning-software", "Paid Search", "https://www.google.com/", has_gclid=True
    ),
    Channel("direct", "(direct)", "(none)", "(direct)", "Direct"),
    Channel(
        "newsletter",
        "nieuwsbrief",
        "email",
        "vakbericht",
        "Email",
        query="utm_source=nieuwsbrief&utm_medium=email&utm_campaign=vakbericht",
    ),
    Channel("linkedin", "linkedin.com", "social", "(referral)", "Organic Social", "https://www.linkedin.com/"),
    Channel(
        "linkedin_ads",
        "linkedin",
        "paid_social",
        "bouw-2026",
        "Paid Social",
        "https://www.linkedin.com/",
        query="utm_source=linkedin&utm_medium=paid_social&utm_campaign=bouw-2026",
    ),
    Channel("vakblad", "vakblad.example", "referral", "(referral)", "Referral", "https://www.vakblad.example/"),
    Channel("chatgpt", "chatgpt.com", "referral", "(referral)", "Referral", "https://chatgpt.com/"),
)
NOISE = (
    Noise("blog", "excessive_scroll", 0.05, "article"),
    Noise("docs", "quick_back", 0.05, "main"),
    Noise("demo", "error_click", 0.05, "button[type=submit]"),
    Noise("home", "quick_back", 0.02, "body"),
)
B2B_LEADS = Site(
    name="b2b_leads",
    title=FIRM,
    host="www.polderwerk.example",
    stream_id="4623456789",
    layout="parquet_shards",
    file_stem="export",
    pages=PAGES,
    scenes=SCENES,
    story=STORY,
    channels=CHANNELS,
    truths=TRUTHS,
    noise=NOISE,
    return_slot=Slot({"read_on": 1}, gap_days=10),
    return_share=0.15,
    devices={"mobile": 0.28, "desktop": 0.68, "tablet": 0.04},
    weekday_weights=(1.2, 1.25, 1.25, 1.2, 1.0, 0.35, 0.3),
    lead_values=(900.0, 1500.0, 2400.0, 3750.5, 6000.0),
    form=("demo-aanvraag", "Demo aanvragen"),
)
