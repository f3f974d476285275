/*---
description: One row per prediction target, with how good the scores of the tested snapshot were, now that it has come out.
grain: [target]
owner: marketing-analytics
only_with: predict
estimate: [brier_skill, auc_interval, lift_interval]
reference: [dim_prediction_targets, int_prediction_snapshots]
columns:
  trained_n: {type: bigint, doc: "Persons times snapshots that were learnt from"}
  trained_x: {type: bigint, doc: Of trained_n those of whom it came out as the target says}
  n: {type: bigint, doc: Persons who were tested}
  x: {type: bigint, doc: Of n those of whom it came out as the target says}
  top_n: {type: bigint, doc: Of n the tenth with the highest scores}
  top_x: {type: bigint, doc: Of top_n those of whom it came out as the target says}
---*/
with

parts as (
    select
        target,
        count(case when part = 'train' then 1 end) as trained_n,
        count(case when part = 'train' and outcome = 1 then 1 end) as trained_x,
        count(case when part = 'test' then 1 end) as n,
        count(case when part = 'test' and outcome = 1 then 1 end) as x,
        count(case when part = 'score' then 1 end) as scored
    from int_prediction_persons
    group by target
),

-- of every hundred thousand a few thousand scores differ
by_score as (
    select
        target,
        score,
        sum(outcome) as hits,
        count(*) - sum(outcome) as misses
    from int_prediction_tests
    group by target, score
),

placed as (
    select
        *,
        sum(misses) over (partition by target order by score rows between unbounded preceding and current row) - misses
            as misses_below,
        sum(hits) over (partition by target order by score rows between current row and unbounded following) - hits
            as hits_above
    from by_score
),

ranked as (
    select
        target,
        sum(hits * (2 * misses_below + misses)) as u_sum,
        sum(hits * (2 * misses_below + misses) * (2 * misses_below + misses)) as u_sq_sum,
        sum(misses * (2 * hits_above + hits) * (2 * hits_above + hits)) as v_sq_sum
    from placed
    group by target
),

lost as (
    select
        target,
        tenth,
        outcome,
        (score - outcome) * (score - outcome) as loss
    from (select target, tenth, score, cast(outcome as decimal(7, 6)) as outcome from int_prediction_tests) as tests
),

losses as (
    select
        target,
        sum(case when outcome = 1 then loss else 0 end) as loss_hit_sum,
        sum(case when outcome = 0 then loss else 0 end) as loss_miss_sum,
        sum(loss * loss) as loss_sq_sum,
        count(case when tenth = 1 then 1 end) as top_n,
        count(case when tenth = 1 and outcome = 1 then 1 end) as top_x
    from lost
    group by target
),

dates as (
    select
        target,
        max(case when part = 'score' then snapshot_date end) as scored_on,
        max(case when part = 'score' then outcome_ends_on end) as outcome_ends_on,
        max(case when part = 'test' then snapshot_date end) as tested_on,
        min(case when part = 'train' then snapshot_date end) as trained_from,
        max(case when part = 'train' then snapshot_date end) as trained_to
    from int_prediction_snapshots
    group by target
)

select
    targets.target,
    targets.horizon_days,
    dates.scored_on,
    dates.outcome_ends_on,
    dates.tested_on,
    dates.trained_from,
    dates.trained_to,
    coalesce(parts.trained_n, 0) as trained_n,
    coalesce(parts.trained_x, 0) as trained_x,
    coalesce(parts.n, 0) as n,
    coalesce(parts.x, 0) as x,
    coalesce(parts.scored, 0) as scored,
    coalesce(losses.top_n, 0) as top_n,
    coalesce(losses.top_x, 0) as top_x,
    cast(losses.loss_hit_sum as double) as loss_hit_sum,
    cast(losses.loss_miss_sum as double) as loss_miss_sum,
    cast(losses.loss_sq_sum as double) as loss_sq_sum,
    cast(ranked.u_sum as double) as u_sum,
    cast(ranked.u_sq_sum as double) as u_sq_sum,
    cast(ranked.v_sq_sum as double) as v_sq_sum
from dim_prediction_targets as targets
left join dates
    on targets.target = dates.target
left join parts
    on targets.target = parts.target
left join ranked
    on targets.target = ranked.target
left join losses
    on targets.target = losses.target
