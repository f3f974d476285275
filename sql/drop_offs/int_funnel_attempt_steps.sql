/*---
description: One row per attempt of a funnel and step, with when the step was reached, if it was.
grain: [funnel, attempt_key, step]
owner: marketing-analytics
materialize: view
columns:
  attempt_key: {doc: event_key of the event with which the attempt began}
  unit_key: {doc: "Who is counted: the person, the session, or with totals the attempt"}
  entry_date: {doc: event_date of the event with which the attempt began}
  entered_at: {doc: "When the attempt began, UTC"}
  window_ends_at: {doc: "Until when the unit can still convert on an entry of this date; null: no limit"}
  reached_at: {type: timestamp, doc: "When the attempt reached the step, UTC; null where it did not"}
---*/
select
    attempts.funnel,
    attempts.person_key,
    -- who is counted; a session that two persons shared is two units
    case
        when funnels.funnel_count = 'totals' then attempts.attempt_key
        when funnels.funnel_unit = 'session' then attempts.session_key
        else attempts.person_key
    end as unit_key,
    attempts.attempt_key,
    attempts.entry_date,
    attempts.entered_at,
    attempts.window_ends_at,
    funnels.funnel_attempt,
    steps.step,
    steps.step_order,
    case steps.step_order
        when 1 then attempts.step_1_at
        when 2 then attempts.step_2_at
        when 3 then attempts.step_3_at
        when 4 then attempts.step_4_at
        when 5 then attempts.step_5_at
        when 6 then attempts.step_6_at
        when 7 then attempts.step_7_at
        when 8 then attempts.step_8_at
        when 9 then attempts.step_9_at
        when 10 then attempts.step_10_at
    end as reached_at
from fct_funnel_attempts as attempts
inner join dim_funnels as funnels
    on attempts.funnel = funnels.funnel
inner join dim_funnel_steps as steps
    on attempts.funnel = steps.funnel
