"""The export of GA4 as Google documents it: every column and member that there is a name for.

The raw table holds what models read (`ga4_layout`). What is in a file and not here is new: it is kept as text and told.
Source: the BigQuery Export schema of Google Analytics 4, up to `publisher` and `session_traffic_source_last_click`,
and that of its user data.
"""

from __future__ import annotations

from typing import TypeAlias

from journey_analytics.ingest.ga4_layout import Shape, list_element

# None: a value, or nested data whose members are nobody's concern here
Documented: TypeAlias = "dict[str, Documented | None]"


def _members(names: str) -> Documented:
    return dict.fromkeys(names.split())


_VALUE = _members("string_value int_value float_value double_value set_timestamp_micros")
_PARAMETER: Documented = {"key": None, "value": _VALUE}
_CAMPAIGN = "campaign_id campaign_name source medium"

DOCUMENTED: Documented = {
    **_members(
        "event_date event_timestamp event_name event_previous_timestamp event_value_in_usd event_bundle_sequence_id "
        "event_server_timestamp_offset user_id user_pseudo_id user_first_touch_timestamp stream_id platform "
        "is_active_user batch_event_index batch_page_id batch_ordering_id"
    ),
    "event_params": _PARAMETER,
    "user_properties": _PARAMETER,
    "privacy_info": _members("analytics_storage ads_storage uses_transient_token"),
    "user_ltv": _members("revenue currency"),
    "device": {
        **_members(
            "category mobile_brand_name mobile_model_name mobile_marketing_name mobile_os_hardware_model "
            "operating_system operating_system_version vendor_id advertising_id language is_limited_ad_tracking "
            "time_zone_offset_seconds browser browser_version"
        ),
        "web_info": _members("browser browser_version hostname"),
    },
    "geo": _members("continent sub_continent country region city metro"),
    "app_info": _members("id version install_store firebase_app_id install_source"),
    "traffic_source": _members("name medium source"),
    "event_dimensions": _members("hostname"),
    "ecommerce": _members(
        "total_item_quantity purchase_revenue_in_usd purchase_revenue refund_value_in_usd refund_value "
        "shipping_value_in_usd shipping_value tax_value_in_usd tax_value unique_items transaction_id"
    ),
    "items": _members(
        "item_id item_name item_brand item_variant item_category item_category2 item_category3 item_category4 "
        "item_category5 price_in_usd price quantity item_revenue_in_usd item_revenue item_refund_in_usd item_refund "
        "coupon affiliation location_id item_list_id item_list_name item_list_index promotion_id promotion_name "
        "creative_name creative_slot item_params"
    ),
    "collected_traffic_source": _members(
        "manual_campaign_id manual_campaign_name manual_source manual_medium manual_term manual_content "
        "manual_source_platform manual_creative_format manual_marketing_tactic gclid dclid srsltid"
    ),
    "session_traffic_source_last_click": {
        "manual_campaign": _members(f"{_CAMPAIGN} term content source_platform creative_format marketing_tactic"),
        "google_ads_campaign": _members("customer_id account_name campaign_id campaign_name ad_group_id ad_group_name"),
        "cross_channel_campaign": _members(f"{_CAMPAIGN} source_platform default_channel_group primary_channel_group"),
        "sa360_campaign": _members(
            f"{_CAMPAIGN} ad_group_id ad_group_name creative_format engine_account_name engine_account_type "
            "manager_account_name"
        ),
        "cm360_campaign": _members(
            f"{_CAMPAIGN} account_id account_name advertiser_id advertiser_name creative_id creative_format "
            "creative_name creative_type creative_type_id creative_version placement_id placement_cost_structure "
            "placement_name rendering_id site_id site_name"
        ),
        "dv360_campaign": _members(
            f"{_CAMPAIGN} advertiser_id advertiser_name creative_id creative_format creative_name exchange_id "
            "exchange_name insertion_order_id insertion_order_name line_item_id line_item_name partner_id partner_name"
        ),
    },
    "publisher": _members("ad_revenue_in_usd ad_format ad_source_name ad_unit_id"),
}

# users_ and pseudonymous_users_, as the BigQuery Export user-data schema tells them
DOCUMENTED_OF_USERS: Documented = {
    **_members("user_id pseudo_user_id stream_id occurrence_date last_updated_date"),
    "user_info": _members("last_active_timestamp_micros user_first_touch_timestamp_micros first_purchase_date"),
    "device": _members("operating_system category mobile_brand_name mobile_model_name unified_screen_name"),
    "geo": _members("city country continent region"),
    "audiences": _members("id name membership_start_timestamp_micros membership_expiry_timestamp_micros npa"),
    "user_properties": {"key": None, "value": _members("string_value set_timestamp_micros user_property_name")},
    "user_ltv": _members(
        "revenue_in_usd sessions engagement_time_millis purchases engaged_sessions session_duration_micros"
    ),
    "predictions": _members("in_app_purchase_score_7d purchase_score_7d churn_score_7d revenue_28d_in_usd"),
    "privacy_info": _members("is_limited_ad_tracking is_ads_personalization_allowed"),
}


def new_fields(shape: dict[str, Shape], documented: Documented = DOCUMENTED) -> dict[str, Shape]:
    """Return what a file has and Google's documents do not: path -> shape. A member of a list's rows is `list[].member`.

    >>> new_fields({"platform": "varchar", "geo": {"planet": "varchar"}, "items": [{"colour": "varchar"}]})
    {'geo.planet': 'varchar', 'items[].colour': 'varchar'}
    """
    return dict(_new(shape, documented, ""))


def _new(shape: dict[str, Shape], documented: Documented, path: str) -> list[tuple[str, Shape]]:
    found: list[tuple[str, Shape]] = []
    for name, inner in shape.items():
        if name not in documented:
            found.append((path + name, inner))
            continue
        known = documented[name]
        rows = list_element(inner)
        if known and isinstance(inner, dict) and rows is None:
            found += _new(inner, known, f"{path}{name}.")
        elif known and rows is not None and "[]" not in path:
            found += _new(rows[0], known, f"{path}{name}[].")
    return found
