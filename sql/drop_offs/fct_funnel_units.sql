/*---
description: One row per funnel and unit, with the attempt that it counts in and the properties of the session that a breakdown looks at.
grain: [funnel, person_key, unit_key]
owner: marketing-analytics
rebuild_by: person_key
reference: [dim_funnels]
order_by: [funnel, entry_date, person_key]
columns:
  unit_key: {doc: "Who is counted: the person, the session, or with totals the attempt"}
  attempt_key: {doc: event_key of the event with which the attempt began}
  entry_date: {doc: event_date of the event with which the attempt began}
  entered_at: {doc: "When the attempt began, UTC"}
  last_step_order: {type: integer, doc: Place in the funnel of the step that the attempt reached last}
  attributed_session_key: {type: varchar, doc: Session whose properties a breakdown uses; null where there is none}
---*/
with

attempts as (
    select
        attempts.funnel,
        attempts.person_key,
        case
            when funnels.funnel_count = 'totals' then attempts.attempt_key
            when funnels.funnel_unit = 'session' then attempts.session_key
            else attempts.person_key
        end as unit_key,
        attempts.attempt_key,
        attempts.entry_date,
        attempts.entered_at,
        attempts.steps_reached,
        attempts.attributed_session_key,
        funnels.funnel_attempt,
        attempts.step_1_at, attempts.step_2_at, attempts.step_3_at, attempts.step_4_at, attempts.step_5_at,
        attempts.step_6_at, attempts.step_7_at, attempts.step_8_at, attempts.step_9_at, attempts.step_10_at,
        greatest(
            attempts.step_1_at, attempts.step_2_at, attempts.step_3_at, attempts.step_4_at, attempts.step_5_at,
            attempts.step_6_at, attempts.step_7_at, attempts.step_8_at, attempts.step_9_at, attempts.step_10_at
        ) as last_step_at
    from fct_funnel_attempts as attempts
    inner join dim_funnels as funnels
        on attempts.funnel = funnels.funnel
),

-- the first, or the one that got furthest; of equals the one that got there first, of those the one that began last
numbered as (
    select
        *,
        row_number() over (
            partition by funnel, person_key, unit_key
            order by
                case when funnel_attempt = 'first' then entered_at end,
                case when funnel_attempt = 'first' then attempt_key end,
                steps_reached desc,
                last_step_at,
                entered_at desc,
                attempt_key
        ) as choice
    from attempts
)

select
    numbered.funnel,
    numbered.person_key,
    numbered.unit_key,
    numbered.attempt_key,
    numbered.entry_date,
    numbered.entered_at,
    numbered.steps_reached,
    cast(
        case numbered.last_step_at
            when numbered.step_10_at then 10
            when numbered.step_9_at then 9
            when numbered.step_8_at then 8
            when numbered.step_7_at then 7
            when numbered.step_6_at then 6
            when numbered.step_5_at then 5
            when numbered.step_4_at then 4
            when numbered.step_3_at then 3
            when numbered.step_2_at then 2
            when numbered.step_1_at then 1
        end as integer
    ) as last_step_order,
    numbered.attributed_session_key,
    sessions.device_category,
    sessions.country,
    sessions.visitor_kind,
    channels.channel_group,
    personas.persona_id
from numbered
left join fct_sessions as sessions
    on numbered.attributed_session_key = sessions.session_key
left join fct_session_channels as channels
    on numbered.attributed_session_key = channels.session_key
left join int_session_personas as personas
    on numbered.person_key = personas.person_key and numbered.attributed_session_key = personas.session_key
where numbered.choice = 1
