"""What Kwast & Kleur sells and writes about. The products of a category stand together."""

from __future__ import annotations

from journey_analytics.sample.site import Product

CATEGORIES = (
    ("muurverf", "Muurverf"),
    ("lakverf", "Lakverf"),
    ("behang", "Behang"),
    ("kwasten-rollers", "Kwasten en rollers"),
    ("buitenverf", "Buitenverf"),
)
PRODUCTS = tuple(
    Product(f"KK-{1001 + number}", slug, name, brand, category, price)
    for number, (slug, name, brand, category, price) in enumerate(
        (
            ("muurverf-mat-wit-10l", "Muurverf mat wit 10 l", "Helder", "muurverf", 64.95),
            ("muurverf-zijdeglans-5l", "Muurverf zijdeglans 5 l", "Helder", "muurverf", 47.5),
            ("muurverf-kleur-op-maat-2-5l", "Muurverf kleur op maat 2,5 l", "Noorderlicht", "muurverf", 39.0),
            ("krijtverf-zand-2-5l", "Krijtverf zand 2,5 l", "Noorderlicht", "muurverf", 44.95),
            ("lak-hoogglans-wit-1l", "Lak hoogglans wit 1 l", "Helder", "lakverf", 32.95),
            ("lak-zijdeglans-antraciet-1l", "Lak zijdeglans antraciet 1 l", "Helder", "lakverf", 34.95),
            ("radiatorlak-0-75l", "Radiatorlak 0,75 l", "Duurzaam", "lakverf", 24.5),
            ("behang-botanisch-groen", "Behang botanisch groen", "Wandgenoot", "behang", 29.95),
            ("behang-linnen-naturel", "Behang linnen naturel", "Wandgenoot", "behang", 34.0),
            ("behanglijm-extra-sterk", "Behanglijm extra sterk", "Wandgenoot", "behang", 8.95),
            ("kwast-plat-50mm", "Kwast plat 50 mm", "Kwast & Kleur", "kwasten-rollers", 6.95),
            ("rollerset-muur", "Rollerset muur", "Kwast & Kleur", "kwasten-rollers", 14.95),
            ("schilderstape-50m", "Schilderstape 50 m", "Kwast & Kleur", "kwasten-rollers", 4.5),
            ("buitenbeits-eiken-2-5l", "Buitenbeits eiken 2,5 l", "Duurzaam", "buitenverf", 49.95),
            ("tuinhoutverf-zwart-2-5l", "Tuinhoutverf zwart 2,5 l", "Duurzaam", "buitenverf", 42.0),
            ("gevelverf-wit-10l", "Gevelverf wit 10 l", "Duurzaam", "buitenverf", 89.0),
        )
    )
)
BLOGS = (
    ("welke-kleur-past-bij-eiken", "Welke kleur past bij eiken?"),
    ("slaapkamer-in-aardetinten", "Slaapkamer in aardetinten"),
    ("kozijnen-schilderen-stappenplan", "Kozijnen schilderen: stappenplan"),
    ("behang-of-verf", "Behang of verf?"),
    ("kleurtrends-2026", "Kleurtrends 2026"),
    ("tuinhuis-verven", "Zo verf je een tuinhuis"),
)
HELP = (
    ("bezorging", "Bezorging"),
    ("kleuradvies", "Kleuradvies"),
    ("retour-en-garantie", "Retour en garantie"),
    ("betalen", "Betalen"),
)
