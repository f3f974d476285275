/*---
description: One row per prediction target, snapshot and person, with the score that the regression gives, learnt from the snapshots of part train.
grain: [target, snapshot_date, person_key]
owner: marketing-analytics
only_with: predict
estimate: predicted_share
columns:
  snapshot_date: {doc: Only what was until the end of this date is known of the person}
  part: {doc: "score, test or train: see int_prediction_snapshots"}
  outcome: {type: integer, doc: "1 where it came out as the target says, 0 where not; null where it has not come out yet"}
  is_training: {type: boolean, doc: The regression learns from this row}
---*/
select
    *,
    person_key || ' ' || cast(snapshot_date as varchar) as unit_key,
    part = 'train' as is_training
from int_prediction_features
