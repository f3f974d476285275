/*---
description: One row per friction with its verdict, colour, money at stake, importance and urgency.
grain: [friction_key]
owner: marketing-analytics
reference: [dim_property, dim_signals]
columns:
  verdict: {doc: "worse or better than the baseline beyond chance; unclear with enough data but no such difference; thin with too little"}
---*/
with

turned as (
    select
        frictions.*,
        -- how much worse than the baseline, and how much worse than the period before, whichever way is worse
        case signals.direction when 'lower_better' then frictions.diff else -frictions.diff end as worse_by,
        case signals.direction when 'lower_better' then frictions.diff_ci_low else -frictions.diff_ci_high end as worse_by_low,
        case signals.direction when 'lower_better' then frictions.diff_ci_high else -frictions.diff_ci_low end as worse_by_high,
        case signals.direction when 'lower_better' then trends.diff else -trends.diff end as trend_worse_by,
        trends.q_value as trend_q_value,
        trends.is_tested as trend_is_tested
    from fct_frictions as frictions
    inner join dim_signals as signals
        on frictions.signal_id = signals.signal_id
    inner join fct_friction_trends as trends
        on frictions.friction_key = trends.friction_key
),

judged as (
    select
        frictions.*,
        property.currency,
        case
            when not frictions.is_tested then 'thin'
            when frictions.q_value <= 0.05 and frictions.worse_by > 0 then 'worse'
            when frictions.q_value <= 0.05 and frictions.worse_by < 0 then 'better'
            else 'unclear'
        end as verdict,
        phase_values.value_per_progressed_visit,
        case
            -- a place without enough visits for a verdict has no direction either
            when not (frictions.is_tested and frictions.trend_is_tested) then 'insufficient'
            when frictions.trend_q_value <= 0.05 and frictions.trend_worse_by > 0 then 'worsening'
            when frictions.trend_q_value <= 0.05 and frictions.trend_worse_by < 0 then 'improving'
            else 'ongoing'
        end as trend_state
    from turned as frictions
    left join int_phase_values as phase_values
        on frictions.journey_model = phase_values.journey_model and frictions.phase = phase_values.phase
    cross join dim_property as property
),

priced as (
    select
        *,
        case verdict when 'worse' then 'pain_point' when 'better' then 'peak' else 'gap' end as kind,
        -- four weeks of entries; a verdict is needed before there is a price
        case when verdict = 'worse' then cast(n * greatest(worse_by_low, 0) * value_per_progressed_visit / 4 as decimal(18, 2)) end
            as opportunity_low,
        case when verdict = 'worse' then cast(n * worse_by * value_per_progressed_visit / 4 as decimal(18, 2)) end as opportunity_mid,
        case when verdict = 'worse' then cast(n * worse_by_high * value_per_progressed_visit / 4 as decimal(18, 2)) end
            as opportunity_high
    from judged
),

weighed as (
    select
        *,
        percent_rank() over (
            partition by journey_model
            order by coalesce(opportunity_mid, 0) * x, case when verdict = 'worse' then x else 0 end
        ) as weight_rank
    from priced
)

select
    * exclude (weight_rank, worse_by, worse_by_low, worse_by_high, trend_worse_by, trend_q_value, trend_is_tested),
    cast(round(100 * weight_rank) as integer) as importance,
    case trend_state when 'worsening' then 90 when 'ongoing' then 50 when 'improving' then 20 else 30 end as urgency
from weighed
