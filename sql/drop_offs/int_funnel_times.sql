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
  left_unreached: {unit: units, doc: "Units that did not reach the step and were seen no longer than this: those that dropped for the whole window, those that are open since their last entry"}
checks:
  - {name: nobody_entered_after_the_end, severity: fail, sql: microseconds >= 0, why: an entry would be later than as_of_at}
---*/
with

unit_steps as (
    select
        unit_steps.funnel,
        unit_steps.step,
        unit_steps.state,
        unit_steps.reached_microseconds,
        epoch_us(run_window.as_of_at) - epoch_us(unit_steps.last_entered_at) as open_microseconds,
        -- with windows from step to step somebody may take longer than one of them
        greatest(
            funnels.funnel_window_seconds * 1000000,
            max(unit_steps.reached_microseconds) over (partition by unit_steps.funnel, unit_steps.step)
        ) as whole_microseconds,
        funnels.funnel_window_seconds
    from fct_funnel_unit_steps as unit_steps
    inner join dim_funnels as funnels
        on unit_steps.funnel = funnels.funnel
    cross join run_window
    where unit_steps.entry_week is null
),

seen as (
    select
        funnel,
        step,
        state,
        case
            when state = 'converted' then reached_microseconds
            -- the window has passed, so nothing came to the end
            when state = 'dropped' then whole_microseconds
            when funnel_window_seconds is null then open_microseconds
            else least(open_microseconds, whole_microseconds)
        end as microseconds
    from unit_steps
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
