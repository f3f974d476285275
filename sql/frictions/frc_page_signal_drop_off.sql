/*---
description: One row per page group, friction signal and headline segment. Do persons who met the signal on their first visit to the phase drop more than those who did not?
grain: [journey_model, phase, touchpoint_id, signal_detail, segment_kind, segment_value]
owner: marketing-analytics
contract: friction_signal
measure: {value: share, unit: share, direction: lower_better, title_nl: Haakt af na een stoorsignaal, title_en: Drops off after a friction signal,
          base_nl: bezoekers met het signaal die de hele termijn hadden, base_en: visitors with the signal who have had the whole window}
signal:
  title_nl: "Afhaken op {place} na {detail}{segment}"
  title_en: "Drop-off on {place} after {detail}{segment}"
  peak_title_nl: "Minder afhaken op {place} na {detail}{segment}"
  peak_title_en: "Less drop-off on {place} after {detail}{segment}"
  statement_nl: "{part} bezoekers van {place} met {detail}{segment} {gaat|gaan} niet verder. Wie daar geen stoorsignaal kreeg: {rest}."
  statement_en: "{part} visitors to {place} with {detail}{segment} {does|do} not go on. Of those who met no signal there: {rest}."
  definition: persons who met the signal on the page group in their mature first visit and dropped, of those who met it
  evidence: clarity
---*/
with

summed as (
    select
        drop_offs.journey_model,
        drop_offs.phase,
        drop_offs.page_group,
        drop_offs.signal_name,
        drop_offs.segment_kind,
        drop_offs.segment_value,
        periods.comparison,
        periods.date_from,
        periods.date_to,
        cast(sum(drop_offs.dropped) as bigint) as x,
        cast(sum(drop_offs.mature_n) as bigint) as n,
        cast(sum(drop_offs.pending) as bigint) as pending_n
    from fct_signal_drop_offs as drop_offs
    inner join int_comparison_periods as periods
        on
            drop_offs.journey_model = periods.journey_model
            and drop_offs.entered_date between periods.date_from and periods.date_to
    group by
        drop_offs.journey_model,
        drop_offs.phase,
        drop_offs.page_group,
        drop_offs.signal_name,
        drop_offs.segment_kind,
        drop_offs.segment_value,
        periods.comparison,
        periods.date_from,
        periods.date_to
)

select
    met.journey_model,
    met.phase,
    met.page_group as touchpoint_id,
    met.signal_name as signal_detail,
    met.segment_kind,
    met.segment_value,
    met.date_from,
    met.date_to,
    met.x,
    met.n,
    met.pending_n,
    'rest' as baseline_kind,
    without.x as baseline_x,
    without.n as baseline_n,
    coalesce(before.x, 0) as previous_x,
    coalesce(before.n, 0) as previous_n,
    'left' as drop_kind,
    met.page_group as overlap_place
from summed as met
inner join summed as without
    on
        met.journey_model = without.journey_model
        and met.phase = without.phase
        and met.page_group = without.page_group
        and met.segment_kind = without.segment_kind
        and met.segment_value = without.segment_value
        and met.comparison = without.comparison
        and without.signal_name = 'none'
left join summed as before
    on
        met.journey_model = before.journey_model
        and met.phase = before.phase
        and met.page_group = before.page_group
        and met.signal_name = before.signal_name
        and met.segment_kind = before.segment_kind
        and met.segment_value = before.segment_value
        and before.comparison = 'baseline'
where met.comparison = 'current' and met.signal_name <> 'none'
