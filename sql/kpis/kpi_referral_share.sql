/*---
description: One row per session. Share of sessions in which somebody told others of the site.
grain: [unit_key]
owner: marketing-analytics
contract: phase_kpi
reference: [dim_touchpoints]
estimate: share_interval
measure:
  value: share
  unit: share
  direction: higher_better
  title_nl: Vertelt het door
  title_en: Tells others
  base_nl: sessies met toestemming
  base_en: sessions with consent
  description_nl: "Sessies met een contactmoment waarop iemand het doorvertelt (umot): een review schrijven, een pagina delen, een vriend uitnodigen. Wat buiten de site gezegd wordt staat er niet in."
  description_en: "Sessions with a touchpoint at which somebody tells others (umot): writing a review, sharing a page, inviting a friend. What is said outside of the site is not in it."
  needs_nl: "gebeurtenissen share, write_review of refer_friend"
  needs_en: "share, write_review or refer_friend events"
---*/
with

told as (
    select touches.session_key
    from fct_touches as touches
    inner join dim_touchpoints as touchpoints
        on touches.touchpoint_id = touchpoints.touchpoint_id and touchpoints.moment_of_truth = 'umot'
    where touches.session_key is not null
    group by touches.session_key
)

select
    'all' as journey_model,
    'all' as phase,
    segments.session_key as unit_key,
    1 as cycle,
    segments.session_date as kpi_date,
    cast(null as timestamp) as matures_at,
    segments.channel_group,
    segments.device_category,
    segments.country,
    segments.visitor_kind,
    segments.persona_id,
    cast(case when told.session_key is not null then 1 else 0 end as bigint) as numerator,
    cast(1 as bigint) as denominator,
    cast(null as decimal(18, 4)) as unit_value
from int_session_segments as segments
left join told
    on segments.session_key = told.session_key
