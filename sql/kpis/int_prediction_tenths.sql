/*---
description: One row per prediction target and tenth of the people that were tested, the highest scores first, and 0 for all of them, with what was said and what came out.
grain: [target, tenth]
owner: marketing-analytics
only_with: predict
estimate: share_interval
columns:
  predicted_share: {type: double, unit: share, doc: Mean score}
  numerator: {type: bigint, doc: Persons of whom it came out as the target says}
  denominator: {type: bigint, doc: Persons who were tested}
---*/
with

counted as (
    select target, 0 as tenth, outcome, score from int_prediction_tests
    union all
    select target, tenth, outcome, score from int_prediction_tests
)

select
    target,
    cast(tenth as integer) as tenth,
    cast(sum(outcome) as bigint) as numerator,
    count(*) as denominator,
    cast(sum(score) as double) / count(*) as predicted_share
from counted
group by target, tenth
