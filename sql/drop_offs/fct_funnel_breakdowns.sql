/*---
description: One row per funnel, step and segment, beside all the other units of the funnel, over all complete days.
grain: [funnel, step, segment_kind, segment_value]
owner: marketing-analytics
reference: [dim_thresholds]
thresholds: {countries: 10, min_sample: 30}
estimate: [compare_shares, false_discovery]
columns:
  entered: {unit: units, doc: Units of the segment that came in at step 1}
  converted: {type: bigint, unit: units, doc: Of entered those that reached this step}
  dropped: {unit: units, doc: Of entered those that did not reach this step and can no longer}
  pending: {unit: units, doc: Of entered those that did not reach this step and still can}
  x: {unit: units, doc: Of n those that reached this step in an attempt whose window has passed}
  n: {unit: units, doc: "Mature units: those with an entry whose window has passed"}
  baseline_x: {unit: units, doc: Of baseline_n those that reached this step}
  baseline_n: {unit: units, doc: Mature units of the same funnel that are in another segment of the kind}
  whole_entered: {type: bigint, unit: units, doc: "Units of the funnel that came in, whatever their segment"}
  segments_entered: {type: bigint, unit: units, doc: "Sum of entered over the segments of this kind, none among them"}
checks:
  - {name: the_three_states_make_the_whole, severity: fail, sql: entered = converted + dropped + pending, why: a unit would be in two states or in none}
  - {name: segments_make_the_whole, severity: fail, sql: segments_entered = whole_entered, why: a unit would be in two segments of a kind or in none}
---*/
with

unit_steps as (
    select *
    from fct_funnel_unit_steps
    where entry_week is null
),

wholes as (
    select
        funnel,
        step,
        count(*) as whole_entered,
        count(case when has_reached_mature then 1 end) as whole_x,
        count(case when is_mature then 1 end) as whole_n
    from unit_steps
    group by funnel, step
),

countries as (
    select
        funnel,
        country,
        row_number() over (partition by funnel order by count(*) desc, country) as country_rank
    from fct_funnel_units
    where country is not null
    group by funnel, country
),

shown_countries as (
    select countries.funnel, countries.country
    from countries
    cross join dim_thresholds as limits
    where
        limits.model = 'fct_funnel_breakdowns'
        and limits.threshold = 'countries'
        and countries.country_rank <= limits.limit_value
),

segmented as (
    select
        units.funnel,
        units.person_key,
        units.unit_key,
        kinds.segment_kind,
        case
            when units.attributed_session_key is null then 'none'
            when kinds.segment_kind = 'device_category' then coalesce(units.device_category, 'unknown')
            when kinds.segment_kind = 'channel_group' then coalesce(units.channel_group, 'unknown')
            when kinds.segment_kind = 'visitor_kind' then coalesce(units.visitor_kind, 'unknown')
            when units.country is null then 'unknown'
            else coalesce(shown_countries.country, 'other')
        end as segment_value
    from fct_funnel_units as units
    cross join (values ('device_category'), ('country'), ('channel_group'), ('visitor_kind')) as kinds (segment_kind)
    left join shown_countries
        on units.funnel = shown_countries.funnel and units.country = shown_countries.country
),

counted as (
    select
        unit_steps.funnel,
        unit_steps.step,
        unit_steps.step_order,
        segmented.segment_kind,
        segmented.segment_value,
        count(*) as entered,
        count(case when unit_steps.state = 'converted' then 1 end) as converted,
        count(case when unit_steps.state = 'dropped' then 1 end) as dropped,
        count(case when unit_steps.state = 'pending' then 1 end) as pending,
        count(case when unit_steps.has_reached_mature then 1 end) as x,
        count(case when unit_steps.is_mature then 1 end) as n
    from unit_steps
    inner join segmented
        on
            unit_steps.funnel = segmented.funnel
            and unit_steps.person_key = segmented.person_key
            and unit_steps.unit_key = segmented.unit_key
    group by
        unit_steps.funnel, unit_steps.step, unit_steps.step_order, segmented.segment_kind, segmented.segment_value
)

select
    counted.funnel,
    counted.step,
    counted.step_order,
    counted.segment_kind,
    counted.segment_value,
    counted.entered,
    counted.converted,
    counted.dropped,
    counted.pending,
    counted.x,
    counted.n,
    wholes.whole_x - counted.x as baseline_x,
    wholes.whole_n - counted.n as baseline_n,
    wholes.whole_entered,
    cast(
        sum(counted.entered) over (partition by counted.funnel, counted.step, counted.segment_kind) as bigint
    ) as segments_entered,
    'breakdown of ' || counted.funnel as family,
    -- all reach step 1, and nobody can act on a group that is no group
    counted.step_order > 1
    and counted.segment_value not in ('none', 'unknown', 'other')
    and counted.n >= limits.limit_value
    and wholes.whole_n - counted.n >= limits.limit_value as is_tested
from counted
inner join wholes
    on counted.funnel = wholes.funnel and counted.step = wholes.step
cross join dim_thresholds as limits
where limits.model = 'fct_funnel_breakdowns' and limits.threshold = 'min_sample'
