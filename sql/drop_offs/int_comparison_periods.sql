/*---
description: One row per journey model and comparison period, the newest 28 entry dates whose whole window has passed, and the 28 before them.
grain: [journey_model, comparison]
owner: marketing-analytics
reference: [dim_journeys]
columns:
  comparison: {doc: "current, or baseline for the 28 dates before it"}
---*/
with

newest as (
    select
        journeys.journey_model,
        -- an entry on this date has had its whole window at the end of as_of
        run_window.as_of - cast(ceil(journeys.window_seconds / 86400.0) as integer) as newest_date
    from dim_journeys as journeys
    cross join run_window
)

select journey_model, 'current' as comparison, newest_date - 27 as date_from, newest_date as date_to from newest
union all
select journey_model, 'baseline' as comparison, newest_date - 55 as date_from, newest_date - 28 as date_to from newest
