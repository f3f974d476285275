/*---
description: One row per funnel, step and time from entry, with how many units reached the step at that time and how many are not seen any longer, over all complete days. The curve is Kaplan-Meier's.
grain: [curve, microseconds]
owner: marketing-analytics
reference: [dim_funnels]
estimate: survival
order_by: [curve, microseconds]
columns:
  curve: {doc: Funnel and step}
  microseconds: {type: bigint, unit: microseconds, doc: Time from entry}
  reached: {unit: units, doc: Units that reached the step after exactly this time}
  left_unreached: {unit: units, doc: "Units that had not reached the step and were seen no longer than this: the window had passed, or as_of_at was there"}
checks:
  - {name: no_time_is_negative, severity: fail, sql: microseconds >= 0, why: a step would have been reached before the entry}
---*/
with

seen as (
    select
        unit_steps.funnel,
        unit_steps.step,
        unit_steps.state,
        case
            when unit_steps.state = 'converted' then unit_steps.reached_microseconds
            -- without a limit nobody drops, and everybody is seen until now
            when funnels.funnel_window_seconds is null
                then epoch_us(run_window.as_of_at) - epoch_us(unit_steps.last_entered_at)
            when unit_steps.state = 'dropped' then funnels.funnel_window_seconds * 1000000
            -- since the beginning of the window that is still open
            else
                funnels.funnel_window_seconds * 1000000
                - (epoch_us(unit_steps.window_ends_at) - epoch_us(run_window.as_of_at))
        end as microseconds
    from fct_funnel_unit_steps as unit_steps
    inner join dim_funnels as funnels
        on unit_steps.funnel = funnels.funnel
    cross join run_window
    where unit_steps.entry_week is null
)

select
    funnel || ': ' || step as curve,
    funnel,
    step,
    microseconds,
    count(case when state = 'converted' then 1 end) as reached,
    count(case when state <> 'converted' then 1 end) as left_unreached
from seen
group by funnel, step, microseconds
