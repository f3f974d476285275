/*---
description: One row per journey model, phase (the last apart) and what its progression is held against, with what would be gained in a week if it went as there, the largest gain first.
grain: [journey_model, phase, counterfactual]
owner: marketing-analytics
published: state
reference: [dim_journeys, dim_phases, dim_labels, dim_property, dim_goals, dim_segment_labels]
order_by: [journey_model, counterfactual desc, gap_rank]
columns:
  counterfactual: {doc: "segment_best: the device or channel that did best in the four weeks before, against all others; previous_period: everybody in the four weeks before; target: a goal of the settings for this KPI and phase"}
  counterfactual_nl: {type: varchar, doc: What the gain assumes in Dutch words}
  counterfactual_en: {type: varchar, doc: What the gain assumes in English words}
  gap_rank: {type: integer, doc: "1 for the phase where most can be gained, among those of its journey model and counterfactual: by money where there is any, else by persons"}
  segment_kind: {doc: "Kind of the segment that is held up as an example; all for previous_period and target; null where none has 30 persons in both periods"}
  segment_value: {doc: "The segment that is held up as an example; all for previous_period and target"}
  date_from: {doc: First entry date of the four weeks that are judged}
  date_to: {doc: "Last entry date of the four weeks that are judged: the newest whole weeks whose window has passed"}
  x: {doc: "Of n those that went on within the window"}
  n: {doc: "Persons who entered the phase, once per cycle: of segment_best those outside the segment"}
  value: {doc: "x / n: progression as it is"}
  baseline_x: {doc: "Of baseline_n those that went on within the window; null for a target"}
  baseline_n: {doc: "Persons who entered the phase in what it is held against; null for a target"}
  baseline_value: {doc: "Progression as it is there: baseline_x / baseline_n, or the target"}
  gap: {type: double, unit: share, doc: "baseline_value - value, in points of a share: above 0 it can go better"}
  gap_ci_low: {type: double, unit: share, doc: Lower end of its interval}
  gap_ci_high: {type: double, unit: share, doc: Upper end of its interval}
  gap_method: {type: varchar, doc: "newcombe: of a difference of two shares; wilson: of the share, against a target that is no estimate"}
  persons_per_week: {type: double, unit: persons per week, doc: "n x gap / 4: how many more would go on"}
  persons_per_week_low: {type: double, unit: persons per week, doc: Lower end of its interval}
  persons_per_week_high: {type: double, unit: persons per week, doc: Upper end of its interval}
  gap_verdict: {type: varchar, doc: "gap: worse beyond chance; ahead: better beyond chance; no_difference: may be chance; cannot_tell: too few, or nothing to hold it against"}
  gap_verdict_nl: {type: varchar, doc: Verdict in Dutch words}
  gap_verdict_en: {type: varchar, doc: Verdict in English words}
  opportunity_low: {doc: "Lower end of the money; gaps of one model overlap, so they are not added up"}
  opportunity_mid: {doc: "n x gap x value_per_progressed_visit / 4, of a gap beyond chance only"}
  opportunity_high: {doc: Upper end of the money}
  money_reason: {type: varchar, doc: "Why there is no money: too_few, no_example, may_be_chance, ahead, or no_value where no order with a value follows; null with money"}
  money_reason_nl: {type: varchar, doc: The reason in Dutch words}
  money_reason_en: {type: varchar, doc: The reason in English words}
checks:
  - {name: the_interval_contains_the_gap, severity: fail, sql: 'coalesce(gap between gap_ci_low and gap_ci_high, true)', why: an interval around another number}
  - {name: money_or_a_reason, severity: fail, sql: (opportunity_mid is null) = (money_reason is not null), why: a reader would not know why there is no amount}
  - {name: money_stands_with_a_gap_only, severity: fail, sql: 'opportunity_mid is null or gap_verdict = ''gap''', why: a price of what may be chance}
---*/
with

-- a target is held against everybody, as in previous_period
targets as (
    select
        gaps.journey_model,
        gaps.phase,
        'target' as counterfactual,
        'all' as segment_kind,
        'all' as segment_value,
        gaps.date_from,
        gaps.date_to,
        gaps.x,
        gaps.n,
        gaps.value,
        gaps.ci_low,
        gaps.ci_high,
        cast(null as bigint) as baseline_x,
        cast(null as bigint) as baseline_n,
        max(goals.goal_target) as baseline_value,
        gaps.n >= 30 as is_tested
    from int_phase_gaps as gaps
    inner join dim_goals as goals
        on
            gaps.journey_model = goals.journey_model
            and gaps.phase = goals.phase
            and goals.kpi = 'progression_share'
            and goals.segment_kind = 'all'
    where gaps.counterfactual = 'previous_period'
    group by
        gaps.journey_model, gaps.phase, gaps.date_from, gaps.date_to, gaps.x, gaps.n, gaps.value, gaps.ci_low, gaps.ci_high
),

held as (
    select
        journey_model,
        phase,
        counterfactual,
        segment_kind,
        segment_value,
        date_from,
        date_to,
        x,
        n,
        value,
        ci_low,
        ci_high,
        baseline_x,
        baseline_n,
        baseline_value,
        0 - diff as gap,
        0 - diff_ci_high as gap_ci_low,
        0 - diff_ci_low as gap_ci_high,
        case when diff is not null then 'newcombe' end as gap_method,
        p_value,
        q_value,
        is_tested,
        coalesce(q_value <= 0.05, false) as is_beyond_chance
    from int_phase_gaps
    union all
    select
        journey_model,
        phase,
        counterfactual,
        segment_kind,
        segment_value,
        date_from,
        date_to,
        x,
        n,
        value,
        ci_low,
        ci_high,
        baseline_x,
        baseline_n,
        baseline_value,
        round(baseline_value - value, 12) as gap,
        round(baseline_value - ci_high, 12) as gap_ci_low,
        round(baseline_value - ci_low, 12) as gap_ci_high,
        case when value is not null then 'wilson' end as gap_method,
        cast(null as double) as p_value,
        cast(null as double) as q_value,
        is_tested,
        coalesce(baseline_value not between ci_low and ci_high, false) as is_beyond_chance
    from targets
),

judged as (
    select
        held.*,
        phase_values.value_per_progressed_visit,
        case
            when not held.is_tested then 'cannot_tell'
            when held.is_beyond_chance and held.gap > 0 then 'gap'
            when held.is_beyond_chance and held.gap < 0 then 'ahead'
            else 'no_difference'
        end as gap_verdict
    from held
    left join int_phase_values as phase_values
        on held.journey_model = phase_values.journey_model and held.phase = phase_values.phase
),

priced as (
    select
        *,
        case
            when gap_verdict = 'cannot_tell' and n >= 30 and baseline_value is null then 'no_example'
            when gap_verdict = 'cannot_tell' then 'too_few'
            when gap_verdict = 'no_difference' then 'may_be_chance'
            when gap_verdict = 'ahead' then 'ahead'
            when value_per_progressed_visit is null then 'no_value'
        end as money_reason
    from judged
),

valued as (
    select
        *,
        case when money_reason is null then cast(n * greatest(gap_ci_low, 0) * value_per_progressed_visit / 4 as decimal(18, 2)) end
            as opportunity_low,
        case when money_reason is null then cast(n * gap * value_per_progressed_visit / 4 as decimal(18, 2)) end as opportunity_mid,
        case when money_reason is null then cast(n * gap_ci_high * value_per_progressed_visit / 4 as decimal(18, 2)) end
            as opportunity_high
    from priced
),

ranked as (
    select
        *,
        row_number() over (
            partition by journey_model, counterfactual
            order by
                case gap_verdict when 'gap' then 1 when 'no_difference' then 2 when 'cannot_tell' then 3 else 4 end,
                coalesce(opportunity_mid, 0) desc,
                coalesce(n * gap, 0) desc,
                phase
        ) as gap_rank
    from valued
)

select
    ranked.journey_model,
    journeys.title_nl as journey_model_title_nl,
    journeys.title_en as journey_model_title_en,
    ranked.counterfactual,
    assumed.label_nl as counterfactual_nl,
    assumed.label_en as counterfactual_en,
    cast(ranked.gap_rank as integer) as gap_rank,
    ranked.phase,
    phases.phase_order,
    phases.title_nl as phase_title_nl,
    phases.title_en as phase_title_en,
    ranked.segment_kind,
    ranked.segment_value,
    coalesce(segments.segment_nl, ranked.segment_value) as segment_nl,
    coalesce(segments.segment_en, ranked.segment_value) as segment_en,
    ranked.date_from,
    ranked.date_to,
    ranked.x,
    ranked.n,
    ranked.value,
    'share' as unit,
    ranked.ci_low,
    ranked.ci_high,
    ranked.baseline_x,
    ranked.baseline_n,
    ranked.baseline_value,
    ranked.gap,
    ranked.gap_ci_low,
    ranked.gap_ci_high,
    ranked.gap_method,
    ranked.p_value,
    ranked.q_value,
    ranked.is_tested as min_sample_ok,
    ranked.gap_verdict,
    verdicts.label_nl as gap_verdict_nl,
    verdicts.label_en as gap_verdict_en,
    round(ranked.n * ranked.gap / 4, 6) as persons_per_week,
    round(ranked.n * ranked.gap_ci_low / 4, 6) as persons_per_week_low,
    round(ranked.n * ranked.gap_ci_high / 4, 6) as persons_per_week_high,
    ranked.value_per_progressed_visit,
    ranked.opportunity_low,
    ranked.opportunity_mid,
    ranked.opportunity_high,
    property.currency,
    ranked.money_reason,
    reasons.label_nl as money_reason_nl,
    reasons.label_en as money_reason_en
from ranked
cross join dim_property as property
inner join dim_journeys as journeys
    on ranked.journey_model = journeys.journey_model
inner join dim_phases as phases
    on ranked.journey_model = phases.journey_model and ranked.phase = phases.phase
inner join dim_labels as assumed
    on assumed.enum = 'counterfactual' and ranked.counterfactual = assumed.enum_value
inner join dim_labels as verdicts
    on verdicts.enum = 'gap_verdict' and ranked.gap_verdict = verdicts.enum_value
left join dim_labels as reasons
    on reasons.enum = 'money_reason' and ranked.money_reason = reasons.enum_value
left join dim_segment_labels as segments
    on ranked.segment_kind = segments.segment_kind and ranked.segment_value = segments.segment_value
