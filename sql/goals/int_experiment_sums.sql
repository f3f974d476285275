/*---
description: One row per experiment and variant that somebody saw, with how many converted within the horizon; variant none for those who saw more than one.
grain: [experiment_id, variant]
owner: marketing-analytics
rebuild_by: experiment_id
adds_up_over: person_key
matures_at: horizon_ends_at
columns:
  persons: {doc: Persons who saw the variant}
  converted: {doc: "Of persons those that converted within the horizon, also where it still lasts"}
  pending: {doc: "Of persons those that did not convert and still have time"}
  numerator: {doc: Of denominator those that converted within the horizon}
  denominator: {doc: "Mature persons: those whose whole horizon has passed"}
---*/
select
    persons.experiment_id,
    coalesce(persons.variant, 'none') as variant,
    count(*) as persons,
    count(persons.converted_at) as converted,
    cast(
        sum(case when persons.converted_at is null and not persons.horizon_ends_at < run_window.as_of_at then 1 else 0 end) as bigint
    ) as pending,
    cast(
        sum(case when persons.converted_at is not null and persons.horizon_ends_at < run_window.as_of_at then 1 else 0 end) as bigint
    ) as numerator,
    cast(sum(case when persons.horizon_ends_at < run_window.as_of_at then 1 else 0 end) as bigint) as denominator
from int_experiment_persons as persons
cross join run_window
group by persons.experiment_id, coalesce(persons.variant, 'none')
