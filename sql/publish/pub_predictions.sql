/*---
description: One row per thing that is predicted and person of whom it is, the highest scores first. A list of people, by keys that are no ids; empty where the test has not shown that the scores are better than the base rate.
grain: [target, person_key]
owner: marketing-analytics
only_with: predict
published: state
reference: [dim_prediction_targets, dim_labels]
order_by: [target_order, score desc, person_key]
columns:
  person_key: {doc: "The person: a salted digest, as in the working database. No id of a browser or user, and nobody without the salt can make it from one"}
  score: {doc: "How likely it is, 0 to 1, in four decimals: of a hundred with 0.12 about twelve"}
  tenth: {doc: "Tenth of the people of this list in which the score lies: 1 has the highest"}
  value: {unit: share, doc: "For comparison: the share of all who were tested of whom it came out, the base rate of pub_prediction_quality"}
---*/
with

scored as (
    select
        target,
        person_key,
        cast(round(cast(score as decimal(7, 6)), 4) as double) as score,
        driver,
        ntile(10) over (partition by target order by score desc, person_key) as tenth
    from int_prediction_scores
    where part = 'score' and score is not null
)

select
    scored.target,
    targets.target_order,
    titles.label_nl as target_title_nl,
    titles.label_en as target_title_en,
    scored.score,
    'share' as unit,
    cast(scored.tenth as integer) as tenth,
    verdicts.x / cast(verdicts.n as double) as value,
    scored.driver,
    -- a text has its value behind the name: channel_group=Email
    coalesce(drivers.label_nl, split_part(scored.driver, '=', 1))
    || case when contains(scored.driver, '=') then ' ' || split_part(scored.driver, '=', 2) else '' end as driver_nl,
    coalesce(drivers.label_en, split_part(scored.driver, '=', 1))
    || case when contains(scored.driver, '=') then ' ' || split_part(scored.driver, '=', 2) else '' end as driver_en,
    verdicts.scored_on,
    verdicts.outcome_ends_on,
    scored.person_key
from scored
inner join int_prediction_verdicts as verdicts
    on scored.target = verdicts.target and verdicts.prediction_verdict = 'published'
inner join dim_prediction_targets as targets
    on scored.target = targets.target
inner join dim_labels as titles
    on titles.enum = 'prediction_target' and scored.target = titles.enum_value
left join dim_labels as drivers
    on drivers.enum = 'prediction_driver' and split_part(scored.driver, '=', 1) = drivers.enum_value
