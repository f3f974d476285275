/*---
description: One row per published figure of a period that was over and that this night found otherwise, with the figure before and after and why; small ones of a kind are folded into one row.
grain: [as_of, restatement_key]
owner: marketing-analytics
published: ledger
reference: [run_window, run_restatements, dim_kpis, dim_periods, dim_property, dim_segment_labels, dim_thresholds]
thresholds: {small_relative_change: 0.01, min_sample: 30}
order_by: [restatement_kind, table_name, journey_model, phase, kpi, period_start, restatement_key]
columns:
  restatement_key: {doc: "Names the figure: table, KPI, journey model, phase, touchpoint, period and segment"}
  restatement_kind: {doc: "figure: one published figure; folded: how many small ones of this table, KPI and reason there were"}
  table_name: {doc: "The published table that the figure stands in"}
  period_ends_on: {type: "date", doc: "Last date of the figure's period"}
  figures: {type: "bigint", doc: "How many figures the row tells of", unit: figures}
  value_before: {type: "double", doc: "The figure as it was published the night before"}
  value_after: {type: "double", doc: "The figure now; null where it is withdrawn"}
  change: {type: "double", doc: "value_after - value_before"}
  relative_change: {type: "double", doc: "change / value_before, so 0.05 is five percent more; null where value_before was 0"}
  n_before: {type: "bigint", doc: "The base of the figure the night before"}
  n_after: {type: "bigint", doc: "The base of the figure now"}
  reasons: {type: "varchar", doc: "What may have changed it, comma between: definition_changed, redelivered, late_data, matured, new_days, recomputed"}
  reasons_nl: {type: "varchar", doc: "The reasons in Dutch"}
  reasons_en: {type: "varchar", doc: "The reasons in English"}
checks:
  - {name: only_what_is_over_is_restated, severity: fail, sql: 'coalesce(period_ends_on <= as_of, true)', why: a running period changes each night and is no restatement}
---*/
with

dated as (
    select
        noted.*,
        coalesce(periods.period_ends_on, noted.date_to) as period_ends_on
    from run_restatements as noted
    left join dim_periods as periods
        on noted.period_kind = periods.period_kind and noted.period_start = periods.calendar_date
),

noted as (
    select
        *,
        as_of > previous_as_of as is_new_date,
        night = min(night) over figure as is_first,
        night = max(night) over figure as is_last
    from dated
    -- the figures of a period that was not over for readers change each night: that is news, not a restatement
    where period_ends_on <= previous_as_of
    window
        figure as (
            partition by
                table_name, kpi, journey_model, phase, touchpoint_id, period_kind, period_start, date_from, date_to,
                segment_kind, segment_value
        )
),

netted as (
    -- several nights add up: from the figure that readers saw to the one that they see now
    select
        table_name,
        kpi,
        journey_model,
        phase,
        touchpoint_id,
        period_kind,
        coalesce(period_start, date_from) as period_start,
        period_ends_on,
        segment_kind,
        segment_value,
        max(case when is_first then value_before end) as value_before,
        max(case when is_last then value_after end) as value_after,
        max(case when is_first then n_before end) as n_before,
        max(case when is_last then n_after end) as n_after,
        max(case when is_redefined then 1 else 0 end) as redefined,
        max(redelivered_dates) as redelivered_dates,
        max(late_dates) as late_dates,
        max(case when is_new_date then 1 else 0 end) as new_dates,
        max(case when is_new_date and (pending_after < pending_before or n_after > n_before) then 1 else 0 end) as matured
    from noted
    group by
        table_name,
        kpi,
        journey_model,
        phase,
        touchpoint_id,
        period_kind,
        period_start,
        date_from,
        date_to,
        period_ends_on,
        segment_kind,
        segment_value
),

reasoned as (
    select
        netted.*,
        run_window.as_of,
        value_after - value_before as change,
        (value_after - value_before) / nullif(value_before, 0) as relative_change,
        case when redefined = 1 then ', definition_changed' else '' end
        || case when redelivered_dates > 0 then ', redelivered' else '' end
        || case when late_dates > 0 then ', late_data' else '' end
        || case when matured = 1 then ', matured' else '' end
        || case when new_dates = 1 and matured = 0 then ', new_days' else '' end
        || case when redefined + redelivered_dates + late_dates + new_dates = 0 then ', recomputed' else '' end as reasons,
        case when redefined = 1 then ', andere definitie' else '' end
        || case when redelivered_dates > 0 then ', dag opnieuw geleverd' else '' end
        || case when late_dates > 0 then ', late gegevens' else '' end
        || case when matured = 1 then ', termijn verstreken' else '' end
        || case when new_dates = 1 and matured = 0 then ', nieuwe dagen' else '' end
        || case when redefined + redelivered_dates + late_dates + new_dates = 0 then ', opnieuw berekend' else '' end as reasons_nl,
        case when redefined = 1 then ', other definition' else '' end
        || case when redelivered_dates > 0 then ', day delivered again' else '' end
        || case when late_dates > 0 then ', late data' else '' end
        || case when matured = 1 then ', window has passed' else '' end
        || case when new_dates = 1 and matured = 0 then ', new days' else '' end
        || case when redefined + redelivered_dates + late_dates + new_dates = 0 then ', computed again' else '' end as reasons_en
    from netted
    cross join run_window
    where
        value_before is not null
        and value_after is distinct from value_before
),

limited as (
    select
        reasoned.*,
        -- a figure that was 0 has no relative change, and any change of it is a large one
        value_after is not null
        and (coalesce(abs(relative_change) < small.limit_value, false) or greatest(n_before, n_after) < sample.limit_value) as is_small
    from reasoned
    cross join dim_thresholds as small
    cross join dim_thresholds as sample
    where
        small.model = 'pub_restatements' and small.threshold = 'small_relative_change'
        and sample.model = 'pub_restatements' and sample.threshold = 'min_sample'
),

told as (
    select
        as_of,
        table_name || '|' || coalesce(kpi, '') || '|' || coalesce(journey_model, '') || '|' || coalesce(phase, '') || '|'
        || coalesce(touchpoint_id, '') || '|' || coalesce(period_kind, '') || '|' || cast(period_start as varchar) || '|'
        || segment_kind || '|' || segment_value as restatement_key,
        'figure' as restatement_kind,
        table_name,
        kpi,
        journey_model,
        phase,
        touchpoint_id,
        period_kind,
        period_start,
        period_ends_on,
        segment_kind,
        segment_value,
        1 as figures,
        value_before,
        value_after,
        change,
        relative_change,
        n_before,
        n_after,
        reasons,
        reasons_nl,
        reasons_en
    from limited
    where not is_small
    union all
    select
        as_of,
        'folded|' || table_name || '|' || coalesce(kpi, '') || '|' || reasons as restatement_key,
        'folded' as restatement_kind,
        table_name,
        kpi,
        null as journey_model,
        null as phase,
        null as touchpoint_id,
        null as period_kind,
        null as period_start,
        null as period_ends_on,
        null as segment_kind,
        null as segment_value,
        count(*) as figures,
        null as value_before,
        null as value_after,
        null as change,
        null as relative_change,
        null as n_before,
        null as n_after,
        reasons,
        reasons_nl,
        reasons_en
    from limited
    where is_small
    group by as_of, table_name, kpi, reasons, reasons_nl, reasons_en
)

select
    cast(told.as_of as date) as as_of,
    told.restatement_key,
    told.restatement_kind,
    told.table_name,
    told.kpi,
    coalesce(kpis.title_nl, 'Eindigt bij dit contactmoment') as title_nl,
    coalesce(kpis.title_en, 'Ends at this touchpoint') as title_en,
    cast(told.journey_model as varchar) as journey_model,
    cast(told.phase as varchar) as phase,
    cast(told.touchpoint_id as varchar) as touchpoint_id,
    cast(told.period_kind as varchar) as period_kind,
    cast(told.period_start as date) as period_start,
    cast(told.period_ends_on as date) as period_ends_on,
    cast(told.segment_kind as varchar) as segment_kind,
    cast(told.segment_value as varchar) as segment_value,
    coalesce(segments.segment_nl, told.segment_value) as segment_nl,
    coalesce(segments.segment_en, told.segment_value) as segment_en,
    cast(told.figures as bigint) as figures,
    told.value_before,
    told.value_after,
    round(told.change, 12) as change,
    round(told.relative_change, 12) as relative_change,
    case when kpis.unit = 'currency' then property.currency else coalesce(kpis.unit, 'share') end as unit,
    cast(told.n_before as bigint) as n_before,
    cast(told.n_after as bigint) as n_after,
    substr(told.reasons, 3) as reasons,
    substr(told.reasons_nl, 3) as reasons_nl,
    substr(told.reasons_en, 3) as reasons_en
from told
left join dim_kpis as kpis
    on told.kpi = kpis.kpi
left join dim_segment_labels as segments
    on told.segment_kind = segments.segment_kind and told.segment_value = segments.segment_value
cross join dim_property as property
