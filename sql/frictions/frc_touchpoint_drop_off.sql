/*---
description: One row per touchpoint and headline segment. Do more visits end here than at the other touchpoints of the phase?
grain: [journey_model, phase, touchpoint_id, segment_kind, segment_value]
owner: marketing-analytics
contract: friction_signal
measure: {value: share, unit: share, direction: lower_better, title_nl: Stopt bij dit contactmoment, title_en: Stops at this touchpoint,
          base_nl: bezoeken die hier kwamen en de hele termijn hadden, base_en: visits that came here and have had the whole window}
signal:
  title_nl: "Bezoeken eindigen bij {place}{segment}"
  title_en: "Visits end at {place}{segment}"
  peak_title_nl: "Bezoeken eindigen minder vaak bij {place}{segment}"
  peak_title_en: "Visits end less often at {place}{segment}"
  statement_nl: "{part} bezoeken {eindigt|eindigen} bij {place}{segment}. Bij de andere contactmomenten van deze fase is dat {rest}."
  statement_en: "{part} visits {ends|end} at {place}{segment}. At the other touchpoints of this phase it is {rest}."
  definition: mature visits whose last touch was here and that dropped, of mature visits that touched it
---*/
select
    journey_model,
    phase,
    touchpoint_id,
    'last_touch' as signal_detail,
    segment_kind,
    segment_value,
    date_from,
    date_to,
    x,
    n,
    pending as pending_n,
    'rest' as baseline_kind,
    baseline_x,
    baseline_n,
    previous_x,
    previous_n,
    'left' as drop_kind,
    touchpoint_id as overlap_place
from fct_touchpoint_drop_offs
