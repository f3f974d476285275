/*---
description: One row per friction or peak on a journey map's cell as measured at as_of, with its base, interval, comparison, money and owner.
grain: [annotation_id, as_of]
owner: marketing-analytics
contract: friction_annotation
published: ledger
reference: [run_window, run_identity, dim_journeys, dim_phases, dim_touchpoints, dim_signals, dim_labels]
order_by: [journey_model, priority_rank, annotation_id]
checks:
  - {name: hits_are_part_of_the_base, severity: fail, sql: n >= x and x >= 0, why: a share would pass 100 %}
  - {name: the_interval_contains_the_value, severity: fail, sql: 'coalesce(value between ci_low and ci_high, true)', why: an interval around another number}
  - {name: money_is_in_order, severity: fail, sql: 'coalesce(opportunity_low <= opportunity_mid and opportunity_mid <= opportunity_high, true)',
     why: the three amounts were mixed up}
  - {name: grey_where_evidence_is_thin, severity: fail, sql: min_sample_ok or colour_code = 'grey', why: a colour would promise what the data do not hold}
  - {name: a_trend_has_evidence, severity: fail, sql: 'trend_state not in (''worsening'', ''improving'') or min_sample_ok', why: a direction from too few visits}
---*/
with

-- of several goals of a touchpoint the one that is due first
goals as (
    select *, row_number() over (partition by touchpoint_id order by goal_due, goal_id) as choice
    from int_goal_periods
    where touchpoint_id is not null
),

placed as (
    select
        verdicts.*,
        run_window.as_of,
        run_identity.data_hash,
        run_identity.rule_hash,
        run_identity.contract_version,
        journeys.title_nl as journey_model_title_nl,
        journeys.title_en as journey_model_title_en,
        phases.phase_order,
        phases.title_nl as phase_title_nl,
        phases.title_en as phase_title_en,
        touchpoints.channel,
        touchpoints.touchpoint_ownership,
        touchpoints.moment_of_truth,
        touchpoints.owner,
        journeys.window_seconds,
        signals.unit,
        signals.direction,
        signals.signal_definition,
        signals.evidence_type,
        coalesce(flags.dq_flags, '[]') as dq_flags,
        texts.place_nl,
        texts.place_en,
        texts.segment_nl,
        texts.segment_en,
        texts.title_nl,
        texts.title_en,
        texts.statement_nl,
        texts.statement_en,
        case
            when verdicts.segment_kind = 'all' then '{}'
            else '{"' || verdicts.segment_kind || '":"' || replace(verdicts.segment_value, '"', '\"') || '"}'
        end as segment,
        case when verdicts.segment_kind = 'persona_id' then verdicts.segment_value end as persona_id,
        case
            when verdicts.verdict <> 'worse' then null    -- without a verdict, or with a good one, there is nothing to do yet
            when verdicts.importance >= 50 and verdicts.urgency >= 50 then 'do'
            when verdicts.importance >= 50 then 'plan'
            when verdicts.urgency >= 50 then 'delegate'
            else 'drop'
        end as quadrant_proposed,
        -- the same place, seen by two detectors, in two segments or in two journey models, loses the same orders
        md5(verdicts.overlap_place) as overlap_group_id
    from int_friction_verdicts as verdicts
    inner join int_friction_texts as texts
        on verdicts.friction_key = texts.friction_key
    inner join dim_signals as signals
        on verdicts.signal_id = signals.signal_id
    inner join dim_phases as phases
        on verdicts.journey_model = phases.journey_model and verdicts.phase = phases.phase
    inner join dim_journeys as journeys
        on verdicts.journey_model = journeys.journey_model
    left join dim_touchpoints as touchpoints
        on verdicts.touchpoint_id = touchpoints.touchpoint_id
    left join int_quality_flags as flags
        on verdicts.date_from = flags.date_from and (verdicts.opportunity_mid is not null) = flags.has_money
    cross join run_window
    cross join run_identity
    -- what is too thin to say anything is shown once, for all visitors
    where verdicts.is_tested or verdicts.segment_kind = 'all'
),

identified as (
    select
        *,
        md5(
            journey_model || '|' || phase || '|' || touchpoint_id || '|' || signal_id || ':' || signal_detail || '|' || segment
        ) as annotation_id,
        row_number() over (
            partition by journey_model, overlap_group_id
            order by
                case verdict when 'worse' then 0 else 1 end,
                -- the whole before its parts
                case segment_kind when 'all' then 0 else 1 end,
                coalesce(opportunity_mid, 0) desc,
                q_value,
                signal_id,
                phase_order,
                signal_detail,
                segment
        ) as place_in_overlap
    from placed
),

labelled as (
    select
        identified.*,
        kinds.label_nl as kind_nl,
        kinds.label_en as kind_en,
        quadrants.label_nl as quadrant_proposed_nl,
        quadrants.label_en as quadrant_proposed_en,
        goals.goal_id,
        goals.kpi as goal_metric_id,
        goals.goal_base,
        goals.goal_target,
        goals.goal_due,
        goals.value as goal_current,
        goals.goal_status
    from identified
    left join dim_labels as kinds
        on kinds.enum = 'kind' and identified.kind = kinds.enum_value
    left join dim_labels as quadrants
        on quadrants.enum = 'quadrant_proposed' and identified.quadrant_proposed = quadrants.enum_value
    left join goals
        on identified.touchpoint_id = goals.touchpoint_id and goals.choice = 1
)

select
    -- which night and where
    as_of,
    journey_model,
    journey_model_title_nl,
    journey_model_title_en,
    cast(
        row_number() over (
            partition by journey_model
            order by
                case when place_in_overlap = 1 and verdict = 'worse' then 0 when verdict = 'worse' then 1 else 2 end,
                coalesce(opportunity_mid, 0) desc,
                importance desc,
                x desc,
                annotation_id
        ) as integer
    ) as priority_rank,
    case verdict when 'worse' then 'red' when 'better' then 'green' when 'unclear' then 'amber' else 'grey' end as colour_code,
    phase_title_nl,
    phase_title_en,
    place_nl as touchpoint_label,
    segment,
    segment_nl,
    segment_en,
    kind,
    kind_nl,
    kind_en,

    -- what was measured
    title_nl,
    title_en,
    statement_nl,
    statement_en,
    value,
    unit,
    direction,
    n,
    x,
    ci_low,
    ci_high,
    baseline_value,
    baseline_n,
    diff,
    diff_ci_low,
    diff_ci_high,

    -- what it costs a week
    opportunity_low,
    opportunity_mid,
    opportunity_high,
    currency,
    place_in_overlap = 1 and verdict = 'worse' as additive,

    -- who does what
    owner,
    quadrant_proposed,
    quadrant_proposed_nl,
    quadrant_proposed_en,
    importance,
    urgency,
    trend_state,
    case verdict when 'worse' then 'session_review' when 'unclear' then 'session_review' else 'none' end as suggested_research_method,

    -- how sure it is
    case verdict when 'worse' then 'measured' when 'better' then 'measured' else 'indicated' end as evidence_level,
    case verdict when 'worse' then -1 when 'better' then 1 end as sentiment_score,
    case verdict when 'worse' then 'behaviour_proxy' when 'better' then 'behaviour_proxy' else 'none' end as sentiment_basis,
    is_tested as min_sample_ok,
    q_value,
    p_value,
    test,
    ci_level,
    ci_method,
    baseline_kind,
    n as mature_n,
    pending_n,
    round(n / cast(nullif(n + pending_n, 0) as double), 12) as maturity_share,
    x as affected_units,
    value as affected_share,
    value_per_progressed_visit as value_per_unit,
    case when opportunity_mid is not null then 'rest_rate' end as counterfactual,

    -- what it is, for machines
    phase,
    phase_order,
    touchpoint_id,
    coalesce(channel, 'web') as channel,
    coalesce(touchpoint_ownership, 'owned') as touchpoint_ownership,
    moment_of_truth is not null as is_moment_of_truth,
    persona_id,
    true as observed,
    signal_id || ':' || signal_detail as signal_id,
    signal_definition,
    'correlated' as cause_basis,
    drop_kind,
    window_seconds,
    '[{"n":' || cast(n as varchar) || ',"ref":"' || signal_id || '","type":"'
    || evidence_type || '"}]' as evidence,
    dq_flags,

    -- ids and digests
    journey_model as journey_map_id,
    journey_model as journey_scope_id,
    annotation_id,
    overlap_group_id,

    -- the goal of its touchpoint
    goal_id,
    goal_metric_id,
    goal_base,
    goal_target,
    goal_due,
    goal_current,
    goal_status,
    contract_version,
    data_hash,
    rule_hash,

    -- not filled yet
    cast(null as varchar) as from_phase,
    cast(null as varchar) as to_phase,
    cast(null as varchar) as step_id,
    cast(null as varchar) as friction_cause,
    cast(null as varchar) as interpretation,
    cast(null as varchar) as funnel_params,
    cast(null as double) as coverage_share,
    cast(null as varchar) as emotion_label,
    cast(null as double) as realisable_share,
    cast(null as varchar) as quadrant_final,
    cast(null as varchar) as override_by,
    cast(null as timestamp) as override_at,
    cast(null as varchar) as override_reason,
    cast(null as integer) as customer_value,
    cast(null as integer) as business_value,
    cast(null as integer) as effort,
    cast(null as varchar) as opportunity_text,
    cast(null as varchar) as reframe,
    cast(null as varchar) as decision,
    cast(null as varchar) as team,
    cast(null as date) as deadline,
    cast(null as decimal(18, 2)) as budget,
    cast(null as varchar) as milestones,
    cast(null as varchar) as delegate_to,
    cast(null as varchar) as playbook_ref,
    cast(null as date) as parked_until,
    cast(null as varchar) as action_status,
    cast(null as varchar) as experiment_id,
    cast(null as double) as effect,
    cast(null as double) as effect_ci_low,
    cast(null as double) as effect_ci_high,
    cast(null as varchar) as validated_by,
    cast(null as timestamp) as validated_at,
    cast(null as date) as review_due
from labelled
