/*---
description: One row per user whose data changed on a date, as GA4's user data tell it, renamed and cast. Tables users_ and pseudonymous_users_; no figure rests on it.
grain: [user_row_key, delivery]
owner: data-engineering
materialize: view
source: {reader: ga4_users, path: '*users_*', identity: shared, beside: ga4}
columns:
  user_row_key: {type: varchar, doc: "Digest of everything that the row says; equal rows have equal keys"}
  user_table: {type: varchar, doc: "users (one row per user_id) or pseudonymous_users (one row per user_pseudo_id and stream)"}
  occurrence_date: {type: date, doc: "Date on which the user's data changed: property time"}
  last_updated_date: {type: date, doc: Date on which GA4 wrote the row}
  stream_id: {type: varchar, doc: Data stream of GA4; of pseudonymous_users only}
  last_active_at: {type: timestamp, doc: "The user's last activity, UTC"}
  first_touch_at: {type: timestamp, doc: "The user's first visit or first opening of the app, UTC"}
  first_purchase_date: {type: date, doc: "Date of the user's first purchase"}
  operating_system: {type: varchar, doc: Operating system of the device}
  mobile_brand_name: {type: varchar, doc: Brand of the device}
  mobile_model_name: {type: varchar, doc: Model of the device}
  unified_screen_name: {type: varchar, doc: "Name of the screen, redacted"}
  continent: {type: varchar, doc: Continent}
  region: {type: varchar, doc: Region}
  city: {type: varchar, doc: City}
  is_limited_ad_tracking: {type: boolean, doc: The device limits the tracking by advertisements; null where GA4 does not know}
  is_ads_personalization_allowed: {type: boolean, doc: "Advertisements may be personalised; null where GA4 does not know, which Google says to treat as no"}
  audiences: {doc: "The user's audiences as exported: id, name, start and expiry of the membership, npa"}
  user_properties: {doc: "The user's properties as exported: key, user_property_name, string_value (redacted), set_timestamp_micros"}
  lifetime_revenue_usd: {type: "decimal(18,4)", unit: US dollars, doc: "All revenue from the user until then"}
  lifetime_sessions: {type: bigint, doc: All sessions of the user until then}
  lifetime_engaged_sessions: {type: bigint, doc: All engaged sessions of the user until then}
  lifetime_purchases: {type: bigint, doc: All purchases of the user until then}
  lifetime_engagement_milliseconds: {type: bigint, unit: milliseconds, doc: All time in the foreground until then}
  lifetime_session_duration_micros: {type: bigint, doc: "Length of all sessions as exported: microseconds by its name, milliseconds by Google's documents"}
  purchase_score_7d: {type: double, doc: Probability of a purchase within 7 days}
  in_app_purchase_score_7d: {type: double, doc: Probability of an in-app purchase within 7 days}
  churn_score_7d: {type: double, doc: Probability of no activity within 7 days}
  predicted_revenue_28d_usd: {type: double, unit: US dollars, doc: Revenue expected within 28 days}
---*/
select
    event_key as user_row_key,
    case when user_pseudo_id is not null then 'pseudonymous_users' else 'users' end as user_table,
    event_date as occurrence_date,
    last_updated_date,
    user_id,
    user_pseudo_id,
    stream_id,
    -- 0 stands for a time that GA4 does not know
    make_timestamp(nullif(last_active_timestamp, 0)) as last_active_at,
    make_timestamp(nullif(user_first_touch_timestamp, 0)) as first_touch_at,
    first_purchase_date,
    device_category,
    operating_system,
    mobile_brand_name,
    mobile_model_name,
    unified_screen_name,
    continent,
    country,
    region,
    city,
    -- '(not set)' is neither
    case lower(is_limited_ad_tracking) when 'true' then true when 'false' then false end as is_limited_ad_tracking,
    case lower(is_ads_personalization_allowed)
        when 'true' then true when 'false' then false
    end as is_ads_personalization_allowed,
    audiences,
    user_properties,
    cast(revenue_in_usd as decimal(18, 4)) as lifetime_revenue_usd,
    sessions as lifetime_sessions,
    engaged_sessions as lifetime_engaged_sessions,
    purchases as lifetime_purchases,
    engagement_time_millis as lifetime_engagement_milliseconds,
    session_duration_micros as lifetime_session_duration_micros,
    purchase_score_7d,
    in_app_purchase_score_7d,
    churn_score_7d,
    revenue_28d_in_usd as predicted_revenue_28d_usd,
    delivery
from raw_ga4_users__users
