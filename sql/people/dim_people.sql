/*---
description: One row per browser and stretch of time in which it belongs to one person.
grain: [user_pseudo_id, valid_from]
owner: data-engineering
rebuild_by: user_pseudo_id
reference: [run_secret]
columns:
  valid_from: {doc: "First moment of the stretch, 0 for since ever", unit: microseconds since 1970 UTC}
  valid_to: {doc: "First moment after the stretch; 9223372036854775807 for no end", unit: microseconds since 1970 UTC}
checks:
  - {name: a_stretch_has_a_length, severity: fail, sql: valid_from < valid_to, why: a person would own no moment of this browser}
---*/
with

logins as (
    select user_pseudo_id, user_id, login_timestamp from int_session_logins
),

-- one login a moment: the later name decides a tie
moments as (
    select user_pseudo_id, login_timestamp, max(user_id) as user_id
    from logins
    where user_id is not null
    group by user_pseudo_id, login_timestamp
),

followed as (
    select
        user_pseudo_id,
        user_id,
        login_timestamp,
        lag(user_id) over (partition by user_pseudo_id order by login_timestamp) as user_id_before
    from moments
),

-- who logs in again does not begin a new stretch
changes as (
    select user_pseudo_id, user_id, login_timestamp, user_id_before is null as is_first
    from followed
    where user_id_before is null or user_id_before <> user_id
),

stretches as (
    select
        user_pseudo_id,
        user_id,
        -- what the browser did before its first login is the person's too
        case when is_first then 0 else login_timestamp end as valid_from,
        coalesce(
            lead(login_timestamp) over (partition by user_pseudo_id order by login_timestamp), 9223372036854775807
        ) as valid_to
    from changes
),

unknown as (
    select user_pseudo_id
    from logins
    group by user_pseudo_id
    having count(user_id) = 0
),

people as (
    select user_pseudo_id, 'user:' || user_id as person_name, valid_from, valid_to from stretches
    union all
    select user_pseudo_id, 'browser:' || user_pseudo_id as person_name, 0 as valid_from, 9223372036854775807 as valid_to
    from unknown
)

select
    people.user_pseudo_id,
    cast(people.valid_from as bigint) as valid_from,
    cast(people.valid_to as bigint) as valid_to,
    md5(secret.person_salt || people.person_name) as person_key,
    starts_with(people.person_name, 'user:') as is_logged_in
from people
cross join run_secret as secret
