/*---
description: One row per prediction target and person of the snapshot that is tested, with the tenth in which the score lies.
grain: [target, person_key]
owner: marketing-analytics
only_with: predict
materialize: view
columns:
  outcome: {type: bigint, doc: "1 where it came out as the target says, 0 where not"}
  score: {type: "decimal(7,6)", unit: share, doc: "As predicted_share says it, as a decimal: its sums are exact"}
---*/
select
    target,
    person_key,
    cast(outcome as bigint) as outcome,
    cast(score as decimal(7, 6)) as score,
    cast(ntile(10) over (partition by target order by score desc, person_key) as integer) as tenth
from int_prediction_scores
where part = 'test' and score is not null
