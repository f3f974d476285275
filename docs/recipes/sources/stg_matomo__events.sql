/*---
description: One row per action of Matomo's Live.getLastVisitsDetails (JSON), by Matomo's own visits.
grain: [event_key, delivery]
owner: data-engineering
contract: event
materialize: view
source:
  reader: events
  path: matomo/?*
  identity: own
  # one row of the file is a visit, with a list of actions
  explode: actionDetails
  # the times of actions are those of the clock of the website, written as numbers
  wall_clock: property
  mapping:
    event_timestamp: actionDetails.timestamp
    # of an event what it is called, of all other actions what they are
    event_name: [actionDetails.eventAction, actionDetails.type]
    user_pseudo_id: visitorId
    user_id: userId
    session_id: idVisit
    page_location: actionDetails.url
    page_title: actionDetails.pageTitle
    page_referrer: referrerUrl
    device_category: deviceType
    country: country
    element: actionDetails.eventName
    value: [actionDetails.revenue, actionDetails.eventValue]
---*/
select
    event_key,
    event_timestamp,
    event_date,
    -- Matomo's kinds of action by the names that the journeys know
    case event_name
        when 'action' then 'page_view'
        when 'search' then 'view_search_results'
        when 'download' then 'file_download'
        when 'outlink' then 'click'
        when 'ecommerceOrder' then 'purchase'
        else event_name
    end as event_name,
    -- where visitors are not told apart, Matomo writes false
    nullif(user_pseudo_id, 'false') as user_pseudo_id,
    user_id,
    session_id || '-' || nullif(user_pseudo_id, 'false') as session_key,
    page_location,
    page_title,
    page_referrer,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'referrerName'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as event_source,
    -- search, website, social or campaign; direct is no medium
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'referrerType'),
                lambda p: case p.string_value
                    when 'search' then 'organic' when 'website' then 'referral' when 'direct' then '' else p.string_value
                end
            ),
            ''
        ),
        ''
    ) as event_medium,
    case
        when device_category in ('Smartphone', 'Phablet', 'Feature phone') then 'mobile'
        else lower(device_category)
    end as device_category,
    country,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'actionDetails.siteSearchKeyword'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as search_term,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'actionDetails.orderId'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as transaction_id,
    try_cast(value as decimal(18, 4)) as event_value,
    nullif(
        array_to_string(
            list_transform(
                list_filter(other_params, lambda p: p.key = 'siteCurrency'), lambda p: p.string_value
            ),
            ''
        ),
        ''
    ) as currency,
    true as has_consent,
    delivery,
    delivery_kind
from raw_matomo__events
