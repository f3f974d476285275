/*---
description: One row per session with the channel that it is credited to, the last one that is not direct.
grain: [session_key]
owner: marketing-analytics
rebuild_by: user_pseudo_id
reference: [dim_source_categories, dim_hosts, dim_thresholds]
thresholds: {look_back_days: 90}
columns:
  channel_source: {doc: Source that the session is credited to}
  channel_medium: {doc: Medium that the session is credited to}
  channel_campaign: {doc: Campaign that the session is credited to}
  channel_basis: {doc: "Who decided the channel group: google (the export carries it) or rules (the table below)"}
  is_credited_from_earlier: {doc: "The session itself was direct; the credit comes from an earlier session"}
---*/
with

sessions as (
    select
        sessions.*,
        row_number() over (partition by user_pseudo_id order by started_timestamp, session_key) as session_place
    from fct_sessions as sessions
),

-- what the session's own events say of where it came from
repaired as (
    select
        *,
        -- a paid Google click is exported as organic or without source in some years
        case
            when has_google_click and coalesce(first_medium, '(not set)') in ('(not set)', 'organic') then 'google'
            else first_source
        end as own_source,
        case
            when has_google_click and coalesce(first_medium, '(not set)') in ('(not set)', 'organic') then 'cpc'
            else first_medium
        end as own_medium
    from sessions
),

named as (
    select
        session_key,
        user_pseudo_id,
        started_timestamp,
        session_place,
        google_channel_group,
        own_source,
        own_medium,
        -- GA4's own session attribution first; older exports carry only what the events say
        coalesce(google_source, own_source) as named_source,
        coalesce(google_medium, own_medium) as named_medium,
        coalesce(google_campaign, first_campaign) as named_campaign
    from repaired
),

-- coming back from our own pages or from a payment provider is no new source
hosted as (
    select
        named.*,
        named.named_medium = 'referral' and named_hosts.host is not null as is_named_ours,
        named.own_medium = 'referral' and own_hosts.host is not null as is_own_ours
    from named
    left join dim_hosts as named_hosts
        on named.named_source = named_hosts.host
    left join dim_hosts as own_hosts
        on named.own_source = own_hosts.host
),

own as (
    select
        session_key,
        user_pseudo_id,
        started_timestamp,
        session_place,
        named_source,
        named_medium,
        named_campaign,
        -- Google does not know which hosts are ours
        case when not coalesce(is_named_ours, false) then google_channel_group end as google_channel_group,
        named_source is null
        or (named_source in ('(direct)', '(not set)') and coalesce(named_medium, '(none)') in ('(none)', '(not set)'))
        or is_named_ours as is_direct,
        -- Google looks back too: what it names may be an earlier session's source
        own_source is null
        or (own_source in ('(direct)', '(not set)') and coalesce(own_medium, '(none)') in ('(none)', '(not set)'))
        or is_own_ours as is_direct_itself
    from hosted
),

looked_back as (
    select
        *,
        max(case when not is_direct then session_place end) over (
            partition by user_pseudo_id order by session_place rows between unbounded preceding and current row
        ) as credited_place
    from own
),

credited as (
    select
        looked_back.session_key,
        looked_back.user_pseudo_id,
        (looked_back.is_direct or looked_back.is_direct_itself) and earlier.session_key is not null as is_credited_from_earlier,
        coalesce(looked_back.google_channel_group, earlier.google_channel_group) as google_channel_group,
        coalesce(earlier.named_source, '(direct)') as channel_source,
        coalesce(earlier.named_medium, '(none)') as channel_medium,
        coalesce(earlier.named_campaign, '(not set)') as channel_campaign
    from looked_back
    left join own as earlier
        on
            looked_back.user_pseudo_id = earlier.user_pseudo_id
            and looked_back.credited_place = earlier.session_place
            and looked_back.started_timestamp - earlier.started_timestamp <= 86400000000 * (
                select cast(limit_value as bigint) from dim_thresholds
                where model = 'fct_session_channels' and threshold = 'look_back_days'
            )
),

lowered as (
    select
        credited.*,
        lower(channel_source) as source_text,
        lower(channel_medium) as medium_text,
        lower(channel_campaign) as campaign_text,
        regexp_matches(lower(channel_medium), '^(.*cp.*|ppc|retargeting|paid.*)$') as is_paid,
        regexp_matches(lower(channel_campaign), '^(.*(([^a-df-z]|^)shop|shopping).*)$') as is_shopping_campaign
    from credited
),

sorted as (
    select
        lowered.*,
        categories.source_category
    from lowered
    left join dim_source_categories as categories
        on lowered.source_text = categories.source
),

ruled as (
    select
        *,
        -- Google's default channel groups, in Google's order: the first rule that holds wins
        case
            when source_text = '(direct)' and medium_text in ('(none)', '(not set)') then 'Direct'
            when contains(campaign_text, 'cross-network') then 'Cross-network'
            when is_paid and (source_category = 'shopping' or is_shopping_campaign) then 'Paid Shopping'
            when is_paid and source_category = 'search' then 'Paid Search'
            when is_paid and source_category = 'social' then 'Paid Social'
            when is_paid and source_category = 'video' then 'Paid Video'
            when medium_text in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
            when is_paid then 'Paid Other'
            when source_category = 'shopping' or is_shopping_campaign then 'Organic Shopping'
            when
                source_category = 'social'
                or medium_text in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
                then 'Organic Social'
            when source_category = 'video' or contains(medium_text, 'video') then 'Organic Video'
            when source_category = 'search' or medium_text = 'organic' then 'Organic Search'
            -- since May 2026; the list of assistants is not published, so only the medium counts
            when medium_text = 'ai-assistant' then 'AI Assistant'
            when medium_text in ('referral', 'app', 'link') then 'Referral'
            when
                regexp_matches(source_text, 'email|e-mail|e_mail|e mail')
                or regexp_matches(medium_text, 'email|e-mail|e_mail|e mail') then 'Email'
            when medium_text = 'affiliate' then 'Affiliates'
            when medium_text = 'audio' then 'Audio'
            when source_text = 'sms' or medium_text = 'sms' then 'SMS'
            when
                suffix(medium_text, 'push') or contains(medium_text, 'mobile') or contains(medium_text, 'notification')
                or source_text = 'firebase' then 'Mobile Push Notifications'
            else 'Unassigned'
        end as ruled_channel_group
    from sorted
)

select
    session_key,
    user_pseudo_id,
    channel_source,
    channel_medium,
    channel_campaign,
    coalesce(google_channel_group, ruled_channel_group) as channel_group,
    case when google_channel_group is not null then 'google' else 'rules' end as channel_basis,
    case
        when
            starts_with(coalesce(google_channel_group, ruled_channel_group), 'Paid')
            or coalesce(google_channel_group, ruled_channel_group)
            in ('Display', 'Cross-network', 'Affiliates', 'Audio') then 'paid'
        when
            coalesce(google_channel_group, ruled_channel_group)
            in ('Direct', 'Email', 'SMS', 'Mobile Push Notifications') then 'owned'
        when coalesce(google_channel_group, ruled_channel_group) = 'Unassigned' then 'unknown'
        else 'earned'
    end as channel_ownership,
    is_credited_from_earlier
from ruled
