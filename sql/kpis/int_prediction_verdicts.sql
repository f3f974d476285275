/*---
description: One row per prediction target, with whether its scores may be shown and if not, why.
grain: [target]
owner: marketing-analytics
only_with: predict
materialize: view
columns:
  n: {doc: Persons who were tested}
  x: {doc: Of n those of whom it came out as the target says}
---*/
select
    quality.*,
    case
        when measured.first_date is null or quality.trained_to is null or measured.first_date > quality.trained_to
            then 'too_short'
        -- of either kind 30 to learn from and 30 to test with
        when
            least(quality.trained_x, quality.trained_n - quality.trained_x) < 30
            or least(quality.x, quality.n - quality.x) < 30
            then 'too_few'
        -- the whole interval: what may be chance is not shown
        when coalesce(quality.skill_ci_low, 0) <= 0 then 'no_better'
        else 'published'
    end as prediction_verdict
from int_prediction_quality as quality
cross join (select min(activity_date) as first_date from int_person_days) as measured
