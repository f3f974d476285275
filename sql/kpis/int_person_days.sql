/*---
description: One row per person and date with touches, and what the person did on that date.
grain: [person_key, activity_date]
owner: marketing-analytics
only_with: predict
rebuild_by: person_key
via: {fct_touches: dim_people.user_pseudo_id}
reference: [dim_journeys, dim_phases]
order_by: [activity_date, person_key]
columns:
  activity_date: {type: date, doc: "Date of the touches: property time"}
  sessions: {type: bigint, unit: sessions, doc: Sessions with a touch on this date}
  page_views: {type: bigint, doc: Number of page_view and screen_view events}
  product_views: {type: bigint, doc: Number of view_item events}
  carts: {type: bigint, doc: Number of add_to_cart events}
  checkouts: {type: bigint, doc: Number of begin_checkout events}
  orders: {type: bigint, doc: Orders of this date}
  phase_order: {type: integer, doc: "Place of the furthest phase of the primary journey model on this date; 0 for none"}
  channel_group: {doc: Channel group of the session of the last touch of this date}
  device_category: {doc: Device category of the session of the last touch of this date}
---*/
select
    touches.person_key,
    touches.event_date as activity_date,
    count(distinct touches.session_key) as sessions,
    count(case when touches.event_name in ('page_view', 'screen_view') then 1 end) as page_views,
    count(case when touches.event_name = 'view_item' then 1 end) as product_views,
    count(case when touches.event_name = 'add_to_cart' then 1 end) as carts,
    count(case when touches.event_name = 'begin_checkout' then 1 end) as checkouts,
    count(case when touches.is_order then 1 end) as orders,
    cast(coalesce(max(phases.phase_order), 0) as integer) as phase_order,
    arg_max(touches.channel_group, touches.event_order) as channel_group,
    arg_max(touches.device_category, touches.event_order) as device_category
from int_phase_touches as touches
inner join dim_journeys as journeys
    on touches.journey_model = journeys.journey_model and journeys.is_primary
left join dim_phases as phases
    on touches.journey_model = phases.journey_model and touches.phase = phases.phase
group by touches.person_key, touches.event_date
