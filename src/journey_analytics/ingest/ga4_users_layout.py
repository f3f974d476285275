"""The raw table of GA4's user data, `users_` and `pseudonymous_users_`: its columns, and where each comes from.

`event_date` and `event_timestamp` are what loading, forgetting and retention go by: the occurrence_date, and the last
activity, else the start of that date.
"""

from __future__ import annotations

from journey_analytics.ingest.ga4_layout import FIELD_FIELDS, Column, Shape, columns_shape, struct_list_type

USER_COLUMNS = (
    Column("event_date", "date", ("occurrence_date",)),
    Column("last_updated_date", "date", ("last_updated_date",)),
    Column("user_id", "varchar", ("user_id",)),
    Column("user_pseudo_id", "varchar", ("pseudo_user_id",)),
    Column("stream_id", "varchar", ("stream_id",)),
    Column("last_active_timestamp", "bigint", ("user_info.last_active_timestamp_micros",)),
    Column("user_first_touch_timestamp", "bigint", ("user_info.user_first_touch_timestamp_micros",)),
    Column("first_purchase_date", "date", ("user_info.first_purchase_date",)),
    Column("device_category", "varchar", ("device.category",)),
    Column("operating_system", "varchar", ("device.operating_system",)),
    Column("mobile_brand_name", "varchar", ("device.mobile_brand_name",)),
    Column("mobile_model_name", "varchar", ("device.mobile_model_name",)),
    Column("unified_screen_name", "varchar", ("device.unified_screen_name",), is_free_text=True),
    Column("continent", "varchar", ("geo.continent",)),
    Column("country", "varchar", ("geo.country",)),
    Column("region", "varchar", ("geo.region",)),
    Column("city", "varchar", ("geo.city",)),
    Column("is_limited_ad_tracking", "varchar", ("privacy_info.is_limited_ad_tracking",)),
    Column("is_ads_personalization_allowed", "varchar", ("privacy_info.is_ads_personalization_allowed",)),
    Column("revenue_in_usd", "double", ("user_ltv.revenue_in_usd",)),
    Column("sessions", "bigint", ("user_ltv.sessions",)),
    Column("engaged_sessions", "bigint", ("user_ltv.engaged_sessions",)),
    Column("purchases", "bigint", ("user_ltv.purchases",)),
    Column("engagement_time_millis", "bigint", ("user_ltv.engagement_time_millis",)),
    Column("session_duration_micros", "bigint", ("user_ltv.session_duration_micros",)),
    Column("purchase_score_7d", "double", ("predictions.purchase_score_7d",)),
    Column("in_app_purchase_score_7d", "double", ("predictions.in_app_purchase_score_7d",)),
    Column("churn_score_7d", "double", ("predictions.churn_score_7d",)),
    Column("revenue_28d_in_usd", "double", ("predictions.revenue_28d_in_usd",)),
)

# the lists: each with its columns, by their paths in an element
USER_LISTS = {
    "audiences": (
        Column("id", "varchar", ("id",)),
        Column("name", "varchar", ("name",)),
        Column("membership_start_timestamp_micros", "bigint", ("membership_start_timestamp_micros",)),
        Column("membership_expiry_timestamp_micros", "bigint", ("membership_expiry_timestamp_micros",)),
        Column("npa", "varchar", ("npa",)),
    ),
    "user_properties": (
        Column("key", "varchar", ("key",)),
        Column("user_property_name", "varchar", ("value.user_property_name",)),
        Column("string_value", "varchar", ("value.string_value",)),
        Column("set_timestamp_micros", "bigint", ("value.set_timestamp_micros",)),
    ),
}

# Without it a file is no table of users; it also needs one of the ids.
REQUIRED_FIELD = "occurrence_date"
ID_FIELDS = ("user_id", "pseudo_user_id")


def list_fields() -> dict[str, dict[str, str]]:
    """Return the columns of the raw table that hold lists, each with the fields of its elements and their types."""
    lists = {name: {column.name: column.type for column in columns} for name, columns in USER_LISTS.items()}
    return lists | {"other_fields": dict(FIELD_FIELDS)}


def users_content_columns() -> dict[str, str]:
    """Return the columns of the raw table that hold the user, and their types, in order."""
    lists = {name: struct_list_type(fields) for name, fields in list_fields().items()}
    return {"event_date": "date", "event_timestamp": "bigint"} | {c.name: c.type for c in USER_COLUMNS} | lists


def users_shape() -> dict[str, Shape]:
    """Return the shape of a row of user data: what NDJSON is read with."""
    lists: dict[str, Shape] = {name: [columns_shape(columns)] for name, columns in USER_LISTS.items()}
    return columns_shape(USER_COLUMNS) | lists
