/*---
description: One row per friction signal of a known person, with the page group where it happened.
grain: [event_key]
owner: marketing-analytics
rebuild_by: person_key
via: {fct_events: dim_people.user_pseudo_id}
reference: [dim_event_roles]
---*/
select
    events.event_key,
    people.person_key,
    events.event_name as signal_name,
    events.page_group,
    events.event_timestamp,
    events.event_date
from fct_events as events
inner join dim_people as people
    on
        events.user_pseudo_id = people.user_pseudo_id
        and events.event_timestamp >= people.valid_from
        and events.event_timestamp < people.valid_to
inner join dim_event_roles as roles
    on events.event_name = roles.event_name and roles.event_role = 'friction_signal'
where events.page_group is not null
