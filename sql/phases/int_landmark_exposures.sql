/*---
description: One row per person and touchpoint that they met in their first days.
grain: [person_key, touchpoint_id]
owner: marketing-analytics
rebuild_by: person_key
via: {fct_touches: dim_people.user_pseudo_id}
order_by: [touchpoint_id, person_key]
---*/
select
    persons.person_key,
    touches.touchpoint_id
from int_landmark_persons as persons
inner join int_person_touches as touches
    on persons.person_key = touches.person_key
where touches.touchpoint_id is not null and make_timestamp(touches.event_timestamp) <= persons.landmark_at
group by persons.person_key, touches.touchpoint_id
