/*---
description: One row per goal and number that its sentence names, as people read it.
grain: [goal_id, number_kind]
owner: marketing-analytics
estimate: number_texts
---*/
select goal_id, 'value' as number_kind, unit, value as number from int_goal_periods
union all
select goal_id, 'ci_low' as number_kind, unit, ci_low as number from int_goal_periods
union all
select goal_id, 'ci_high' as number_kind, unit, ci_high as number from int_goal_periods
union all
select goal_id, 'goal_line' as number_kind, unit, goal_line as number from int_goal_periods
union all
select goal_id, 'goal_base' as number_kind, unit, goal_base as number from int_goal_periods
union all
select goal_id, 'goal_target' as number_kind, unit, goal_target as number from int_goal_periods
union all
select goal_id, 'n' as number_kind, 'units' as unit, cast(n as double) as number from int_goal_periods
