/*---
description: One row per combination of phases that the journey models put a touch in, with how many touches and persons had it, over all complete days.
grain: [phase_pattern]
owner: marketing-analytics
adds_up_over: person_key
via: {fct_touches: dim_people.user_pseudo_id}
columns:
  touches: {doc: Touches that the models put in these phases}
  persons: {doc: Persons with such a touch}
---*/
select
    phase_pattern,
    count(*) as touches,
    count(distinct person_key) as persons
from int_phase_patterns
group by phase_pattern
