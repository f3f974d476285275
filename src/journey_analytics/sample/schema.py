"""The schema of a GA4 export table in BigQuery, as Arrow types, and the means to fill a part of a struct."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

TEXT, INT, FLOAT, BOOL = pa.string(), pa.int64(), pa.float64(), pa.bool_()


@dataclass(frozen=True)
class Column:
    """Values, kept at the level where they are known, and for each row the position of its value.

    `rows` None: one value per row. A null position: no value.
    """

    values: pa.Array
    rows: pa.Array | None = None

    def reordered(self, order: pa.Array) -> Column:
        """Return the column with the given rows."""
        return Column(self.values, order if self.rows is None else self.rows.take(order))

    def slice(self, start: int, length: int) -> pa.Array:
        """Return one value per row for some rows."""
        if self.rows is None:
            return self.values.slice(start, length)
        return self.values.take(self.rows.slice(start, length))


def _record(text: str = "", *more: pa.Field, ints: str = "", floats: str = "") -> pa.StructType:
    """Return a struct of text fields, the given others, then integers and floats."""
    fields = [pa.field(name, TEXT) for name in text.split()] + list(more)
    fields += [pa.field(name, INT) for name in ints.split()] + [pa.field(name, FLOAT) for name in floats.split()]
    return pa.struct(fields)


def _repeated(kind: pa.DataType) -> pa.ListType:
    return pa.list_(pa.field("element", kind))


VALUE = pa.struct([("string_value", TEXT), ("int_value", INT), ("float_value", FLOAT), ("double_value", FLOAT)])
PARAM = pa.struct([("key", TEXT), ("value", VALUE)])
PROPERTY = pa.struct([("key", TEXT), ("value", pa.struct([*VALUE, pa.field("set_timestamp_micros", INT)]))])
DEVICE = pa.struct(
    [
        (name, TEXT)
        for name in (
            "category",
            "mobile_brand_name",
            "mobile_model_name",
            "mobile_marketing_name",
            "mobile_os_hardware_model",
            "operating_system",
            "operating_system_version",
            "vendor_id",
            "advertising_id",
            "language",
            "is_limited_ad_tracking",
        )
    ]
    + [
        ("time_zone_offset_seconds", INT),
        ("browser", TEXT),
        ("browser_version", TEXT),
        ("web_info", _record("browser browser_version hostname")),
    ]
)
ITEM = pa.struct(
    [
        (name, TEXT)
        for name in (
            "item_id",
            "item_name",
            "item_brand",
            "item_variant",
            "item_category",
            "item_category2",
            "item_category3",
            "item_category4",
            "item_category5",
        )
    ]
    + [("price_in_usd", FLOAT), ("price", FLOAT), ("quantity", INT)]
    + [(name, FLOAT) for name in ("item_revenue_in_usd", "item_revenue", "item_refund_in_usd", "item_refund")]
    + [
        (name, TEXT)
        for name in (
            "coupon",
            "affiliation",
            "location_id",
            "item_list_id",
            "item_list_name",
            "item_list_index",
            "promotion_id",
            "promotion_name",
            "creative_name",
            "creative_slot",
        )
    ]
    + [("item_params", _repeated(PARAM))]
)
ECOMMERCE = pa.struct(
    [("total_item_quantity", INT)]
    + [
        (name, FLOAT)
        for name in (
            "purchase_revenue_in_usd",
            "purchase_revenue",
            "refund_value_in_usd",
            "refund_value",
            "shipping_value_in_usd",
            "shipping_value",
            "tax_value_in_usd",
            "tax_value",
        )
    ]
    + [("unique_items", INT), ("transaction_id", TEXT)]
)
CLICK = _record(
    "manual_campaign_id manual_campaign_name manual_source manual_medium manual_term manual_content "
    "manual_source_platform manual_creative_format manual_marketing_tactic gclid dclid srsltid"
)
_CAMPAIGN = "campaign_id campaign_name source medium "
_ACCOUNT = (
    _CAMPAIGN + "account_id account_name advertiser_id advertiser_name creative_id creative_format creative_name "
)
LAST_CLICK = pa.struct(
    [
        ("manual_campaign", _record(_CAMPAIGN + "term content source_platform creative_format marketing_tactic")),
        (
            "google_ads_campaign",
            _record("customer_id account_name campaign_id campaign_name ad_group_id ad_group_name"),
        ),
        ("cross_channel_campaign", _record(_CAMPAIGN + "source_platform default_channel_group primary_channel_group")),
        (
            "sa360_campaign",
            _record(
                _CAMPAIGN + "ad_group_id ad_group_name creative_format engine_account_name engine_account_type "
                "manager_account_name"
            ),
        ),
        (
            "cm360_campaign",
            _record(
                _ACCOUNT + "creative_type creative_type_id creative_version placement_id placement_cost_structure "
                "placement_name rendering_id site_id site_name"
            ),
        ),
        (
            "dv360_campaign",
            _record(
                _CAMPAIGN
                + "advertiser_id advertiser_name creative_id creative_format creative_name exchange_id exchange_name "
                "insertion_order_id insertion_order_name line_item_id line_item_name partner_id partner_name"
            ),
        ),
    ]
)
EVENTS_SCHEMA = pa.schema(
    [
        ("event_date", TEXT),
        ("event_timestamp", INT),
        ("event_name", TEXT),
        ("event_params", _repeated(PARAM)),
        ("event_previous_timestamp", INT),
        ("event_value_in_usd", FLOAT),
        ("event_bundle_sequence_id", INT),
        ("event_server_timestamp_offset", INT),
        ("user_id", TEXT),
        ("user_pseudo_id", TEXT),
        ("privacy_info", _record("analytics_storage ads_storage uses_transient_token")),
        ("user_properties", _repeated(PROPERTY)),
        ("user_first_touch_timestamp", INT),
        ("user_ltv", pa.struct([("revenue", FLOAT), ("currency", TEXT)])),
        ("device", DEVICE),
        ("geo", _record("city country continent region sub_continent metro")),
        ("app_info", _record("id version install_store firebase_app_id install_source")),
        ("traffic_source", _record("name medium source")),
        ("stream_id", TEXT),
        ("platform", TEXT),
        ("event_dimensions", _record("hostname")),
        ("ecommerce", ECOMMERCE),
        ("items", _repeated(ITEM)),
        ("collected_traffic_source", CLICK),
        ("is_active_user", BOOL),
        ("batch_event_index", INT),
        ("batch_page_id", INT),
        ("batch_ordering_id", INT),
        ("session_traffic_source_last_click", LAST_CLICK),
        (
            "publisher",
            pa.struct(
                [("ad_revenue_in_usd", FLOAT), ("ad_format", TEXT), ("ad_source_name", TEXT), ("ad_unit_id", TEXT)]
            ),
        ),
    ]
)


def struct_of(kind: pa.StructType | str, rows: int, **members: pa.Array) -> pa.StructArray:
    """Return a struct array of a type (or of a column of the schema) with the given members; the others are null."""
    struct = EVENTS_SCHEMA.field(kind).type if isinstance(kind, str) else kind
    unknown = set(members) - {field.name for field in struct}
    if unknown:
        raise KeyError(f"no such members: {sorted(unknown)}")
    arrays = [members[f.name].cast(f.type) if f.name in members else pa.nulls(rows, f.type) for f in struct]
    return pa.StructArray.from_arrays(arrays, fields=list(struct))
