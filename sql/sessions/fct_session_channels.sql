/*---
description: One row per session with the channel that it is credited to, the last one that is not direct.
grain: [session_key]
owner: marketing-analytics
rebuild_by: user_pseudo_id
reference: [dim_channel_groups, dim_hosts, dim_payment_hosts, dim_source_categories, dim_thresholds]
thresholds: {look_back_days: 90}
columns:
  channel_source: {doc: Source that the session is credited to}
  channel_medium: {doc: Medium that the session is credited to}
  channel_campaign: {doc: Campaign that the session is credited to}
  channel_basis: {doc: "Who decided the channel group: google (the export carries it) or rules (the table below)"}
  self_referral_host: {doc: "Host of ours or of a payment provider that the session's own events name as the referral that it came from; null where none does"}
  is_credited_from_earlier: {doc: "The session itself was direct; the credit comes from an earlier session"}
---*/
with

sessions as (
    select
        sessions.*,
        row_number() over (partition by user_pseudo_id order by started_timestamp, session_key) as session_place
    from fct_sessions as sessions
),

-- a click id tells of a click that the export shows as organic or without a source; a medium or campaign that
-- somebody chose goes first
doubted as (
    select
        *,
        first_click_id_kind is not null
        and coalesce(lower(first_medium), '(not set)') in ('(not set)', '(none)', 'organic', 'referral') as is_medium_vague,
        coalesce(lower(first_campaign), '(not set)') in ('(not set)', '(direct)', 'organic', '(organic)', '(referral)') as is_campaign_vague
    from sessions
),

-- what the session's own events say of where it came from
repaired as (
    select
        *,
        case
            when not is_medium_vague then first_source
            when first_click_id_kind = 'msclkid' then 'bing'
            when first_click_id_kind = 'srsltid' and not is_campaign_vague then first_source
            -- gclid, gbraid, wbraid: ads; dclid: display ads; srsltid: free listings of the Merchant Center
            else 'google'
        end as own_source,
        case
            when not is_medium_vague then first_medium
            when first_click_id_kind <> 'srsltid' then 'cpc'
            when is_campaign_vague then 'organic'
            else first_medium
        end as own_medium,
        case
            when not (is_medium_vague and is_campaign_vague) then first_campaign
            when first_click_id_kind = 'srsltid' then 'Shopping Free Listings'
            else '(cpc)'
        end as own_campaign
    from doubted
),

named as (
    select
        session_key,
        user_pseudo_id,
        started_timestamp,
        session_date,
        session_place,
        google_channel_group,
        own_source,
        own_medium,
        -- GA4's own session attribution first; older exports carry only what the events say
        coalesce(google_source, own_source) as named_source,
        coalesce(google_medium, own_medium) as named_medium,
        coalesce(google_campaign, own_campaign) as named_campaign
    from repaired
),

-- our own hosts and those of payment providers, each for its subdomains too
no_sources as (
    select case when starts_with(host, 'www.') then substr(host, 4) else '.' || host end as host_ending from dim_hosts
    union
    select '.' || payment_host as host_ending from dim_payment_hosts
),

-- coming back from there is no new source
hosted as (
    select
        *,
        named_medium = 'referral'
        and exists (
            select 1 from no_sources where ends_with('.' || lower(named.named_source), no_sources.host_ending)
        ) as is_named_ours,
        own_medium = 'referral'
        and exists (
            select 1 from no_sources where ends_with('.' || lower(named.own_source), no_sources.host_ending)
        ) as is_own_ours
    from named
),

own as (
    select
        session_key,
        user_pseudo_id,
        started_timestamp,
        session_date,
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
        or is_own_ours as is_direct_itself,
        case when is_own_ours then lower(own_source) end as self_referral_host
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
        looked_back.session_date,
        looked_back.self_referral_host,
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

-- no patterns where a plain look tells: there are as many sessions as there are
lowered as (
    select
        *,
        -- Google: medium matches ^(.*cp.*|ppc|retargeting|paid.*)$. So cpm is paid as well
        contains(medium_text, 'cp') or medium_text in ('ppc', 'retargeting') or starts_with(medium_text, 'paid') as is_paid,
        -- Google: campaign name matches ^(.*(([^a-df-z]|^)shop|shopping).*)$. So a workshop and a webshop are none
        case
            when contains(campaign_text, 'shop') then regexp_matches(campaign_text, '([^a-df-z]|^)shop|shopping')
            else false
        end as is_shopping_campaign,
        -- www.google.nl is google.nl, and nl.pinterest.com is pinterest.com
        case
            when contains(source_text, '.') then regexp_replace(source_text, '^(www|mobile|[a-z]{1,2})[.]', '', 'g')
        end as bare_source
    from (
        select
            credited.*,
            lower(channel_source) as source_text,
            lower(channel_medium) as medium_text,
            lower(channel_campaign) as campaign_text
        from credited
    ) as texts
),

sorted as (
    select
        lowered.*,
        coalesce(as_named.source_category, without_prefix.source_category, under_any_ending.source_category) as source_category
    from lowered
    left join dim_source_categories as as_named
        on lowered.source_text = as_named.source
    left join dim_source_categories as without_prefix
        on lowered.bare_source = without_prefix.source
    -- google.co.uk and google.be are google.*, and mail.google.com is not
    left join dim_source_categories as under_any_ending
        on
            regexp_extract(lowered.bare_source, '^([a-z0-9-]+)[.]((com?|org|net)[.])?[a-z]{2,3}$', 1) || '.*'
            = under_any_ending.source
),

ruled as (
    select
        *,
        -- Google's default channel groups, in Google's order: the first rule that holds wins. Above each stands what
        -- Google says, and in brackets what that is here
        case
            -- source exactly matches "(direct)", and medium is one of "(not set)", "(none)"
            when source_text = '(direct)' and medium_text in ('(none)', '(not set)') then 'Direct'
            -- campaign name contains "cross-network" (Performance Max and smart shopping)
            when contains(campaign_text, 'cross-network') then 'Cross-network'
            -- (source matches a list of shopping sites, or campaign name matches [is_shopping_campaign]), and medium
            -- matches [is_paid]
            when is_paid and (source_category = 'shopping' or is_shopping_campaign) then 'Paid Shopping'
            -- source matches a list of search sites, and medium matches [is_paid]
            when is_paid and source_category = 'search' then 'Paid Search'
            -- source matches a list of social sites, and medium matches [is_paid]
            when is_paid and source_category = 'social' then 'Paid Social'
            -- source matches a list of video sites, and medium matches [is_paid]
            when is_paid and source_category = 'video' then 'Paid Video'
            -- medium is one of "display", "banner", "expandable", "interstitial", "cpm"
            when medium_text in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
            -- medium matches [is_paid]
            when is_paid then 'Paid Other'
            -- source matches a list of shopping sites, or campaign name matches [is_shopping_campaign]
            when source_category = 'shopping' or is_shopping_campaign then 'Organic Shopping'
            -- source matches a list of social sites, or medium is one of "social", "social-network", "social-media",
            -- "sm", "social network", "social media"
            when
                source_category = 'social'
                or medium_text in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
                then 'Organic Social'
            -- source matches a list of video sites, or medium matches ^(.*video.*)$
            when source_category = 'video' or contains(medium_text, 'video') then 'Organic Video'
            -- source matches a list of search sites, or medium exactly matches "organic"
            when source_category = 'search' or medium_text = 'organic' then 'Organic Search'
            -- medium exactly matches "ai-assistant" (since May 2026)
            when medium_text = 'ai-assistant' then 'AI Assistant'
            -- OUR CHOICE: Google gives that medium by a list that it does not publish, and to new visits only. A link
            -- from an assistant that we know is one as well, before that date and in other tools' exports. A medium
            -- that somebody chose goes first
            when source_category = 'ai_assistant' and medium_text in ('referral', '(none)', '(not set)') then 'AI Assistant'
            -- medium is one of "referral", "app", "link"
            when medium_text in ('referral', 'app', 'link') then 'Referral'
            -- source or medium matches email|e-mail|e_mail|e mail
            when
                regexp_matches(source_text, 'e[-_ ]?mail') or regexp_matches(medium_text, 'e[-_ ]?mail') then 'Email'
            -- medium exactly matches "affiliate"
            when medium_text = 'affiliate' then 'Affiliates'
            -- medium exactly matches "audio"
            when medium_text = 'audio' then 'Audio'
            -- source or medium exactly matches "sms"
            when source_text = 'sms' or medium_text = 'sms' then 'SMS'
            -- medium ends with "push" or contains "mobile" or "notification", or source exactly matches "firebase"
            when
                ends_with(medium_text, 'push') or contains(medium_text, 'mobile') or contains(medium_text, 'notification')
                or source_text = 'firebase' then 'Mobile Push Notifications'
            -- no rule holds
            else 'Unassigned'
        end as ruled_channel_group
    from sorted
)

select
    ruled.session_key,
    ruled.user_pseudo_id,
    ruled.session_date,
    ruled.channel_source,
    ruled.channel_medium,
    ruled.channel_campaign,
    coalesce(ruled.google_channel_group, ruled.ruled_channel_group) as channel_group,
    case when ruled.google_channel_group is not null then 'google' else 'rules' end as channel_basis,
    -- a group that Google adds and our list does not know yet
    coalesce(channel_groups.channel_ownership, 'unknown') as channel_ownership,
    ruled.is_credited_from_earlier,
    ruled.self_referral_host
from ruled
left join dim_channel_groups as channel_groups
    on coalesce(ruled.google_channel_group, ruled.ruled_channel_group) = channel_groups.channel_group
