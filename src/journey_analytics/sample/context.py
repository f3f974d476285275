"""The few distinct values of device, geo, consent and source structs; the table points into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from journey_analytics.sample.people import DEVICES, TOWNS
from journey_analytics.sample.site import Site

Rows = Sequence[Mapping[str, object]]
NOT_SET = "(not set)"
SUB_CONTINENTS = {"United Kingdom": "Northern Europe"}


def device_rows(site: Site) -> Rows:
    """Return device of every kind of device in every town (for the language)."""
    return [
        {
            "category": device.category,
            "mobile_brand_name": device.brand,
            "mobile_model_name": device.model or None,
            "mobile_marketing_name": device.marketing_name or None,
            "operating_system": device.system,
            "operating_system_version": device.system_version,
            "language": town.language,
            "is_limited_ad_tracking": "No",
            "web_info": {
                "browser": device.browser,
                "browser_version": device.browser_version,
                "hostname": site.host,
            },
        }
        for device in DEVICES
        for town in TOWNS
    ]


def place_rows() -> Rows:
    """Return geo of every town."""
    return [
        {
            "city": town.city,
            "country": town.country,
            "continent": "Europe",
            "region": town.region,
            "sub_continent": SUB_CONTINENTS.get(town.country, "Western Europe"),
            "metro": NOT_SET,
        }
        for town in TOWNS
    ]


def consent_rows() -> Rows:
    """Return privacy_info without and with consent."""
    return [
        {"analytics_storage": consent, "ads_storage": consent, "uses_transient_token": token}
        for consent, token in (("No", "Yes"), ("Yes", "No"))
    ]


def first_source_rows(site: Site) -> Rows:
    """Return traffic_source of every channel: how a person came for the first time."""
    return [{"name": c.campaign, "medium": c.medium, "source": c.source} for c in site.channels]


def last_click_rows(site: Site) -> Rows:
    """Return session_traffic_source_last_click of every channel."""
    rows = []
    for number, channel in enumerate(site.channels):
        manual = {"campaign_name": channel.campaign, "source": channel.source, "medium": channel.medium}
        groups = {"default_channel_group": channel.group, "primary_channel_group": channel.group}
        ads = {
            "customer_id": "1234567890",
            "account_name": site.title,
            "campaign_id": f"2100000{number:04d}",
            "campaign_name": channel.campaign,
        }
        rows.append(
            {
                "manual_campaign": manual,
                "cross_channel_campaign": manual | groups,
                "google_ads_campaign": ads if channel.has_gclid else None,
            }
        )
    return rows
