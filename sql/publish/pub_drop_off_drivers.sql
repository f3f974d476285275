/*---
description: One row per step of a funnel or phase and thing that people did, met or were before, at or right after it, with how many of those and of the others dropped off. It is correlation.
grain: [scope_kind, scope, step, driver_direction, driver_kind, driver_value]
owner: marketing-analytics
published: state
order_by: [q_value, scope_kind desc, scope, step_order, driver_rank]
checks:
  - {name: the_interval_contains_the_difference, severity: fail, sql: 'coalesce(diff between diff_ci_low and diff_ci_high, true)', why: an interval around another number}
  - {name: the_interval_contains_the_odds_ratio, severity: fail, sql: 'coalesce(odds_ratio between odds_ratio_ci_low and odds_ratio_ci_high, true)',
     why: an interval around another number}
  - {name: who_is_guarded_has_no_verdict, severity: fail, sql: "guards is null or (driver_verdict = 'no_verdict' and q_value is null)",
     why: a sample that is too small or skewed would pass for a finding}
---*/
select
    -- where
    drivers.scope_kind,
    drivers.scope,
    texts.scope_title_nl,
    texts.scope_title_en,
    drivers.step,
    drivers.step_order,
    texts.step_title_nl,
    texts.step_title_en,

    -- what
    texts.driver_rank,
    drivers.driver_direction,
    drivers.driver_kind,
    drivers.driver_value,
    texts.driver_title_nl,
    texts.driver_title_en,
    texts.driver_verdict,
    texts.statement_nl,
    texts.statement_en,

    -- numbers
    drivers.x,
    drivers.n,
    drivers.value,
    'share' as unit,
    'lower_better' as direction,
    drivers.ci_low,
    drivers.ci_high,
    drivers.ci_level,
    drivers.ci_method,
    drivers.baseline_x,
    drivers.baseline_n,
    drivers.baseline_value,
    drivers.diff,
    drivers.diff_ci_low,
    drivers.diff_ci_high,
    drivers.odds_ratio,
    drivers.odds_ratio_ci_low,
    drivers.odds_ratio_ci_high,
    drivers.odds_ratio_method,
    drivers.phi,
    drivers.p_value,
    drivers.q_value,
    drivers.test,
    drivers.share_of_dropped,
    drivers.share_of_gone_on,
    drivers.pending_n,
    drivers.min_sample_ok,
    drivers.guards,
    'correlated' as cause_basis,
    texts.box_seconds,
    drivers.date_from,
    drivers.date_to
from fct_drop_off_drivers as drivers
inner join int_driver_texts as texts
    on
        drivers.scope_kind = texts.scope_kind
        and drivers.scope = texts.scope
        and drivers.step = texts.step
        and drivers.driver_direction = texts.driver_direction
        and drivers.driver_kind = texts.driver_kind
        and drivers.driver_value = texts.driver_value
